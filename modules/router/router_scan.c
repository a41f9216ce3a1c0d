/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_scan.c - the routing contract literally: one route after the other, one copy after the other, no index.
 * Shares nothing with router_find.c but PCRE2 and gw_host_len, so that each can find the other's mistakes.
 */
#include "router.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "router_regex.h"

/* The contract's components 1 to 6, then ours: a host with a port. */
typedef struct priority {
    int ncriteria, plain_hosts, nheaders, is_regex;
    apr_int64_t regex_priority;
    apr_size_t prefix_len;
    int host_with_port;
} priority;

typedef struct candidate {
    priority rank;
    const gw_route *route; /* NULL: none yet */
    const char *path;      /* NULL: no path criterion */
    int place;             /* of the path in its route */
    apr_size_t matched_len;
} candidate;

static const char *get_header(const gw_match_input *in, const char *name, int nth)
{
    return in->header != NULL ? in->header(in->baton, name, nth) : NULL;
}

static int match_methods(const gw_route *route, const gw_match_input *in)
{
    int i;

    for (i = 0; i < route->methods.n; i++)
        if (strcmp(route->methods.v[i], in->method) == 0)
            return 1;
    return route->methods.n == 0;
}

static int match_host_name(const char *want, apr_size_t want_len, const char *host)
{
    apr_size_t len = strlen(host);

    if (want_len > 2 && strncmp(want, "*.", 2) == 0)
        return len >= want_len - 1 && strncasecmp(host + len - (want_len - 1), want + 1, want_len - 1) == 0;
    if (want_len > 2 && strncmp(want + want_len - 2, ".*", 2) == 0)
        return len >= want_len - 1 && strncasecmp(host, want, want_len - 1) == 0;
    return len == want_len && strncasecmp(host, want, len) == 0;
}

/* 0: no; 1: yes; 2: by a host that names the port. */
static int match_hosts(const gw_route *route, const gw_match_input *in)
{
    int i, best = 0;

    if (route->hosts.n == 0)
        return 1;
    for (i = 0; in->host != NULL && in->host[0] != '\0' && i < route->hosts.n; i++) {
        int port, how;
        apr_size_t len = gw_host_len(&port, route->hosts.v[i]);

        if ((port != 0 && port != in->port) || !match_host_name(route->hosts.v[i], len, in->host))
            continue;
        how = port != 0 ? 2 : 1;
        if (how > best)
            best = how;
    }
    return best;
}

/* As the reference does it: names and values lower-cased, any of a repeated header's values. -1: a regex gave up. */
static int match_header_value(const char *want, const char *value, apr_pool_t *p)
{
    const char *why;
    gw_regex_hit hit;
    gw_regex *regex;
    gw_arena *arena;
    char *lower = apr_pstrdup(p, value), *c;
    int matched;

    for (c = lower; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 'a' - 'A');
    if (strncmp(want, "~*", 2) != 0)
        return strcasecmp(want, value) == 0;
    arena = gw_arena_make(0);
    regex = gw_regex_compile(&why, want + 2, GW_REGEX_SEARCH | GW_REGEX_ONCE, arena);
    matched = regex != NULL ? gw_regex_run(&hit, regex, lower, strlen(lower)) : 0;
    gw_regex_free(regex);
    gw_arena_destroy(arena);
    return matched;
}

static int match_header(const gw_route_header *header, const gw_match_input *in, apr_pool_t *p)
{
    int nth, i, rc, verdict = 0;
    const char *value;

    for (nth = 0; (value = get_header(in, header->name, nth)) != NULL; nth++)
        for (i = 0; i < header->values.n; i++) {
            if ((rc = match_header_value(header->values.v[i], value, p)) > 0)
                return 1;
            if (rc < 0)
                verdict = -1;
        }
    return verdict;
}

static int match_headers(const gw_route *route, const gw_match_input *in, apr_pool_t *p)
{
    int i, rc, verdict = 1;

    for (i = 0; i < route->nheaders; i++) {
        if ((rc = match_header(&route->headers[i], in, p)) == 0)
            return 0;
        if (rc < 0)
            verdict = -1;
    }
    return verdict;
}

static int match_snis(const gw_route *route, const gw_match_input *in)
{
    int i;

    if (route->snis.n == 0 || !in->is_tls)
        return 1;
    for (i = 0; in->sni != NULL && i < route->snis.n; i++) {
        apr_size_t len = strlen(route->snis.v[i]);

        len -= len > 0 && route->snis.v[i][len - 1] == '.';
        if (strlen(in->sni) == len && strncasecmp(route->snis.v[i], in->sni, len) == 0)
            return 1;
    }
    return 0;
}

/* -1: no; -2: the regex gave up; else the bytes that the route's path takes. */
static long match_path(const char *path, const gw_match_input *in)
{
    const char *why;
    gw_regex_hit hit;
    gw_regex *regex;
    gw_arena *arena;
    int rc = 0;

    if (path[0] != '~')
        return strncmp(in->path, path, strlen(path)) == 0 ? (long)strlen(path) : -1;
    arena = gw_arena_make(0);
    regex = gw_regex_compile(&why, path + 1, GW_REGEX_ANCHORED | GW_REGEX_ONCE, arena);
    if (regex != NULL)
        rc = gw_regex_run(&hit, regex, in->path, strlen(in->path));
    gw_regex_free(regex);
    gw_arena_destroy(arena);
    return rc > 0 ? (long)hit.end : rc < 0 ? -2 : -1;
}

#define COMPARE(a, b)                                                                                                  \
    if ((a) != (b))                                                                                                    \
        return (a) > (b) ? 1 : -1

/* > 0: a goes first. Not for two copies of one route that tie. */
static int cmp_candidates(const candidate *a, const candidate *b)
{
    COMPARE(a->rank.ncriteria, b->rank.ncriteria);
    COMPARE(a->rank.plain_hosts, b->rank.plain_hosts);
    COMPARE(a->rank.nheaders, b->rank.nheaders);
    COMPARE(a->rank.is_regex, b->rank.is_regex);
    COMPARE(a->rank.regex_priority, b->rank.regex_priority);
    COMPARE(a->rank.prefix_len, b->rank.prefix_len);
    COMPARE(a->rank.host_with_port, b->rank.host_with_port);
    COMPARE(b->route->created_at, a->route->created_at);
    return strcmp(b->route->id, a->route->id);
}

/* Regexes of one route tie; the first that matches is the one. */
static int might_win(const candidate *undecided, const candidate *best)
{
    int order = best->route != NULL ? cmp_candidates(undecided, best) : 1;

    return order > 0 || (order == 0 && undecided->place < best->place);
}

static void offer(candidate *best, const candidate *one)
{
    if (best->route == NULL || cmp_candidates(one, best) > 0)
        *best = *one;
}

static priority rank_route(const gw_route *route, int host)
{
    priority rank = { 0, route->hosts.n > 0, route->nheaders > 255 ? 255 : route->nheaders, 0, 0, 0, host == 2 };
    int i;

    rank.ncriteria = (route->methods.n > 0) + (route->hosts.n > 0) + (route->nheaders > 0) + (route->paths.n > 0) +
                     (route->snis.n > 0);
    for (i = 0; i < route->hosts.n; i++)
        if (strchr(route->hosts.v[i], '*') != NULL)
            rank.plain_hosts = 0;
    return rank;
}

/* All criteria of one route; its copies are offered to `best`, or to `undecided` where a regex gave up. 1 when it
 * matched. */
static int scan_route(candidate *best, candidate *undecided, const gw_route *route, const gw_match_input *in,
                      apr_pool_t *p)
{
    int host = match_hosts(route, in), headers, i, matched = 0;
    candidate one = { rank_route(route, host), route, NULL, 0, 0 };

    if (!(route->protocols & (GW_PROTO_HTTP | GW_PROTO_HTTPS)) || !host || !match_methods(route, in) ||
        !match_snis(route, in) || !(headers = match_headers(route, in, p)))
        return 0;
    if (route->paths.n == 0) {
        offer(headers > 0 ? best : undecided, &one);
        return headers > 0;
    }
    for (i = 0; i < route->paths.n; i++) {
        long len = match_path(route->paths.v[i], in);
        int is_known = headers > 0 && len >= 0;

        if (len == -1)
            continue;
        matched |= is_known;
        one.path = route->paths.v[i];
        one.place = i;
        one.matched_len = len > 0 ? (apr_size_t)len : 0;
        one.rank.is_regex = one.path[0] == '~';
        one.rank.regex_priority = one.rank.is_regex ? route->regex_priority : 0;
        one.rank.prefix_len = one.rank.is_regex ? 0 : one.matched_len;
        offer(is_known ? best : undecided, &one);
    }
    return matched;
}

static void set_captures(gw_match *match, const char *pattern, const gw_match_input *in, apr_pool_t *p)
{
    gw_arena *arena = gw_arena_make(0);
    const char *why;
    gw_regex *regex = gw_regex_compile(&why, pattern, GW_REGEX_ANCHORED | GW_REGEX_ONCE, arena);

    if (regex != NULL)
        match->ncaptures = gw_regex_captures(&match->capture_names, &match->capture_offsets, regex, in->path,
                                             strlen(in->path), p);
    gw_regex_free(regex);
    gw_arena_destroy(arena);
}

int gw_router_scan(gw_match *match, const gw_route *const *routes, int n, const gw_match_input *input,
                   void (*consider)(void *baton, const gw_route *route), void *baton, apr_pool_t *p)
{
    candidate best = { { 0, 0, 0, 0, 0, 0, 0 }, NULL, NULL, 0, 0 }, undecided = best;
    int i;

    memset(match, 0, sizeof(*match));
    for (i = 0; i < n; i++)
        if (scan_route(&best, &undecided, routes[i], input, p) && consider != NULL)
            consider(baton, routes[i]);
    if (undecided.route != NULL && might_win(&undecided, &best)) {
        match->undecided = undecided.route;
        return 0;
    }
    if (best.route == NULL)
        return 0;
    match->route = best.route;
    match->matched_len = best.matched_len;
    match->by_regex = best.rank.is_regex;
    if (match->by_regex)
        set_captures(match, best.path + 1, input, p);
    return 1;
}
