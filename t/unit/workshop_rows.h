/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_rows.h - a workshop with two plugins, `limit` (which counts its lives) and `key`; rows for it, and what a
 * snapshot shows of them.
 */
#ifndef GW_T_WORKSHOP_ROWS_H
#define GW_T_WORKSHOP_ROWS_H

#include <stdlib.h>
#include <apr_strings.h>

#include "entities.h"
#include "snapshot.h"
#include "tap.h"
#include "workshop_put.h"

#define UNUSED __attribute__((unused))

typedef struct limit_conf {
    apr_int64_t minute;
    char *made;
} limit_conf;

UNUSED static int nprepared, ndestroyed;

UNUSED static const char *prepare_limit(void *conf, gw_arena *arena, apr_pool_t *ptemp)
{
    limit_conf *limit = conf;

    (void)arena;
    nprepared++;
    limit->made = malloc(16);
    return limit->minute < 0 ? apr_psprintf(ptemp, "minute: %d is nothing", (int)limit->minute) : NULL;
}

UNUSED static void destroy_limit(void *conf)
{
    ndestroyed++;
    free(((limit_conf *)conf)->made);
}

static const gw_field limit_fields[] = {
    { .name = "minute", .type = GW_T_INTEGER, .at = GW_AT(limit_conf, minute) },
    { .name = NULL }
};
static const gw_schema limit_schema = { .name = "limit", .fields = limit_fields };
static gw_plugin limit = { .name = "limit", .alias = "old-limit", .phases = GW_PHASE_AUTHZ, .schema = &limit_schema,
                           .conf_size = sizeof(limit_conf), .prepare = prepare_limit, .destroy = destroy_limit,
                           .index = 1 };
static gw_plugin key = { .name = "key", .phases = GW_PHASE_AUTHN | GW_PHASE_FIXUPS, .flags = GW_PLUGIN_NO_CONSUMER,
                         .schema = &limit_schema, .conf_size = sizeof(limit_conf), .index = 0 };
static const gw_plugin *const plugins[] = { &limit, &key };

UNUSED static void put_service(gw_workshop *shop, const char *id, const char *name, int enabled)
{
    put(shop, &gw_entity_services, json_pack("{s:s, s:s, s:s, s:i, s:s, s:n, s:b}", "id", id, "name", name, "host",
                                             "up.x", "port", 8080, "protocol", "http", "path", "enabled", enabled));
}

UNUSED static json_t *foreign(const char *id)
{
    return id != NULL ? json_pack("{s:s}", "id", id) : json_null();
}

UNUSED static void put_route(gw_workshop *shop, const char *id, const char *path, const char *service)
{
    put(shop, &gw_entity_routes,
        json_pack("{s:s, s:i, s:[s, s], s:[s], s:n, s:o, s:s}", "id", id, "created_at", 1, "protocols", "http", "https",
                  "paths", path, "methods", "service", foreign(service), "path_handling", "v0"));
}

UNUSED static void put_plugin(gw_workshop *shop, const char *id, const char *name, int minute, const char *route,
                       const char *service, const char *consumer)
{
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:{s:i}, s:o, s:o, s:o, s:b, s:[s, s]}", "id", id, "name", name, "config", "minute",
                  minute, "route", foreign(route), "service", foreign(service), "consumer", foreign(consumer),
                  "enabled", 1, "protocols", "http", "https"));
}

UNUSED static gw_workshop *make_shop(void)
{
    gw_workshop *shop = gw_workshop_make(release_worker);

    gw_workshop_use_plugins(shop, plugins, COUNT(plugins));
    return shop;
}

UNUSED static const gw_route *find(const gw_snapshot *snapshot, const char *path)
{
    gw_match_input in = { .method = "GET", .host = "a.x", .path = path };
    static apr_pool_t *p;
    gw_match match;

    if (p == NULL)
        apr_pool_create(&p, NULL);
    return gw_router_find(&match, gw_snapshot_router(snapshot), &in, p) ? match.route : NULL;
}

UNUSED static const gw_plan *plan_of(const gw_snapshot *snapshot, const char *path)
{
    const gw_route *route = find(snapshot, path);

    return route != NULL ? gw_snapshot_plan(snapshot, route, gw_snapshot_service(snapshot, route)) : NULL;
}

/* The `minute` of the limit that applies; -1 = none. */
UNUSED static int minute_of(const gw_plan *plan)
{
    return plan->rows[1] != NULL ? (int)((const limit_conf *)plan->rows[1]->conf)->minute : -1;
}

#endif
