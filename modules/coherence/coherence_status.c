/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coherence_status.c - what /status says of coherence: generation, database, rows, caches, writers, children,
 * warnings.
 */
#include "child.h"

#include <stdlib.h>

#define MAX_CHILDREN 1024

static json_t *describe_database(const gw_child *child)
{
    apr_time_t since;
    int is_up;

    if (child->store == NULL)
        return json_pack("{s:s}", "state", "off");
    is_up = gw_handles_is_up(&since);
    return json_pack("{s:s, s:s, s:I}", "driver",
                     gw_store_driver(child->store) == GW_PGSQL ? "pgsql" : "sqlite3", "state", is_up ? "up" : "down",
                     "since", (json_int_t)apr_time_sec(since));
}

/* One cache for the rows of all entities, and what is revoked; of the child that answers. */
static json_t *describe_caches(const gw_child *child)
{
    gw_cache_stats stats;
    apr_size_t nbytes, nrevocations = gw_revocation_set_count(child->revocations, &nbytes);

    gw_lookup_stats(&stats);
    return json_pack("{s:{s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I, s:I}}",
                     "revocations", "entries", (json_int_t)nrevocations, "bytes", (json_int_t)nbytes,
                     "rows", "entries", (json_int_t)stats.entries, "bytes", (json_int_t)stats.bytes,
                     "max_bytes", (json_int_t)child->options.cache_bytes, "hits", (json_int_t)stats.hits,
                     "misses", (json_int_t)stats.misses, "evictions", (json_int_t)stats.evictions);
}

static json_t *describe_children(const gw_child *child)
{
    gw_slot_view *views = calloc(MAX_CHILDREN, sizeof(*views));
    int n = views ? gw_slots_read(views, MAX_CHILDREN, child->slots) : 0;
    json_t *list = json_array();

    for (int i = 0; i < n && i < MAX_CHILDREN; i++)
        json_array_append_new(list, json_pack("{s:i, s:s, s:I}", "pid", (int)views[i].pid, "state",
                                              gw_slot_state_name(views[i].state), "generation",
                                              (json_int_t)views[i].applied));
    free(views);
    return list;
}

/* How long writers of this node have waited for children, since it started. */
static json_t *describe_writers(const gw_child *child)
{
    gw_slots_waits waits;

    gw_slots_read_waits(&waits, child->slots);
    return json_pack("{s:I, s:I, s:I}", "answered", (json_int_t)waits.total, "pending", (json_int_t)waits.pending,
                     "longest_wait_ms", (json_int_t)apr_time_as_msec(waits.longest));
}

/* What is in memory anyway; /status has the rest counted by SQL. */
static json_t *describe_counts(const gw_child *child)
{
    gw_edition *edition = gw_edition_acquire(child->publisher);
    gw_counts n = { 0 };

    if (edition != NULL) {
        n = *gw_snapshot_counts(gw_edition_snapshot(edition));
        gw_edition_release(edition);
    }
    return json_pack("{s:i, s:i, s:i, s:i, s:i}", "services", n.services, "routes", n.routes, "plugins", n.plugins,
                     "upstreams", n.upstreams, "targets", n.targets);
}

static json_t *describe_warnings(const gw_child *child)
{
    gw_edition *edition = gw_edition_acquire(child->publisher);
    const apr_array_header_t *warnings;
    json_t *list = json_array();

    if (edition == NULL)
        return list;
    warnings = gw_snapshot_warnings(gw_edition_snapshot(edition));
    for (int i = 0; i < warnings->nelts; i++) {
        const gw_warning *w = &APR_ARRAY_IDX(warnings, i, gw_warning);

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "code", w->code, "message", w->message, "entity",
                                              w->entity, "id", w->id));
    }
    gw_edition_release(edition);
    return list;
}

json_t *gw_coherence_describe(void)
{
    const gw_child *child = gw_child_get();

    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "generation", (json_int_t)gw_slots_generation(child->slots),
                     "database", describe_database(child), "counts", describe_counts(child), "caches",
                     describe_caches(child), "writers", describe_writers(child), "children", describe_children(child),
                     "warnings", describe_warnings(child));
}
