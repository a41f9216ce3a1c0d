/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.c - routers that follow one another share an index. What came since has a small one beside it; what went is
 * still found there, and not counted. When both are too much, a new index is made of all.
 */
#include "router_index.h"

#include <string.h>

#include "arena.h"

#define FEW_ROUTES 256 /* an index of so many is made in no time */

static gw_router *make_router(gw_index *index)
{
    gw_arena *arena = gw_arena_make(sizeof(gw_router));
    gw_router *router = gw_arena_calloc(arena, sizeof(*router));

    router->arena = arena;
    router->index = index;
    index->refs++;
    return router;
}

gw_router *gw_router_make(const gw_route *const *routes, int n,
                          void (*warn)(void *baton, const gw_route *route, const char *what), void *baton)
{
    return make_router(gw_index_make(routes, n, warn, baton));
}

/* ---- following ---- */

/* The routes are looked at by place alone, never into: of ten thousand, few are in the processor's caches. */
static gw_router *begin_anew(const gw_route *const *shown, int nplaces)
{
    const size_t size = ((size_t)nplaces + 1) * sizeof(*shown);
    gw_arena *scratch = gw_arena_make(size);
    const gw_route **routes = gw_arena_alloc(scratch, size), **by_place;
    gw_index *index;
    int n = 0;

    for (int place = 0; place < nplaces; place++)
        if (shown[place] != NULL)
            routes[n++] = shown[place];
    index = gw_index_make(routes, n, NULL, NULL);
    by_place = gw_arena_alloc(index->arena, size);
    memcpy(by_place, shown, (size_t)nplaces * sizeof(*shown));
    index->nplaces = nplaces;
    index->by_place = by_place;
    gw_arena_destroy(scratch);
    return make_router(index);
}

static const gw_route *get_indexed(const gw_index *index, int place)
{
    return place < index->nplaces ? index->by_place[place] : NULL;
}

/* What has come and gone since the index was made. */
typedef struct change {
    const gw_route **added;
    int nadded, ngone;
} change;

/* 0: more than `most`, for which `added` has room. */
static int compare(change *since, int most, const gw_index *index, const gw_route *const *shown, int nplaces)
{
    for (int place = 0; place < nplaces; place++) {
        const gw_route *indexed = get_indexed(index, place);

        if (shown[place] == indexed)
            continue;
        if (since->nadded + since->ngone + 2 > most)
            return 0;
        since->ngone += indexed != NULL;
        if (shown[place] != NULL)
            since->added[since->nadded++] = shown[place];
    }
    return 1;
}

gw_router *gw_router_follow(const gw_router *before, const gw_route *const *shown, int nplaces)
{
    const int most = FEW_ROUTES / 4 + nplaces / 64;
    change since = { NULL, 0, 0 };
    gw_router *router;
    gw_arena *scratch;

    if (before == NULL || before->index->by_place == NULL || nplaces <= FEW_ROUTES)
        return begin_anew(shown, nplaces);
    scratch = gw_arena_make((size_t)most * sizeof(*since.added));
    since.added = gw_arena_alloc(scratch, (size_t)most * sizeof(*since.added));
    if (compare(&since, most, before->index, shown, nplaces)) {
        router = make_router(before->index);
        if (since.ngone > 0)
            router->shown = shown;
        if (since.nadded > 0)
            router->added = gw_index_make(since.added, since.nadded, NULL, NULL);
    } else
        router = begin_anew(shown, nplaces);
    gw_arena_destroy(scratch);
    return router;
}

int gw_router_follows(const gw_router *router, const gw_router *before)
{
    return router->index == before->index;
}

int gw_router_keep(gw_router *router, gw_route *route)
{
    gw_index *index = router->index;

    if (index->by_place == NULL || get_indexed(index, route->place) != route)
        return 0;
    route->life.next = index->waiting;
    index->waiting = &route->life;
    return 1;
}

gw_life *gw_router_destroy(gw_router *router)
{
    gw_index *index = router->index;
    gw_life *waiting = NULL;

    if (router->added != NULL)
        gw_index_destroy(router->added);
    if (--index->refs == 0) {
        waiting = index->waiting;
        gw_index_destroy(index);
    }
    gw_arena_destroy(router->arena);
    return waiting;
}
