/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_link.c - a snapshot of what the workshop holds: routes whose services are there and enabled, the index over
 * them, and a plan for each, shared by all that have the same. Rows are not copied, only pointed to.
 */
#include "workshop.h"
#include "open_door.h"
#include "workshop_tls.h"
#include "workshop_trust.h"

typedef struct linking {
    gw_workshop *shop;
    gw_snapshot *snapshot;
    gw_arena *scratch;
    const gw_plugin_row **rows; /* of the plan in the making */
    gw_plan **plans;            /* made so far: open addressing, grows */
    apr_uint32_t nplans, mask;
} linking;

/* ---- warnings ---- */

static void warn(void *linking_, const char *code, const char *entity, const char *id, const char *message)
{
    linking *l = linking_;
    apr_array_header_t *list = &l->snapshot->warnings;
    gw_arena *arena = l->snapshot->arena;
    gw_warning *warning;

    if (list->nelts == list->nalloc) {
        int room = list->nalloc > 0 ? list->nalloc * 2 : 8;
        char *elts = gw_arena_alloc(arena, (size_t)room * sizeof(*warning));

        if (list->nelts > 0)
            memcpy(elts, list->elts, (size_t)list->nelts * sizeof(*warning));
        list->elts = elts;
        list->nalloc = room;
    }
    warning = (gw_warning *)list->elts + list->nelts++;
    warning->code = code;
    warning->entity = entity;
    warning->id = gw_arena_strdup(arena, id);
    warning->message = gw_arena_strdup(arena, message);
}

static void warn_of_upstream(void *linking_, const char *code, const char *id, const char *what)
{
    warn(linking_, code, "upstreams", id, what);
}

static void check_route(linking *l, const gw_route *route)
{
    if (route->path_handling_v1)
        warn(l, "path-handling-v1", "routes", route->id,
             "path_handling 'v1' is stored, but paths are handled as 'v0'");
    if (!(route->protocols & GW_PROTO_IN_REACH))
        warn(l, "protocols-out-of-reach", "routes", route->id,
             "only protocols 'http' and 'https' are matched; others are stored without effect");
}

/* Of a route that is shown. */
static void check_program(linking *l, const gw_route *route)
{
    for (int i = 0; i < route->nfailures && (route->protocols & GW_PROTO_IN_REACH); i++)
        warn(l, "route-not-usable", "routes", route->id, gw_program_failure(route->program, i));
}

static void check_service(linking *l, const gw_service *service)
{
    if (strcmp(service->protocol, "http") != 0 && strcmp(service->protocol, "https") != 0)
        warn(l, "protocols-out-of-reach", "services", service->id,
             "only protocols 'http' and 'https' are proxied; this service cannot be reached");
}

static void check_plugins(linking *l)
{
    apr_hash_index_t *at;

    for (at = apr_hash_first(NULL, l->shop->plugins); at != NULL; at = apr_hash_next(at)) {
        const gw_plugin_cell *cell = apr_hash_this_val(at);

        if (cell->complaint != NULL)
            warn(l, "plugin-not-usable", "plugins", cell->id, cell->complaint);
    }
}

/* ---- plans ---- */

static void choose_rows(linking *l, const gw_scope *scope, const gw_route *route, const gw_service *service)
{
    int i;

    for (i = 0; i < scope->n; i++) {
        const gw_plugin_row *row = scope->rows[i], **best = &l->rows[row->index];

        if (gw_plugin_row_fits(row, route, service) &&
            (*best == NULL || gw_scope_rank(row->scope) > gw_scope_rank((*best)->scope)))
            *best = row;
    }
}

static unsigned union_of_phases(const linking *l, apr_uint64_t by_consumer)
{
    unsigned phases = 0;
    int i;

    for (i = 0; i < l->shop->nslots; i++)
        if (l->rows[i] != NULL)
            phases |= l->rows[i]->plugin->phases;
    for (i = 0; by_consumer != 0 && i < l->shop->nplugins; i++)
        if (by_consumer >> l->shop->known[i]->index & 1)
            phases |= l->shop->known[i]->phases;
    return phases;
}

/* What a plan is beside its rows. */
typedef struct plan_marks {
    apr_uint64_t by_consumer;
    int is_unusable;
} plan_marks;

static void add_marks(plan_marks *marks, const gw_scope *scope)
{
    marks->by_consumer |= scope->by_consumer;
    marks->is_unusable |= scope->nunusable > 0;
}

static apr_uint32_t hash_rows(const linking *l, const gw_plugin_row *const *rows, apr_uint64_t by_consumer,
                              int is_unusable)
{
    apr_uint64_t hash = by_consumer + (apr_uint64_t)is_unusable;
    int i;

    for (i = 0; i < l->shop->nslots; i++)
        hash = (hash ^ (apr_uintptr_t)rows[i]) * APR_UINT64_C(0x9E3779B97F4A7C15) + 1;
    return (apr_uint32_t)(hash >> 32);
}

/* More than half full the table doubles. */
static void make_room(linking *l)
{
    const apr_uint32_t before = l->mask + 1;
    gw_plan **plans = l->plans;

    if (++l->nplans * 2 <= before)
        return;
    l->mask = before * 2 - 1;
    l->plans = gw_arena_calloc(l->scratch, (size_t)before * 2 * sizeof(*l->plans));
    for (apr_uint32_t from = 0; from < before; from++) {
        const gw_plan *plan = plans[from];
        apr_uint32_t to;

        if (plan == NULL)
            continue;
        to = hash_rows(l, plan->rows, plan->by_consumer, plan->is_unusable) & l->mask;
        while (l->plans[to] != NULL)
            to = (to + 1) & l->mask;
        l->plans[to] = plans[from];
    }
}

/* Where the plan with the rows at hand stands or is to stand. */
static gw_plan **find_plan(const linking *l, const plan_marks *marks)
{
    const size_t size = (size_t)l->shop->nslots * sizeof(*l->rows);
    apr_uint32_t i = hash_rows(l, l->rows, marks->by_consumer, marks->is_unusable) & l->mask;

    while (l->plans[i] != NULL &&
           (l->plans[i]->by_consumer != marks->by_consumer || l->plans[i]->is_unusable != marks->is_unusable ||
            memcmp(l->plans[i]->rows, l->rows, size) != 0))
        i = (i + 1) & l->mask;
    return &l->plans[i];
}

static gw_plan *make_plan(linking *l, const plan_marks *marks)
{
    const size_t size = (size_t)l->shop->nslots * sizeof(*l->rows);
    gw_plan *plan = gw_arena_alloc(l->snapshot->arena, sizeof(*plan));
    const gw_plugin_row **rows = gw_arena_alloc(l->snapshot->arena, size);

    memcpy(rows, l->rows, size);
    plan->rows = rows;
    plan->by_consumer = marks->by_consumer;
    plan->candidates = marks->by_consumer;
    for (int i = 0; i < l->shop->nslots; i++)
        plan->candidates |= (apr_uint64_t)(rows[i] != NULL) << i;
    plan->is_unusable = marks->is_unusable;
    plan->phases = union_of_phases(l, marks->by_consumer);
    l->snapshot->may_be_open |= gw_door_may_be_open(l->shop, plan);
    return plan;
}

/* The plan of what scopes say together; either may be NULL. */
static const gw_plan *plan_for(linking *l, const gw_service_cell *service, const gw_route_cell *route)
{
    const gw_route *r = route != NULL ? route->route : NULL;
    const gw_service *s = service != NULL ? service->service : NULL;
    plan_marks marks = { 0, 0 };
    gw_plan **place;

    add_marks(&marks, &l->shop->all);
    memset(l->rows, 0, (size_t)l->shop->nslots * sizeof(*l->rows));
    choose_rows(l, &l->shop->all, r, s);
    if (service != NULL) {
        choose_rows(l, &service->scope, r, s);
        add_marks(&marks, &service->scope);
    }
    if (route != NULL) {
        choose_rows(l, &route->scope, r, s);
        add_marks(&marks, &route->scope);
    }
    place = find_plan(l, &marks);
    if (*place == NULL) {
        make_room(l);
        place = find_plan(l, &marks);
        *place = make_plan(l, &marks);
    }
    return *place;
}

/* ---- services and routes ---- */

static void link_services(linking *l)
{
    const gw_places *places = &l->shop->service_places;
    gw_snapshot *snapshot = l->snapshot;
    int i;

    snapshot->by_service = gw_arena_calloc(snapshot->arena, (size_t)(places->n + 1) * sizeof(*snapshot->by_service));
    gw_table_init(&snapshot->service_names, (size_t)places->n, snapshot->arena);
    for (i = 0; i < places->n; i++) {
        gw_service_cell *cell = places->cells[i];
        gw_word name = { NULL, 0, 0, 0 };

        if (cell == NULL || cell->service == NULL)
            continue;
        snapshot->counts.services++;
        check_service(l, cell->service);
        cell->plan = gw_scope_is_empty(&cell->scope) ? snapshot->for_all : plan_for(l, cell, NULL);
        snapshot->by_service[i] = cell->plan;
        name.text = cell->service->name;
        if (name.text == NULL)
            continue;
        name.len = (apr_uint32_t)strlen(name.text);
        name.hash = gw_hash_text(name.text, name.len);
        gw_table_slot(&snapshot->service_names, &name)->value = cell->service;
    }
}

/* Routes whose service is gone stay: they answer 503. Those of a disabled service are not there at all. */
static void link_routes(linking *l)
{
    const gw_places *places = &l->shop->route_places;
    gw_snapshot *snapshot = l->snapshot;

    snapshot->by_route = gw_arena_calloc(snapshot->arena, (size_t)(places->n + 1) * sizeof(*snapshot->by_route));
    snapshot->shown = gw_arena_calloc(snapshot->arena, (size_t)(places->n + 1) * sizeof(*snapshot->shown));
    snapshot->nplaces = places->n;
    for (int i = 0; i < places->n; i++) {
        const gw_route_face *face = &l->shop->route_faces[i];
        gw_route_view *view = &snapshot->by_route[i];
        const gw_service_cell *service;

        if (face->route == NULL)
            continue;
        snapshot->counts.routes++;
        if (face->has_remarks)
            check_route(l, face->route);
        service = face->service != NULL && face->service->service != NULL ? face->service : NULL;
        if (service != NULL && !service->service->enabled)
            continue;
        view->service = service != NULL ? service->service : NULL;
        if (face->has_scope)
            view->plan = plan_for(l, service, places->cells[i]);
        else
            view->plan = service != NULL ? service->plan : snapshot->for_all;
        if (face->has_remarks)
            check_program(l, face->route);
        snapshot->shown[i] = face->route;
        snapshot->nroutes++;
    }
}

static void prepare_plans(linking *l)
{
    enum { ROOM = 16 };

    l->mask = ROOM - 1;
    l->plans = gw_arena_calloc(l->scratch, ROOM * sizeof(*l->plans));
    l->rows = gw_arena_alloc(l->scratch, ((size_t)l->shop->nslots + 1) * sizeof(*l->rows));
}

static gw_router *link_router(gw_workshop *shop, const gw_snapshot *snapshot)
{
    const gw_router *before = shop->newest != NULL && !shop->has_gap ? shop->newest->router : NULL;

    shop->has_gap = 0;
    return gw_router_follow(before, snapshot->shown, snapshot->nplaces);
}

gw_snapshot *gw_workshop_link(gw_workshop *shop)
{
    gw_arena *arena = gw_arena_make(4096), *scratch = gw_arena_make(4096);
    gw_snapshot *snapshot = gw_arena_calloc(arena, sizeof(*snapshot));
    linking l = { .shop = shop, .snapshot = snapshot, .scratch = scratch };

    snapshot->arena = arena;
    snapshot->link = ++shop->links;
    snapshot->warnings.elt_size = sizeof(gw_warning);
    prepare_plans(&l);
    snapshot->for_all = plan_for(&l, NULL, NULL);
    link_services(&l);
    link_routes(&l);
    gw_shop_link_upstreams(shop, snapshot, warn_of_upstream, &l);
    gw_shop_link_names(shop, snapshot, warn, &l);
    gw_shop_check_trusts(shop, warn, &l);
    snapshot->counts.plugins = (int)apr_hash_count(shop->plugins);
    snapshot->counts.upstreams = (int)apr_hash_count(shop->upstreams);
    snapshot->counts.targets = (int)apr_hash_count(shop->targets);
    check_plugins(&l);
    gw_shop_link_secrets(shop, snapshot);
    gw_doors_check(shop, snapshot, scratch, warn, &l);
    snapshot->router = link_router(shop, snapshot);
    gw_arena_destroy(scratch);
    snapshot->older = shop->newest;
    if (shop->newest != NULL)
        shop->newest->newer = snapshot;
    shop->newest = snapshot;
    return snapshot;
}
