/* SPDX-License-Identifier: Apache-2.0 */
/* open_door.c - see open_door.h. Routes without rows of their own share their service's door. */
#include "open_door.h"

#include <stdio.h>
#include <string.h>

#include "schema.h"

typedef struct looking {
    const gw_workshop *shop;
    const gw_snapshot *snapshot;
    gw_warn_fn *warn;
    void *baton;
    gw_table told;  /* ids of plugin rows that were warned of */
    char *is_seen;  /* by place: services whose door was looked at */
    int is_all_seen;
} looking;

/* The plugins of one place, by index, before it is known who asks. */
typedef struct door {
    const void *confs[GW_MAX_PLUGINS];          /* NULL = not there */
    const gw_plugin_row *rows[GW_MAX_PLUGINS];  /* where the config comes from; NULL = a location's own */
} door;

size_t gw_door_anonymous_at(const gw_plugin *plugin)
{
    const gw_field *field = plugin->phases & GW_PHASE_AUTHN ? gw_schema_field(plugin->schema, "anonymous") : NULL;

    return field != NULL && field->type == GW_T_STRING ? field->at : 0;
}

/* Of the plugin with this index, which is known to have one, and its config. */
static const char *get_anonymous(const gw_workshop *shop, int index, const void *conf)
{
    return *(const char *const *)((const char *)conf + shop->anonymous_at[index] - 1);
}

int gw_door_may_be_open(const gw_workshop *shop, const gw_plan *plan)
{
    for (int i = 0; i < shop->nslots; i++) {
        const char *name = plan->rows[i] != NULL && shop->anonymous_at[i] > 0
                               ? get_anonymous(shop, i, plan->rows[i]->conf) : NULL;

        if (name != NULL && *name != '\0')
            return 1;
    }
    return 0;
}

/* The last of the plugins that make whoever has no credentials a consumer: its index, and *anonymous is that one. -1:
 * somebody is refused, or nobody is asked. */
static int find_opener(const char **anonymous, const looking *l, const door *d)
{
    int opener = -1;

    for (int i = 0; i < l->shop->nplugins; i++) {
        const gw_plugin *plugin = l->shop->known[i];
        const char *name;

        if (d->confs[plugin->index] == NULL)
            continue;
        if (plugin->flags & GW_PLUGIN_GUARDS)
            return -1;
        if (l->shop->anonymous_at[plugin->index] == 0)
            continue;
        name = get_anonymous(l->shop, plugin->index, d->confs[plugin->index]);
        if (name == NULL || *name == '\0')
            return -1;
        *anonymous = name;
        opener = plugin->index;
    }
    return opener;
}

static const char *name_of(const looking *l, int index)
{
    for (int i = 0; i < l->shop->nplugins; i++)
        if (l->shop->known[i]->index == index)
            return l->shop->known[i]->name;
    return "";
}

static int is_told(looking *l, const char *id)
{
    gw_word word = { .text = id, .len = (apr_uint32_t)strlen(id) };
    gw_slot *slot;

    word.hash = gw_hash_text(word.text, word.len);
    slot = gw_table_slot(&l->told, &word);
    if (slot->value != NULL)
        return 1;
    slot->value = l;
    return 0;
}

/* Of a route, or of a location (`route` NULL). */
static void judge(looking *l, const door *d, const gw_scope *service, const gw_route_cell *route, const char *location)
{
    const char *anonymous = NULL;
    const int opener = find_opener(&anonymous, l, d);
    char message[512];

    if (opener < 0 || gw_scope_is_guarded(&l->shop->all, anonymous)
        || (service != NULL && gw_scope_is_guarded(service, anonymous))
        || (route != NULL && gw_scope_is_guarded(&route->scope, anonymous)))
        return;
    if (d->rows[opener] != NULL && is_told(l, d->rows[opener]->id))
        return;
    snprintf(message, sizeof(message), "anonymous of %s lets everyone in (%s%s): nothing refuses that consumer; attach "
             "request-termination to it, or acl here", name_of(l, opener), route != NULL ? "route " : "a <Location>",
             route != NULL ? route->id : "");
    if (d->rows[opener] != NULL)
        l->warn(l->baton, GW_WARNING_OPEN_DOOR, "plugins", d->rows[opener]->id, message);
    else
        l->warn(l->baton, GW_WARNING_OPEN_DOOR, "locations", location, message);
}

static void take_plan(door *d, const looking *l, const gw_plan *plan)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; plan != NULL && i < l->shop->nslots; i++) {
        d->rows[i] = plan->rows[i];
        d->confs[i] = plan->rows[i] != NULL ? plan->rows[i]->conf : NULL;
    }
}

static void look_at_route(looking *l, const gw_route_cell *cell)
{
    const gw_route_view *view = &l->snapshot->by_route[cell->place];
    const gw_service_cell *service = view->service != NULL ? cell->service : NULL;
    const int has_own = !gw_scope_is_empty(&cell->scope);
    door d;

    if (view->plan == NULL || !(view->plan->phases & GW_PHASE_AUTHN))
        return;
    if (!has_own && (service != NULL ? l->is_seen[service->place] : l->is_all_seen))
        return;
    if (!has_own && service != NULL)
        l->is_seen[service->place] = 1;
    else if (!has_own)
        l->is_all_seen = 1;
    take_plan(&d, l, view->plan);
    judge(l, &d, service != NULL ? &service->scope : NULL, cell, NULL);
}

static void look_at_location(looking *l, const gw_location *location)
{
    const char *name = location->service;
    const gw_service *service = name != NULL ? gw_snapshot_service_by_name(l->snapshot, name) : NULL;
    const gw_service_cell *cell = service != NULL ? l->shop->service_places.cells[service->place] : NULL;
    door d;

    if (location->is_guarded)
        return;
    take_plan(&d, l, gw_snapshot_plan(l->snapshot, NULL, service));
    for (int i = 0; i < location->nplugins; i++) {
        const int index = location->plugins[i].plugin->index;

        d.rows[index] = NULL;
        d.confs[index] = location->plugins[i].conf;
    }
    judge(l, &d, cell != NULL ? &cell->scope : NULL, NULL, location->name);
}

void gw_doors_check(const gw_workshop *shop, const gw_snapshot *snapshot, gw_arena *scratch, gw_warn_fn *warn,
                    void *baton)
{
    looking l = { .shop = shop, .snapshot = snapshot, .warn = warn, .baton = baton };

    gw_table_init(&l.told, apr_hash_count(shop->plugins), scratch);
    l.is_seen = gw_arena_calloc(scratch, (size_t)shop->service_places.n + 1);
    for (int i = 0; i < shop->route_places.n && snapshot->may_be_open; i++)
        if (shop->route_places.cells[i] != NULL)
            look_at_route(&l, shop->route_places.cells[i]);
    for (int i = 0; i < shop->nlocations; i++)
        look_at_location(&l, &shop->locations[i]);
}
