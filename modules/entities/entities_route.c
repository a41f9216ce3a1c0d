/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_route.c - the schema of routes: which requests, and what belongs to which family of protocols.
 */
#include "entities.h"

#include <string.h>
#include <strings.h>
#include <apr_strings.h>

#include "canonical.h"

#define TCP_FAMILY (GW_PROTO_TCP | GW_PROTO_TLS | GW_PROTO_UDP | GW_PROTO_TLS_PASSTHROUGH)
#define GRPC_FAMILY (GW_PROTO_GRPC | GW_PROTO_GRPCS)
#define HTTP_FAMILY (GW_PROTO_HTTP | GW_PROTO_HTTPS)
#define WITH_TLS (GW_PROTO_HTTPS | GW_PROTO_GRPCS | GW_PROTO_TLS | GW_PROTO_TLS_PASSTHROUGH)

static const char *check_regex_path(const char *path, apr_pool_t *p)
{
    const char *why;

    if (path[1] != '/')
        return "should start with: / (fixed path) or ~/ (regex path)";
    if (strstr(path, "//") != NULL)
        return "must not have empty segments";
    why = gw_regex_check(path + 1, p);
    return why != NULL ? apr_psprintf(p, "invalid regex: '%s' (PCRE returned: %s)", path + 1, why) : NULL;
}

static int has_control(const char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return 1;
    }
    return 0;
}

/* A prefix is compared with canonical paths: one that is not canonical would never match. */
static const char *check_route_path(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *path = json_string_value(value), *bad, *normal;

    if (path[0] == '~')
        return check_regex_path(path, p);
    if (path[0] != '/')
        return "should start with: / (fixed path) or ~/ (regex path)";
    if (strstr(path, "//") != NULL)
        return "must not have empty segments";
    if ((bad = gw_check_percent(value, field, p)) != NULL)
        return bad;
    if (has_control(path))
        return apr_psprintf(p, "invalid path: '%s' (characters outside of the reserved list of RFC 3986 found)", path);
    normal = gw_path_normalise(path, p);
    if (strcmp(normal, path) != 0)
        return apr_psprintf(p, "non-normalized path, consider use '%s' instead", normal);
    return NULL;
}

static const char *check_match_header(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *name = json_string_value(value);

    if (strcasecmp(name, "host") == 0)
        return "cannot contain 'host' header, which must be specified in the 'hosts' attribute";
    return gw_check_header_name(value, field, p);
}

static const char *default_strip_path(const json_t *entity)
{
    return gw_protocols_parse(json_object_get(entity, "protocols")) & GRPC_FAMILY ? "false" : "true";
}

static const char *const protocols[] = { "grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp",
                                         NULL };
static const char *const http_words[] = { "http", "https", NULL };
static const char *const tcp_words[] = { "tcp", "tls", "udp", NULL };
static const char *const passthrough_words[] = { "tls_passthrough", NULL };
static const char *const grpc_words[] = { "grpc", "grpcs", NULL };
static const char *const *const families[] = { http_words, tcp_words, passthrough_words, grpc_words, NULL };
static const char *const redirects[] = { "426", "301", "302", "307", "308", NULL };
static const char *const path_handlings[] = { "v0", "v1", NULL };

static const gw_field protocol_element = { .type = GW_T_STRING, .one_of = protocols };
static const gw_field method_element = { .type = GW_T_STRING, .check = gw_check_http_method };
static const gw_field host_element = { .type = GW_T_STRING, .check = gw_check_host_pattern };
static const gw_field path_element = { .type = GW_T_STRING, .check = check_route_path };
static const gw_field sni_element = { .type = GW_T_STRING, .check = gw_check_sni };
static const gw_field header_key = { .type = GW_T_STRING, .check = check_match_header };
static const gw_field header_value = { .type = GW_T_STRING };
static const gw_field header_values = { .type = GW_T_ARRAY, .element = &header_value };

static const gw_field peer_fields[] = {
    { .name = "ip", .type = GW_T_STRING, .check = gw_check_ip_or_cidr, .help = "an address or a network" },
    { .name = "port", .type = GW_T_INTEGER, GW_BETWEEN(0, 65535), .help = "a port" },
    { .name = NULL }
};
static const gw_rule peer_rules[] = {
    { .kind = GW_AT_LEAST_ONE_OF, .fields = { "ip", "port" } },
    { .fields = { NULL } }
};
static const gw_schema peer_schema = { .name = "peer", .fields = peer_fields, .rules = peer_rules };
static const gw_field peer_element = { .type = GW_T_RECORD, .flags = GW_REQUIRED, .record = &peer_schema };

#define REQUIRED_BOOLEAN(name_, dflt_, help_)                                                                          \
    { .name = #name_, .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = dflt_, .at = GW_AT(gw_route, name_),         \
      .help = help_ }

static const gw_field fields[] = {
    GW_FIELD_ID_AT(gw_route, id),
    { .name = "created_at", .type = GW_T_INTEGER, .format = GW_FMT_TIMESTAMP, .flags = GW_AUTO,
      .generate = gw_generate_now, .at = GW_AT(gw_route, created_at), .help = "when it was made, seconds" },
    GW_FIELD_UPDATED_AT,
    { .name = "name", .type = GW_T_STRING, .flags = GW_UNIQUE, .check = gw_check_name, .at = GW_AT(gw_route, name),
      .help = "the name it goes by" },
    { .name = "protocols", .type = GW_T_SET, .flags = GW_REQUIRED | GW_COMMA_LIST, .dflt = "[\"http\",\"https\"]",
      .element = &protocol_element, .len_min = 1, .exclusive_sets = families, .help = "of one family" },
    { .name = "methods", .type = GW_T_SET, .flags = GW_COMMA_LIST, .element = &method_element,
      .at = GW_AT(gw_route, methods), .help = "HTTP methods; null = any" },
    { .name = "hosts", .type = GW_T_ARRAY, .flags = GW_COMMA_LIST, .element = &host_element,
      .at = GW_AT(gw_route, hosts), .help = "host[:port], a wildcard for the first or last label; null = any" },
    { .name = "paths", .type = GW_T_ARRAY, .flags = GW_COMMA_LIST, .element = &path_element,
      .at = GW_AT(gw_route, paths), .help = "prefixes (/...) and regexes (~/...); null = any" },
    { .name = "headers", .type = GW_T_MAP, .keys = &header_key, .element = &header_values,
      .help = "header name to accepted values; null = any" },
    { .name = "https_redirect_status_code", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "426",
      .one_of = redirects, .at = GW_AT(gw_route, https_redirect_status_code),
      .help = "answer to http requests of an https route" },
    { .name = "regex_priority", .type = GW_T_INTEGER, .dflt = "0", .at = GW_AT(gw_route, regex_priority),
      .help = "regex paths with a higher one are tried first" },
    { .name = "strip_path", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true",
      .dflt_for = default_strip_path, .at = GW_AT(gw_route, strip_path), .help = "send the path without what matched" },
    { .name = "path_handling", .type = GW_T_STRING, .dflt = "\"v0\"", .one_of = path_handlings,
      .help = "how paths are joined; v1 is stored and treated as v0" },
    REQUIRED_BOOLEAN(preserve_host, "false", "send the client's Host"),
    REQUIRED_BOOLEAN(request_buffering, "true", "keep small request bodies for retries"),
    REQUIRED_BOOLEAN(response_buffering, "true", "stored without effect"),
    { .name = "snis", .type = GW_T_SET, .flags = GW_COMMA_LIST, .element = &sni_element, .at = GW_AT(gw_route, snis),
      .help = "names in the TLS handshake; null = any" },
    { .name = "sources", .type = GW_T_SET, .element = &peer_element, .help = "stream routes: who connects" },
    { .name = "destinations", .type = GW_T_SET, .element = &peer_element, .help = "stream routes: where to" },
    GW_FIELD_TAGS,
    { .name = "service", .type = GW_T_FOREIGN, .reference = "services", .at = GW_AT(gw_route, service_id),
      .help = "where its requests go; null = plugins answer" },
    { .name = NULL }
};

/* Of a route of these protocols, one of these fields must say something. The first row that applies counts. */
static const struct {
    unsigned protocols;
    const char *fields[6];
    const char *message;
} needs[] = {
    { GW_PROTO_HTTPS, { "methods", "hosts", "headers", "paths", "snis" },
      "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'" },
    { GW_PROTO_HTTP, { "methods", "hosts", "headers", "paths" },
      "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'" },
    { GW_PROTO_GRPCS, { "hosts", "headers", "paths", "snis" },
      "must set one of 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'grpcs'" },
    { GW_PROTO_GRPC, { "hosts", "headers", "paths" },
      "must set one of 'hosts', 'headers', 'paths' when 'protocols' is 'grpc'" },
    { GW_PROTO_TLS_PASSTHROUGH, { "snis" }, "must set snis when 'protocols' is 'tls_passthrough'" },
    { TCP_FAMILY, { "sources", "destinations", "snis" },
      "must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'" },
};

#define NOT_HTTP(field_) { HTTP_FAMILY, field_, "cannot set '" field_ "' when 'protocols' is 'http' or 'https'" }
#define NOT_GRPC(field_) { GRPC_FAMILY, field_, "cannot set '" field_ "' when 'protocols' is 'grpc' or 'grpcs'" }
#define NOT_TCP(field_)                                                                                                \
    { TCP_FAMILY, field_,                                                                                              \
      "cannot set '" field_ "' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'" }

static const struct {
    unsigned protocols;
    const char *field;
    const char *message;
} refused[] = {
    NOT_HTTP("sources"), NOT_HTTP("destinations"),
    NOT_GRPC("methods"), NOT_GRPC("sources"),      NOT_GRPC("destinations"), NOT_GRPC("strip_path"),
    NOT_TCP("methods"),  NOT_TCP("hosts"),         NOT_TCP("paths"),         NOT_TCP("headers"),
};

/* Does this field say something? For strip_path: true. A value of a wrong type does, and is refused elsewhere. */
static int is_set(const json_t *route, const char *name)
{
    const json_t *value = json_object_get(route, name);

    if (json_is_array(value))
        return json_array_size(value) > 0;
    if (json_is_object(value))
        return json_object_size(value) > 0;
    return value != NULL && !json_is_null(value) && !json_is_false(value);
}

static void check_needs(const json_t *route, unsigned bits, gw_errors *errors)
{
    size_t i = 0, k;

    while (i < sizeof(needs) / sizeof(needs[0]) && !(needs[i].protocols & bits))
        i++;
    if (i == sizeof(needs) / sizeof(needs[0]))
        return;
    for (k = 0; needs[i].fields[k] != NULL; k++) {
        if (is_set(route, needs[i].fields[k]))
            return;
    }
    gw_errors_entity(errors, needs[i].message);
}

static void check_family(const json_t *route, gw_errors *errors, apr_pool_t *p)
{
    unsigned bits = gw_protocols_parse(json_object_get(route, "protocols"));
    size_t i;

    (void)p;
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if ((refused[i].protocols & bits) && is_set(route, refused[i].field))
            gw_errors_field(errors, refused[i].field, refused[i].message);
    }
    if (!(bits & WITH_TLS) && is_set(route, "snis")) {
        gw_errors_entity(errors, "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or "
                                 "'tls_passthrough'");
        gw_errors_field(errors, "snis", "length must be 0");
    }
    check_needs(route, bits, errors);
}

static const gw_rule rules[] = {
    { .kind = GW_CUSTOM, .fields = { "protocols" }, .check = check_family },
    { .fields = { NULL } }
};

static const gw_shorthand shorthands[] = {
    { .field = { .name = "service_id", .type = GW_T_STRING, .format = GW_FMT_UUID, .help = "old name of service.id" },
      .target = "service.id" },
    { .field = { .name = NULL } }
};

static const gw_schema schema = {
    .name = "routes", .fields = fields, .rules = rules, .shorthands = shorthands,
    .help = "which requests a service gets"
};

const gw_entity gw_entity_routes = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "routes",
    .path = "/routes",
    .nested = "routes",
    .endpoint_key = "name",
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
};
