/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic.c - two counters in shared memory; httpd's scoreboard has neither.
 */
#include "traffic.h"

#include <apr_shm.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_log.h>
#include <http_protocol.h>
#include <string.h>

#include "mod_gw.h"

APLOG_USE_MODULE(gw_admin);

#define RETAINED "gw-admin-traffic-1"

static gw_traffic *counters; /* set at startup, before children are made */

static int hook_pre_connection(conn_rec *c, void *csd)
{
    (void)csd;
    /* neither a stream of HTTP/2 nor a connection to an upstream */
    if (counters != NULL && c->master == NULL && !c->outgoing)
        __atomic_fetch_add(&counters->nconnections, 1, __ATOMIC_RELAXED);
    return OK;
}

static int hook_log(request_rec *r)
{
    (void)r;
    if (counters != NULL)
        __atomic_fetch_add(&counters->nrequests, 1, __ATOMIC_RELAXED);
    return DECLINED;
}

void gw_traffic_register(void)
{
    ap_hook_pre_connection(hook_pre_connection, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(hook_log, NULL, NULL, APR_HOOK_MIDDLE);
}

int gw_traffic_start(server_rec *s)
{
    apr_shm_t **shm = ap_retained_data_get(RETAINED);

    if (shm == NULL) {
        apr_status_t rv;

        shm = ap_retained_data_create(RETAINED, sizeof(*shm));
        if ((rv = apr_shm_create(shm, sizeof(gw_traffic), NULL, s->process->pool)) != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, GWLOGNO(3004) "admin: no shared memory for counters");
            return !OK;
        }
        memset(apr_shm_baseaddr_get(*shm), 0, sizeof(gw_traffic));
    }
    counters = apr_shm_baseaddr_get(*shm);
    return OK;
}

gw_traffic gw_traffic_read(void)
{
    gw_traffic now = { 0, 0 };

    if (counters != NULL) {
        now.nconnections = __atomic_load_n(&counters->nconnections, __ATOMIC_RELAXED);
        now.nrequests = __atomic_load_n(&counters->nrequests, __ATOMIC_RELAXED);
    }
    return now;
}
