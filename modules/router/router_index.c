/* SPDX-License-Identifier: Apache-2.0 */
/* router_index.c - an index from routes: entries gathered by host, a node over each host's. */
#include "router_index.h"

#include <stdlib.h>

typedef struct gathering {
    gw_index *index;
    gw_arena *scratch;
    gw_entries any_host;
} gathering;

static gw_table *table_of(gw_index *index, gw_host_kind kind)
{
    switch (kind) {
    case GW_HOST_EXACT:
        return &index->exact;
    case GW_HOST_SUFFIX:
        return &index->suffixes;
    default:
        return &index->prefixes;
    }
}

static void gather(gathering *all, const gw_program *program)
{
    int i;

    for (i = 0; i < program->nentries; i++) {
        const gw_entry *entry = &program->entries[i];
        gw_slot *slot;

        if (entry->host->kind == GW_HOST_ANY) {
            gw_entries_add(&all->any_host, entry, all->scratch);
            continue;
        }
        slot = gw_table_slot(table_of(all->index, entry->host->kind), &entry->host->word);
        if (slot->value == NULL)
            slot->value = gw_arena_calloc(all->scratch, sizeof(gw_entries));
        gw_entries_add(slot->value, entry, all->scratch);
        all->index->has_ports |= entry->host->word.tag != 0;
    }
}

static void make_nodes(gw_table *hosts, gathering *all)
{
    uint32_t i;

    for (i = 0; i <= hosts->mask; i++)
        if (hosts->slots[i].value != NULL)
            hosts->slots[i].value = (void *)gw_node_make(hosts->slots[i].value, all->index->arena, all->scratch);
}

static int is_in_reach(const gw_route *route)
{
    return (route->protocols & (GW_PROTO_HTTP | GW_PROTO_HTTPS)) != 0;
}

/* The programs of the routes in reach; those that lack one get it here. */
static const gw_program **get_programs(int *nprograms, gw_index *index, const gw_route *const *routes, int n,
                                       gw_arena *scratch)
{
    const gw_program **programs = gw_arena_alloc(scratch, (size_t)(n + 1) * sizeof(*programs));
    int i, nown = 0;

    *nprograms = 0;
    for (i = 0; i < n; i++)
        nown += routes[i]->program == NULL && is_in_reach(routes[i]);
    index->programs = gw_arena_alloc(index->arena, (size_t)(nown + 1) * sizeof(*index->programs));
    for (i = 0; i < n; i++) {
        if (!is_in_reach(routes[i]))
            continue;
        if (routes[i]->program == NULL)
            index->programs[index->nprograms++] = gw_program_make(routes[i], index->arena);
        programs[(*nprograms)++] =
            routes[i]->program != NULL ? routes[i]->program : index->programs[index->nprograms - 1];
    }
    return programs;
}

static void init_tables(gw_index *index, const gw_program *const *programs, int n)
{
    size_t count[GW_HOST_PREFIX + 1] = { 0 };
    int i, j;

    for (i = 0; i < n; i++)
        for (j = 0; j < programs[i]->nentries; j++)
            count[programs[i]->entries[j].host->kind]++;
    gw_table_init(&index->exact, count[GW_HOST_EXACT], index->arena);
    gw_table_init(&index->suffixes, count[GW_HOST_SUFFIX], index->arena);
    gw_table_init(&index->prefixes, count[GW_HOST_PREFIX], index->arena);
}

gw_index *gw_index_make(const gw_route *const *routes, int n,
                        void (*warn)(void *baton, const gw_route *route, const char *what), void *baton)
{
    gw_arena *arena = gw_arena_make(4096), *scratch = gw_arena_make(4096);
    gw_index *index = gw_arena_calloc(arena, sizeof(*index));
    gathering all = { index, scratch, { 0, NULL } };
    const gw_program **programs;
    int nprograms, i, f;

    index->arena = arena;
    programs = get_programs(&nprograms, index, routes, n, scratch);
    init_tables(index, programs, nprograms);
    for (i = 0; i < nprograms; i++) {
        for (f = 0; warn != NULL && f < programs[i]->nfailures; f++)
            warn(baton, programs[i]->route, programs[i]->failures[f]);
        gather(&all, programs[i]);
    }
    make_nodes(&index->exact, &all);
    make_nodes(&index->suffixes, &all);
    make_nodes(&index->prefixes, &all);
    if (all.any_host.n > 0)
        index->any_host = gw_node_make(&all.any_host, arena, scratch);
    gw_arena_destroy(scratch);
    return index;
}

void gw_index_destroy(gw_index *index)
{
    int i;

    for (i = 0; i < index->nprograms; i++)
        gw_program_destroy(index->programs[i]);
    gw_arena_destroy(index->arena);
}
