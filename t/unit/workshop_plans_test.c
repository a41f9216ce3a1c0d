/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_plans_test.c - which plugin rows apply to a request: by route, service and consumer, and whom one that
 * cannot be run shuts out.
 */
#include <apr_general.h>

#include "workshop_rows.h"

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
    s = gw_workshop_link(shop);
    is_int((int)plan_of(s, "/a")->phases, 0, "no plugins: no phases");
    ok(plan_of(s, "/a") == plan_of(s, "/c"), "... and one plan for all");
    gw_snapshot_destroy(shop, s);

    put_plugin(shop, "p0", "limit", 100, NULL, NULL, NULL);
    put_plugin(shop, "p1", "limit", 10, NULL, "s1", NULL);
    put_plugin(shop, "p2", "limit", 5, "r2", NULL, NULL);
    put_plugin(shop, "p3", "limit", 3, "r1", "s1", NULL);
    put_plugin(shop, "p4", "key", 1, "r1", NULL, NULL);
    s = gw_workshop_link(shop);
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
    s = gw_workshop_link(shop);
    is_int(minute_of(plan_of(s, "/a")), 6, "a plugin row can move to another route; an alias is as good as the name");
    is_int(minute_of(plan_of(s, "/b")), 10, "... and is gone where it was");
    gw_snapshot_destroy(shop, s);
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:{}, s:{s:s}, s:b}", "id", "p2", "name", "limit", "config", "route", "id", "r1",
                  "enabled", 0));
    s = gw_workshop_link(shop);
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
    s = gw_workshop_link(shop);
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
    s = gw_workshop_link(shop);
    ok(plan_of(s, "/a")->by_consumer == 1 << 1, "a consumer's row at a route: the plan says so");
    is_int((int)plan_of(s, "/a")->phases, GW_PHASE_AUTHZ, "... and its phases count");
    is_int(minute_of(plan_of(s, "/a")), -1, "... but without the consumer nothing applies");
    ok(plan_of(s, "/b")->by_consumer == 0, "... and other routes are spared");
    gw_snapshot_destroy(shop, s);

    put_plugin(shop, "p2", "limit", 1, NULL, NULL, "c1");
    put_plugin(shop, "p3", "limit", 1, NULL, NULL, "c2");
    gw_workshop_remove(shop, &gw_entity_plugins, "p2");
    s = gw_workshop_link(shop);
    ok(plan_of(s, "/c")->by_consumer == 1 << 1, "as long as one consumer has a row");
    ok(plan_of(s, "/b") == plan_of(s, "/c"), "equal sets are one plan");
    gw_snapshot_destroy(shop, s);
    gw_workshop_remove(shop, &gw_entity_plugins, "p3");
    gw_workshop_remove(shop, &gw_entity_plugins, "p1");
    put_plugin(shop, "p4", "key", 1, NULL, NULL, "c2");
    s = gw_workshop_link(shop);
    ok(plan_of(s, "/a")->by_consumer == 0, "none left; a plugin that knows no consumers does not count");
    gw_snapshot_destroy(shop, s);
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
    s = gw_workshop_link(shop);
    is_int(plan_of(s, "/one")->is_unusable, 0, "without plugins all is well");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, "r1", NULL, NULL);
    s = gw_workshop_link(shop);
    is_int(plan_of(s, "/one")->is_unusable, 1, "a row of its route");
    is_int(plan_of(s, "/two")->is_unusable, 0, "... is not another route's");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, NULL, "s2", NULL);
    s = gw_workshop_link(shop);
    is_int(plan_of(s, "/one")->is_unusable, 0, "a row of a service is not another service's");
    is_int(plan_of(s, "/two")->is_unusable, 1, "... but all its routes'");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, NULL, NULL, NULL);
    s = gw_workshop_link(shop);
    is_int(plan_of(s, "/one")->is_unusable, 1, "a global row is everybody's");
    gw_snapshot_destroy(shop, s);
    put(shop, &gw_entity_plugins, json_pack("{s:s, s:s, s:b}", "id", "p", "name", "unheard-of", "enabled", 0));
    s = gw_workshop_link(shop);
    is_int(plan_of(s, "/one")->is_unusable, 0, "a disabled row is nobody's");
    gw_snapshot_destroy(shop, s);
    put(shop, &gw_entity_plugins,
        json_pack("{s:s, s:s, s:[s]}", "id", "p", "name", "unheard-of", "protocols", "tcp"));
    s = gw_workshop_link(shop);
    is_int(plan_of(s, "/one")->is_unusable, 0, "nor one for protocols that are not served");
    gw_snapshot_destroy(shop, s);
    put_plugin(shop, "p", "unheard-of", 1, NULL, NULL, NULL);
    gw_workshop_remove(shop, &gw_entity_plugins, "p");
    s = gw_workshop_link(shop);
    is_int(plan_of(s, "/one")->is_unusable, 0, "nor one that is gone");
    gw_snapshot_destroy(shop, s);
    gw_workshop_destroy(shop);
}

int main(void)
{
    apr_initialize();
    test_plans();
    test_many_plans();
    test_consumers();
    test_unusable();
    apr_terminate();
    return done();
}
