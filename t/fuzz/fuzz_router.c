/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_router.c - any bytes as a route set and a request: index and literal scan give the same answer.
 */

#include "fuzz.h"
#include "router_gen.h"

#define REQUESTS 4

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static apr_pool_t *pool;
    gen g = { .below = gen_from_bytes, .bytes = bytes, .left = len };
    const gw_route *routes[GEN_ROUTES];
    gw_router *router;
    int i, n;

    if (pool == NULL) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    g.p = pool;
    n = 1 + (int)g.below(&g, GEN_ROUTES);
    for (i = 0; i < n; i++)
        routes[i] = gen_route(&g, i);
    router = gw_router_make(routes, n, NULL, NULL);
    for (i = 0; i < REQUESTS; i++) {
        gen_request request;
        gw_match found, scanned;
        int rc, rc_scan;

        gen_make_request(&request, &g);
        rc = gw_router_find(&found, router, &request.in, pool);
        rc_scan = gw_router_scan(&scanned, routes, n, &request.in, NULL, NULL, pool);
        if (gen_difference(&found, rc, &scanned, rc_scan, pool) != NULL) {
            gen_show(routes, n, &request);
            abort();
        }
    }
    gw_router_destroy(router);
    apr_pool_clear(pool);
    return 0;
}
