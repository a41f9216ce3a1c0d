/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_shapes.h - large route sets as people have them, one shape each, and requests that hit them all over: for the
 * bench and for the test that a match costs the same however many routes there are.
 */
#ifndef GW_T_ROUTER_SHAPES_H
#define GW_T_ROUTER_SHAPES_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_pools.h>
#include <apr_strings.h>

#include "router.h"

#define ASKED 1024 /* different requests */

typedef enum shape {
    BY_HOST, BY_WILDCARD, BY_PATH, BY_HOST_AND_PATH, BY_HEADER, BY_TWO_HEADERS, BY_SNI, BY_METHOD_AND_PATH, BY_REGEX,
    MIXED, NSHAPES
} shape;

static const char *const shape_names[NSHAPES] = {
    "host", "wildcard host", "path", "host + path", "header", "two headers", "sni", "method + path", "regex path",
    "mixed",
};

typedef struct shaped_request {
    gw_match_input in;
    const char *tenant, *region;
} shaped_request;

static const char *shaped_header(void *request_, const char *name, int nth)
{
    const shaped_request *request = request_;

    if (nth > 0)
        return NULL;
    return strcmp(name, "x-tenant") == 0 ? request->tenant : strcmp(name, "x-region") == 0 ? request->region : NULL;
}

static gw_strings one(const char *text, apr_pool_t *p)
{
    const char **v = apr_palloc(p, sizeof(*v));

    *v = text;
    return (gw_strings){ 1, 1, v };
}

static void add_header(gw_route *route, const char *name, const char *value, apr_pool_t *p)
{
    if (route->headers == NULL)
        route->headers = apr_pcalloc(p, 2 * sizeof(*route->headers));
    ((gw_route_header *)route->headers)[route->nheaders++] = (gw_route_header){ name, one(value, p) };
}

/* Route number i; request (not NULL): what asks for it. */
static void shape_route(gw_route *route, shaped_request *request, shape how, int i, apr_pool_t *p)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };
    const char *text;

    if (how == MIXED)
        how = (shape)(i % MIXED);
    switch (how) {
    case BY_HOST:
        route->hosts = one(request->in.host = apr_psprintf(p, "tenant-%d.example.com", i), p);
        break;
    case BY_WILDCARD:
        route->hosts = one(apr_psprintf(p, "*.tenant-%d.example.com", i), p);
        request->in.host = apr_psprintf(p, "www.tenant-%d.example.com", i);
        break;
    case BY_PATH:
        route->paths = one(text = apr_psprintf(p, "/api/v1/service-%d", i), p);
        request->in.path = apr_pstrcat(p, text, "/items/4711", NULL);
        break;
    case BY_HOST_AND_PATH:
        route->hosts = one(request->in.host = apr_psprintf(p, "tenant-%d.example.com", i / 10), p);
        route->paths = one(text = apr_psprintf(p, "/service-%d", i % 10), p);
        request->in.path = apr_pstrcat(p, text, "/items/4711", NULL);
        break;
    case BY_HEADER:
        route->paths = one("/", p);
        add_header(route, "x-tenant", request->tenant = apr_psprintf(p, "tenant-%d", i), p);
        break;
    case BY_TWO_HEADERS:
        route->paths = one("/api", p);
        request->in.path = "/api/x";
        add_header(route, "x-region", request->region = apr_psprintf(p, "region-%d", i % 97), p);
        add_header(route, "x-tenant", request->tenant = apr_psprintf(p, "tenant-%d", i / 97), p);
        break;
    case BY_SNI:
        route->snis = one(request->in.sni = apr_psprintf(p, "tenant-%d.example.com", i), p);
        request->in.is_tls = 1;
        break;
    case BY_METHOD_AND_PATH:
        route->methods = one(request->in.method = methods[i % 4], p);
        route->paths = one(request->in.path = apr_psprintf(p, "/api/v1/service-%d", i / 4), p);
        break;
    case BY_REGEX:
        route->paths = one(apr_psprintf(p, "~/api/v2/service-%d/items/\\d+$", i), p);
        request->in.path = apr_psprintf(p, "/api/v2/service-%d/items/4711", i);
        break;
    default:
        break;
    }
}

/* n routes of a shape in p, and ASKED requests each of which asks for one of them. */
static gw_route *make_shape(shaped_request *requests, shape how, int n, apr_pool_t *p)
{
    gw_route *routes = apr_pcalloc(p, (apr_size_t)n * sizeof(*routes));
    int i;

    for (i = 0; i < n; i++) {
        shaped_request request = {
            .in = { .method = "GET", .host = "other.example.org", .path = "/", .header = shaped_header }
        };

        routes[i].id = apr_psprintf(p, "%08x", i * 2654435761u);
        routes[i].protocols = GW_PROTO_HTTP | GW_PROTO_HTTPS;
        shape_route(&routes[i], &request, how, i, p);
        requests[i % ASKED] = request;
    }
    for (i = n; i < ASKED; i++)
        requests[i] = requests[i % n];
    for (i = 0; i < ASKED; i++)
        requests[i].in.baton = &requests[i];
    return routes;
}

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others may be busy beside us */
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ns per match over `rounds` of all requests, the best of three; -1 when a request found nothing. */
static double time_matches(const gw_router *router, shaped_request *requests, int rounds, apr_pool_t *p)
{
    double best = 0, began, took;
    gw_match match;
    int again, round, i;

    for (again = 0; again < 3; again++) {
        began = cpu_ns();
        for (round = 0; round < rounds; round++)
            for (i = 0; i < ASKED; i++)
                if (!gw_router_find(&match, router, &requests[i].in, p))
                    return -1;
        took = (cpu_ns() - began) / ((double)rounds * ASKED);
        if (again == 0 || took < best)
            best = took;
    }
    return best;
}

#endif
