/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chores.c - what one child of the node does now and then, in a thread and on a connection of its own, so that no
 * write ever waits for it: saving the last good configuration, forgetting old events and expired rows.
 *
 * Who does it is settled by the duties in shared memory (first come, due again after an interval), so that a child
 * that is killed over it costs one interval.
 */
#include "child.h"

#include <stdlib.h>

#include <http_log.h>

#include "conf.h"
#include "high_water.h"
#include "last_good.h"

APLOG_USE_MODULE(gw);

#define SAVE_INTERVAL apr_time_from_sec(2)
#define SAVE_SHARE 20 /* saving takes at most one part in so many of a core */
#define CLOCK_INTERVAL apr_time_from_sec(60)
#define PRUNE_INTERVAL apr_time_from_sec(60)
#define EVENT_HORIZON apr_time_from_sec(3600)
#define END_PATIENCE apr_time_from_sec(1)

struct gw_chores {
    gw_child *child;
    gw_child_thread *thread; /* NULL: none is running */
    apr_uint64_t save;       /* to do: the generation that is saved; 0 = not */
    int prune;               /* to do */
    apr_time_t saved;        /* atomic, as the next: when this child has saved last */
    apr_interval_time_t rest; /* how long it lets others work after that */
};

typedef struct saving {
    gw_child *child;
    gw_last_good *file;
} saving;

/* gw_row_visitor */
static apr_status_t save_row(void *baton, const gw_entity *entity, json_t *row)
{
    saving *s = baton;

    return GW_LOAD(s->child->is_stopping) ? APR_EINTR : gw_last_good_add(s->file, entity->name, row);
}

/* The rows are read from the store anew: one consistent view, at least as new as the generation that is told. */
static apr_status_t save_last_good(gw_child *child, gw_db *db, apr_pool_t *p)
{
    saving s = { .child = child };
    apr_status_t rv = gw_last_good_begin(&s.file, child->last_good, p);

    if (rv == APR_SUCCESS)
        rv = gw_store_load(db, gw_cursor_make(p), save_row, &s, p);
    return rv == APR_SUCCESS ? gw_last_good_commit(s.file) : rv;
}

static void run_save(gw_chores *chores, gw_db *db, apr_pool_t *p)
{
    static apr_time_t told;
    gw_child *child = chores->child;
    apr_time_t began = apr_time_now();
    apr_status_t rv = save_last_good(child, db, p);

    GW_SET(chores->rest, SAVE_SHARE * (apr_time_now() - began));
    GW_SET(chores->saved, apr_time_now());
    if (rv == APR_SUCCESS)
        gw_slots_set_saved(child->slots, chores->save);
    else if (rv != APR_EAGAIN && rv != APR_EINTR && gw_is_time_to_tell(&told, apr_time_from_sec(600)))
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, child->s,
                     GWLOGNO(1630) "coherence: %s cannot be written: a child that starts while the database is away "
                     "will have nothing to serve", child->last_good);
}

/* Rows that are kept in another way than GwKeyAtRest and its like say today. Told at once: requests may have noted that
 * a row is not there under its new key. */
static void run_rekeep(gw_child *child, gw_db *db, apr_pool_t *p)
{
    static apr_time_t told;
    int n = 0;
    apr_status_t rv = gw_store_rekeep(&n, db, p);

    if (n > 0) {
        gw_slots_raise(child->slots);
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, child->s,
                     GWLOGNO(1634) "coherence: %d rows are kept as the configuration says now", n);
    }
    if (rv != APR_SUCCESS && rv != APR_EAGAIN && gw_is_time_to_tell(&told, apr_time_from_sec(600)))
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, child->s,
                     GWLOGNO(1635) "coherence: rows cannot be kept as the configuration says now: %s",
                     gw_db_why(db) ? gw_db_why(db) : "no reason given");
}

static void run_chores(void *baton, apr_pool_t *p)
{
    gw_chores *chores = baton;
    const char *why;
    gw_db *db;
    int more;

    if (gw_db_open(&db, &why, chores->child->store, p) != APR_SUCCESS)
        return; /* the builder tells */
    if (chores->save != 0)
        run_save(chores, db, p);
    if (chores->prune && !GW_LOAD(chores->child->is_stopping)) {
        gw_store_prune_events(db, EVENT_HORIZON);
        while (!GW_LOAD(chores->child->is_stopping) && gw_store_prune_expired(&more, db) == APR_SUCCESS && more)
            ;
        run_rekeep(chores->child, db, p);
        gw_audit_sweep(db, gw_conf_server(chores->child->s)->audit_days);
    }
    gw_db_close(db);
}

typedef struct reading {
    gw_row_visitor *visit;
    void *baton;
} reading;

/* gw_last_good_visitor; entities that are not loaded today are left out. */
static apr_status_t hand_on(void *baton, const char *name, json_t *row)
{
    const gw_entity *entity = gw_registry_find(name);
    reading *reader = baton;

    if (entity == NULL || entity->placement != GW_IN_SNAPSHOT)
        return APR_SUCCESS;
    return reader->visit(reader->baton, entity, row);
}

apr_status_t gw_chores_load_last_good(gw_child *child, gw_row_visitor *visit, void *baton, apr_pool_t *p)
{
    const char *why = NULL;
    reading reader = { visit, baton };
    apr_status_t rv = gw_last_good_load(&why, child->last_good, hand_on, &reader, p);

    if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv))
        ap_log_error(APLOG_MARK, APLOG_WARNING, why ? 0 : rv, child->s,
                     GWLOGNO(1631) "coherence: %s is of no use: %s", child->last_good,
                     why ? why : "it cannot be read");
    return rv;
}

gw_chores *gw_chores_make(gw_child *child)
{
    gw_chores *chores = calloc(1, sizeof(*chores)); /* no pool's: the thread may outlive the builder's */

    if (chores == NULL)
        abort();
    chores->child = child;
    return chores;
}

/* A few bytes: not worth a thread. A clock that was set back makes the duty due at once. */
static void save_clock(gw_child *child)
{
    static apr_time_t told;
    apr_pool_t *ptemp;
    apr_status_t rv;

    apr_pool_create(&ptemp, NULL);
    rv = gw_high_water_save(child->high_water, gw_slots_clock(child->slots, apr_time_now()), ptemp);
    apr_pool_destroy(ptemp);
    if (rv != APR_SUCCESS && gw_is_time_to_tell(&told, apr_time_from_sec(600)))
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, child->s, GWLOGNO(1632) "coherence: %s cannot be written: a "
                     "restart after the clock was set back may revive sessions that were over", child->high_water);
}

/* A clock that was set back ends the rest. */
static int has_rested(const gw_chores *chores, apr_time_t now)
{
    apr_time_t saved = GW_LOAD(chores->saved);

    return now < saved || now - saved >= GW_LOAD(chores->rest);
}

void gw_chores_run(gw_chores *chores, apr_uint64_t changed)
{
    gw_slots *slots = chores->child->slots;
    apr_time_t now = apr_time_now();

    gw_slots_clock(slots, now);
    if (gw_slots_take_duty(slots, GW_DUTY_CLOCK, now, CLOCK_INTERVAL))
        save_clock(chores->child);
    if (chores->thread != NULL) {
        if (!gw_child_thread_is_done(chores->thread))
            return;
        gw_child_thread_join(chores->thread, END_PATIENCE);
        chores->thread = NULL;
    }
    chores->save = 0;
    if (gw_slots_saved(slots) < changed && has_rested(chores, now)
        && gw_slots_take_duty(slots, GW_DUTY_SAVE, now, SAVE_INTERVAL))
        chores->save = changed;
    chores->prune = gw_slots_take_duty(slots, GW_DUTY_PRUNE, now, PRUNE_INTERVAL);
    if (chores->save != 0 || chores->prune)
        chores->thread = gw_child_thread_start(run_chores, chores);
}

void gw_chores_end(gw_chores *chores)
{
    save_clock(chores->child);
    if (chores->thread == NULL || gw_child_thread_join(chores->thread, END_PATIENCE))
        free(chores);
}
