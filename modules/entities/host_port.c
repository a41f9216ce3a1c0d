/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_port.c - see host_port.h. What a host name is, the schemas' own check says (gw_check_host).
 */
#include "host_port.h"

#include <arpa/inet.h>
#include <string.h>

#include <apr_strings.h>

#include "gw_schema.h"

#define NO_PORT (-1)
#define BAD_PORT (-2)

static int is_address(int family, const char *text)
{
    unsigned char bytes[16];

    return inet_pton(family, text, bytes) == 1;
}

static int is_name(const char *text, apr_pool_t *p)
{
    static const gw_field any = { .type = GW_T_STRING };
    json_t *value = json_string(text);
    int is_good = value != NULL && *text != '\0' && gw_check_host(value, &any, p) == NULL;

    json_decref(value);
    return is_good;
}

static gw_host_kind classify(const char *host, apr_pool_t *p)
{
    if (is_address(AF_INET, host))
        return GW_HOST_IPV4;
    if (is_address(AF_INET6, host))
        return GW_HOST_IPV6;
    return strchr(host, ':') == NULL && is_name(host, p) ? GW_HOST_NAME : GW_HOST_INVALID;
}

static int parse_port(const char *digits)
{
    int port = 0;

    if (*digits == '\0' || strlen(digits) > 5)
        return BAD_PORT;
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits > '9')
            return BAD_PORT;
        port = port * 10 + (*digits - '0');
    }
    return port <= 65535 ? port : BAD_PORT;
}

/* What stands behind "[...]" or a name: nothing, or ":port". */
static int parse_rest(const char *rest)
{
    if (*rest == '\0')
        return NO_PORT;
    return *rest == ':' ? parse_port(rest + 1) : BAD_PORT;
}

gw_host_port gw_host_port_parse(const char *text, apr_pool_t *p)
{
    gw_host_port parsed = { GW_HOST_INVALID, text, NO_PORT };
    const char *end;

    if (*text == '[') {
        if ((end = strchr(text, ']')) == NULL)
            return parsed;
        parsed.host = apr_pstrmemdup(p, text + 1, (apr_size_t)(end - text - 1));
        parsed.kind = is_address(AF_INET6, parsed.host) ? GW_HOST_IPV6 : GW_HOST_INVALID;
        parsed.port = parse_rest(end + 1);
        return parsed;
    }
    if ((end = strchr(text, ':')) != NULL && strchr(end + 1, ':') == NULL) {
        parsed.host = apr_pstrmemdup(p, text, (apr_size_t)(end - text));
        parsed.port = parse_rest(end);
    }
    parsed.kind = classify(parsed.host, p);
    return parsed;
}

const char *gw_host_port_format(const gw_host_port *parsed, apr_pool_t *p)
{
    return apr_psprintf(p, parsed->kind == GW_HOST_IPV6 ? "[%s]:%d" : "%s:%d", parsed->host, parsed->port);
}
