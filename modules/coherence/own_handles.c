/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_handles.c - idle connections on a short list; each has a pool of its own that dies with it.
 */
#include "own_handles.h"

#include <stdlib.h>
#include <apr_thread_mutex.h>

#define MOST_IDLE 16

static struct {
    const gw_store *store;
    apr_thread_mutex_t *lock;
    gw_db *idle[MOST_IDLE]; /* under lock */
    int n;
} own;

void gw_own_handles_child_init(const gw_store *store, apr_pool_t *p)
{
    own.store = store;
    own.n = 0;
    if (apr_thread_mutex_create(&own.lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS)
        abort();
}

gw_db *gw_own_handle_take(const char **why, apr_pool_t *p)
{
    gw_db *db = NULL;

    apr_thread_mutex_lock(own.lock);
    if (own.n > 0)
        db = own.idle[--own.n];
    apr_thread_mutex_unlock(own.lock);
    return db != NULL ? db : gw_db_open_alone(why, own.store, p);
}

void gw_own_handle_give(gw_db *db, int is_broken)
{
    gw_db_rollback(db);
    apr_thread_mutex_lock(own.lock);
    if (!is_broken && own.n < MOST_IDLE) {
        own.idle[own.n++] = db;
        db = NULL;
    }
    apr_thread_mutex_unlock(own.lock);
    if (db != NULL)
        gw_db_close_alone(db);
}
