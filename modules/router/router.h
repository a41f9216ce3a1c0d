/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.h - which route a request takes. Pure: plain data in, plain data out; the rules are the project's routing
 * contract (docs/routing.md), the order among candidates its section on priority.
 *
 * A router is made once per snapshot from compiled routes and never changes. Exact hosts are hashed, prefixes
 * stand in radix trees, regexes are run only where they could still win; the cost of a match does not grow with the
 * number of routes.
 */
#ifndef GW_ROUTER_ROUTER_H
#define GW_ROUTER_ROUTER_H

#include "model.h"

typedef struct gw_router gw_router;

/* A route made ready for matching: its hosts, paths and regexes taken apart once. Belongs to its row, shared by the
 * routers of all snapshots. */
typedef struct gw_program gw_program;

/* In the arena; borrows the route's strings. Never NULL: what cannot match is left out and told by gw_router_make.
 * gw_program_destroy frees what is not the arena's (regexes; NULL is fine), before the arena goes. */
gw_program *gw_program_make(const gw_route *route, gw_arena *arena);
void gw_program_destroy(gw_program *program);

#define GW_MATCH_HEADERS 100

typedef struct gw_match_input {
    const char *method;
    const char *host;      /* Host header's host part, any case, without port; "" when there is none */
    int port;              /* the number written in Host, 0 = none */
    const char *path;      /* canonical */
    int is_tls;
    const char *sni;       /* NULL = none */
    /* The nth value (0, 1, ...) of a request header as received, NULL when there is none; names are lower case with
     * '-', which stands for '_' too. Only the first GW_MATCH_HEADERS headers of a request count. NULL: no headers. */
    const char *(*header)(void *baton, const char *name, int nth);
    void *baton;
} gw_match_input;

typedef struct gw_match {
    const gw_route *route;
    apr_size_t matched_len; /* bytes of the path that the route's path matched; 0 = no path criterion took part */
    int by_regex;
    /* Not NULL: a regex of this route ran into its limits, and the route might have been the answer. Nobody knows
     * whether a guard was meant for this request, so nothing is found. */
    const gw_route *undecided;
    /* Named groups of a regex path that took part: capture_names[i] is the bytes of the path from capture_offsets[2i]
     * up to capture_offsets[2i+1]. In the pool of the call. */
    int ncaptures;
    const char *const *capture_names;
    const int *capture_offsets; /* start, end per capture */
} gw_match;

/* The length of the host part of a route's host or of a Host header, which ends at a ':' if a number or nothing follows
 * (an address in brackets keeps its colons), and at one dot before that: "a.example." is a.example, written whole, and
 * upstreams take the two for one. *port = 0 when there is none. */
apr_size_t gw_host_len(int *port, const char *host);

/* What of the route cannot be used (a regex that does not compile), a sentence each. */
int gw_program_nfailures(const gw_program *program);
const char *gw_program_failure(const gw_program *program, int i);

/* Build the index over `n` routes (borrowed; they must outlive it); those without http or https among their protocols
 * are left out. Paths and header values that cannot be used (a regex that does not compile) are skipped and told
 * through `warn` (may be NULL). A route without a program gets one of the router's own. Memory is the router's own.
 * For tests and benches, which have no places: snapshots' routers follow. */
gw_router *gw_router_make(const gw_route *const *routes, int n,
                          void (*warn)(void *baton, const gw_route *route, const char *what), void *baton);
/* The router of these routes, after one of most of them: it shares the index of `before` (NULL = none) and has one of
 * its own for what came since, until that is too much. So a change among ten thousand routes costs little. `shown`:
 * each route at its place (gw_route), NULL where there is none; borrowed, it must outlive the router. */
gw_router *gw_router_follow(const gw_router *before, const gw_route *const *shown, int nplaces);
/* 1 when they share an index: for tests. */
int gw_router_follows(const gw_router *router, const gw_router *before);
/* `route` will be shown no more by the routers that follow: 1 when an index that they may share has it, which keeps its
 * life then, until gw_router_destroy gives it back; 0: the caller's affair. */
int gw_router_keep(gw_router *router, gw_route *route);
/* The lives that waited for this: a list by `next`, now the caller's; NULL = none. Make, follow, keep and destroy are
 * for one thread. */
gw_life *gw_router_destroy(gw_router *router);

/* 1 and *match, or 0 (then only match->undecided is set). Threads: any, at once. `p` is for captures and header
 * regexes. */
int gw_router_find(gw_match *match, const gw_router *router, const gw_match_input *input, apr_pool_t *p);

/* The same answer by looking at every route: for tests and for explain. `consider` (may be NULL) is told of every
 * route that matched. */
int gw_router_scan(gw_match *match, const gw_route *const *routes, int n, const gw_match_input *input,
                   void (*consider)(void *baton, const gw_route *route), void *baton, apr_pool_t *p);

/* The path to send upstream (routing contract section 4): service path B, canonical path P, match. In p.
 * *prefix (may be NULL): the stripped prefix for X-Forwarded-Prefix, NULL when nothing but "/" was stripped. */
const char *gw_upstream_path(const char **prefix, const char *service_path, const char *path, const gw_match *match,
                             apr_pool_t *p);
/* 1 when a careless upstream (canonical.h) could read that path, as it is sent, as one that is not below its service's:
 * what is left of a stripped one may begin with dots. */
int gw_upstream_path_leaves(const char *service_path, const char *path, apr_pool_t *p);

#endif
