/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_service.c - the schema of services: where requests go. `url` is short for protocol, host, port and path.
 */
#include "entities.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

static const char *const protocols[] = { "grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp",
                                         NULL };
static const char *const pathless[] = { "tcp", "tls", "udp", "grpc", "grpcs", NULL };
static const char *const with_tls[] = { "https", "tls", NULL };

static const gw_field authority = { .type = GW_T_STRING, .format = GW_FMT_UUID, .reference = "ca_certificates" };

#define TIMEOUT(name_, help_)                                                                                          \
    { .name = #name_, .type = GW_T_INTEGER, .dflt = "60000", GW_BETWEEN(1, 2147483646),                                \
      .at = GW_AT(gw_service, name_), .help = help_ }

static const gw_field fields[] = {
    GW_FIELD_ID_AT(gw_service, id),
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "name", .type = GW_T_STRING, .flags = GW_UNIQUE, .check = gw_check_name, .at = GW_AT(gw_service, name),
      .help = "the name it goes by" },
    { .name = "retries", .type = GW_T_INTEGER, .dflt = "5", GW_BETWEEN(0, 32767), .at = GW_AT(gw_service, retries),
      .help = "further attempts when the upstream fails" },
    { .name = "protocol", .type = GW_T_STRING, .flags = GW_REQUIRED, .dflt = "\"http\"", .one_of = protocols,
      .at = GW_AT(gw_service, protocol), .help = "how the upstream is spoken to" },
    { .name = "host", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = gw_check_host, .at = GW_AT(gw_service, host),
      .help = "host name or address of the upstream, or an upstream's name" },
    { .name = "port", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "80", GW_BETWEEN(0, 65535),
      .at = GW_AT(gw_service, port), .help = "port of the upstream" },
    { .name = "path", .type = GW_T_STRING, .check = gw_check_path, .at = GW_AT(gw_service, path),
      .help = "put before the request's path" },
    TIMEOUT(connect_timeout, "longest wait for a connection, ms"),
    TIMEOUT(write_timeout, "longest wait between two writes, ms"),
    TIMEOUT(read_timeout, "longest wait between two reads, ms"),
    GW_FIELD_TAGS,
    { .name = "client_certificate", .type = GW_T_FOREIGN, .reference = "certificates",
      .at = GW_AT(gw_service, client_certificate), .help = "shown to an upstream that asks for one" },
    { .name = "tls_verify", .type = GW_T_BOOLEAN, .at = GW_AT(gw_service, tls_verify),
      .help = "refuse an upstream whose certificate is not good; null = as the server is configured" },
    { .name = "tls_verify_depth", .type = GW_T_INTEGER, GW_BETWEEN(0, 64), .at = GW_AT(gw_service, tls_verify_depth),
      .help = "longest chain of certificates" },
    { .name = "ca_certificates", .type = GW_T_ARRAY, .element = &authority, .flags = GW_COMMA_LIST,
      .at = GW_AT(gw_service, ca_certificates), .help = "ids of the authorities that are trusted" },
    { .name = "enabled", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true", .at = GW_AT(gw_service, enabled),
      .help = "false: none of its routes matches" },
    { .name = NULL }
};

static const gw_field is_pathless = { .type = GW_T_STRING, .one_of = pathless };
static const gw_field is_without_tls = { .type = GW_T_STRING, .not_one_of = with_tls };
static const gw_field is_null = { .flags = GW_NULL_ONLY };

#define ONLY_WITH_TLS(field_)                                                                                          \
    { .kind = GW_CONDITIONAL, .if_field = "protocol", .if_match = &is_without_tls, .then_field = field_,               \
      .then_match = &is_null }

static const gw_rule rules[] = {
    { .kind = GW_CONDITIONAL, .if_field = "protocol", .if_match = &is_pathless, .then_field = "path",
      .then_match = &is_null },
    ONLY_WITH_TLS("client_certificate"),
    ONLY_WITH_TLS("tls_verify"),
    ONLY_WITH_TLS("tls_verify_depth"),
    ONLY_WITH_TLS("ca_certificates"),
    { .fields = { NULL } }
};

/* The parts of a url as they are written; NULL where absent. */
typedef struct url_parts {
    const char *scheme, *host, *port, *path;
} url_parts;

static int is_scheme_char(char c, int is_first)
{
    int is_alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

    return is_alpha || (c >= '0' && c <= '9') || (!is_first && strchr("+-.", c) != NULL && c != '\0');
}

static char *make_lower(char *s)
{
    char *at;

    for (at = s; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    }
    return s;
}

/* "user@host:port", "[::1]:80" */
static void split_authority(url_parts *parts, char *authority)
{
    char *at = strrchr(authority, '@'), *host = at != NULL ? at + 1 : authority, *colon, *end;

    if (host[0] == '[' && (end = strchr(host, ']')) != NULL) {
        colon = end[1] == ':' ? end + 1 : NULL;
        *end = '\0';
        host++;
    }
    else {
        colon = strrchr(host, ':');
    }
    if (colon != NULL) {
        *colon = '\0';
        parts->port = colon[1] != '\0' ? colon + 1 : NULL;
    }
    parts->host = *host != '\0' ? host : NULL;
}

/* Never refuses: what is no url has no host, and the host's own check says so. Query and fragment are dropped. */
static void split_url(url_parts *parts, const char *url, apr_pool_t *p)
{
    char *rest = apr_pstrmemdup(p, url, strcspn(url, "?#"));
    apr_size_t n = 0;

    memset(parts, 0, sizeof(*parts));
    while (is_scheme_char(rest[n], n == 0))
        n++;
    if (n > 0 && rest[n] == ':') {
        parts->scheme = make_lower(apr_pstrmemdup(p, rest, n));
        rest += n + 1;
    }
    if (rest[0] == '/' && rest[1] == '/') {
        n = strcspn(rest + 2, "/");
        split_authority(parts, apr_pstrmemdup(p, rest + 2, n));
        rest += 2 + n;
    }
    parts->path = *rest != '\0' ? rest : NULL;
}

/* A number where it is one; other text is kept for the port's own check to refuse. */
static json_t *make_port(const url_parts *parts)
{
    int is_number = parts->port != NULL && strlen(parts->port) <= 9 &&
                    parts->port[strspn(parts->port, "0123456789")] == '\0';

    if (parts->port != NULL)
        return is_number ? json_integer(strtol(parts->port, NULL, 10)) : json_string(parts->port);
    return json_integer(parts->scheme != NULL && strcmp(parts->scheme, "https") == 0 ? 443 : 80);
}

static const char *guess_scheme(const json_t *port)
{
    return json_integer_value(port) == 443 ? "https" : "http";
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static const char *expand_url(json_t *entity, const json_t *value, apr_pool_t *p)
{
    const char *url = json_string_value(value);
    url_parts parts;
    json_t *port;

    split_url(&parts, url != NULL ? url : "", p);
    port = make_port(&parts);
    json_object_set_new(entity, "protocol", json_string(parts.scheme != NULL ? parts.scheme : guess_scheme(port)));
    json_object_set_new(entity, "host", text_or_null(parts.host));
    json_object_set_new(entity, "port", port);
    json_object_set_new(entity, "path", text_or_null(parts.path));
    return NULL;
}

static const gw_shorthand shorthands[] = {
    { .field = { .name = "url", .type = GW_T_STRING, .help = "protocol, host, port and path in one" },
      .expand = expand_url },
    { .field = { .name = NULL } }
};

static const gw_schema schema = {
    .name = "services", .fields = fields, .rules = rules, .shorthands = shorthands, .help = "where requests go"
};

const gw_entity gw_entity_services = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "services",
    .path = "/services",
    .nested = "services",
    .endpoint_key = "name",
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
};
