/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_query.c - statements over tables that are no entities: a plugin's own counters, a table that somebody else
 * keeps.
 */
#include "store_driver.h"

typedef struct table {
    json_t *rows;
    int max;
} table;

static apr_status_t take_row(void *baton, int ncells, const char *const *cells)
{
    table *t = baton;
    json_t *row = json_array();

    for (int i = 0; i < ncells; i++)
        json_array_append_new(row, cells[i] != NULL ? json_string(cells[i]) : json_null());
    json_array_append_new(t->rows, row);
    return --t->max >= 0 ? APR_SUCCESS : APR_EINVAL;
}

apr_status_t gw_db_query(json_t **rows, gw_db *db, const gw_sql *sql, const char *const *params, int nparams, int max)
{
    table t = { json_array(), max };
    gw_result result = { take_row, &t, 0 };
    apr_status_t rv;

    rv = gw_db_read(db, db->ops->driver == GW_PGSQL ? sql->pgsql : sql->sqlite3, nparams, params, &result);
    if (rv != APR_SUCCESS) {
        json_decref(t.rows);
        return rv;
    }
    *rows = t.rows;
    return APR_SUCCESS;
}
