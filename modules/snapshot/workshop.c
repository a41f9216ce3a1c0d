/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop.c - rows come and go: the builder's side of snapshot.h but for linking (workshop_link.c).
 * Cells and their ids are malloc'ed, so that years of changes leave nothing behind in a pool.
 */
#include "workshop.h"
#include "model_make.h"
#include "open_door.h"
#include "workshop_tls.h"
#include "workshop_trust.h"

#include <stdlib.h>

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

static const char *get_text(const json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

static const char *get_foreign(const json_t *row, const char *name)
{
    return get_text(json_object_get(row, name), "id");
}

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
            places->cells = must(realloc(places->cells, (size_t)places->room * sizeof(*places->cells)));
            places->free = must(realloc(places->free, (size_t)places->room * sizeof(*places->free)));
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

static gw_service_cell *service_cell(gw_workshop *shop, const char *id)
{
    gw_service_cell *cell = apr_hash_get(shop->services, id, APR_HASH_KEY_STRING);

    if (cell != NULL)
        return cell;
    cell = must(calloc(1, sizeof(*cell)));
    cell->id = must(strdup(id));
    cell->place = take_place(&shop->service_places, cell);
    apr_hash_set(shop->services, cell->id, APR_HASH_KEY_STRING, cell);
    return cell;
}

static void settle_service_cell(gw_workshop *shop, gw_service_cell *cell)
{
    if (cell == NULL || cell->service != NULL || cell->nroutes > 0 || !gw_scope_is_empty(&cell->scope))
        return;
    apr_hash_set(shop->services, cell->id, APR_HASH_KEY_STRING, NULL);
    free_place(&shop->service_places, cell->place);
    gw_scope_clear(&cell->scope);
    free(cell->id);
    free(cell);
}

static gw_route_cell *route_cell(gw_workshop *shop, const char *id)
{
    gw_route_cell *cell = apr_hash_get(shop->routes, id, APR_HASH_KEY_STRING);

    if (cell != NULL)
        return cell;
    cell = must(calloc(1, sizeof(*cell)));
    cell->id = must(strdup(id));
    cell->place = take_place(&shop->route_places, cell);
    apr_hash_set(shop->routes, cell->id, APR_HASH_KEY_STRING, cell);
    return cell;
}

static void settle_route_cell(gw_workshop *shop, gw_route_cell *cell)
{
    if (cell == NULL || cell->route != NULL || !gw_scope_is_empty(&cell->scope))
        return;
    apr_hash_set(shop->routes, cell->id, APR_HASH_KEY_STRING, NULL);
    free_place(&shop->route_places, cell->place);
    gw_scope_clear(&cell->scope);
    free(cell->id);
    free(cell);
}

/* ---- services and routes ---- */

static void put_service(gw_workshop *shop, const json_t *row)
{
    gw_service *service = gw_service_make(row);
    gw_service_cell *cell;

    if (service == NULL)
        return;
    cell = service_cell(shop, service->id);
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
    settle_service_cell(shop, cell);
}

static void point_to_service(gw_workshop *shop, gw_route_cell *cell, const char *id)
{
    gw_service_cell *before = cell->service;

    cell->service = id != NULL ? service_cell(shop, id) : NULL;
    if (cell->service != NULL)
        cell->service->nroutes++;
    if (before != NULL)
        before->nroutes--;
    settle_service_cell(shop, before);
}

static void put_route(gw_workshop *shop, const json_t *row)
{
    gw_route *route = gw_route_make(row);
    gw_route_cell *cell;

    if (route == NULL)
        return;
    cell = route_cell(shop, route->id);
    if (cell->route != NULL)
        gw_life_retire_route(shop, cell->route);
    gw_life_begin(shop, &route->life);
    route->place = cell->place;
    cell->route = route;
    cell->has_remarks = route->path_handling_v1 || !(route->protocols & GW_PROTO_IN_REACH) || route->nfailures > 0;
    point_to_service(shop, cell, route->service_id);
}

static void remove_route(gw_workshop *shop, const char *id)
{
    gw_route_cell *cell = apr_hash_get(shop->routes, id, APR_HASH_KEY_STRING);

    if (cell == NULL || cell->route == NULL)
        return;
    gw_life_retire_route(shop, cell->route);
    cell->route = NULL;
    point_to_service(shop, cell, NULL);
    settle_route_cell(shop, cell);
}

/* ---- plugins ---- */

static gw_scope *scope_of(gw_workshop *shop, const gw_plugin_cell *cell)
{
    if (cell->route != NULL)
        return &cell->route->scope;
    return cell->service != NULL ? &cell->service->scope : &shop->all;
}

static void remove_plugin(gw_workshop *shop, const char *id)
{
    gw_plugin_cell *cell = apr_hash_get(shop->plugins, id, APR_HASH_KEY_STRING);

    if (cell == NULL)
        return;
    apr_hash_set(shop->plugins, cell->id, APR_HASH_KEY_STRING, NULL);
    if (cell->row != NULL) {
        gw_scope_drop(scope_of(shop, cell), cell->row);
        gw_life_retire(shop, &cell->row->life);
    }
    if (cell->consumer_index >= 0)
        gw_scope_count(scope_of(shop, cell), cell->consumer_index, -1);
    if (cell->guarded != NULL)
        gw_scope_unguard(scope_of(shop, cell), cell->guarded);
    scope_of(shop, cell)->nunusable -= cell->is_counted;
    settle_route_cell(shop, cell->route);
    settle_service_cell(shop, cell->service);
    free(cell->complaint);
    free(cell->guarded);
    free(cell);
}

static gw_plugin_cell *plugin_cell(gw_workshop *shop, const char *id)
{
    gw_plugin_cell *cell = must(calloc(1, sizeof(*cell) + strlen(id) + 1));

    memcpy(cell->id, id, strlen(id) + 1);
    cell->consumer_index = -1;
    apr_hash_set(shop->plugins, cell->id, APR_HASH_KEY_STRING, cell);
    return cell;
}

/* A row that names a consumer only counts, by its plugin, if it can have a say at all. Its config is compiled with the
 * consumer, when one asks. 0 = it has no say. */
static int count_for_consumer(gw_plugin_cell *cell, const gw_workshop *shop, const json_t *row)
{
    const gw_plugin *plugin = gw_plugin_named(get_text(row, "name"), shop->known, shop->nplugins);

    if (plugin == NULL)
        cell->complaint = must(strdup("its plugin is not loaded"));
    else if (!(plugin->flags & GW_PLUGIN_NO_CONSUMER) && !json_is_false(json_object_get(row, "enabled")))
        cell->consumer_index = plugin->index;
    if (cell->consumer_index >= 0 && (plugin->flags & GW_PLUGIN_GUARDS) && gw_plugin_row_is_in_force(row))
        cell->guarded = must(strdup(get_foreign(row, "consumer")));
    return cell->consumer_index >= 0;
}

/* 0 = it cannot be used; why stands in the cell. */
static int compile_for_all(gw_plugin_cell *cell, gw_workshop *shop, const json_t *row)
{
    const char *why;
    apr_pool_t *ptemp;

    apr_pool_create(&ptemp, shop->p);
    cell->row = gw_plugin_row_make(&why, row, shop->known, shop->nplugins, ptemp);
    if (cell->row != NULL)
        gw_life_begin(shop, &cell->row->life);
    else
        cell->complaint = must(strdup(why));
    apr_pool_destroy(ptemp);
    return cell->row != NULL;
}

static void hang_plugin(gw_plugin_cell *cell, gw_workshop *shop, const json_t *row)
{
    const char *route_id = get_foreign(row, "route"), *service_id = get_foreign(row, "service");

    if (route_id != NULL)
        cell->route = route_cell(shop, route_id);
    else if (service_id != NULL)
        cell->service = service_cell(shop, service_id);
    if (cell->row != NULL)
        gw_scope_add(scope_of(shop, cell), cell->row);
    else if (cell->consumer_index >= 0)
        gw_scope_count(scope_of(shop, cell), cell->consumer_index, 1);
    if (cell->guarded != NULL)
        gw_scope_guard(scope_of(shop, cell), cell->guarded);
    scope_of(shop, cell)->nunusable += cell->is_counted;
}

static void put_plugin(gw_workshop *shop, const json_t *row)
{
    const char *id = get_text(row, "id");
    gw_plugin_cell *cell;
    int has_say;

    if (id == NULL)
        return;
    remove_plugin(shop, id);
    cell = plugin_cell(shop, id);
    has_say = get_foreign(row, "consumer") != NULL ? count_for_consumer(cell, shop, row)
                                                   : compile_for_all(cell, shop, row);
    /* What it would have guarded is not to be served without it. With a consumer: lookup_entry.c. */
    cell->is_counted = !has_say && get_foreign(row, "consumer") == NULL && gw_plugin_row_is_in_force(row);
    if (has_say || cell->is_counted)
        hang_plugin(cell, shop, row);
}

/* ---- entry points ---- */

static const struct {
    const char *entity;
    void (*put)(gw_workshop *shop, const json_t *row);
    void (*remove)(gw_workshop *shop, const char *id);
} kinds[] = {
    { "services", put_service, remove_service },
    { "routes", put_route, remove_route },
    { "plugins", put_plugin, remove_plugin },
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
    gw_workshop *shop = must(calloc(1, sizeof(*shop)));

    if (apr_pool_create(&shop->p, NULL) != APR_SUCCESS)
        abort();
    shop->services = apr_hash_make(shop->p);
    shop->routes = apr_hash_make(shop->p);
    shop->plugins = apr_hash_make(shop->p);
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
    shop->known = must(calloc((size_t)n + 1, sizeof(*shop->known)));
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
    clear_kind(shop, shop->plugins, remove_plugin);
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
    gw_scope_clear(&shop->all);
    free(shop->service_places.cells);
    free(shop->service_places.free);
    free(shop->route_places.cells);
    free(shop->route_places.free);
    free(shop->known);
    apr_pool_destroy(shop->p);
    free(shop);
}
