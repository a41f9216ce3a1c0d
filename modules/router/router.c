/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router.c - routers that follow one another share an index. What came since has a small one beside it; what went is
 * still found there, and not counted. When both are too much, a new index is made of all.
 */
#include "router_index.h"

#include "arena.h"

#define FEW_ROUTES 256 /* an index of so many is made in no time */

static gw_router *make_router(gw_index *index, size_t room)
{
    gw_arena *arena = gw_arena_make(sizeof(gw_router) + room);
    gw_router *router = gw_arena_calloc(arena, sizeof(*router));

    router->arena = arena;
    router->index = index;
    index->refs++;
    return router;
}

gw_router *gw_router_make(const gw_route *const *routes, int n,
                          void (*warn)(void *baton, const gw_route *route, const char *what), void *baton)
{
    return make_router(gw_index_make(routes, n, warn, baton), 0);
}

/* ---- following ---- */

static const gw_route **sort_by_place(const gw_route *const *routes, int n, int nplaces, gw_arena *arena)
{
    const gw_route **by_place = gw_arena_calloc(arena, ((size_t)nplaces + 1) * sizeof(*by_place));

    for (int i = 0; i < n; i++)
        by_place[routes[i]->place] = routes[i];
    return by_place;
}

static gw_router *begin_anew(const gw_route *const *routes, int n, int nplaces)
{
    gw_index *index = gw_index_make(routes, n, NULL, NULL);

    index->nplaces = nplaces;
    index->by_place = sort_by_place(routes, n, nplaces, index->arena);
    return make_router(index, 0);
}

static const gw_route *get_indexed(const gw_index *index, int place)
{
    return place < index->nplaces ? index->by_place[place] : NULL;
}

/* Routes that the index lacks, to `added` (room for all); *ngone: those that it has, and that are no more. */
static int compare(int *ngone, const gw_route **added, const gw_index *index, const gw_route *const *shown,
                   int nplaces)
{
    int nadded = 0;

    *ngone = 0;
    for (int place = 0; place < nplaces; place++) {
        const gw_route *indexed = get_indexed(index, place);

        if (shown[place] == indexed)
            continue;
        *ngone += indexed != NULL;
        if (shown[place] != NULL)
            added[nadded++] = shown[place];
    }
    return nadded;
}

gw_router *gw_router_follow(const gw_router *before, const gw_route *const *routes, int n, int nplaces)
{
    gw_router *router;
    const gw_route **added;
    gw_arena *scratch;
    int nadded, ngone;

    if (before == NULL || before->index->by_place == NULL || n <= FEW_ROUTES)
        return begin_anew(routes, n, nplaces);
    scratch = gw_arena_make(((size_t)n + 1) * sizeof(*added));
    added = gw_arena_alloc(scratch, ((size_t)n + 1) * sizeof(*added));
    router = make_router(before->index, ((size_t)nplaces + 1) * sizeof(*added));
    router->shown = sort_by_place(routes, n, nplaces, router->arena);
    nadded = compare(&ngone, added, router->index, router->shown, nplaces);
    if (nadded + ngone > FEW_ROUTES / 4 + n / 64) {
        gw_router_destroy(router);
        router = begin_anew(routes, n, nplaces);
    } else {
        if (ngone == 0)
            router->shown = NULL;
        if (nadded > 0)
            router->added = gw_index_make(added, nadded, NULL, NULL);
    }
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
