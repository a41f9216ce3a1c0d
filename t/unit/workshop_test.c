/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_test.c - rows in, snapshots out: what they show, what they share, and that nothing is left behind.
 */
#include <stdlib.h>
#include <malloc.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "model_make.h"
#include "workshop_rows.h"

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
    first = gw_workshop_link(shop);
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
    second = gw_workshop_link(shop);
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
    s = gw_workshop_link(shop);
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
    s = gw_workshop_link(shop);
    is_int(gw_snapshot_warnings(s)->nelts + gw_snapshot_nroutes(s), 0, "an emptied workshop has nothing");
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
    held = gw_workshop_link(shop);
    gw_snapshot_service(held, find(held, "/a"))->worker = &held;
    nprepared = ndestroyed = nreleased = 0;
    for (i = 0; i < 100; i++) {
        put_service(shop, "s1", "one", 1);
        put_plugin(shop, "p1", "limit", 1, NULL, "s1", NULL);
        s = gw_workshop_link(shop);
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
        s = gw_workshop_link(shop);
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
    test_warnings();
    test_row_details();
    test_lives();
    test_churn();
    apr_terminate();
    return done();
}
