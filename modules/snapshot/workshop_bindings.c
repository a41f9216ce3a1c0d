/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop_bindings.c - while linking, services whose hosts are upstreams' names are bound to the balancers of these.
 * A binding that did not change is kept; a new one takes over the workers of peers that were there before, and so
 * their pooled connections.
 */
#include "workshop.h"
#include "workshop_trust.h"

static void destroy_binding(gw_life *life, void (*release_worker)(void *worker))
{
    gw_binding *binding = (gw_binding *)((char *)life - offsetof(gw_binding, life));
    int i;

    for (i = 0; release_worker != NULL && i < binding->nworkers; i++)
        if (binding->workers[i] != NULL)
            release_worker(binding->workers[i]);
    gw_arena_destroy(binding->arena);
}

static char *join(gw_arena *arena, const char *a, const char *b)
{
    const size_t alen = a != NULL ? strlen(a) : 0, blen = b != NULL ? strlen(b) : 0;
    char *text = gw_arena_alloc(arena, alen + blen + 2);

    if (alen > 0)
        memcpy(text, a, alen);
    text[alen] = ' ';
    if (blen > 0)
        memcpy(text + alen + 1, b, blen);
    text[alen + 1 + blen] = '\0';
    return text;
}

/* Peers that were there before go on with their connections. */
static void inherit_workers(const gw_workshop *shop, gw_binding *to, const gw_binding *from)
{
    int i, k;

    for (i = 0; i < to->nworkers; i++)
        for (k = 0; k < from->nworkers; k++) {
            void *worker = __atomic_load_n(&from->workers[k], __ATOMIC_ACQUIRE);

            if (worker == NULL || strcmp(to->names[i], from->names[k]) != 0)
                continue;
            shop->tools.hold_worker(worker);
            to->workers[i] = worker;
            break;
        }
}

static gw_binding *make_binding(gw_workshop *shop, const gw_service_cell *cell, gw_balancer *balancer,
                                const gw_binding *before)
{
    gw_arena *arena = gw_arena_make(sizeof(gw_binding) + 128 + (size_t)balancer->npeers * 64);
    gw_binding *binding = gw_arena_calloc(arena, sizeof(*binding));
    const gw_upstream *upstream = balancer->upstream;
    int i;

    binding->arena = arena;
    binding->service = cell->service;
    binding->trust = cell->trust;
    binding->trust_text = gw_arena_strdup(arena, gw_trust_text(cell->trust));
    binding->balancer = balancer;
    binding->serial = balancer->serial;
    binding->nworkers = balancer->npeers;
    binding->workers = gw_arena_calloc(arena, ((size_t)balancer->npeers + 1) * sizeof(*binding->workers));
    binding->names = gw_arena_alloc(arena, ((size_t)balancer->npeers + 1) * sizeof(*binding->names));
    for (i = 0; i < balancer->npeers; i++)
        binding->names[i] = join(arena, balancer->peers[i].target->target, balancer->peers[i].ip);
    binding->origin = join(arena, upstream->host_header, binding->trust_text);
    binding->life.born = shop->links; /* the snapshot in the making shows it */
    binding->life.destroy = destroy_binding;
    if (before != NULL && shop->tools.hold_worker != NULL && strcmp(before->origin, binding->origin) == 0)
        inherit_workers(shop, binding, before);
    return binding;
}

void gw_shop_unbind(gw_workshop *shop, gw_service_cell *cell)
{
    if (cell->binding != NULL)
        gw_life_retire(shop, &cell->binding->life);
    cell->binding = NULL;
}

/* NULL: it goes to its host itself. */
static void settle_binding(gw_workshop *shop, gw_service_cell *cell, gw_balancer *balancer)
{
    const gw_binding *before = cell->binding;
    gw_binding *made = NULL;

    if (before != NULL ? balancer != NULL && before->serial == balancer->serial &&
                             strcmp(before->trust_text, gw_trust_text(cell->trust)) == 0
                       : balancer == NULL)
        return;
    if (balancer != NULL)
        made = make_binding(shop, cell, balancer, before);
    gw_shop_unbind(shop, cell);
    cell->binding = made;
}

static gw_balancer *find_by_name(gw_table *names, const char *host)
{
    size_t len = strlen(host);

    return gw_table_find(names, host, len, gw_hash_text(host, len), 0);
}

static void show_trust(gw_snapshot *snapshot, const gw_service_cell *cell, int nplaces)
{
    if (cell->trust == NULL)
        return;
    if (snapshot->trusts == NULL)
        snapshot->trusts = gw_arena_calloc(snapshot->arena, (size_t)(nplaces + 1) * sizeof(*snapshot->trusts));
    snapshot->trusts[cell->place] = cell->trust;
}

void gw_shop_bind_services(gw_workshop *shop, gw_snapshot *snapshot, gw_table *names)
{
    const gw_places *places = &shop->service_places;
    int i;

    if (snapshot->nbalancers > 0)
        snapshot->bindings = gw_arena_calloc(snapshot->arena, (size_t)(places->n + 1) * sizeof(*snapshot->bindings));
    for (i = 0; i < places->n; i++) {
        gw_service_cell *cell = places->cells[i];
        gw_balancer *balancer;

        if (cell == NULL || cell->service == NULL)
            continue;
        balancer = snapshot->nbalancers > 0 ? find_by_name(names, cell->service->host) : NULL;
        gw_shop_settle_trust(shop, cell, balancer != NULL ? balancer->upstream : NULL);
        show_trust(snapshot, cell, places->n);
        settle_binding(shop, cell, balancer);
        if (snapshot->bindings != NULL)
            snapshot->bindings[i] = cell->binding;
    }
}
