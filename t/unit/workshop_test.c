/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_test.c - rows in, snapshots out: what they show, what they share, and that nothing is left behind.
 */
#include <stdlib.h>
#include <malloc.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "entities.h"
#include "model_make.h"
#include "snapshot.h"
#include "tap.h"
#include "workshop_put.h"

/* ---- two plugins ---- */

typedef struct limit_conf {
    apr_int64_t minute;
    char *made;
} limit_conf;

static int nprepared, ndestroyed;

static const char *prepare_limit(void *conf, gw_arena *arena, apr_pool_t *ptemp)
{
    limit_conf *limit = conf;

    (void)arena;
    nprepared++;
    limit->made = malloc(16);
    return limit->minute < 0 ? apr_psprintf(ptemp, "minute: %d is nothing", (int)limit->minute) : NULL;
}

static void destroy_limit(void *conf)
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

/* ---- rows ---- */

static void put_service(gw_workshop *shop, const char *id, const char *name, int enabled)
{
    put(shop, &gw_entity_services, json_pack("{s:s, s:s, s:s, s:i, s:s, s:n, s:b}", "id", id, "name", name, "host",
                                             "up.x", "port", 8080, "protocol", "http", "path", "enabled", enabled));
}

static json_t *foreign(const char *id)
{
    return id != NULL ? json_pack("{s:s}", "id", id) : json_null();
}

static void put_route(gw_workshop *shop, const char *id, const char *path, const char *service)
{
    put(shop, &gw_entity_routes,
        json_pack("{s:s, s:i, s:[s, s], s:[s], s:n, s:o, s:s}", "id", id, "created_at", 1, "protocols", "http", "https",
                  "paths", path, "methods", "service", foreign(service), "path_handling", "v0"));
}

static void put_plugin(gw_workshop *shop, const char *id, const char *name, int minute, const char *route,
                       const char *service, const char *consumer)
{
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:{s:i}, s:o, s:o, s:o, s:b, s:[s, s]}", "id", id, "name", name, "config", "minute",
                  minute, "route", foreign(route), "service", foreign(service), "consumer", foreign(consumer),
                  "enabled", 1, "protocols", "http", "https"));
}

static gw_workshop *make_shop(void)
{
    gw_workshop *shop = gw_workshop_make(release_worker);

    gw_workshop_use_plugins(shop, plugins, COUNT(plugins));
    return shop;
}

static const gw_route *find(const gw_snapshot *snapshot, const char *path)
{
    gw_match_input in = { .method = "GET", .host = "a.x", .path = path };
    static apr_pool_t *p;
    gw_match match;

    if (p == NULL)
        apr_pool_create(&p, NULL);
    return gw_router_find(&match, gw_snapshot_router(snapshot), &in, p) ? match.route : NULL;
}

static const gw_plan *plan_of(const gw_snapshot *snapshot, const char *path)
{
    const gw_route *route = find(snapshot, path);

    return route != NULL ? gw_snapshot_plan(snapshot, route, gw_snapshot_service(snapshot, route)) : NULL;
}

/* The `minute` of the limit that applies; -1 = none. */
static int minute_of(const gw_plan *plan)
{
    return plan->rows[1] != NULL ? (int)((const limit_conf *)plan->rows[1]->conf)->minute : -1;
}

static int is_without_service(const gw_snapshot *snapshot, const char *path)
{
    const gw_route *route = find(snapshot, path);

    return route != NULL && gw_snapshot_service(snapshot, route) == NULL;
}

/* ---- what a snapshot shows ---- */

static void test_rows(void)
{
    gw_workshop *shop = make_shop();
    gw_snapshot *first, *second;
    const gw_route *route;

    put_route(shop, "r1", "/a", "s1");
    put_service(shop, "s1", "one", 1);
    put_service(shop, "s2", "two", 0);
    put_route(shop, "r2", "/b", "s2");
    put_route(shop, "r3", "/c", NULL);
    put_route(shop, "r4", "/d", "nowhere");
    first = gw_workshop_link(shop, 7);
    is_int((int)gw_snapshot_generation(first), 7, "a snapshot knows its generation");
    route = find(first, "/a/x");
    is_str(route != NULL ? route->id : NULL, "r1", "a route is found");
    is_str(gw_snapshot_service(first, route)->name, "one", "with its service, which came later");
    ok(find(first, "/b") == NULL, "the routes of a disabled service are not there");
    ok(is_without_service(first, "/c"), "a route without a service is there");
    ok(is_without_service(first, "/d"), "and so is one whose service is gone");
    is_int(gw_snapshot_nroutes(first), 3, "nroutes counts what can be matched");
    is_int(gw_snapshot_counts(first)->routes, 4, "counts know the route that cannot, too");
    is_int(gw_snapshot_counts(first)->services, 2, "and each service that is there, not the one that is only spoken of");
    ok(gw_snapshot_service_by_name(first, "two") != NULL, "a disabled service is found by name");
    ok(gw_snapshot_service_by_name(first, "three") == NULL, "an unknown one is not");

    put_service(shop, "s2", "two", 1);
    put_route(shop, "r1", "/e", "s2");
    second = gw_workshop_link(shop, 8);
    ok(find(second, "/b") != NULL, "an enabled service brings its routes back");
    ok(find(second, "/a") == NULL && find(second, "/e") != NULL, "a replaced route is as it is now");
    is_str(gw_snapshot_service(second, find(second, "/e"))->name, "two", "at its new service");
    ok(find(second, "/c") == find(first, "/c"), "rows that did not change are shared");
    is_str(find(first, "/a")->id, "r1", "the older snapshot shows what it showed");
    gw_workshop_remove(shop, &gw_entity_routes, "r1");
    gw_workshop_remove(shop, &gw_entity_routes, "never-there");
    gw_snapshot_destroy(shop, second);
    ok(find(first, "/a") != NULL && find(first, "/c") != NULL, "... also when the newer one is gone first");
    gw_snapshot_destroy(shop, first);
    gw_workshop_destroy(shop);
}

static void test_plans(void)
{
    gw_workshop *shop = make_shop();
    gw_snapshot *s;

    put_service(shop, "s1", "one", 1);
    put_service(shop, "s2", "two", 1);
    put_route(shop, "r1", "/a", "s1");
    put_route(shop, "r2", "/b", "s1");
    put_route(shop, "r3", "/c", "s2");
    put_route(shop, "r4", "/d", NULL);
    s = gw_workshop_link(shop, 1);
    is_int((int)plan_of(s, "/a")->phases, 0, "no plugins: no phases");
    ok(plan_of(s, "/a") == plan_of(s, "/c"), "... and one plan for all");
    gw_snapshot_destroy(shop, s);

    put_plugin(shop, "p0", "limit", 100, NULL, NULL, NULL);
    put_plugin(shop, "p1", "limit", 10, NULL, "s1", NULL);
    put_plugin(shop, "p2", "limit", 5, "r2", NULL, NULL);
    put_plugin(shop, "p3", "limit", 3, "r1", "s1", NULL);
    put_plugin(shop, "p4", "key", 1, "r1", NULL, NULL);
    s = gw_workshop_link(shop, 2);
    is_int(minute_of(plan_of(s, "/a")), 3, "route and service before route or service");
    is_int(minute_of(plan_of(s, "/b")), 5, "route before service");
    is_int(minute_of(plan_of(s, "/c")), 100, "global where nothing else is");
    is_int(minute_of(plan_of(s, "/d")), 100, "... without a service too");
    is_int(minute_of(gw_snapshot_plan(s, NULL, gw_snapshot_service_by_name(s, "one"))), 10, "a service alone");
    is_int(minute_of(gw_snapshot_plan(s, NULL, NULL)), 100, "nothing matched: what is global");
    is_int((int)plan_of(s, "/a")->phases, GW_PHASE_AUTHZ | GW_PHASE_AUTHN | GW_PHASE_FIXUPS, "phases add up");
    is_int((int)plan_of(s, "/b")->phases, GW_PHASE_AUTHZ, "... of what applies only");
    gw_snapshot_destroy(shop, s);

    gw_workshop_remove(shop, &gw_entity_plugins, "p3");
    put_plugin(shop, "p2", "old-limit", 6, "r1", NULL, NULL);
    s = gw_workshop_link(shop, 3);
    is_int(minute_of(plan_of(s, "/a")), 6, "a plugin row can move to another route; an alias is as good as the name");
    is_int(minute_of(plan_of(s, "/b")), 10, "... and is gone where it was");
    gw_snapshot_destroy(shop, s);
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:{}, s:{s:s}, s:b}", "id", "p2", "name", "limit", "config", "route", "id", "r1",
                  "enabled", 0));
    s = gw_workshop_link(shop, 4);
    is_int(minute_of(plan_of(s, "/a")), 10, "behind a disabled row the next level applies");
    gw_snapshot_destroy(shop, s);
    gw_workshop_destroy(shop);
}

/* More plans than the first table has room for. */
static void test_many_plans(void)
{
    enum { N = 200 };
    gw_workshop *shop = make_shop();
    gw_snapshot *s;
    int nwrong = 0;

    put_service(shop, "s1", "first", 1);
    for (int i = 0; i < 2 * N; i++) {
        char route[16], plugin[16], path[16];

        snprintf(route, sizeof(route), "r%d", i);
        snprintf(plugin, sizeof(plugin), "p%d", i);
        snprintf(path, sizeof(path), "/p%d", i);
        put_route(shop, route, path, "s1");
        if (i < N)
            put_plugin(shop, plugin, "limit", i + 1, route, NULL, NULL);
    }
    s = gw_workshop_link(shop, 1);
    for (int i = 0; i < 2 * N; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/p%d", i);
        nwrong += minute_of(plan_of(s, path)) != (i < N ? i + 1 : -1);
    }
    is_int(nwrong, 0, "each route has the plan of its own rows");
    ok(plan_of(s, "/p200") == plan_of(s, "/p399"), "and shares it when it has none");
    gw_snapshot_destroy(shop, s);
    gw_workshop_destroy(shop);
}

static void test_consumers(void)
{
    gw_workshop *shop = make_shop();
    gw_snapshot *s;

    put_service(shop, "s1", "one", 1);
    put_route(shop, "r1", "/a", "s1");
    put_route(shop, "r2", "/b", "s1");
    put_route(shop, "r3", "/c", NULL);
    put_plugin(shop, "p1", "limit", 1, "r1", NULL, "c1");
    s = gw_workshop_link(shop, 1);
    ok(plan_of(s, "/a")->by_consumer == 1 << 1, "a consumer's row at a route: the plan says so");
    is_int((int)plan_of(s, "/a")->phases, GW_PHASE_AUTHZ, "... and its phases count");
    is_int(minute_of(plan_of(s, "/a")), -1, "... but without the consumer nothing applies");
    ok(plan_of(s, "/b")->by_consumer == 0, "... and other routes are spared");
    gw_snapshot_destroy(shop, s);

    put_plugin(shop, "p2", "limit", 1, NULL, NULL, "c1");
    put_plugin(shop, "p3", "limit", 1, NULL, NULL, "c2");
    gw_workshop_remove(shop, &gw_entity_plugins, "p2");
    s = gw_workshop_link(shop, 2);
    ok(plan_of(s, "/c")->by_consumer == 1 << 1, "as long as one consumer has a row");
    ok(plan_of(s, "/b") == plan_of(s, "/c"), "equal sets are one plan");
    gw_snapshot_destroy(shop, s);
    gw_workshop_remove(shop, &gw_entity_plugins, "p3");
    gw_workshop_remove(shop, &gw_entity_plugins, "p1");
    put_plugin(shop, "p4", "key", 1, NULL, NULL, "c2");
    s = gw_workshop_link(shop, 3);
    ok(plan_of(s, "/a")->by_consumer == 0, "none left; a plugin that knows no consumers does not count");
    gw_snapshot_destroy(shop, s);
    gw_workshop_destroy(shop);
}

static int has_warning(const gw_snapshot *s, const char *code, const char *entity, const char *id)
{
    const apr_array_header_t *list = gw_snapshot_warnings(s);
    int i;

    for (i = 0; i < list->nelts; i++) {
        const gw_warning *w = &APR_ARRAY_IDX(list, i, gw_warning);

        if (strcmp(w->code, code) == 0 && strcmp(w->entity, entity) == 0 && strcmp(w->id, id) == 0)
            return 1;
    }
    return 0;
}

static void test_warnings(void)
{
    gw_workshop *shop = make_shop();
    gw_snapshot *s;

    put_route(shop, "r1", "~/(", NULL);
    put(shop, &gw_entity_routes, json_pack("{s:s, s:[s], s:[s]}", "id", "r2", "protocols", "tcp", "paths", "/tcp"));
    put(shop, &gw_entity_routes, json_pack("{s:s, s:[s], s:s}", "id", "r3", "paths", "/v1", "path_handling", "v1"));
    put(shop, &gw_entity_services, json_pack("{s:s, s:s, s:s}", "id", "s1", "host", "h", "protocol", "tcp"));
    put_plugin(shop, "p1", "limit", -5, NULL, NULL, NULL);
    put_plugin(shop, "p2", "unheard-of", 1, NULL, NULL, NULL);
    put_plugin(shop, "p3", "unheard-of", 1, NULL, NULL, "c1");
    s = gw_workshop_link(shop, 1);
    ok(has_warning(s, "route-not-usable", "routes", "r1"), "a regex that does not compile is told");
    ok(has_warning(s, "protocols-out-of-reach", "routes", "r2"), "a tcp route is told");
    ok(find(s, "/tcp") == NULL, "... and not matched");
    ok(has_warning(s, "path-handling-v1", "routes", "r3"), "path_handling v1 is told");
    ok(find(s, "/v1") != NULL, "... and matched");
    ok(has_warning(s, "protocols-out-of-reach", "services", "s1"), "a tcp service is told");
    ok(has_warning(s, "plugin-not-usable", "plugins", "p1"), "a config that its plugin refuses is told");
    ok(has_warning(s, "plugin-not-usable", "plugins", "p2"), "a plugin that is not loaded is told");
    is_int(minute_of(gw_snapshot_plan(s, NULL, NULL)), -1, "... and neither applies");
    is_int(gw_snapshot_plan(s, NULL, NULL)->is_unusable, 1, "... but nothing is to be served without them");
    ok(has_warning(s, "plugin-not-usable", "plugins", "p3"), "... for a consumer too");
    is_int(gw_snapshot_warnings(s)->nelts, 7, "nothing else is told");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p1", "limit", 5, NULL, NULL, NULL);
    gw_workshop_clear(shop);
    s = gw_workshop_link(shop, 2);
    is_int(gw_snapshot_warnings(s)->nelts + gw_snapshot_nroutes(s), 0, "an emptied workshop has nothing");
    gw_workshop_destroy(shop);
}

/* Whom a plugin that cannot be run shuts out. */
static void test_unusable(void)
{
    gw_workshop *shop = make_shop();
    gw_snapshot *s;

    put_route(shop, "r1", "/one", "s1");
    put_route(shop, "r2", "/two", "s2");
    put_service(shop, "s1", "one", 1);
    put_service(shop, "s2", "two", 1);
    s = gw_workshop_link(shop, 1);
    is_int(plan_of(s, "/one")->is_unusable, 0, "without plugins all is well");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, "r1", NULL, NULL);
    s = gw_workshop_link(shop, 2);
    is_int(plan_of(s, "/one")->is_unusable, 1, "a row of its route");
    is_int(plan_of(s, "/two")->is_unusable, 0, "... is not another route's");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, NULL, "s2", NULL);
    s = gw_workshop_link(shop, 3);
    is_int(plan_of(s, "/one")->is_unusable, 0, "a row of a service is not another service's");
    is_int(plan_of(s, "/two")->is_unusable, 1, "... but all its routes'");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, NULL, NULL, NULL);
    s = gw_workshop_link(shop, 4);
    is_int(plan_of(s, "/one")->is_unusable, 1, "a global row is everybody's");
    gw_snapshot_destroy(shop, s);
    put(shop, &gw_entity_plugins, json_pack("{s:s, s:s, s:b}", "id", "p", "name", "unheard-of", "enabled", 0));
    s = gw_workshop_link(shop, 5);
    is_int(plan_of(s, "/one")->is_unusable, 0, "a disabled row is nobody's");
    gw_snapshot_destroy(shop, s);
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:[s]}", "id", "p", "name", "unheard-of", "protocols", "tcp"));
    s = gw_workshop_link(shop, 6);
    is_int(plan_of(s, "/one")->is_unusable, 0, "nor one for protocols that are not served");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, NULL, NULL, NULL);
    gw_workshop_remove(shop, &gw_entity_plugins, "p");
    s = gw_workshop_link(shop, 7);
    is_int(plan_of(s, "/one")->is_unusable, 0, "nor one that is gone");
    gw_snapshot_destroy(shop, s);
    gw_workshop_destroy(shop);
}

static void test_row_details(void)
{
    json_t *row = json_pack("{s:s, s:{s:[s, s], s:[s]}, s:n, s:n, s:b}", "id", "r", "headers", "X_Tenant", "ABC",
                            "~*^De", "x-b", "1", "hosts", "regex_priority", "strip_path", 0);
    gw_route *route = gw_route_make(row);

    is_int(route->nheaders, 2, "headers are taken");
    is_str(route->headers[0].name, "x-tenant", "names in lower case with '-'");
    is_str(route->headers[0].values.v[0], "abc", "values in lower case");
    is_int(route->strip_path, 0, "strip_path as it is");
    is_int((int)route->regex_priority + route->hosts.n, 0, "nulls are nothing");
    is_int((int)route->protocols, GW_PROTO_HTTP | GW_PROTO_HTTPS, "protocols by default");
    gw_route_destroy(route);
    json_decref(row);
    ok(gw_route_make(NULL) == NULL && gw_service_make(NULL) == NULL, "a row without id is none");
}

/* ---- lives ---- */

static void test_lives(void)
{
    gw_workshop *shop = make_shop();
    gw_snapshot *held, *s;
    int i;

    put_service(shop, "s1", "one", 1);
    put_route(shop, "r1", "/a", "s1");
    put_plugin(shop, "p1", "limit", 1, NULL, "s1", NULL);
    held = gw_workshop_link(shop, 1);
    gw_snapshot_service(held, find(held, "/a"))->worker = &held;
    nprepared = ndestroyed = nreleased = 0;
    for (i = 0; i < 100; i++) {
        put_service(shop, "s1", "one", 1);
        put_plugin(shop, "p1", "limit", 1, NULL, "s1", NULL);
        s = gw_workshop_link(shop, 2);
        gw_snapshot_destroy(shop, s);
    }
    is_int(nprepared - ndestroyed, 1, "a snapshot that is held for long keeps its own rows and no others");
    is_int(nreleased, 0, "its service keeps its worker");
    gw_snapshot_destroy(shop, held);
    is_int(nprepared - ndestroyed, 0, "and lets go at its end");
    is_int(nreleased, 1, "of the worker too");
    gw_workshop_destroy(shop);
    is_int(nprepared - ndestroyed, -1, "the workshop's end is the end of all rows");
}

/* Routes, services and plugins come and go under a hundred thousand links. */
static void test_churn(void)
{
    gw_workshop *shop = make_shop();
    gw_snapshot *before = NULL;
    size_t used = 0;
    int i;

    for (i = 0; i < 100000; i++) {
        char id[40], path[40];
        gw_snapshot *s;

        snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012x", i, i % 50);
        snprintf(path, sizeof(path), "/p%d", i % 20);
        put_service(shop, "s1", "one", 1);
        put_route(shop, id, path, i % 3 == 0 ? id : "s1");
        put_plugin(shop, id, "limit", i, i % 2 ? id : NULL, i % 2 ? NULL : "s1", i % 5 == 0 ? "c" : NULL);
        if (i >= 10) {
            snprintf(id, sizeof(id), "%08x-0000-4000-8000-%012x", i - 10, (i - 10) % 50);
            gw_workshop_remove(shop, i % 2 ? &gw_entity_routes : &gw_entity_plugins, id);
            gw_workshop_remove(shop, i % 2 ? &gw_entity_plugins : &gw_entity_routes, id);
        }
        s = gw_workshop_link(shop, 1);
        if (before != NULL)
            gw_snapshot_destroy(shop, before);
        before = s;
        if (i == 1000)
            used = mallinfo2().uordblks;
    }
    ok(mallinfo2().uordblks < used + 64 * 1024, "a hundred thousand changes and links leave nothing behind");
    printf("# in use after 1,000 links: %zu, after 100,000: %zu bytes\n", used, mallinfo2().uordblks);
    gw_workshop_destroy(shop);
}

int main(void)
{
    apr_initialize();
    test_rows();
    test_plans();
    test_many_plans();
    test_consumers();
    test_warnings();
    test_unusable();
    test_row_details();
    test_lives();
    test_churn();
    apr_terminate();
    return done();
}
