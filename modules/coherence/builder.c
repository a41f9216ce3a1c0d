/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder.c - the thread of a child that follows the store.
 *
 * One step: read the generation g, then in one read transaction what changed; put it into the workshop, drop it from
 * the caches, publish a new snapshot, and only then say "applied g". Whoever raised g before the step began is served
 * by it. Between steps it sleeps until the bell rings, at most a second: the timer covers a writer that died between
 * its commit and the bell.
 */
#include "child.h"

#include <apr_strings.h>
#include <http_log.h>

#include "health_checks.h"
#include "heap.h"
#include "location.h"
#include "registry.h"
#include "told.h"

APLOG_USE_MODULE(gw);

#define TIMER apr_time_from_sec(1)
#define TRIM_INTERVAL apr_time_from_sec(60)
#define RETRY_FIRST apr_time_from_msec(50)
#define RETRY_LAST apr_time_from_sec(1)

typedef struct builder {
    gw_child *child;
    apr_pool_t *p;
    apr_pool_t *p_step;       /* cleared after each step */
    apr_pool_t *p_connection; /* cleared with each connection */
    gw_db *db;                /* NULL: not connected */
    const char *why;          /* of the last failure, in p_step */
    gw_cursor *cursor;
    gw_workshop *shop;
    gw_chores *chores;
    gw_told *told;            /* warnings that are in the log */
    int is_loaded;            /* the workshop holds the store's rows, up to the cursor */
    int is_behind;            /* the database is not up to date: it may tell less than it should */
    int is_published;         /* anything, if only the last good file */
    int was_ready;            /* has once followed without being overtaken */
    int is_unreadable;        /* told: it answers, but not what it should */
    apr_uint64_t changed;     /* the generation at which what is saved last changed */
    apr_interval_time_t retry;
    apr_time_t due;           /* the next look without a bell */
    int has_freed;            /* snapshots, since the heap was last trimmed */
    apr_time_t trimmed;
} builder;

/* ---- rows ---- */

static int is_revocation(const gw_entity *entity)
{
    return strcmp(entity->name, "revocations") == 0;
}

/* Kept with consumers, who tell of it; but not in a database that is older than that (core's script 019). */
static int is_untold(const builder *b, const gw_entity *entity)
{
    return b->is_behind && strcmp(entity->name, "plugins") == 0;
}

/* gw_row_visitor of a full load. */
static apr_status_t take_row(void *baton, const gw_entity *entity, json_t *row)
{
    builder *b = baton;

    if (is_revocation(entity))
        gw_revocation_set_put(b->child->revocations, row);
    else
        gw_workshop_put(b->shop, entity, row);
    return GW_LOAD(b->child->is_stopping) ? APR_EINTR : APR_SUCCESS;
}

/* No part of the snapshot, but of what is saved. */
static void take_revocation(builder *b, const gw_change *change, apr_uint64_t g)
{
    if (change->row != NULL)
        gw_revocation_set_put(b->child->revocations, change->row);
    else
        gw_revocation_set_remove(b->child->revocations, change->id);
    b->changed = g;
}

/* 1 when the snapshot is to be linked anew. */
static int take_change(builder *b, const gw_change *change, apr_uint64_t g)
{
    if (is_revocation(change->entity)) {
        take_revocation(b, change, g);
        return 0;
    }
    if (change->entity->placement == GW_CACHED)
        gw_lookup_drop(change->entity, change->id, change->row);
    if (change->entity->placement != GW_IN_SNAPSHOT)
        return 0;
    if (change->row != NULL)
        gw_workshop_put(b->shop, change->entity, change->row);
    else
        gw_workshop_remove(b->shop, change->entity, change->id);
    if (is_untold(b, change->entity))
        gw_lookup_clear();
    return 1;
}

static void publish(builder *b, apr_uint64_t g)
{
    gw_snapshot *snapshot = gw_workshop_link(b->shop);

    gw_told_log(b->told, snapshot, gw_slots_is_first(b->child->slots, b->child->slot), b->child->s);
    gw_publish(b->child->publisher, snapshot);
    gw_health_checks_look(b->child);
    b->is_published = 1;
    b->changed = g;
}

/* Targets' names lead elsewhere: the same rows, linked anew. */
static void show_addresses(builder *b)
{
    if (b->is_published && gw_workshop_is_outdated(b->shop))
        gw_publish(b->child->publisher, gw_workshop_link(b->shop));
}

/* ---- reading the store ---- */

/* GwMigrate is Off, or the database was away when httpd started. */
static int is_behind(const builder *b)
{
    gw_migration_state state = { 0 };
    const char *why = "";
    apr_status_t rv = gw_store_migrate(&state, &why, b->db, b->child->options.sql_dir, 0, b->p_step);

    if (rv == APR_SUCCESS && state.pending == 0)
        return 0;
    ap_log_error(APLOG_MARK, APLOG_WARNING, rv, b->child->s,
                 GWLOGNO(1627) "coherence: the database is not up to date: restart httpd with GwMigrate On: %s",
                 state.report != NULL ? state.report : why);
    return 1;
}

static apr_status_t load_all(builder *b, apr_uint64_t g)
{
    apr_status_t rv;

    b->is_loaded = 0;
    gw_workshop_clear(b->shop);
    gw_revocation_set_begin_load(b->child->revocations);
    rv = gw_store_load(b->db, b->cursor, take_row, b, b->p_step);
    gw_revocation_set_end_load(b->child->revocations, rv == APR_SUCCESS);
    if (rv != APR_SUCCESS)
        return rv;
    b->is_loaded = 1;
    b->is_behind = is_behind(b);
    gw_child_learn_secret(b->child, b->db, b->p_step);
    gw_lookup_clear(); /* after the load: what is fetched from now on is at least as new as the cursor */
    publish(b, g);
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, b->child->s,
                 GWLOGNO(1620) "coherence: configuration loaded (generation=%" APR_UINT64_T_FMT ")", g);
    return APR_SUCCESS;
}

static apr_status_t apply_changes(builder *b, apr_uint64_t g)
{
    apr_array_header_t *changes;
    int reload = 0, relink = 0;
    apr_status_t rv = gw_store_changes(&changes, &reload, b->db, b->cursor, b->p_step);

    if (rv != APR_SUCCESS)
        return rv;
    if (reload)
        return load_all(b, g);
    for (int i = 0; i < changes->nelts; i++)
        relink |= take_change(b, &APR_ARRAY_IDX(changes, i, gw_change), g);
    if (relink)
        publish(b, g);
    return APR_SUCCESS;
}

static void disconnect(builder *b)
{
    if (b->db != NULL)
        gw_db_close(b->db);
    b->db = NULL;
    apr_pool_clear(b->p_connection);
}

static apr_status_t connect_store(builder *b)
{
    const char *why = NULL;
    apr_status_t rv;

    if (b->db != NULL)
        return APR_SUCCESS;
    if ((rv = gw_db_open(&b->db, &why, b->child->store, b->p_connection)) != APR_SUCCESS) {
        b->why = apr_pstrdup(b->p_step, why != NULL ? why : "no reason given");
        b->db = NULL;
        disconnect(b);
    }
    return rv;
}

static apr_status_t read_store(builder *b, apr_uint64_t g)
{
    apr_status_t rv = connect_store(b);

    if (rv != APR_SUCCESS)
        return rv;
    rv = b->is_loaded ? apply_changes(b, g) : load_all(b, g);
    if (rv != APR_SUCCESS) {
        b->why = apr_pstrdup(b->p_step, gw_db_why(b->db) ? gw_db_why(b->db) : "no reason given");
        gw_db_rollback(b->db);
    }
    return rv;
}

/* ---- one step ---- */

/* `tried` moves whatever came of it: requests wait for the attempt, not for success. */
static void tell_progress(builder *b, apr_uint64_t g, int is_applied)
{
    gw_child *child = b->child;
    gw_slot_state state = GW_SLOT_DEGRADED;

    apr_thread_mutex_lock(child->lock);
    if (is_applied)
        GW_SET(child->applied, g);
    GW_SET(child->is_degraded, !is_applied);
    GW_SET(child->tried, g);
    apr_thread_cond_broadcast(child->moved);
    apr_thread_mutex_unlock(child->lock);
    if (is_applied) {
        b->was_ready |= gw_slots_generation(child->slots) == g;
        state = b->was_ready ? GW_SLOT_READY : GW_SLOT_STARTING;
    }
    gw_slots_apply(child->slots, child->slot, is_applied ? g : 0, state);
}

/* A child that was born while the store is away serves what an earlier one saved. */
static void serve_last_good(builder *b)
{
    apr_status_t rv;

    gw_workshop_clear(b->shop);
    gw_revocation_set_begin_load(b->child->revocations);
    rv = gw_chores_load_last_good(b->child, take_row, b, b->p_step);
    gw_revocation_set_end_load(b->child->revocations, rv == APR_SUCCESS);
    if (rv != APR_SUCCESS) {
        gw_workshop_clear(b->shop);
        return;
    }
    publish(b, 0);
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, b->child->s,
                 GWLOGNO(1621) "coherence: the store is away: serving from %s", b->child->last_good);
}

static void fail(builder *b, apr_uint64_t g, apr_status_t rv)
{
    if (rv == APR_EAGAIN)
        gw_handles_set_up(0, b->why);
    if (!b->is_unreadable && rv != APR_EAGAIN && rv != APR_EINTR)
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, b->child->s,
                     GWLOGNO(1622) "coherence: the store cannot be read: %s%s", b->why,
                     rv == APR_ENOTIMPL ? " (have the migrations run? GwMigrate On runs them at start)" : "");
    b->is_unreadable |= rv != APR_EAGAIN;
    disconnect(b);
    if (!b->is_published)
        serve_last_good(b);
    tell_progress(b, g, 0);
    b->due = apr_time_now() + b->retry;
    b->retry = b->retry * 2 < RETRY_LAST ? b->retry * 2 : RETRY_LAST;
}

static void succeed(builder *b, apr_uint64_t g)
{
    gw_handles_set_up(1, NULL);
    if (b->is_unreadable)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, b->child->s, GWLOGNO(1623) "coherence: the store is read again");
    b->is_unreadable = 0;
    b->retry = RETRY_FIRST;
    b->due = apr_time_now() + TIMER;
    tell_progress(b, g, 1);
}

static void step(builder *b, apr_uint64_t g)
{
    int was_connected = b->db != NULL;
    apr_status_t rv;

    __atomic_add_fetch(&b->child->nreads, 1, __ATOMIC_SEQ_CST);
    rv = read_store(b, g);
    if (rv == APR_EAGAIN && was_connected) { /* it may have broken long ago, while nobody used it */
        disconnect(b);
        rv = read_store(b, g);
    }
    if (rv == APR_SUCCESS)
        succeed(b, g);
    else
        fail(b, g, rv);
    apr_pool_clear(b->p_step);
}

/* Changes that no writer of this node rang for: another node's, or those of a writer that died. All children are to
 * hear of them, unless one was quicker. */
static void look_for_strays(builder *b, apr_uint64_t g)
{
    int behind = 0;

    if (b->db == NULL || gw_store_is_behind(&behind, b->db, b->cursor) != APR_SUCCESS) {
        step(b, g);
        return;
    }
    if (behind && gw_slots_generation(b->child->slots) == g)
        gw_slots_raise(b->child->slots);
    b->due = apr_time_now() + TIMER;
}

static void destroy_retired(builder *b)
{
    gw_snapshot *snapshot;

    while ((snapshot = gw_publisher_take_retired(b->child->publisher)) != NULL) {
        gw_snapshot_destroy(b->shop, snapshot);
        b->has_freed = 1;
    }
}

/* What old snapshots have left lies in pages of its own as often as not. */
static void trim_heap(builder *b, apr_time_t now)
{
    if (!b->has_freed || (now >= b->trimmed && now - b->trimmed < TRIM_INTERVAL))
        return;
    gw_heap_trim();
    b->has_freed = 0;
    b->trimmed = now;
}

static void run_loop(builder *b)
{
    gw_child *child = b->child;
    int is_degraded = 0;

    while (!GW_LOAD(child->is_stopping)) {
        apr_uint32_t bell = gw_slots_bell(child->slots);
        apr_uint64_t g = gw_slots_generation(child->slots);
        int is_probe = __atomic_exchange_n(&child->is_probe_wanted, 0, __ATOMIC_SEQ_CST);
        int is_notified = __atomic_exchange_n(&child->is_notified, 0, __ATOMIC_SEQ_CST);
        apr_time_t now = apr_time_now();
        int is_due = now >= b->due || b->due - now > TIMER; /* the latter: the clock was set back */

        if (g != GW_LOAD(child->tried) || is_probe || (is_due && is_degraded))
            step(b, g);
        else if (is_due || (is_notified && !is_degraded))
            look_for_strays(b, g);
        if (__atomic_exchange_n(&child->has_new_addresses, 0, __ATOMIC_SEQ_CST))
            show_addresses(b);
        gw_workshop_touch_health(b->shop, now);
        destroy_retired(b);
        is_degraded = GW_LOAD(child->is_degraded);
        if (!is_degraded)
            gw_chores_run(b->chores, b->changed);
        trim_heap(b, now);
        gw_slots_sleep(child->slots, bell, b->due - apr_time_now());
    }
}

static void run(void *baton, apr_pool_t *p)
{
    gw_child *child = baton;
    const apr_array_header_t *plugins = gw_plugins_by_priority(), *locations;
    builder b = { .child = child, .p = p, .retry = RETRY_FIRST };

    apr_pool_create(&b.p_step, p);
    apr_pool_create(&b.p_connection, p);
    b.cursor = gw_cursor_make(p);
    b.chores = gw_chores_make(child);
    b.shop = gw_workshop_make(child->options.release_worker);
    gw_workshop_use_upstreams(b.shop, &(gw_upstream_tools){ child->health, child->names,
                                                            child->options.hold_worker });
    gw_workshop_use_plugins(b.shop, (const gw_plugin *const *)plugins->elts, plugins->nelts);
    locations = gw_location_list(child->s, p);
    gw_workshop_use_locations(b.shop, (const gw_location *)locations->elts, locations->nelts);
    b.told = gw_told_make(p);
    run_loop(&b);
    gw_chores_end(b.chores);
    disconnect(&b); /* the workshop stays: requests may still hold what it made */
}

gw_child_thread *gw_builder_start(gw_child *child)
{
    gw_child_thread *thread = gw_child_thread_start(run, child);

    if (thread == NULL)
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, child->s,
                     GWLOGNO(1624) "coherence: no thread for the builder: this child can serve nothing");
    return thread;
}
