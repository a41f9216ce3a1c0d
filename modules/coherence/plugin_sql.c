/* SPDX-License-Identifier: Apache-2.0 */
/* plugin_sql.c - statements that plugins run over tables that are no entities (mod_gw.h). */
#include "mod_gw.h"

#include <http_log.h>

#include "child.h"

APLOG_USE_MODULE(gw);

#define TELL_INTERVAL apr_time_from_sec(10)
#define MAX_ROWS 1000

apr_status_t gw_sql_run(json_t **rows, request_rec *r, const gw_sql *sql, const char *const *params, int nparams)
{
    static apr_time_t told;
    gw_handle h;
    apr_pool_t *p;
    apr_status_t rv;

    if (gw_coherence_store() == NULL)
        return APR_EAGAIN;
    apr_pool_create(&p, r->pool);
    rv = gw_handle_open(&h, r->server, p);
    if (rv == APR_SUCCESS) {
        rv = gw_db_query(rows, h.db, sql, params, nparams, MAX_ROWS);
        if (rv != APR_SUCCESS && !gw_db_is_away(h.db) && gw_is_time_to_tell(&told, TELL_INTERVAL))
            ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, GWLOGNO(1656) "sql: a statement of a plugin failed: %s",
                          gw_db_why(h.db));
        gw_handle_close(&h, rv);
    }
    apr_pool_destroy(p);
    return rv == APR_SUCCESS || rv == APR_EAGAIN ? rv : APR_EGENERAL;
}
