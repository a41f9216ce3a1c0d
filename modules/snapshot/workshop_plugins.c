/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_plugins.c - rows of plugins come and go. A row is compiled when it comes; one that names a consumer only
 * counts here (coherence/lookup_entry.c compiles it when that consumer asks).
 */
#include "workshop.h"

#include <stdlib.h>
#include <string.h>

#include "json_row.h"
#include "model_make.h"
#include "must.h"

static gw_scope *scope_of(gw_workshop *shop, const gw_plugin_cell *cell)
{
    if (cell->route != NULL)
        return &cell->route->scope;
    return cell->service != NULL ? &cell->service->scope : &shop->all;
}

void gw_shop_remove_plugin(gw_workshop *shop, const char *id)
{
    gw_plugin_cell *cell = apr_hash_get(shop->plugins, id, APR_HASH_KEY_STRING);

    if (cell == NULL)
        return;
    apr_hash_set(shop->plugins, cell->id, APR_HASH_KEY_STRING, NULL);
    if (cell->row != NULL) {
        gw_scope_drop(scope_of(shop, cell), cell->row);
        gw_shop_count_secrets(shop, cell->row->plugin, cell->row->conf, -1);
        gw_life_retire(shop, &cell->row->life);
    }
    if (cell->consumer_index >= 0)
        gw_scope_count(scope_of(shop, cell), cell->consumer_index, -1);
    if (cell->guarded != NULL)
        gw_scope_unguard(scope_of(shop, cell), cell->guarded);
    scope_of(shop, cell)->nunusable -= cell->is_counted;
    gw_shop_settle_route(shop, cell->route);
    gw_shop_settle_service(shop, cell->service);
    free(cell->complaint);
    free(cell->guarded);
    free(cell);
}

static gw_plugin_cell *plugin_cell(gw_workshop *shop, const char *id)
{
    gw_plugin_cell *cell = gw_must(calloc(1, sizeof(*cell) + strlen(id) + 1));

    memcpy(cell->id, id, strlen(id) + 1);
    cell->consumer_index = -1;
    apr_hash_set(shop->plugins, cell->id, APR_HASH_KEY_STRING, cell);
    return cell;
}

/* A row that names a consumer only counts, by its plugin, if it can have a say at all. Its config is compiled with the
 * consumer, when one asks. 0 = it has no say. */
static int count_for_consumer(gw_plugin_cell *cell, const gw_workshop *shop, const json_t *row)
{
    const gw_plugin *plugin = gw_plugin_named(gw_json_text(row, "name"), shop->known, shop->nplugins);

    if (plugin == NULL)
        cell->complaint = gw_must(strdup("its plugin is not loaded"));
    else if (!(plugin->flags & GW_PLUGIN_NO_CONSUMER) && !json_is_false(json_object_get(row, "enabled")))
        cell->consumer_index = plugin->index;
    if (cell->consumer_index >= 0 && (plugin->flags & GW_PLUGIN_GUARDS) && gw_plugin_row_is_in_force(row))
        cell->guarded = gw_must(strdup(gw_json_foreign_id(row, "consumer")));
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
        cell->complaint = gw_must(strdup(why));
    apr_pool_destroy(ptemp);
    return cell->row != NULL;
}

static void hang_plugin(gw_plugin_cell *cell, gw_workshop *shop, const json_t *row)
{
    const char *route_id = gw_json_foreign_id(row, "route"), *service_id = gw_json_foreign_id(row, "service");

    if (route_id != NULL)
        cell->route = gw_shop_route_cell(shop, route_id);
    else if (service_id != NULL)
        cell->service = gw_shop_service_cell(shop, service_id);
    if (cell->row != NULL) {
        gw_scope_add(scope_of(shop, cell), cell->row);
        gw_shop_count_secrets(shop, cell->row->plugin, cell->row->conf, 1);
    }
    else if (cell->consumer_index >= 0)
        gw_scope_count(scope_of(shop, cell), cell->consumer_index, 1);
    if (cell->guarded != NULL)
        gw_scope_guard(scope_of(shop, cell), cell->guarded);
    scope_of(shop, cell)->nunusable += cell->is_counted;
    gw_shop_settle_route(shop, cell->route);
}

void gw_shop_put_plugin(gw_workshop *shop, const json_t *row)
{
    const char *id = gw_json_text(row, "id");
    gw_plugin_cell *cell;
    int has_say;

    if (id == NULL)
        return;
    gw_shop_remove_plugin(shop, id);
    cell = plugin_cell(shop, id);
    has_say = gw_json_foreign_id(row, "consumer") != NULL ? count_for_consumer(cell, shop, row)
                                                   : compile_for_all(cell, shop, row);
    /* What it would have guarded is not to be served without it. With a consumer: lookup_entry.c. */
    cell->is_counted = !has_say && gw_json_foreign_id(row, "consumer") == NULL && gw_plugin_row_is_in_force(row);
    if (has_say || cell->is_counted)
        hang_plugin(cell, shop, row);
}
