/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.c - the thread that hears of changes by other nodes (Postgres): LISTEN on a connection of its own, tell the
 * builder at each notification. What changed it does not ask; the builder reads the event table.
 *
 * A writer of this node is notified of as well, and raises the generation itself: what the builder began to read after
 * the notification came needs no second look, so the listener gives it a moment.
 */
#include "child.h"

#include <poll.h>

#include <http_log.h>

APLOG_USE_MODULE(gw);

#define RETRY_FIRST_MS 50
#define RETRY_LAST_MS 1000
#define WAIT_MS 60000
#define MOMENT_MS 1

static int is_stopping(gw_child *child)
{
    return GW_LOAD(child->is_stopping);
}

/* Sleep, but not through the end of the child. */
static void pause_ms(gw_child *child, int ms)
{
    struct pollfd fd = { .fd = child->stop_fd, .events = POLLIN };

    poll(&fd, 1, ms);
}

static void tell_builder(gw_child *child)
{
    apr_uint64_t nreads = GW_LOAD(child->nreads);

    pause_ms(child, MOMENT_MS);
    if (GW_LOAD(child->nreads) == nreads)
        gw_child_notify(child);
}

/* LISTEN first, then tell: what was missed while deaf is found by the builder. Returns when the connection is lost or
 * the child ends; 1 if it was ever heard. */
static int listen_once(gw_child *child, apr_pool_t *p)
{
    const char *why = NULL;
    apr_status_t rv;
    gw_db *db;

    if (gw_db_open(&db, &why, child->store, p) != APR_SUCCESS)
        return 0;
    if (gw_store_listen(db) != APR_SUCCESS) {
        gw_db_close(db);
        return 0;
    }
    do {
        tell_builder(child);
        do
            rv = gw_store_wait(db, child->stop_fd, WAIT_MS);
        while (rv == APR_TIMEUP && !is_stopping(child));
    } while (rv == APR_SUCCESS && !is_stopping(child));
    gw_db_close(db);
    return 1;
}

static void run(void *baton, apr_pool_t *p)
{
    gw_child *child = baton;
    apr_pool_t *p_connection;
    int delay_ms = RETRY_FIRST_MS;

    apr_pool_create(&p_connection, p);
    while (!is_stopping(child)) {
        if (listen_once(child, p_connection)) {
            delay_ms = RETRY_FIRST_MS;
            if (!is_stopping(child))
                gw_child_probe(child); /* our connection broke: the store may be away altogether */
        } else if (delay_ms < RETRY_LAST_MS) {
            delay_ms *= 2;
        }
        apr_pool_clear(p_connection);
        if (!is_stopping(child))
            pause_ms(child, delay_ms);
    }
}

gw_child_thread *gw_listener_start(gw_child *child)
{
    gw_child_thread *thread = gw_child_thread_start(run, child);

    if (thread == NULL)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, child->s,
                     GWLOGNO(1610) "coherence: no thread to listen with: changes by other nodes take up to a second");
    return thread;
}
