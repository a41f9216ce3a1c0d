/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_upstreams.c - rows of upstreams and targets come and go; linking makes balancers of them. What did not
 * change is kept: turns and counts live on.
 */
#include "workshop.h"

#include <stdlib.h>

#include "certificate.h"
#include "must.h"

#define TOUCH_INTERVAL apr_time_from_sec(60)
#define NAMES_PATIENCE apr_time_from_msec(500) /* a new name is to be known when its writer is answered */

/* ---- rows ---- */

static gw_upstream_cell *upstream_cell(gw_workshop *shop, const char *id)
{
    gw_upstream_cell *cell = apr_hash_get(shop->upstreams, id, APR_HASH_KEY_STRING);

    if (cell != NULL)
        return cell;
    cell = gw_must(calloc(1, sizeof(*cell)));
    cell->id = gw_must(strdup(id));
    apr_hash_set(shop->upstreams, cell->id, APR_HASH_KEY_STRING, cell);
    return cell;
}

static void drop_balancer(gw_workshop *shop, gw_upstream_cell *cell)
{
    if (cell->balancer != NULL)
        gw_life_retire(shop, &cell->balancer->life);
    cell->balancer = NULL;
}

static void settle_upstream_cell(gw_workshop *shop, gw_upstream_cell *cell)
{
    if (cell->upstream != NULL || cell->ntargets > 0)
        return;
    drop_balancer(shop, cell);
    apr_hash_set(shop->upstreams, cell->id, APR_HASH_KEY_STRING, NULL);
    free(cell->targets);
    free(cell->id);
    free(cell);
}

void gw_shop_put_upstream(gw_workshop *shop, const json_t *row)
{
    gw_upstream *upstream = gw_upstream_make(row);
    gw_upstream_cell *cell;

    if (upstream == NULL)
        return;
    cell = upstream_cell(shop, upstream->id);
    if (cell->upstream != NULL)
        gw_upstream_release(cell->upstream);
    cell->upstream = upstream;
    cell->is_stale = 1;
}

void gw_shop_remove_upstream(gw_workshop *shop, const char *id)
{
    gw_upstream_cell *cell = apr_hash_get(shop->upstreams, id, APR_HASH_KEY_STRING);

    if (cell == NULL || cell->upstream == NULL)
        return;
    gw_upstream_release(cell->upstream);
    cell->upstream = NULL;
    cell->is_stale = 1;
    settle_upstream_cell(shop, cell);
}

void gw_shop_remove_target(gw_workshop *shop, const char *id)
{
    gw_target *target = apr_hash_get(shop->targets, id, APR_HASH_KEY_STRING);
    gw_upstream_cell *cell;
    int i = 0;

    if (target == NULL)
        return;
    apr_hash_set(shop->targets, target->id, APR_HASH_KEY_STRING, NULL);
    cell = upstream_cell(shop, target->upstream_id);
    while (cell->targets[i] != target)
        i++;
    cell->targets[i] = cell->targets[--cell->ntargets];
    cell->is_stale = 1;
    gw_target_release(target);
    settle_upstream_cell(shop, cell);
}

void gw_shop_put_target(gw_workshop *shop, const json_t *row)
{
    gw_target *target = gw_target_make(row);
    const char *id = json_string_value(json_object_get(row, "id"));
    gw_upstream_cell *cell;

    if (id != NULL)
        gw_shop_remove_target(shop, id); /* it may have been another upstream's */
    if (target == NULL)
        return;
    cell = upstream_cell(shop, target->upstream_id);
    if (cell->ntargets == cell->room) {
        cell->room = cell->room > 0 ? cell->room * 2 : 4;
        cell->targets = gw_must(realloc(cell->targets, (size_t)cell->room * sizeof(*cell->targets)));
    }
    cell->targets[cell->ntargets++] = target;
    cell->is_stale = 1;
    shop->has_new_targets = 1;
    apr_hash_set(shop->targets, target->id, APR_HASH_KEY_STRING, target);
}

/* ---- names ---- */

/* Ask for every name, so that those that are new are looked up all at once, and wait a moment for them. */
static void learn_names(gw_workshop *shop)
{
    apr_hash_index_t *at;
    gw_name_view view;
    int n_unknown = 0;

    for (at = apr_hash_first(NULL, shop->targets); at != NULL; at = apr_hash_next(at)) {
        const gw_target *target = apr_hash_this_val(at);

        if (target->is_address)
            continue;
        gw_names_get(&view, shop->tools.names, target->host);
        n_unknown += !view.is_known;
    }
    if (n_unknown > 0)
        gw_names_await(shop->tools.names, NAMES_PATIENCE);
}

static gw_addresses resolve(void *shop_, const char *host, gw_arena *arena)
{
    const gw_workshop *shop = shop_;
    gw_addresses addresses = { 0, NULL };
    gw_name_view view;
    const char **ips;
    int i;

    if (shop->tools.names == NULL)
        return addresses;
    gw_names_get(&view, shop->tools.names, host);
    ips = gw_arena_alloc(arena, (size_t)(view.n + 1) * sizeof(*ips));
    for (i = 0; i < view.n; i++)
        ips[i] = gw_arena_strdup(arena, view.ips[i]);
    addresses.n = view.n;
    addresses.ips = ips;
    return addresses;
}

int gw_workshop_is_outdated(const gw_workshop *shop)
{
    return shop->tools.names != NULL && gw_names_version(shop->tools.names) != shop->names_version;
}

/* ---- balancers ---- */

void gw_workshop_touch_health(gw_workshop *shop, apr_time_t now)
{
    apr_hash_index_t *at;
    int i;

    if (now - shop->touched < TOUCH_INTERVAL && now >= shop->touched)
        return;
    shop->touched = now;
    for (at = apr_hash_first(NULL, shop->upstreams); at != NULL; at = apr_hash_next(at)) {
        const gw_upstream_cell *cell = apr_hash_this_val(at);

        for (i = 0; cell->balancer != NULL && i < cell->balancer->npeers; i++)
            gw_health_cell_touch(cell->balancer->peers[i].cell, now);
    }
}

/* What probes of an upstream show; NULL: nothing, or it is not there. */
static gw_certificate *find_shown(const gw_workshop *shop, const gw_upstream *upstream)
{
    const gw_certificate_cell *cell = NULL;

    if (upstream->client_certificate != NULL)
        cell = apr_hash_get(shop->certificates, upstream->client_certificate, APR_HASH_KEY_STRING);
    return cell != NULL ? cell->certificate : NULL;
}

static void make_balancer(gw_workshop *shop, gw_upstream_cell *cell)
{
    const gw_balancer_input input = {
        .upstream = cell->upstream, .ntargets = cell->ntargets, .targets = cell->targets,
        .health = shop->tools.health, .shown = find_shown(shop, cell->upstream), .resolve = resolve, .baton = shop
    };
    gw_balancer *made = gw_balancer_make(&input);
    int i;

    cell->is_stale = 0;
    cell->has_names = 0;
    for (i = 0; i < cell->ntargets; i++)
        cell->has_names |= !cell->targets[i]->is_address;
    if (cell->balancer != NULL && gw_balancer_is_same(cell->balancer, made)) {
        gw_balancer_destroy(made);
        return;
    }
    drop_balancer(shop, cell);
    made->serial = ++shop->nbalancers;
    made->life.born = shop->links; /* the snapshot in the making shows it */
    cell->balancer = made;
}

static int probes_with_tls(const gw_health_side *active)
{
    return (active->healthy.interval > 0 || active->unhealthy.interval > 0) && gw_health_has_tls(active);
}

static void check_upstream(const gw_balancer *balancer,
                           void (*warn)(void *baton, const char *code, const char *id, const char *message),
                           void *baton)
{
    const gw_upstream *upstream = balancer->upstream;

    if (probes_with_tls(&upstream->healthchecks.active) && gw_balancer_problem(balancer) != NULL)
        warn(baton, "client-certificate-not-usable", upstream->id,
             "its client certificate cannot be shown: probes with TLS fail");
    if (upstream->is_latency)
        warn(baton, "algorithm-latency", upstream->id,
             "algorithm 'latency' is stored without effect; 'round-robin' is used");
    if (upstream->use_srv_name)
        warn(baton, "use-srv-name", upstream->id, "use_srv_name is stored without effect");
}

/* ---- linking ---- */

static void name_balancer(gw_table *names, gw_balancer *balancer)
{
    gw_word word = { balancer->upstream->name, 0, 0, 0 };

    word.len = (apr_uint32_t)strlen(word.text);
    word.hash = gw_hash_text(word.text, word.len);
    gw_table_slot(names, &word)->value = balancer;
}

void gw_shop_link_upstreams(gw_workshop *shop, gw_snapshot *snapshot,
                            void (*warn)(void *baton, const char *code, const char *id, const char *message),
                            void *baton)
{
    const size_t n = apr_hash_count(shop->upstreams);
    const int is_outdated = gw_workshop_is_outdated(shop);
    apr_hash_index_t *at;
    gw_table names;

    if (shop->tools.names != NULL && (shop->has_new_targets || is_outdated)) {
        learn_names(shop);
        shop->names_version = gw_names_version(shop->tools.names); /* what comes later is another link's */
    }
    gw_table_init(&names, n, snapshot->arena);
    snapshot->balancers = gw_arena_alloc(snapshot->arena, (n + 1) * sizeof(*snapshot->balancers));
    for (at = apr_hash_first(NULL, shop->upstreams); at != NULL; at = apr_hash_next(at)) {
        gw_upstream_cell *cell = apr_hash_this_val(at);

        if (cell->upstream == NULL)
            continue;
        if (cell->is_stale || cell->balancer == NULL || (cell->has_names && is_outdated) ||
            !gw_certificate_is_same(cell->balancer->shown, find_shown(shop, cell->upstream)))
            make_balancer(shop, cell);
        check_upstream(cell->balancer, warn, baton);
        name_balancer(&names, cell->balancer);
        snapshot->balancers[snapshot->nbalancers++] = cell->balancer;
    }
    gw_shop_bind_services(shop, snapshot, &names);
    if (shop->tools.names != NULL && (shop->has_new_targets || is_outdated))
        gw_names_sweep(shop->tools.names);
    shop->has_new_targets = 0;
}
