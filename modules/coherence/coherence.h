/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coherence.h - one truth on all children and nodes: generation, floor, builder, listener, caches, last-good.
 * What the promise is and why it holds: docs/coherence.md.
 */
#ifndef GW_COHERENCE_COHERENCE_H
#define GW_COHERENCE_COHERENCE_H

#include <httpd.h>

#include "snapshot.h"
#include "store.h"
#include "mod_gw.h"

/* ---- life (called by core's hooks) ---- */
typedef struct gw_coherence_options {
    const char *state_dir;             /* GwStateDir, absolute; made when missing, for the server's ordinary user */
    const char *sql_dir;               /* the scripts: sql_dir/<owner>/<driver>/NNN-what.sql */
    int migrate;                       /* GwMigrate: run what is missing */
    const char *declarative_file;      /* GwDeclarativeConfig, absolute; "": none yet; NULL: there is a database */
    int is_optional;                   /* 1: nothing in the configuration needs a database; without DBDriver the
                                        * server then starts with an empty snapshot instead of refusing */
    apr_size_t cache_bytes;            /* per child */
    apr_interval_time_t cache_ttl;      /* 0 = until changed */
    apr_interval_time_t cache_miss_ttl; /* 0 = not kept */
    apr_interval_time_t propagation_timeout;
    int store_waiters;                 /* 0 = half of the child's threads */
    void (*hold_worker)(void *worker);    /* one more row points to it; builder thread */
    void (*release_worker)(void *worker); /* for dying services that hold one; builder thread; may be NULL */
} gw_coherence_options;

/* register_hooks: mod_dbd's post_connect hook. */
void gw_coherence_register(apr_pool_t *p);
/* post_config, of every pass (it knows the dry run itself): shared memory (kept over restarts), migration helper. The
 * database is what DBDriver and DBDParams of the main server say. *options is copied. OK or !OK (logged). */
int gw_coherence_post_config(const gw_coherence_options *options, apr_pool_t *pconf, server_rec *s);
/* The store in use; NULL without a database. From post_config on. */
gw_store *gw_coherence_store(void);
/* This node's uuid, the same over restarts (GwStateDir/node-id). From post_config on, not in the dry run. */
const char *gw_coherence_node_id(void);
/* gw_shared_secret. */
const unsigned char *gw_coherence_secret(void);
/* Have it known from now on, where the builder has not come so far. Outside of transactions. */
void gw_coherence_learn_secret(gw_db *db, apr_pool_t *p);
/* child_init, after mod_dbd's: claims a slot, starts builder and listener. */
void gw_coherence_child_init(apr_pool_t *pchild, server_rec *s);
/* child_stopping: this child takes no new connections. */
void gw_coherence_child_stopping(void);
/* child_status (parent): a child has exited. */
void gw_coherence_child_died(pid_t pid);

/* ---- request side ---- */
/* The current snapshot, held until the pool of r dies; waits (bounded) when this child is behind the floor.
 * NULL: nothing was ever loaded; answer 503. */
const gw_snapshot *gw_snapshot_acquire(request_rec *r);

/* The same without waiting, for a request that did not come far enough to be routed, and is to be logged. */
const gw_snapshot *gw_snapshot_at_hand(request_rec *r);

/* gw_snapshot_acquire for who is no request: hold it, use it, release it (publish.h). NULL: nothing was ever loaded. */
struct gw_edition *gw_coherence_hold(void);

/* Rows of a GW_CACHED entity by its look-up key; *value is held until r's pool dies.
 * APR_SUCCESS, APR_NOTFOUND, APR_EAGAIN (store away and not cached: 503). */
apr_status_t gw_lookup_credential(const gw_credential **cred, request_rec *r, const gw_entity *entity,
                                  const char *key);
apr_status_t gw_lookup_credential_by_id(const gw_credential **cred, request_rec *r, const gw_entity *entity,
                                        const char *id);
apr_status_t gw_lookup_consumer(const gw_consumer **consumer, request_rec *r, const char *id);
apr_status_t gw_lookup_consumer_by_username(const gw_consumer **consumer, request_rec *r, const char *username);
/* The best row that names this consumer for a plugin on this route and service, by the contract's order of scopes;
 * `base` is the best without a consumer (may be NULL). */
const gw_plugin_row *gw_consumer_plugin_row(const gw_consumer *consumer, int plugin_index, const gw_route *route,
                                            const gw_service *service, const gw_plugin_row *base);
/* 1 when a row that names this consumer is meant for this route and service, and cannot be run: nothing may be served
 * without it. */
int gw_consumer_is_unusable(const gw_consumer *consumer, const gw_route *route, const gw_service *service);

/* A handle of mod_dbd's pool, only while the store is up. At most GwStoreWaiters threads hold one; the next waits
 * only as long as those make progress. APR_EAGAIN: answer 503.
 * Close with gw_handle_close tightly after the query; `p` outlives the handle. */
typedef struct gw_handle { gw_db *db; void *dbd; server_rec *s; } gw_handle;
apr_status_t gw_handle_open(gw_handle *h, server_rec *s, apr_pool_t *p);
void gw_handle_close(gw_handle *h, apr_status_t outcome); /* outcome APR_EAGAIN marks the store as away */

/* ---- writer side ---- */
/* After a commit: raise the generation, wait less than 1 s for the children, set the floor.
 * Returns 1 when all follow, 0 when some are pending. Holds no lock and no handle. */
int gw_coherence_announce(void);
/* After a commit: raise the generation and wait for nobody. */
void gw_coherence_ring(void);

/* ---- /status ---- */
json_t *gw_coherence_describe(void); /* {generation, database, counts, caches, writers, ...}; new reference */

#endif
