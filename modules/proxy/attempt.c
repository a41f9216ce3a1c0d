/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.c - listens to what httpd does for the current attempt: connections that are made, errors that are logged.
 */
#include "attempt.h"

#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>

static __thread gw_attempt *current;

void gw_attempt_begin(gw_attempt *attempt, const gw_worker *worker)
{
    *attempt = (gw_attempt){ .worker = worker, .outer = current };
    current = attempt;
}

void gw_attempt_end(gw_attempt *attempt)
{
    current = attempt->outer;
}

gw_attempt *gw_attempt_current(void)
{
    return current;
}

static int hook_note_connection(conn_rec *c, void *socket)
{
    (void)socket;
    if (current && c->outgoing)
        current->is_new = 1;
    return DECLINED;
}

/* mod_proxy keeps the reason of a failed connect to itself, but for the error log. */
static void hook_note_error(const ap_errorlog_info *info, const char *text)
{
    (void)text;
    if (current && info->status != APR_SUCCESS)
        current->rv = info->status;
}

void gw_attempt_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_pre_connection(hook_note_connection, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_error_log(hook_note_error, NULL, NULL, APR_HOOK_MIDDLE);
}
