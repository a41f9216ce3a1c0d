/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_follow_test.c - snapshots that share an index: routes come, go and change one by one among many, snapshots
 * are held for a while and die in any order, and each answers as a look at each of its own routes does.
 */
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "entities.h"
#include "snapshot.h"
#include "tap.h"

#define IDS 700 /* of routes; more are there than an index of few has */
#define STEPS 400
#define HELD 6
#define REQUESTS 12

static apr_uint64_t seed = 20240229;

static int below(int n)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int)((seed >> 33) % (unsigned)n);
}

static void put_route(gw_workshop *shop, int i)
{
    json_t *row = json_pack("{s:o, s:i, s:{s:s}, s:[s], s:i}", "id", json_sprintf("r%d", i), "created_at", below(50),
                            "service", "id", below(20) == 0 ? "off" : "on", "paths",
                            below(8) == 0 ? "~/p\\d+/x" : below(4) == 0 ? "/p" : "/p1", "regex_priority", below(3));
    char path[32], host[32];

    snprintf(path, sizeof(path), "/p%d", i % 40);
    snprintf(host, sizeof(host), "h%d.x", below(6));
    json_array_append_new(json_object_get(row, "paths"), json_string(path));
    if (below(3) == 0)
        json_object_set_new(row, "hosts", json_pack("[s]", host));
    gw_workshop_put(shop, &gw_entity_routes, row);
    json_decref(row);
}

static void put_service(gw_workshop *shop, const char *id, int enabled)
{
    json_t *row = json_pack("{s:s, s:s, s:b}", "id", id, "host", "h", "enabled", enabled);

    gw_workshop_put(shop, &gw_entity_services, row);
    json_decref(row);
}

static void change_something(gw_workshop *shop)
{
    char id[16];

    if (below(40) == 0)
        put_service(shop, "off", below(2));
    if (below(100) == 0)
        for (int i = 0; i < IDS / 4; i++) /* many at once */
            put_route(shop, below(IDS));
    if (below(3) > 0) {
        put_route(shop, below(IDS));
        return;
    }
    snprintf(id, sizeof(id), "r%d", below(IDS));
    gw_workshop_remove(shop, &gw_entity_routes, id);
}

static int ask(const gw_snapshot *snapshot, apr_pool_t *p)
{
    gw_match found, scanned;
    gw_match_input in = { .method = "GET" };
    int rc, rc_scan;

    in.host = apr_psprintf(p, "h%d.x", below(8));
    in.path = apr_psprintf(p, below(3) == 0 ? "/p%d/x" : "/p%d", below(45));
    rc = gw_router_find(&found, gw_snapshot_router(snapshot), &in, p);
    rc_scan = gw_router_scan(&scanned, gw_snapshot_routes(snapshot, p), gw_snapshot_nroutes(snapshot), &in, NULL, NULL, p);
    if (rc == rc_scan && (!rc || (found.route == scanned.route && found.matched_len == scanned.matched_len)))
        return 0;
    printf("# %s%s: found %s, scanned %s\n", in.host, in.path, rc ? found.route->id : "-",
           rc_scan ? scanned.route->id : "-");
    return 1;
}

int main(void)
{
    gw_workshop *shop;
    gw_snapshot *held[HELD] = { NULL }, *current;
    int differences = 0, followed = 0, i, k;
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    shop = gw_workshop_make(NULL);
    put_service(shop, "on", 1);
    put_service(shop, "off", 0);
    for (i = 0; i < IDS; i++)
        put_route(shop, i);
    current = gw_workshop_link(shop);
    for (i = 0; i < STEPS; i++) {
        gw_snapshot *before = current;
        apr_pool_t *p;

        apr_pool_create(&p, pool);
        change_something(shop);
        current = gw_workshop_link(shop);
        followed += gw_router_follows(gw_snapshot_router(current), gw_snapshot_router(before));
        k = below(HELD); /* the place of one that was held until now */
        if (held[k] != NULL)
            gw_snapshot_destroy(shop, held[k]);
        held[k] = before;
        for (k = 0; k < REQUESTS; k++) {
            const gw_snapshot *asked = held[below(HELD)];

            differences += ask(current, p) + (asked != NULL ? ask(asked, p) : 0);
        }
        if (below(50) == 0) { /* no publisher does so, but it is allowed */
            gw_snapshot_destroy(shop, current);
            current = gw_workshop_link(shop);
        }
        apr_pool_destroy(p);
    }
    is_int(differences, 0, "every snapshot answers as its own routes say");
    ok(followed > STEPS / 2, "most shared the index of the one before");
    ok(followed < STEPS, "some made one anew");
    gw_workshop_destroy(shop);
    apr_terminate();
    return done();
}
