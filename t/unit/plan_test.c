/* SPDX-License-Identifier: Apache-2.0 */
/* plan_test.c - the order of scopes, and which rows are candidates at all. */
#include "plan.h"
#include "tap.h"

#define R GW_SCOPE_ROUTE
#define S GW_SCOPE_SERVICE
#define C GW_SCOPE_CONSUMER

static const unsigned order[] = { R | S | C, R | C, S | C, R | S, C, R, S, 0 }; /* best first */

static gw_plugin_row make_row(unsigned scope)
{
    gw_plugin_row row = { .id = "x", .index = 3, .enabled = 1, .protocols = GW_PROTO_HTTP | GW_PROTO_HTTPS,
                          .scope = scope };

    row.route_id = scope & R ? "r1" : NULL;
    row.service_id = scope & S ? "s1" : NULL;
    row.consumer_id = scope & C ? "c1" : NULL;
    return row;
}

static const gw_route route = { .id = "r1" }, other_route = { .id = "r2" };
static const gw_service service = { .id = "s1" }, other_service = { .id = "s2" };

/* Each scope beats all that stand behind it, whichever comes first. */
static void test_order(void)
{
    size_t i, j;
    int good = 1;

    for (i = 0; i < COUNT(order); i++) {
        for (j = i + 1; j < COUNT(order); j++) {
            gw_plugin_row a = make_row(order[i]), b = make_row(order[j]);
            const gw_plugin_row *ab[] = { &a, &b }, *ba[] = { &b, &a }, *just_a = &a, *just_b = &b;

            good &= gw_plan_pick(ab, 2, 3, &route, &service, NULL) == &a;
            good &= gw_plan_pick(ba, 2, 3, &route, &service, NULL) == &a;
            good &= gw_plan_pick(&just_a, 1, 3, &route, &service, &b) == &a;
            good &= gw_plan_pick(&just_b, 1, 3, &route, &service, &a) == &a;
        }
    }
    ok(good, "each scope beats all behind it, as a row and as what is known without a consumer");
}

static const struct {
    unsigned scope;
    const gw_route *route;
    const gw_service *service;
    int enabled;
    unsigned protocols;
    int index;
    int fits;
    const char *why;
} rows[] = {
    { 0, NULL, NULL, 1, GW_PROTO_HTTP, 3, 1, "a global row applies without route and service" },
    { R, &route, NULL, 1, GW_PROTO_HTTP, 3, 1, "a route's row applies to its route" },
    { R, &other_route, &service, 1, GW_PROTO_HTTP, 3, 0, "... and to no other" },
    { R, NULL, &service, 1, GW_PROTO_HTTP, 3, 0, "... nor without a route" },
    { S, &route, &service, 1, GW_PROTO_HTTP, 3, 1, "a service's row applies to its service" },
    { S, &route, &other_service, 1, GW_PROTO_HTTP, 3, 0, "... and to no other" },
    { S, &route, NULL, 1, GW_PROTO_HTTP, 3, 0, "... nor without a service" },
    { R | S, &route, &other_service, 1, GW_PROTO_HTTP, 3, 0, "route and service must both be right: service" },
    { R | S, &other_route, &service, 1, GW_PROTO_HTTP, 3, 0, "route and service must both be right: route" },
    { C, &route, &service, 1, GW_PROTO_HTTPS, 3, 1, "https alone is of our family" },
    { C, &route, &service, 0, GW_PROTO_HTTP, 3, 0, "a disabled row is no candidate" },
    { C, &route, &service, 1, GW_PROTO_GRPC | GW_PROTO_TCP, 3, 0, "nor one for other protocols" },
    { C, &route, &service, 1, GW_PROTO_HTTP, 4, 0, "nor one of another plugin" },
};

int main(void)
{
    size_t i;

    test_order();
    for (i = 0; i < COUNT(rows); i++) {
        gw_plugin_row row = make_row(rows[i].scope);
        const gw_plugin_row *list = &row;

        row.enabled = rows[i].enabled;
        row.protocols = rows[i].protocols;
        row.index = rows[i].index;
        is_int(gw_plan_pick(&list, 1, 3, rows[i].route, rows[i].service, NULL) == &row, rows[i].fits, rows[i].why);
    }
    {
        gw_plugin_row best = make_row(R | C), disabled = make_row(R | S | C);
        const gw_plugin_row *list[] = { &disabled, &best };

        disabled.enabled = 0;
        ok(gw_plan_pick(list, 2, 3, &route, &service, NULL) == &best, "behind a disabled row the next level applies");
        ok(gw_plan_pick(NULL, 0, 3, &route, &service, &best) == &best, "without rows, what was known stays");
    }
    return done();
}
