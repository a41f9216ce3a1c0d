/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_property_test.c - the index answers as a literal reading of the contract does, over many small random route
 * sets and requests. GW_SEED in the environment picks another world; the first difference is printed whole.
 */
#include "router_gen.h"
#include "tap.h"

#define SETS 1500
#define REQUESTS 30

typedef struct totals {
    int asked, found, regexes, differences;
} totals;

static void ask(totals *all, const gw_router *router, const gw_route *const *routes, int n, gen *g)
{
    gen_request request;
    gw_match found, scanned;
    const char *difference;
    int rc, rc_scan;

    gen_make_request(&request, g);
    rc = gw_router_find(&found, router, &request.in, g->p);
    rc_scan = gw_router_scan(&scanned, routes, n, &request.in, NULL, NULL, g->p);
    difference = gen_difference(&found, rc, &scanned, rc_scan, g->p);
    all->asked++;
    all->found += rc;
    all->regexes += found.by_regex;
    if (difference != NULL && all->differences++ == 0) {
        printf("# %s\n", difference);
        gen_show(routes, n, &request);
    }
}

/* Sizes from a handful (leaves) to many (every kind of split). */
static void try_set(totals *all, int size, gen *g)
{
    const gw_route **routes = apr_palloc(g->p, (apr_size_t)size * sizeof(*routes));
    gw_router *router;
    int i;

    for (i = 0; i < size; i++)
        routes[i] = gen_route(g, i);
    router = gw_router_make(routes, size, NULL, NULL);
    for (i = 0; i < REQUESTS; i++)
        ask(all, router, routes, size, g);
    gw_router_destroy(router);
}

int main(void)
{
    const char *given = getenv("GW_SEED");
    gen g = { .below = gen_from_seed, .seed = given != NULL ? strtoull(given, NULL, 10) : 20240229 };
    totals all = { 0, 0, 0, 0 };
    apr_pool_t *pool;
    int i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    printf("# GW_SEED=%" APR_UINT64_T_FMT "\n", g.seed);
    for (i = 0; i < SETS; i++) {
        apr_pool_create(&g.p, pool);
        try_set(&all, i % 10 == 0 ? 200 : 1 + (int)g.below(&g, 40), &g);
        apr_pool_destroy(g.p);
    }
    is_int(all.differences, 0, "index and literal scan agree on route, bytes and captures");
    ok(all.found > all.asked / 4, "enough requests matched to mean something");
    ok(all.regexes > all.asked / 50, "enough of them by regex");
    printf("# %d requests, %d matched, %d by regex\n", all.asked, all.found, all.regexes);
    apr_terminate();
    return done();
}
