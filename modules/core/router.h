/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.h - which route a request takes. Pure: plain data in, plain data out; the rules are the project's routing
 * contract (docs/routing.md), the order among candidates its section on priority.
 *
 * An index is built once per snapshot from compiled routes and never changes. Exact hosts are hashed, prefixes
 * stand in radix trees, regexes are run only where they could still win; the cost of a match does not grow with the
 * number of routes.
 */
#ifndef GW_CORE_ROUTER_H
#define GW_CORE_ROUTER_H

#include "model.h"

typedef struct gw_router gw_router;

typedef struct gw_match_input {
    const char *method;
    const char *host;      /* Host header's host part, any case, without port; "" when there is none */
    int port;              /* the number written in Host, 0 = none */
    const char *path;      /* canonical */
    int is_tls;
    const char *sni;       /* NULL = none */
    /* The nth value (0, 1, ...) of a request header, NULL when there is none; names are lower case with '-'. */
    const char *(*header)(void *baton, const char *name, int nth);
    void *baton;
} gw_match_input;

typedef struct gw_match {
    const gw_route *route;
    apr_size_t matched_len; /* bytes of the path that the route's path matched; 0 = no path criterion took part */
    int by_regex;
    /* named captures of a regex path, as pairs of (offset, length) into the path: NULL-terminated names in `names`.
     * Owned by the router (names) and the pool of the call (offsets). */
    int ncaptures;
    const char *const *capture_names;
    const int *capture_offsets; /* start, end per capture */
} gw_match;

/* Build the index over `n` routes (borrowed; they must outlive it). Regexes that do not compile are skipped and
 * told through `warn` (may be NULL). Memory is the router's own. */
gw_router *gw_router_make(const gw_route *const *routes, int n,
                          void (*warn)(void *baton, const gw_route *route, const char *what), void *baton);
void gw_router_destroy(gw_router *router);

/* 1 and *match, or 0. Threads: any, at once. `p` is for captures only. */
int gw_router_find(gw_match *match, const gw_router *router, const gw_match_input *input, apr_pool_t *p);

/* The same answer by looking at every route: for tests and for explain. `consider` (may be NULL) is told of every
 * route that matched. */
int gw_router_scan(gw_match *match, const gw_route *const *routes, int n, const gw_match_input *input,
                   void (*consider)(void *baton, const gw_route *route), void *baton, apr_pool_t *p);

/* The path to send upstream (routing contract section 4): service path B, canonical path P, match. In p.
 * *prefix (may be NULL): the stripped prefix for X-Forwarded-Prefix, NULL when nothing but "/" was stripped. */
const char *gw_upstream_path(const char **prefix, const char *service_path, const char *path, const gw_match *match,
                             apr_pool_t *p);

#endif
