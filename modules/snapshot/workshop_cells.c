/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_cells.c - the cells of services and routes, and their places. Cells and their ids are malloc'ed, so that
 * years of changes leave nothing behind in a pool.
 */
#include "workshop.h"

#include <stdlib.h>
#include <string.h>

#include "must.h"

/* ---- places ---- */

static int take_place(gw_places *places, void *cell)
{
    int place;

    if (places->nfree > 0) {
        place = places->free[--places->nfree];
    }
    else {
        if (places->n == places->room) {
            places->room = places->room > 0 ? places->room * 2 : 64;
            places->cells = gw_must(realloc(places->cells, (size_t)places->room * sizeof(*places->cells)));
            places->free = gw_must(realloc(places->free, (size_t)places->room * sizeof(*places->free)));
        }
        place = places->n++;
    }
    places->cells[place] = cell;
    return place;
}

static void free_place(gw_places *places, int place)
{
    places->cells[place] = NULL;
    places->free[places->nfree++] = place;
}

/* ---- cells ---- */

gw_service_cell *gw_shop_service_cell(gw_workshop *shop, const char *id)
{
    gw_service_cell *cell = apr_hash_get(shop->services, id, APR_HASH_KEY_STRING);

    if (cell != NULL)
        return cell;
    cell = gw_must(calloc(1, sizeof(*cell)));
    cell->id = gw_must(strdup(id));
    cell->place = take_place(&shop->service_places, cell);
    apr_hash_set(shop->services, cell->id, APR_HASH_KEY_STRING, cell);
    return cell;
}

void gw_shop_settle_service(gw_workshop *shop, gw_service_cell *cell)
{
    if (cell == NULL || cell->service != NULL || cell->nroutes > 0 || !gw_scope_is_empty(&cell->scope))
        return;
    apr_hash_set(shop->services, cell->id, APR_HASH_KEY_STRING, NULL);
    free_place(&shop->service_places, cell->place);
    gw_scope_clear(&cell->scope);
    free(cell->id);
    free(cell);
}

/* As many as there may be cells; those that are new are blank. */
static void make_faces(gw_workshop *shop)
{
    const int room = shop->route_places.room, before = shop->nfaces;

    if (room == before)
        return;
    shop->route_faces = gw_must(realloc(shop->route_faces, (size_t)room * sizeof(*shop->route_faces)));
    memset(&shop->route_faces[before], 0, (size_t)(room - before) * sizeof(*shop->route_faces));
    shop->nfaces = room;
}

gw_route_cell *gw_shop_route_cell(gw_workshop *shop, const char *id)
{
    gw_route_cell *cell = apr_hash_get(shop->routes, id, APR_HASH_KEY_STRING);

    if (cell != NULL)
        return cell;
    cell = gw_must(calloc(1, sizeof(*cell)));
    cell->id = gw_must(strdup(id));
    cell->place = take_place(&shop->route_places, cell);
    make_faces(shop);
    apr_hash_set(shop->routes, cell->id, APR_HASH_KEY_STRING, cell);
    return cell;
}

static gw_route_face show_face(const gw_route_cell *cell)
{
    const gw_route *route = cell->route;

    return (gw_route_face){
        .route = route,
        .service = cell->service,
        .has_scope = !gw_scope_is_empty(&cell->scope),
        .has_remarks = route != NULL && (route->path_handling_v1 || !(route->protocols & GW_PROTO_IN_REACH) ||
                                         route->nfailures > 0),
    };
}

void gw_shop_settle_route(gw_workshop *shop, gw_route_cell *cell)
{
    if (cell == NULL)
        return;
    shop->route_faces[cell->place] = show_face(cell);
    if (cell->route != NULL || !gw_scope_is_empty(&cell->scope))
        return;
    apr_hash_set(shop->routes, cell->id, APR_HASH_KEY_STRING, NULL);
    free_place(&shop->route_places, cell->place);
    gw_scope_clear(&cell->scope);
    free(cell->id);
    free(cell);
}
