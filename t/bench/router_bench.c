/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_bench.c - what a match costs by number and shape of routes, and what a link costs.
 * Build and run: make t/bench/router_bench && ./t/bench/router_bench [most routes, 100000]
 */
#include <stdio.h>
#include <apr_general.h>

#include "../unit/workshop_put.h"
#include "entities.h"
#include "router_shapes.h"
#include "snapshot.h"

static void bench_shape(shape how, int most, apr_pool_t *pool)
{
    static const int counts[] = { 10, 1000, 100000 };
    shaped_request *requests = apr_pcalloc(pool, ASKED * sizeof(*requests));
    size_t i;
    int j;

    printf("%-14s", shape_names[how]);
    for (i = 0; i < sizeof(counts) / sizeof(counts[0]) && counts[i] <= most; i++) {
        const gw_route **list;
        gw_route *routes;
        gw_router *router;
        apr_pool_t *p;

        apr_pool_create(&p, pool);
        routes = make_shape(requests, how, counts[i], p);
        list = apr_palloc(p, (apr_size_t)counts[i] * sizeof(*list));
        for (j = 0; j < counts[i]; j++)
            list[j] = &routes[j];
        router = gw_router_make(list, counts[i], NULL, NULL);
        printf(" %10.0f", time_matches(router, requests, 200, p));
        fflush(stdout);
        gw_router_destroy(router);
        apr_pool_destroy(p);
    }
    printf("\n");
}

/* ---- linking ---- */

#define CHANGES 500 /* one after the other: some of them make a new index */

static const gw_field no_fields[] = { { .name = NULL } };
static const gw_schema no_schema = { .name = "nothing", .fields = no_fields };
static const gw_plugin plugins[] = { { .name = "nothing", .schema = &no_schema, .index = 7 } };

/* A route by host and path of a service of its own (or all of one), with a plugin row of its own at every
 * `with_plugins`th. */
static void put_rows(gw_workshop *shop, int i, int with_plugins, int has_service)
{
    char id[16], service[16], host[64], path[64];

    snprintf(id, sizeof(id), "%d", i);
    snprintf(service, sizeof(service), "%d", has_service ? i : 0);
    snprintf(host, sizeof(host), "tenant-%d.example.com", i / 4);
    snprintf(path, sizeof(path), "/service-%d", i % 4);
    if (has_service || i == 0)
        put(shop, &gw_entity_services, json_pack("{s:s, s:s, s:s}", "id", id, "name", host, "host", host));
    put(shop, &gw_entity_routes,
        json_pack("{s:s, s:i, s:{s:s}, s:[s], s:[s]}", "id", id, "created_at", i, "service", "id", service, "hosts", host,
                  "paths", path));
    if (with_plugins > 0 && i % with_plugins == 0)
        put(shop, &gw_entity_plugins,
            json_pack("{s:s, s:s, s:{}, s:{s:s}}", "id", id, "name", "nothing", "config", "route", "id", id));
}

static void bench_link(int n, int with_plugins, int has_service)
{
    const gw_plugin *known = plugins;
    gw_workshop *shop = gw_workshop_make(NULL);
    double began = cpu_ns(), loaded, linked = 0;
    gw_snapshot *before, *s;
    int i;

    gw_workshop_use_plugins(shop, &known, 1);
    for (i = 0; i < n; i++)
        put_rows(shop, i, with_plugins, has_service);
    before = gw_workshop_link(shop);
    loaded = cpu_ns() - began;
    for (i = 0; i < CHANGES; i++) {
        began = cpu_ns();
        put_rows(shop, i, with_plugins, has_service);
        s = gw_workshop_link(shop);
        gw_snapshot_destroy(shop, before);
        before = s;
        linked += (cpu_ns() - began) / CHANGES;
    }
    printf("%7d routes %s, plugin rows at %-14s %8.1f ms full load, %6.2f ms a change\n", n,
           has_service ? "and services  " : "of one service", with_plugins == 0 ? "none:" : with_plugins == 1 ? "each route:" : "every tenth:", loaded / 1e6,
           linked / 1e6);
    gw_workshop_destroy(shop);
}

int main(int argc, char **argv)
{
    int most = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100000;
    apr_pool_t *pool;
    shape how;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    bench_link(1000, 0, 1);
    bench_link(10000, 0, 1);
    bench_link(10000, 10, 1);
    bench_link(10000, 1, 1);
    bench_link(10000, 0, 0);
    printf("ns per match  %10s %10s %10s routes\n", "10", "1,000", "100,000");
    for (how = BY_HOST; how < NSHAPES; how++)
        bench_shape(how, most, pool);
    apr_terminate();
    return 0;
}
