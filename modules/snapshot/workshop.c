/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop.c - rows come and go: the builder's side of snapshot.h. Services and routes are here, the other kinds have
 * files of their own, and so have cells (workshop_cells.c) and linking (workshop_link.c).
 */
#include "workshop.h"

#include <stdlib.h>

#include "model_make.h"
#include "must.h"
#include "open_door.h"
#include "workshop_tls.h"
#include "workshop_trust.h"

/* ---- services and routes ---- */

static void put_service(gw_workshop *shop, const json_t *row)
{
    gw_service *service = gw_service_make(row);
    gw_service_cell *cell;

    if (service == NULL)
        return;
    cell = gw_shop_service_cell(shop, service->id);
    gw_shop_unbind(shop, cell);
    gw_shop_distrust(shop, cell);
    if (cell->service != NULL)
        gw_life_retire(shop, &cell->service->life);
    gw_life_begin(shop, &service->life);
    service->place = cell->place;
    cell->service = service;
}

static void remove_service(gw_workshop *shop, const char *id)
{
    gw_service_cell *cell = apr_hash_get(shop->services, id, APR_HASH_KEY_STRING);

    if (cell == NULL || cell->service == NULL)
        return;
    gw_shop_unbind(shop, cell);
    gw_shop_distrust(shop, cell);
    gw_life_retire(shop, &cell->service->life);
    cell->service = NULL;
    gw_shop_settle_service(shop, cell);
}

static void point_to_service(gw_workshop *shop, gw_route_cell *cell, const char *id)
{
    gw_service_cell *before = cell->service;

    cell->service = id != NULL ? gw_shop_service_cell(shop, id) : NULL;
    if (cell->service != NULL)
        cell->service->nroutes++;
    if (before != NULL)
        before->nroutes--;
    gw_shop_settle_service(shop, before);
}

static void put_route(gw_workshop *shop, const json_t *row)
{
    gw_route *route = gw_route_make(row);
    gw_route_cell *cell;

    if (route == NULL)
        return;
    cell = gw_shop_route_cell(shop, route->id);
    if (cell->route != NULL)
        gw_life_retire_route(shop, cell->route);
    gw_life_begin(shop, &route->life);
    route->place = cell->place;
    cell->route = route;
    point_to_service(shop, cell, route->service_id);
    gw_shop_settle_route(shop, cell);
}

static void remove_route(gw_workshop *shop, const char *id)
{
    gw_route_cell *cell = apr_hash_get(shop->routes, id, APR_HASH_KEY_STRING);

    if (cell == NULL || cell->route == NULL)
        return;
    gw_life_retire_route(shop, cell->route);
    cell->route = NULL;
    point_to_service(shop, cell, NULL);
    gw_shop_settle_route(shop, cell);
}

/* ---- entry points ---- */

static const struct {
    const char *entity;
    void (*put)(gw_workshop *shop, const json_t *row);
    void (*remove)(gw_workshop *shop, const char *id);
} kinds[] = {
    { "services", put_service, remove_service },
    { "routes", put_route, remove_route },
    { "plugins", gw_shop_put_plugin, gw_shop_remove_plugin },
    { "upstreams", gw_shop_put_upstream, gw_shop_remove_upstream },
    { "targets", gw_shop_put_target, gw_shop_remove_target },
    { "certificates", gw_shop_put_certificate, gw_shop_remove_certificate },
    { "snis", gw_shop_put_sni, gw_shop_remove_sni },
    { "ca_certificates", gw_shop_put_authority, gw_shop_remove_authority },
};

void gw_workshop_put(gw_workshop *shop, const gw_entity *entity, const json_t *row)
{
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].entity, entity->name) == 0)
            kinds[i].put(shop, row);
}

void gw_workshop_remove(gw_workshop *shop, const gw_entity *entity, const char *id)
{
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].entity, entity->name) == 0)
            kinds[i].remove(shop, id);
}

gw_workshop *gw_workshop_make(void (*release_worker)(void *worker))
{
    gw_workshop *shop = gw_must(calloc(1, sizeof(*shop)));

    if (apr_pool_create(&shop->p, NULL) != APR_SUCCESS)
        abort();
    shop->services = apr_hash_make(shop->p);
    shop->routes = apr_hash_make(shop->p);
    shop->plugins = apr_hash_make(shop->p);
    shop->secret_query = apr_hash_make(shop->p);
    shop->upstreams = apr_hash_make(shop->p);
    shop->targets = apr_hash_make(shop->p);
    shop->certificates = apr_hash_make(shop->p);
    shop->snis = apr_hash_make(shop->p);
    shop->authorities = apr_hash_make(shop->p);
    shop->nslots = GW_MAX_PLUGINS;
    shop->release_worker = release_worker;
    return shop;
}

void gw_workshop_use_plugins(gw_workshop *shop, const gw_plugin *const *plugins, int n)
{
    int i;

    free(shop->known);
    shop->known = gw_must(calloc((size_t)n + 1, sizeof(*shop->known)));
    shop->nplugins = n;
    shop->nslots = 0;
    for (i = 0; i < n; i++) {
        shop->known[i] = plugins[i];
        shop->anonymous_at[plugins[i]->index] = gw_door_anonymous_at(plugins[i]);
        if (plugins[i]->index >= shop->nslots)
            shop->nslots = plugins[i]->index + 1;
    }
}

void gw_workshop_use_locations(gw_workshop *shop, const gw_location *locations, int n)
{
    shop->locations = locations;
    shop->nlocations = n;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < locations[i].nplugins; k++)
            gw_shop_count_secrets(shop, locations[i].plugins[k].plugin, locations[i].plugins[k].conf, 1);
}

void gw_workshop_use_upstreams(gw_workshop *shop, const gw_upstream_tools *tools)
{
    shop->tools = *tools;
}

static void clear_kind(gw_workshop *shop, apr_hash_t *rows, void (*remove)(gw_workshop *shop, const char *id))
{
    apr_hash_index_t *at;

    /* Setting the element that the index stands on is allowed. */
    for (at = apr_hash_first(NULL, rows); at != NULL; at = apr_hash_next(at))
        remove(shop, apr_hash_this_key(at));
}

void gw_workshop_clear(gw_workshop *shop)
{
    clear_kind(shop, shop->plugins, gw_shop_remove_plugin);
    clear_kind(shop, shop->routes, remove_route);
    clear_kind(shop, shop->services, remove_service);
    clear_kind(shop, shop->targets, gw_shop_remove_target);
    clear_kind(shop, shop->upstreams, gw_shop_remove_upstream);
    clear_kind(shop, shop->snis, gw_shop_remove_sni);
    clear_kind(shop, shop->certificates, gw_shop_remove_certificate);
    clear_kind(shop, shop->authorities, gw_shop_remove_authority);
}

void gw_workshop_destroy(gw_workshop *shop)
{
    while (shop->newest != NULL)
        gw_snapshot_destroy(shop, shop->newest);
    gw_workshop_clear(shop);
    gw_shop_forget_secrets(shop);
    gw_scope_clear(&shop->all);
    free(shop->service_places.cells);
    free(shop->service_places.free);
    free(shop->route_places.cells);
    free(shop->route_places.free);
    free(shop->route_faces);
    free(shop->known);
    apr_pool_destroy(shop->p);
    free(shop);
}
