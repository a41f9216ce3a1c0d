/* SPDX-License-Identifier: Apache-2.0 */
/* store_listen.c - waiting for Postgres to say that something changed; the message itself is not looked at. */
#include "store_driver.h"

#include <errno.h>
#include <poll.h>
#include <libpq-fe.h>

/* Take all notifications that have arrived; how many. */
static int drain(PGconn *conn)
{
    PGnotify *notice;
    int n = 0;

    while ((notice = PQnotifies(conn)) != NULL) {
        PQfreemem(notice);
        n++;
    }
    return n;
}

apr_status_t gw_store_listen(gw_db *db)
{
    if (db->ops->driver != GW_PGSQL)
        return APR_ENOTIMPL;
    if (db->native == NULL)
        return gw_db_fail(db, GW_FAULT_AWAY, "the connection is closed");
    return db->ops->script(db, "LISTEN gw_events");
}

apr_status_t gw_store_wait(gw_db *db, int stop_fd, int timeout_ms)
{
    PGconn *conn = db->native;
    apr_time_t deadline = apr_time_now() + apr_time_from_msec(timeout_ms);

    if (db->ops->driver != GW_PGSQL)
        return APR_ENOTIMPL;
    if (conn == NULL)
        return gw_db_fail(db, GW_FAULT_AWAY, "the connection is closed");
    for (;;) {
        struct pollfd fds[2] = { { PQsocket(conn), POLLIN, 0 }, { stop_fd, POLLIN, 0 } };
        apr_time_t now = apr_time_now();
        int left = timeout_ms < 0 ? -1 : now >= deadline ? 0 : (int)apr_time_as_msec(deadline - now) + 1;
        int n;

        if (drain(conn) > 0)
            return APR_SUCCESS;
        n = poll(fds, 2, left);
        if (n == 0)
            return APR_TIMEUP;
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0 && fds[1].revents != 0)
            return APR_EINTR;
        if (n > 0 && !PQconsumeInput(conn))
            return gw_db_fail(db, GW_FAULT_AWAY, "the connection is lost");
    }
}
