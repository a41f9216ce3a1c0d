/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_types.c - ready-made checks and generators: names, tags, hosts, paths, addresses, regexes.
 * The messages are the contract's, to the letter. Values are valid UTF-8 without NUL by the time they come here.
 */
#include "schema_impl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <arpa/inet.h>
#include <apr_strings.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "text.h"

/* What a host text turned out to be. */
typedef enum host_kind { HOST_INVALID, HOST_NAME, HOST_IPV4, HOST_IPV6 } host_kind;

static const char *say_invalid(const char *value, apr_pool_t *p)
{
    return apr_pstrcat(p, "invalid value: ", value, NULL);
}

static int is_all_digits(const char *s)
{
    return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* Letters, digits, '-', '.', '_'; no empty segment but a last one, no segment ending in '-'. */
static int is_hostname(const char *s)
{
    const char *at;

    if (*s == '\0' || *s == '.')
        return 0;
    for (at = s; *at != '\0'; at++) {
        if (!gw_char_is_alnum(*at) && strchr("-._", *at) == NULL)
            return 0;
        if ((*at == '.' && at[1] == '.') || (*at == '-' && (at[1] == '.' || at[1] == '\0')))
            return 0;
    }
    return 1;
}

static int is_address(int family, const char *s)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(family, s, bytes) == 1;
}

/* `name` without a port. */
static host_kind classify_name(const char *name)
{
    if (is_address(AF_INET, name))
        return HOST_IPV4;
    if (name[strspn(name, "0123456789.")] == '\0')
        return HOST_INVALID; /* digits and dots only, and no address */
    return is_hostname(name) ? HOST_NAME : HOST_INVALID;
}

/* host, host:port, IPv6 or [IPv6]:port. *port: the digits behind the colon, or NULL. */
static host_kind classify_host(const char **port, const char *text, apr_pool_t *p)
{
    const char *colon = strrchr(text, ':'), *end;

    *port = NULL;
    if (text[0] == '[') {
        end = strchr(text, ']');
        if (end == NULL || !is_address(AF_INET6, apr_pstrmemdup(p, text + 1, (apr_size_t)(end - text - 1))))
            return HOST_INVALID;
        if (end[1] == ':' && is_all_digits(end + 2))
            *port = end + 2;
        else if (end[1] != '\0')
            return HOST_INVALID;
        return HOST_IPV6;
    }
    if (colon == NULL)
        return classify_name(text);
    if (strchr(text, ':') != colon)
        return is_address(AF_INET6, text) ? HOST_IPV6 : HOST_INVALID;
    if (!is_all_digits(colon + 1))
        return HOST_INVALID;
    *port = colon + 1;
    return classify_name(apr_pstrmemdup(p, text, (apr_size_t)(colon - text)));
}

static int is_port(const char *digits)
{
    return strlen(digits) <= 5 && strtol(digits, NULL, 10) <= 65535;
}

/* The first percent sign without two hex digits, with what follows it (at most two bytes); NULL: all are good. */
static const char *find_bad_percent(const char *s, apr_pool_t *p)
{
    static const char hex[] = "0123456789abcdefABCDEF";

    while ((s = strchr(s, '%')) != NULL) {
        if (strspn(s + 1, hex) < 2)
            return apr_pstrndup(p, s, 3);
        s += 3;
    }
    return NULL;
}

const gw_field gw_tag_element = { .type = GW_T_STRING, .check = gw_check_tag };

const char *gw_check_name(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *name = json_string_value(value), *at;

    (void)field;
    for (at = name; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x80 && !gw_char_is_alnum(*at) && strchr(".-_~", *at) == NULL)
            return apr_psprintf(p, "invalid value '%s': the only accepted ascii characters are alphanumerics or "
                                "., -, _, and ~", name);
    }
    return NULL;
}

const char *gw_check_tag(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *tag = json_string_value(value), *at;

    (void)field;
    for (at = tag; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;

        if (c < 0x20 || c == 0x7f || c == ',' || c == '/')
            return apr_psprintf(p, "invalid tag '%s': expected printable ascii (except `,` and `/`) or valid utf-8 "
                                "sequences", tag);
    }
    return NULL;
}

const char *gw_check_host(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *host = json_string_value(value), *port;
    host_kind kind = classify_host(&port, host, p);

    (void)field;
    if (kind == HOST_INVALID || (port != NULL && !is_port(port)))
        return say_invalid(host, p);
    return port != NULL ? "must not have a port" : NULL;
}

const char *gw_check_sni(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *host = json_string_value(value), *port;
    host_kind kind = classify_host(&port, host, p);

    (void)field;
    if (kind == HOST_INVALID || (port != NULL && !is_port(port)))
        return say_invalid(host, p);
    if (kind != HOST_NAME)
        return "must not be an IP";
    return port != NULL ? "must not have a port" : NULL;
}

const char *gw_check_host_pattern(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *host = json_string_value(value), *port, *plain = host;
    const char *star = strchr(host, '*'), *behind;
    host_kind kind;

    (void)field;
    if (star != NULL) {
        if (strchr(star + 1, '*') != NULL)
            return "invalid wildcard: must have at most one wildcard";
        behind = star + 1;
        if (star == host ? behind[0] != '.' : star[-1] != '.' || (behind[0] != '\0' && behind[0] != ':'))
            return "invalid wildcard: must be placed at leftmost or rightmost label";
        plain = apr_pstrcat(p, apr_pstrmemdup(p, host, (apr_size_t)(star - host)), "x", behind, NULL);
    }
    kind = classify_host(&port, plain, p);
    if (kind != HOST_INVALID && port != NULL && !is_port(port))
        return "invalid port number";
    return kind == HOST_INVALID ? apr_pstrcat(p, "invalid hostname: ", host, NULL) : NULL;
}

const char *gw_check_path(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *path = json_string_value(value), *at, *bad;

    (void)field;
    if (path[0] != '/')
        return "should start with: /";
    if (strstr(path, "//") != NULL)
        return "must not have empty segments";
    for (at = path; *at != '\0'; at++) {
        if (!gw_char_is_alnum(*at) && strchr("-._~!$&'()*+,;=:@/%", *at) == NULL)
            return apr_psprintf(p, "invalid path: '%s' (characters outside of the reserved list of RFC 3986 found)",
                                path);
    }
    bad = find_bad_percent(path, p);
    return bad != NULL ? apr_psprintf(p, "invalid url-encoded value: '%s'", bad) : NULL;
}

const char *gw_check_percent(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *bad = find_bad_percent(json_string_value(value), p);

    (void)field;
    return bad != NULL ? apr_psprintf(p, "invalid url-encoded value: '%s'", bad) : NULL;
}

const char *gw_check_header_name(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *name = json_string_value(value), *at;

    (void)field;
    for (at = name; *at != '\0'; at++) {
        if (!gw_char_is_alnum(*at) && *at != '_' && *at != '-')
            return apr_psprintf(p, "bad header name '%s', allowed characters are A-Z, a-z, 0-9, '_', and '-'", name);
    }
    return NULL;
}

const char *gw_check_http_method(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *method = json_string_value(value), *at;

    (void)field;
    for (at = method; *at >= 'A' && *at <= 'Z'; at++)
        ;
    return *at != '\0' ? say_invalid(method, p) : NULL;
}

const char *gw_check_ip_or_cidr(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *text = json_string_value(value), *slash = strchr(text, '/');
    const char *ip = slash != NULL ? apr_pstrmemdup(p, text, (apr_size_t)(slash - text)) : text;
    int bits = is_address(AF_INET, ip) ? 32 : is_address(AF_INET6, ip) ? 128 : -1;

    (void)field;
    if (bits < 0 || (slash != NULL && (!is_all_digits(slash + 1) || strlen(slash + 1) > 3 ||
                                       strtol(slash + 1, NULL, 10) > bits)))
        return apr_psprintf(p, "invalid ip or cidr range: '%s'", text);
    return NULL;
}

const char *gw_regex_check(const char *pattern, apr_pool_t *p)
{
    PCRE2_UCHAR text[256];
    PCRE2_SIZE at;
    int code;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);

    if (re != NULL) {
        pcre2_code_free(re);
        return NULL;
    }
    pcre2_get_error_message(code, text, sizeof(text));
    return apr_pstrdup(p, (const char *)text);
}

const char *gw_check_regex(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *pattern = json_string_value(value);

    (void)field;
    return gw_regex_check(pattern, p) != NULL ? apr_pstrcat(p, "not a valid regex: ", pattern, NULL) : NULL;
}

const char *gw_check_url(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *url = json_string_value(value), *host = strstr(url, "://"), *port;
    const char *end, *at;

    (void)field;
    if (host == NULL || (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
        return "missing scheme in url";
    host += 3;
    end = host + strcspn(host, "/?#");
    at = memchr(host, '@', (size_t)(end - host));
    if (at != NULL)
        host = at + 1;
    if (host == end || *host == ':')
        return "missing host in url";
    host = apr_pstrmemdup(p, host, (apr_size_t)(end - host));
    if (classify_host(&port, host, p) == HOST_INVALID || (port != NULL && !is_port(port)))
        return apr_pstrcat(p, "invalid host in url: ", host, NULL);
    for (at = url; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return say_invalid(url, p);
    }
    return NULL;
}

const char *gw_check_one_line(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *s;

    (void)field, (void)p;
    for (s = json_string_value(value); *s != '\0'; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return "must not contain control characters";
    }
    return NULL;
}

json_t *gw_generate_uuid(apr_time_t now)
{
    char text[37];

    (void)now;
    gw_uuid_make(text);
    return json_string(text);
}

json_t *gw_generate_now(apr_time_t now)
{
    return json_integer((json_int_t)apr_time_sec(now));
}

json_t *gw_generate_key(apr_time_t now)
{
    char text[33];

    (void)now;
    gw_random_alnum(text, 32);
    return json_string(text);
}
