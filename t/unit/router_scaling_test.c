/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_scaling_test.c - a match among 20,000 routes costs about what it costs among 10, whatever tells them apart;
 * and it is the route that was asked for. The bound is wide (a cold cache alone is a factor of two): what it catches
 * is a list that is walked.
 */
#include <apr_general.h>

#include "router_shapes.h"
#include "tap.h"

#define FEW 10
#define MANY 20000
#define MOST_TIMES 5.0

/* ns per match; *wrong: requests that another route than theirs answered. */
static double cost(int *wrong, shape how, int n, int without_tls, apr_pool_t *pool)
{
    shaped_request *requests;
    const gw_route **list;
    gw_route *routes;
    gw_router *router;
    gw_match match;
    apr_pool_t *p;
    double ns;
    int i;

    apr_pool_create(&p, pool);
    requests = apr_pcalloc(p, ASKED * sizeof(*requests));
    routes = make_shape(requests, how, n, p);
    list = apr_palloc(p, (apr_size_t)n * sizeof(*list));
    for (i = 0; i < n; i++)
        list[i] = &routes[i];
    for (i = 0; i < ASKED; i++)
        requests[i].in.is_tls &= !without_tls;
    router = gw_router_make(list, n, NULL, NULL);
    ns = time_matches(router, requests, 20, p);
    *wrong = 0;
    for (i = n - ASKED; i < n && n > ASKED; i++) /* the last routes are those asked for */
        *wrong += !gw_router_find(&match, router, &requests[i % ASKED].in, p) || match.route != &routes[i];
    gw_router_destroy(router);
    apr_pool_destroy(p);
    return ns;
}

static void test_shape(shape how, int without_tls, const char *name, apr_pool_t *pool)
{
    int wrong, again = 3;
    double few, many;

    do { /* the machine may be busy with something else */
        few = cost(&wrong, how, FEW, without_tls, pool);
        many = cost(&wrong, how, MANY, without_tls, pool);
    } while (many > few * MOST_TIMES && --again > 0);
    printf("# %s: %.0f ns among %d, %.0f ns among %d\n", name, few, FEW, many, MANY);
    ok(few > 0 && many > 0 && many <= few * MOST_TIMES, apr_psprintf(pool, "%s: the cost does not grow", name));
    if (!without_tls && how != MIXED) /* of mixed ones some overlap: the better one answers */
        is_int(wrong, 0, apr_psprintf(pool, "%s: the right route", name));
}

int main(void)
{
    apr_pool_t *pool;
    shape how;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    for (how = BY_HOST; how < NSHAPES; how++)
        test_shape(how, 0, shape_names[how], pool);
    test_shape(BY_SNI, 1, "sni without TLS", pool);
    apr_terminate();
    return done();
}
