/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h - what the files of coherence share in one child; nobody else includes it.
 *
 *   child.c       the struct itself
 *   coherence.c   life: shared memory, start and end of a child; acquire, announce
 *   builder.c     the thread that follows the store      listener.c  the thread that hears of other nodes
 *   chores.c      a thread now and then: last-good, pruning
 *   handles.c     connections of requests                lookup.c    consumers and credentials by key
 *   migrate.c     the helper before the children         coherence_status.c  for the Admin API
 */
#ifndef GW_COHERENCE_CHILD_H
#define GW_COHERENCE_CHILD_H

#include <httpd.h>

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "cache.h"
#include "child_thread.h"
#include "coherence.h"
#include "publish.h"
#include "revocation_set.h"
#include "shm_slots.h"

/* One for each process. The first part is written in post_config, the second in child_init; both are read-only
 * afterwards. The third changes: atomics, or under `lock`. */
typedef struct gw_child {
    gw_coherence_options options;
    server_rec *s;     /* main server */
    gw_store *store;   /* NULL: no database */
    gw_slots *slots;
    const char *node_id;
    gw_health_table *health; /* of targets; NULL: there is no database */
    const char *last_good; /* file name */
    const char *high_water; /* file name */
    int was_running;   /* 1: this is a restart, 0: a cold start */

    int slot;          /* -1: none was free */
    gw_publisher *publisher;
    gw_names *names;   /* of targets; NULL: none could be made */
    gw_revocation_set *revocations;
    apr_thread_mutex_t *lock;
    apr_thread_cond_t *moved; /* `tried` has moved */
    gw_child_thread *checks; /* probes targets; NULL: none has to be */
    int stop_fd;       /* readable when the threads are to end */

    unsigned char secret[32]; /* gw_shared_secret; written once, under lock, before has_secret */
    int has_secret;       /* atomic */

    apr_uint64_t applied; /* atomic: what this child serves */
    apr_uint64_t tried;   /* atomic: what the builder has at least tried to reach; >= applied */
    int is_degraded;      /* atomic: the last try failed */
    int is_stopping;      /* atomic: the threads are to end */
    int is_probe_wanted;  /* atomic: read the store now, whatever the generation says */
    int is_notified;      /* atomic: see whether something changed */
    int has_new_addresses; /* atomic: a target's name leads elsewhere */
    apr_uint64_t nreads;  /* atomic: how often the builder began to read */
} gw_child;

/* This process's own. */
extern gw_child gw_this_child;
gw_child *gw_child_get(void);
/* The store is to be looked at now: a request found it away, the listener lost it. The builder wakes. */
void gw_child_probe(gw_child *child);
/* The store may have changed: the builder looks, and raises the generation if it did. */
void gw_child_notify(gw_child *child);

/* Read the shared secret, if this child does not know it; without it (a migration is missing) what needs it answers
 * 503. Outside of transactions. */
void gw_child_learn_secret(gw_child *child, gw_db *db, apr_pool_t *p);

#define GW_LOAD(word) __atomic_load_n(&(word), __ATOMIC_SEQ_CST)
#define GW_SET(word, value) __atomic_store_n(&(word), (value), __ATOMIC_SEQ_CST)

/* 1 at most once in `interval` for each `last` (a static of the caller, 0 at first): for log lines that requests can
 * cause. Threads: any. */
int gw_is_time_to_tell(apr_time_t *last, apr_interval_time_t interval);

/* ---- builder.c ---- */
/* NULL when there is no thread to be had (logged). */
gw_child_thread *gw_builder_start(gw_child *child);

/* ---- listener.c ---- */
gw_child_thread *gw_listener_start(gw_child *child);

/* ---- chores.c ---- */
typedef struct gw_chores gw_chores;
gw_chores *gw_chores_make(gw_child *child);
/* Start what is due, or see what ended; never waits. `changed`: the generation at which what is saved last changed.
 * Builder thread. */
void gw_chores_run(gw_chores *chores, apr_uint64_t changed);
/* The child ends: wait a little for what is running; freed unless it goes on. */
void gw_chores_end(gw_chores *chores);
/* Visit the rows of the last good file. APR_ENOENT: there is none; other errors are logged. */
apr_status_t gw_chores_load_last_good(gw_child *child, gw_row_visitor *visit, void *baton, apr_pool_t *p);

/* ---- handles.c ---- */
/* post_config: find the database, check that mod_dbd is there. OK or !OK (logged). */
int gw_handles_configure(gw_child *child, apr_pool_t *pconf);
void gw_handles_register(void);
/* DBDParams as written. */
const char *gw_handles_params(void);
void gw_handles_child_init(gw_child *child, apr_pool_t *p);
/* What the builder found out: the store answers, or is away (`why` for the log). */
void gw_handles_set_up(int is_up, const char *why);
/* 1 while the store is taken to be up; *since (may be NULL): when that began. */
int gw_handles_is_up(apr_time_t *since);
/* Wait for something that another thread fetches, as one of the store's waiters. 0: refused. */
int gw_handles_enter_to_wait(void);
void gw_handles_leave(void);

/* ---- lookup.c ---- */
void gw_lookup_child_init(gw_child *child, apr_pool_t *p);
/* A row of a cached entity changed: `row` as it is now, NULL when it is gone. Builder thread. */
void gw_lookup_drop(const gw_entity *entity, const char *id, const json_t *row);
void gw_lookup_clear(void);
void gw_lookup_stats(gw_cache_stats *stats);

/* ---- migrate.c ---- */
/* post_config in the dry run, while httpd's caller waits for how it ends: !OK when an embedded database cannot be had
 * (logged). Root can tell only whether its folder is there; relative names tell nothing, httpd changes its folder. */
int gw_migrate_check(const gw_child *child, apr_pool_t *p);
/* post_config, not in the dry run. OK, or !OK when the server must not start (logged). */
int gw_migrate_run(gw_child *child, apr_pool_t *ptemp);

#endif
