/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_rows.c - from JSON rows of upstreams and targets to structs.
 */
#include "upstream_rows.h"

#include <string.h>

#include "arena.h"
#include "entities.h"
#include "host_port.h"
#include "json_row.h"
#include "schema.h"

#define UPSTREAM_BYTES 1536
#define TARGET_BYTES 256

/* "latency" is served as round-robin (row_warnings.c tells). */
static gw_algorithm parse_algorithm(const char *word)
{
    if (word != NULL && strcmp(word, "least-connections") == 0)
        return GW_LEAST_CONNECTIONS;
    if (word != NULL && strcmp(word, "consistent-hashing") == 0)
        return GW_CONSISTENT_HASHING;
    return GW_ROUND_ROBIN;
}

static gw_hash_input parse_input(const char *word)
{
    static const char *const words[] = { "none", "consumer", "ip", "header", "cookie", "path", "query_arg",
                                         "uri_capture" };
    size_t i;

    for (i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i], word) == 0)
            return (gw_hash_input)i;
    return GW_HASH_NONE;
}

gw_upstream *gw_upstream_make(const json_t *row)
{
    const char *algorithm = gw_json_text(row, "algorithm");
    gw_arena *arena;
    gw_upstream *upstream;

    if (gw_json_text(row, "id") == NULL || gw_json_text(row, "name") == NULL)
        return NULL;
    arena = gw_arena_make(UPSTREAM_BYTES);
    upstream = gw_arena_calloc(arena, sizeof(*upstream));
    upstream->arena = arena;
    upstream->refs = 1;
    upstream->slots = 10000;
    upstream->hash_on_cookie_path = "/";
    upstream->healthchecks.active.type = upstream->healthchecks.passive.type = "http";
    upstream->healthchecks.active.timeout = 1;
    upstream->healthchecks.active.concurrency = 10;
    upstream->healthchecks.active.http_path = "/";
    upstream->healthchecks.active.https_verify_certificate = 1;
    gw_schema_compile(gw_entity_upstreams.schema, row, upstream, arena);
    upstream->algorithm = parse_algorithm(algorithm);
    upstream->is_latency = algorithm != NULL && strcmp(algorithm, "latency") == 0;
    upstream->use_srv_name = json_is_true(json_object_get(row, "use_srv_name"));
    upstream->hash_on = parse_input(gw_json_text(row, "hash_on"));
    upstream->hash_fallback = parse_input(gw_json_text(row, "hash_fallback"));
    return upstream;
}

gw_upstream *gw_upstream_hold(gw_upstream *upstream)
{
    upstream->refs++;
    return upstream;
}

void gw_upstream_release(gw_upstream *upstream)
{
    if (--upstream->refs == 0)
        gw_arena_destroy(upstream->arena);
}

static int read_address(gw_target *target)
{
    gw_host_port parsed;
    apr_pool_t *ptemp;

    if (target->target == NULL || apr_pool_create(&ptemp, NULL) != APR_SUCCESS)
        return 0;
    parsed = gw_host_port_parse(target->target, ptemp);
    target->host = gw_arena_strdup(target->arena, parsed.host);
    target->port = parsed.port;
    target->is_address = parsed.kind != GW_HOST_NAME;
    apr_pool_destroy(ptemp);
    return parsed.kind != GW_HOST_INVALID && parsed.port >= 0;
}

gw_target *gw_target_make(const json_t *row)
{
    gw_arena *arena;
    gw_target *target;

    if (gw_json_text(row, "id") == NULL)
        return NULL;
    arena = gw_arena_make(TARGET_BYTES);
    target = gw_arena_calloc(arena, sizeof(*target));
    target->arena = arena;
    target->refs = 1;
    target->weight = 100;
    gw_schema_compile(gw_entity_targets.schema, row, target, arena);
    if (target->upstream_id != NULL && read_address(target))
        return target;
    gw_arena_destroy(arena);
    return NULL;
}

gw_target *gw_target_hold(gw_target *target)
{
    target->refs++;
    return target;
}

void gw_target_release(gw_target *target)
{
    if (--target->refs == 0)
        gw_arena_destroy(target->arena);
}

int gw_health_has_tls(const gw_health_side *active)
{
    return strcmp(active->type, "https") == 0 || strcmp(active->type, "grpcs") == 0;
}

int gw_upstream_checks_health(const gw_upstream *upstream)
{
    const gw_health_side *active = &upstream->healthchecks.active;
    const gw_health_limits *passive = &upstream->healthchecks.passive.unhealthy;

    return active->healthy.interval > 0 || active->unhealthy.interval > 0 || passive->tcp_failures > 0 ||
           passive->timeouts > 0 || passive->http_failures > 0;
}
