/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_gen.h - route sets and requests out of a stream of small numbers, for the property test (numbers from a seed)
 * and the fuzzer (numbers from its bytes). The alphabets are small, so that things collide, nest and tie.
 */
#ifndef GW_T_ROUTER_GEN_H
#define GW_T_ROUTER_GEN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_pools.h>
#include <apr_strings.h>

#include "router.h"

#define GEN_ROUTES 64
#define GEN_HEADERS 4

/* A number below n. */
typedef struct gen {
    unsigned (*below)(struct gen *g, unsigned n);
    apr_pool_t *p;
    apr_uint64_t seed;          /* property test */
    const unsigned char *bytes; /* fuzzer */
    size_t left;
} gen;

typedef struct gen_request {
    gw_match_input in;
    int nheaders;
    const char *names[GEN_HEADERS], *values[GEN_HEADERS];
} gen_request;

static const char *const gen_methods[] = { "GET", "POST", "PUT", "get" };
static const char *const gen_hosts[] = {
    "a.x", "b.a.x", "A.X", "x", "*.x", "*.a.x", "a.*", "b.a.*", "a.x:80", "a.x:81", "*.x:80", "a.*:80",
    "*.a.x:81", "a", "b.*",
};
static const char *const gen_asked_hosts[] = {
    "a.x", "b.a.x", "c.b.a.x", "A.x", "x", "a", "b.c", "a.b", ".x", "", "a.x.y",
};
static const char *const gen_paths[] = {
    "/", "/a", "/a/", "/ab", "/a/b", "/a/b/", "/a/bc", "/b", "/b/a", "/abc", "/a/b/c", "/aa", "/aaa",
    "~/a", "~/a/(?<x>[bc]+)", "~/(a|b)", "~/a|/b", "~/a?b", "~/ab*", "~/[ab]+$", "~/a/b$", "~/.*c",
    "~/\\w+/(?<y>b)?", "~/(", "~/a{1}b", "~/\\.b", "~/(?i)A",
};
static const char *const gen_asked_paths[] = {
    "/", "/a", "/a/", "/ab", "/abc", "/a/b", "/a/b/", "/a/bc", "/a/b/c", "/b", "/b/a", "/c", "/aaa", "/aa", "/.b",
    "/A", "/bbb/b",
};
static const char *const gen_names[] = { "x-a", "x-b", "x-c" };
static const char *const gen_wanted[] = { "1", "2", "3", "ab", "~*^[12]$", "~*b", "~*(" };
static const char *const gen_given[] = { "1", "2", "3", "4", "AB", "aB", "b", "" };
static const char *const gen_snis[] = { "a.x", "b.x", "c.x." };
static const char *const gen_given_snis[] = { "a.x", "B.x", "c.x", "d.x" };

#define GEN_PICK(g, list) (list)[(g)->below((g), sizeof(list) / sizeof((list)[0]))]

__attribute__((unused)) static unsigned gen_from_seed(gen *g, unsigned n)
{
    g->seed = g->seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(g->seed >> 33) % n;
}

__attribute__((unused)) static unsigned gen_from_bytes(gen *g, unsigned n)
{
    if (g->left == 0)
        return 0;
    g->left--;
    return *g->bytes++ % n;
}

/* Up to `most` words of a list; often none. */
static gw_strings gen_strings(gen *g, const char *const *list, unsigned n, unsigned most)
{
    unsigned want = g->below(g, 3) == 0 ? g->below(g, most) + 1 : 0, i;
    const char **v = apr_palloc(g->p, (want + 1) * sizeof(*v));
    gw_strings strings = { (int)want, want > 0, v };

    for (i = 0; i < want; i++)
        v[i] = list[g->below(g, n)];
    return strings;
}

#define GEN_STRINGS(g, list, most) gen_strings((g), (list), sizeof(list) / sizeof((list)[0]), (most))

static gw_route *gen_route(gen *g, int number)
{
    gw_route *route = apr_pcalloc(g->p, sizeof(*route));
    gw_route_header *headers = apr_pcalloc(g->p, 3 * sizeof(*headers));
    unsigned i;

    route->id = apr_psprintf(g->p, "%04u-%d", g->below(g, 50), number);
    route->created_at = g->below(g, 3);
    route->protocols = g->below(g, 12) == 0 ? GW_PROTO_GRPC : GW_PROTO_HTTP | GW_PROTO_HTTPS;
    route->regex_priority = (int)g->below(g, 4) - 2;
    route->methods = GEN_STRINGS(g, gen_methods, 2);
    route->hosts = GEN_STRINGS(g, gen_hosts, 3);
    route->paths = GEN_STRINGS(g, gen_paths, 3);
    if (route->paths.n == 0)
        route->paths = GEN_STRINGS(g, gen_paths, 4);
    route->snis = GEN_STRINGS(g, gen_snis, 2);
    for (i = 0; i < 3; i++) {
        gw_strings values = GEN_STRINGS(g, gen_wanted, 3);

        if (values.n > 0) {
            headers[route->nheaders].name = gen_names[i];
            headers[route->nheaders++].values = values;
        }
    }
    route->headers = headers;
    return route;
}

static const char *gen_header(void *request_, const char *name, int nth)
{
    const gen_request *request = request_;
    int i;

    for (i = 0; i < request->nheaders; i++)
        if (strcmp(request->names[i], name) == 0 && nth-- == 0)
            return request->values[i];
    return NULL;
}

static void gen_make_request(gen_request *request, gen *g)
{
    int i;

    memset(request, 0, sizeof(*request));
    request->in.method = GEN_PICK(g, gen_methods);
    request->in.host = GEN_PICK(g, gen_asked_hosts);
    request->in.port = (int)g->below(g, 3) * 40 + (g->below(g, 4) == 0);
    request->in.path = GEN_PICK(g, gen_asked_paths);
    request->in.is_tls = (int)g->below(g, 2);
    request->in.sni = request->in.is_tls && g->below(g, 3) > 0 ? GEN_PICK(g, gen_given_snis) : NULL;
    request->in.header = gen_header;
    request->in.baton = request;
    request->nheaders = (int)g->below(g, GEN_HEADERS + 1);
    for (i = 0; i < request->nheaders; i++) {
        request->names[i] = GEN_PICK(g, gen_names);
        request->values[i] = GEN_PICK(g, gen_given);
    }
}

/* NULL when two answers are the same, else what differs. */
static const char *gen_difference(const gw_match *a, int found_a, const gw_match *b, int found_b, apr_pool_t *p)
{
    int i;

    if (found_a != found_b)
        return apr_psprintf(p, "found %d, scanned %d", found_a, found_b);
    if (!found_a)
        return NULL;
    if (a->route != b->route || a->matched_len != b->matched_len || a->by_regex != b->by_regex)
        return apr_psprintf(p, "found %s (%d bytes, regex %d), scanned %s (%d bytes, regex %d)", a->route->id,
                            (int)a->matched_len, a->by_regex, b->route->id, (int)b->matched_len, b->by_regex);
    if (a->ncaptures != b->ncaptures)
        return apr_psprintf(p, "%d captures, scanned %d", a->ncaptures, b->ncaptures);
    for (i = 0; i < a->ncaptures; i++)
        if (strcmp(a->capture_names[i], b->capture_names[i]) != 0 ||
            a->capture_offsets[2 * i] != b->capture_offsets[2 * i] ||
            a->capture_offsets[2 * i + 1] != b->capture_offsets[2 * i + 1])
            return apr_psprintf(p, "capture %s differs", a->capture_names[i]);
    return NULL;
}

static void gen_show(const gw_route *const *routes, int n, const gen_request *request)
{
    int i, j, k;

    printf("# %s http%s://%s:%d%s sni=%s", request->in.method, request->in.is_tls ? "s" : "", request->in.host,
           request->in.port, request->in.path, request->in.sni != NULL ? request->in.sni : "-");
    for (i = 0; i < request->nheaders; i++)
        printf(" %s=%s", request->names[i], request->values[i]);
    printf("\n");
    for (i = 0; i < n; i++) {
        const gw_route *route = routes[i];

        printf("#   %s at %d regex_priority %d:", route->id, (int)route->created_at, (int)route->regex_priority);
        for (j = 0; j < route->methods.n; j++)
            printf(" %s", route->methods.v[j]);
        for (j = 0; j < route->hosts.n; j++)
            printf(" %s", route->hosts.v[j]);
        for (j = 0; j < route->paths.n; j++)
            printf(" %s", route->paths.v[j]);
        for (j = 0; j < route->snis.n; j++)
            printf(" sni=%s", route->snis.v[j]);
        for (j = 0; j < route->nheaders; j++)
            for (k = 0; k < route->headers[j].values.n; k++)
                printf(" %s=%s", route->headers[j].name, route->headers[j].values.v[k]);
        printf("\n");
    }
}

#endif
