/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_timeout.c - an output filter right above the socket of a connection to an upstream, which has the read timeout:
 * while something is written it has the write timeout instead.
 */
#include "write_timeout.h"

#include <httpd.h>
#include <http_connection.h>
#include <util_filter.h>

#include "attempt.h"

static ap_filter_rec_t *timeout_filter;

typedef struct write_timeout {
    apr_socket_t *socket;
    apr_interval_time_t timeout;
} write_timeout;

static apr_status_t filter_write(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const write_timeout *w = f->ctx;
    apr_interval_time_t usual;
    apr_status_t rv;

    if (apr_socket_timeout_get(w->socket, &usual) != APR_SUCCESS || usual == 0)
        return ap_pass_brigade(f->next, bb); /* a tunnel polls by itself and never waits here */
    apr_socket_timeout_set(w->socket, w->timeout);
    rv = ap_pass_brigade(f->next, bb);
    apr_socket_timeout_set(w->socket, usual);
    return rv;
}

static int hook_watch_writes(conn_rec *c, void *socket)
{
    const gw_attempt *attempt = gw_attempt_current();
    write_timeout *w;

    if (attempt == NULL || attempt->worker == NULL || !c->outgoing ||
        attempt->worker->write_timeout == attempt->worker->proxy->s->timeout)
        return DECLINED;
    w = apr_palloc(c->pool, sizeof(*w));
    w->socket = socket;
    w->timeout = attempt->worker->write_timeout;
    ap_add_output_filter_handle(timeout_filter, w, NULL, c);
    return OK;
}

void gw_write_timeout_register(apr_pool_t *p)
{
    (void)p;
    timeout_filter = ap_register_output_filter("GW_WRITE_TIMEOUT", filter_write, NULL, AP_FTYPE_NETWORK - 1);
    ap_hook_pre_connection(hook_watch_writes, NULL, NULL, APR_HOOK_MIDDLE);
}
