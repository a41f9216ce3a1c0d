/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_upstream.c - the schema of upstreams: names that services point to, and how requests are spread over the
 * targets behind them.
 */
#include "entities.h"

#include <string.h>

#include <apr_strings.h>

#include "host_port.h"
#include "upstream_rows.h"

static const char *const algorithms[] = { "consistent-hashing", "least-connections", "round-robin", "latency", NULL };
static const char *const hash_inputs[] = { "none", "consumer", "ip", "header", "cookie", "path", "query_arg",
                                           "uri_capture", NULL };
static const char *const probe_types[] = { "tcp", "http", "https", "grpc", "grpcs", NULL };

static const char *check_upstream_name(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *name = json_string_value(value), *why = NULL;
    const gw_host_port parsed = gw_host_port_parse(name, p);

    (void)field;
    if (parsed.kind == GW_HOST_INVALID || parsed.port == -2)
        why = "must be a valid hostname";
    else if (parsed.kind != GW_HOST_NAME)
        why = "no ip addresses allowed";
    else if (parsed.port != -1)
        why = "no port allowed";
    return why != NULL ? apr_psprintf(p, "Invalid name ('%s'); %s", name, why) : NULL;
}

static const char *check_host_header(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const gw_host_port parsed = gw_host_port_parse(json_string_value(value), p);

    (void)field;
    if (parsed.kind == GW_HOST_INVALID)
        return apr_pstrcat(p, "invalid value: ", json_string_value(value), NULL);
    return parsed.port == -2 ? "invalid port number" : NULL;
}

static const char *check_cookie_name(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *name = json_string_value(value);

    if (gw_check_header_name(value, field, p) == NULL)
        return NULL;
    return apr_psprintf(p, "bad cookie name '%s', allowed characters are A-Z, a-z, 0-9, '_', and '-'", name);
}

/* It goes into Set-Cookie: no attribute may follow from it. */
static const char *check_cookie_path(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *why = gw_check_path(value, field, p);

    return why == NULL && strchr(json_string_value(value), ';') != NULL ? "must not contain ';'" : why;
}

/* ---- healthchecks ---- */

static const gw_field status_element = { .type = GW_T_INTEGER, GW_BETWEEN(100, 999) };
static const gw_field header_key = { .type = GW_T_STRING, .check = gw_check_header_name };
static const gw_field header_line = { .type = GW_T_STRING, .check = gw_check_one_line };
static const gw_field header_values = { .type = GW_T_ARRAY, .element = &header_line };

#define COUNTER(name_, help_)                                                                                          \
    { .name = #name_, .type = GW_T_INTEGER, .dflt = "0", GW_BETWEEN(0, 255), .at = GW_AT(gw_health_limits, name_),     \
      .help = help_ }
#define STATUSES(dflt_, help_)                                                                                         \
    { .name = "http_statuses", .type = GW_T_ARRAY, .dflt = dflt_, .element = &status_element,                          \
      .at = GW_AT(gw_health_limits, http_statuses), .help = help_ }
#define SECONDS(type_, name_, dflt_, help_)                                                                            \
    { .name = #name_, .type = GW_T_NUMBER, .dflt = dflt_, GW_BETWEEN(0, 65535), .at = GW_AT(type_, name_),             \
      .help = help_ }
#define FAILURES                                                                                                       \
    COUNTER(tcp_failures, "failures to connect that make a target unhealthy; 0 = they do not count"),                  \
    COUNTER(timeouts, "timeouts that do"), COUNTER(http_failures, "answers of http_statuses that do")

static const gw_field active_healthy_fields[] = {
    SECONDS(gw_health_limits, interval, "0", "between two probes of a healthy target, s; 0 = none"),
    STATUSES("[200,302]", "answers that speak for a target"),
    COUNTER(successes, "of them that make it healthy again"),
    { .name = NULL }
};
static const gw_field active_unhealthy_fields[] = {
    SECONDS(gw_health_limits, interval, "0", "between two probes of an unhealthy target, s; 0 = none"),
    STATUSES("[429,404,500,501,502,503,504,505]", "answers that speak against a target"),
    FAILURES,
    { .name = NULL }
};
static const gw_field passive_healthy_fields[] = {
    STATUSES("[200,201,202,203,204,205,206,207,208,226,300,301,302,303,304,305,306,307,308]",
             "answers to clients that speak for a target"),
    COUNTER(successes, "of them that make it healthy again"),
    { .name = NULL }
};
static const gw_field passive_unhealthy_fields[] = {
    STATUSES("[429,500,503]", "answers to clients that speak against a target"),
    FAILURES,
    { .name = NULL }
};

static const gw_schema active_healthy = { .name = "healthy", .fields = active_healthy_fields };
static const gw_schema active_unhealthy = { .name = "unhealthy", .fields = active_unhealthy_fields };
static const gw_schema passive_healthy = { .name = "healthy", .fields = passive_healthy_fields };
static const gw_schema passive_unhealthy = { .name = "unhealthy", .fields = passive_unhealthy_fields };

#define SIDE(name_, schema_, help_)                                                                                    \
    { .name = #name_, .type = GW_T_RECORD, .flags = GW_REQUIRED, .record = &schema_,                                   \
      .at = GW_AT(gw_health_side, name_), .help = help_ }
#define PROBE_TYPE                                                                                                     \
    { .name = "type", .type = GW_T_STRING, .dflt = "\"http\"", .one_of = probe_types,                                  \
      .at = GW_AT(gw_health_side, type), .help = "tcp: connecting is enough" }

static const gw_field active_fields[] = {
    PROBE_TYPE,
    SECONDS(gw_health_side, timeout, "1", "of one probe, s"),
    { .name = "concurrency", .type = GW_T_INTEGER, .dflt = "10", GW_BETWEEN(1, 2147483648.0),
      .at = GW_AT(gw_health_side, concurrency), .help = "probes at a time" },
    { .name = "http_path", .type = GW_T_STRING, .dflt = "\"/\"", .check = gw_check_path,
      .at = GW_AT(gw_health_side, http_path), .help = "what is asked for" },
    { .name = "https_sni", .type = GW_T_STRING, .check = gw_check_sni, .at = GW_AT(gw_health_side, https_sni),
      .help = "name that the target's certificate is asked for" },
    { .name = "https_verify_certificate", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true",
      .at = GW_AT(gw_health_side, https_verify_certificate), .help = "a bad certificate is a failure to connect" },
    { .name = "headers", .type = GW_T_MAP, .keys = &header_key, .element = &header_values,
      .at = GW_AT(gw_health_side, headers), .help = "headers of a probe, each with its values" },
    SIDE(healthy, active_healthy, "probes of healthy targets, and what speaks for a target"),
    SIDE(unhealthy, active_unhealthy, "probes of unhealthy targets, and what speaks against one"),
    { .name = NULL }
};
static const gw_field passive_fields[] = {
    PROBE_TYPE,
    SIDE(healthy, passive_healthy, "what speaks for a target"),
    SIDE(unhealthy, passive_unhealthy, "what speaks against one"),
    { .name = NULL }
};
static const gw_schema active = { .name = "active", .fields = active_fields };
static const gw_schema passive = { .name = "passive", .fields = passive_fields };

static const gw_field healthcheck_fields[] = {
    { .name = "active", .type = GW_T_RECORD, .flags = GW_REQUIRED, .record = &active,
      .at = GW_AT(gw_healthchecks, active), .help = "probes" },
    { .name = "passive", .type = GW_T_RECORD, .flags = GW_REQUIRED, .record = &passive,
      .at = GW_AT(gw_healthchecks, passive), .help = "what clients' requests tell" },
    { .name = "threshold", .type = GW_T_NUMBER, .dflt = "0", GW_BETWEEN(0, 100),
      .at = GW_AT(gw_healthchecks, threshold),
      .help = "percent of the weight that must be available for any of it to be used" },
    { .name = NULL }
};
static const gw_schema healthchecks = { .name = "healthchecks", .fields = healthcheck_fields };

/* ---- the row ---- */

#define HASH_INPUT(name_, help_)                                                                                       \
    { .name = name_, .type = GW_T_STRING, .dflt = "\"none\"", .one_of = hash_inputs, .help = help_ }
#define PARAMETER(name_, check_, help_)                                                                                \
    { .name = #name_, .type = GW_T_STRING, .check = check_, .at = GW_AT(gw_upstream, name_), .help = help_ }

static const gw_field fields[] = {
    GW_FIELD_ID_AT(gw_upstream, id),
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "name", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_UNIQUE, .check = check_upstream_name,
      .at = GW_AT(gw_upstream, name), .help = "what services call as their host" },
    { .name = "algorithm", .type = GW_T_STRING, .dflt = "\"round-robin\"", .one_of = algorithms,
      .help = "how targets are chosen" },
    HASH_INPUT("hash_on", "what consistent-hashing goes by"),
    HASH_INPUT("hash_fallback", "what it goes by when a request has none of the first"),
    PARAMETER(hash_on_header, gw_check_header_name, "header to hash on"),
    PARAMETER(hash_fallback_header, gw_check_header_name, "header to fall back to"),
    PARAMETER(hash_on_cookie, check_cookie_name, "cookie to hash on; made when a request has none"),
    { .name = "hash_on_cookie_path", .type = GW_T_STRING, .dflt = "\"/\"", .check = check_cookie_path,
      .at = GW_AT(gw_upstream, hash_on_cookie_path), .help = "path of that cookie" },
    PARAMETER(hash_on_query_arg, NULL, "query parameter to hash on"),
    PARAMETER(hash_fallback_query_arg, NULL, "query parameter to fall back to"),
    PARAMETER(hash_on_uri_capture, NULL, "named capture of the route's path to hash on"),
    PARAMETER(hash_fallback_uri_capture, NULL, "capture to fall back to"),
    { .name = "slots", .type = GW_T_INTEGER, .dflt = "10000", GW_BETWEEN(10, 65536), .at = GW_AT(gw_upstream, slots),
      .help = "turns of a round-robin" },
    { .name = "healthchecks", .type = GW_T_RECORD, .flags = GW_REQUIRED, .record = &healthchecks,
      .at = GW_AT(gw_upstream, healthchecks), .help = "how targets are found to be up or down" },
    GW_FIELD_TAGS,
    { .name = "host_header", .type = GW_T_STRING, .check = check_host_header, .at = GW_AT(gw_upstream, host_header),
      .help = "Host header for all targets" },
    { .name = "client_certificate", .type = GW_T_FOREIGN, .reference = "certificates",
      .at = GW_AT(gw_upstream, client_certificate), .help = "shown to targets that ask for one" },
    { .name = "use_srv_name", .type = GW_T_BOOLEAN, .dflt = "false", .help = "stored without effect" },
    { .name = NULL }
};

/* ---- rules ---- */

static const char *const header_only[] = { "header", NULL }, *const cookie_only[] = { "cookie", NULL },
                  *const query_only[] = { "query_arg", NULL }, *const capture_only[] = { "uri_capture", NULL },
                  *const none_only[] = { "none", NULL }, *const consumer_only[] = { "consumer", NULL },
                  *const ip_only[] = { "ip", NULL }, *const path_only[] = { "path", NULL };
static const char *const not_consumer[] = { "none", "ip", "header", "cookie", "path", "query_arg", "uri_capture",
                                            NULL };
static const char *const not_ip[] = { "none", "consumer", "header", "cookie", "path", "query_arg", "uri_capture",
                                      NULL };
static const char *const not_path[] = { "none", "consumer", "ip", "header", "cookie", "query_arg", "uri_capture",
                                        NULL };

static const gw_field is_header = { .type = GW_T_STRING, .one_of = header_only };
static const gw_field is_cookie = { .type = GW_T_STRING, .one_of = cookie_only };
static const gw_field is_query = { .type = GW_T_STRING, .one_of = query_only };
static const gw_field is_capture = { .type = GW_T_STRING, .one_of = capture_only };
static const gw_field is_none = { .type = GW_T_STRING, .one_of = none_only };
static const gw_field is_consumer = { .type = GW_T_STRING, .one_of = consumer_only };
static const gw_field is_ip = { .type = GW_T_STRING, .one_of = ip_only };
static const gw_field is_path = { .type = GW_T_STRING, .one_of = path_only };
static const gw_field is_not_consumer = { .type = GW_T_STRING, .one_of = not_consumer };
static const gw_field is_not_ip = { .type = GW_T_STRING, .one_of = not_ip };
static const gw_field is_not_path = { .type = GW_T_STRING, .one_of = not_path };
static const gw_field is_there = { .type = GW_T_STRING, .flags = GW_REQUIRED };

#define IF(if_field_, if_match_, then_field_, then_match_)                                                             \
    { .kind = GW_CONDITIONAL, .if_field = if_field_, .if_match = &if_match_, .then_field = then_field_,                \
      .then_match = &then_match_ }

static const gw_rule rules[] = {
    IF("hash_on", is_header, "hash_on_header", is_there),
    IF("hash_fallback", is_header, "hash_fallback_header", is_there),
    IF("hash_on", is_cookie, "hash_on_cookie", is_there),
    IF("hash_fallback", is_cookie, "hash_on_cookie", is_there),
    IF("hash_on", is_none, "hash_fallback", is_none),
    IF("hash_on", is_cookie, "hash_fallback", is_none),
    IF("hash_on", is_consumer, "hash_fallback", is_not_consumer),
    IF("hash_on", is_ip, "hash_fallback", is_not_ip),
    IF("hash_on", is_path, "hash_fallback", is_not_path),
    { .kind = GW_DISTINCT, .fields = { "hash_on_header", "hash_fallback_header" } },
    IF("hash_on", is_query, "hash_on_query_arg", is_there),
    IF("hash_fallback", is_query, "hash_fallback_query_arg", is_there),
    { .kind = GW_DISTINCT, .fields = { "hash_on_query_arg", "hash_fallback_query_arg" } },
    IF("hash_on", is_capture, "hash_on_uri_capture", is_there),
    IF("hash_fallback", is_capture, "hash_fallback_uri_capture", is_there),
    { .kind = GW_DISTINCT, .fields = { "hash_on_uri_capture", "hash_fallback_uri_capture" } },
    { .fields = { NULL } }
};

/* ---- algorithm and hash_on go together ---- */

static const char *expand_algorithm(json_t *entity, const json_t *value, apr_pool_t *p)
{
    const char *algorithm = json_string_value(value);

    (void)p;
    json_object_set(entity, "algorithm", (json_t *)value);
    if (algorithm != NULL && (strcmp(algorithm, "least-connections") == 0 || strcmp(algorithm, "latency") == 0))
        json_object_set_new(entity, "hash_on", json_string("none"));
    return NULL;
}

static const char *expand_hash_on(json_t *entity, const json_t *value, apr_pool_t *p)
{
    const char *input = json_string_value(value), *algorithm = json_string_value(json_object_get(entity, "algorithm"));

    (void)p;
    json_object_set(entity, "hash_on", (json_t *)value);
    if (input == NULL)
        json_object_set_new(entity, "hash_on", json_string("none"));
    else if (strcmp(input, "none") != 0)
        json_object_set_new(entity, "algorithm", json_string("consistent-hashing"));
    else if (algorithm == NULL || strcmp(algorithm, "consistent-hashing") == 0)
        json_object_set_new(entity, "algorithm", json_string("round-robin"));
    return NULL;
}

static const gw_shorthand shorthands[] = {
    { .field = { .name = "algorithm", .type = GW_T_STRING, .help = "least-connections and latency reset hash_on" },
      .expand = expand_algorithm },
    { .field = { .name = "hash_on", .type = GW_T_STRING, .help = "decides about the algorithm" },
      .expand = expand_hash_on },
    { .field = { .name = NULL } }
};

static const gw_schema schema = {
    .name = "upstreams", .fields = fields, .rules = rules, .shorthands = shorthands,
    .help = "names for groups of targets"
};

const gw_entity gw_entity_upstreams = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "upstreams",
    .path = "/upstreams",
    .nested = "upstreams",
    .endpoint_key = "name",
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
};
