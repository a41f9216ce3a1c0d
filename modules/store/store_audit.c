/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_audit.c - the table of who changed what: written with the change, read newest first, swept by age. No entity,
 * so that nobody can change it through the Admin API.
 */
#include "store_driver.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#define SWEEP_ROWS 10000 /* in one transaction */
#define DAY_MS APR_INT64_C(86400000)

/* In the order of the columns that are written and read. */
enum { WHO, FROM, METHOD, PATH, ENTITY, ENTITY_ID, BEFORE, AFTER, NPARAMS };
#define COLUMNS "\"who\", \"client\", \"method\", \"path\", \"entity\", \"entity_id\", \"before\", \"after\""

static const char *format_row(const json_t *row, apr_pool_t *p)
{
    char *text = row != NULL ? json_dumps(row, JSON_COMPACT) : NULL;
    const char *copy = text != NULL ? apr_pstrdup(p, text) : NULL;

    free(text);
    return copy;
}

apr_status_t gw_audit_add(gw_db *db, const gw_audit_entry *entry, apr_pool_t *p)
{
    const char *params[NPARAMS] = {
        [WHO] = entry->who,       [FROM] = entry->from,           [METHOD] = entry->method,
        [PATH] = entry->path,     [ENTITY] = entry->entity,       [ENTITY_ID] = entry->entity_id,
        [BEFORE] = format_row(entry->before, p), [AFTER] = format_row(entry->after, p),
    };

    return gw_db_write(db,
                       apr_pstrcat(p, "INSERT INTO gw_audit (\"at_ms\", " COLUMNS ") VALUES (", db->ops->now_ms,
                                   ", $1, $2, $3, $4, $5, $6, $7, $8)", NULL),
                       NPARAMS, params, NULL);
}

typedef struct taking {
    json_t *rows;
    int size;
    int has_more;
} taking;

static json_t *parse_row(const char *cell)
{
    json_t *row = cell != NULL ? json_loads(cell, JSON_DECODE_ANY, NULL) : NULL;

    return row != NULL ? row : json_null();
}

/* id, at_ms, then the columns */
static apr_status_t take_entry(void *baton, int ncells, const char *const *cells)
{
    taking *t = baton;
    const char *const *column = cells + 2;

    (void)ncells;
    if (json_array_size(t->rows) == (size_t)t->size) {
        t->has_more = 1;
        return APR_SUCCESS;
    }
    json_array_append_new(t->rows,
                          json_pack("{s:I, s:f, s:s?, s:s?, s:s, s:s, s:s, s:s, s:o, s:o}", "id",
                                    (json_int_t)apr_atoi64(cells[0]), "at", (double)apr_atoi64(cells[1]) / 1000, "who",
                                    column[WHO], "from", column[FROM], "method", column[METHOD], "path", column[PATH],
                                    "entity", column[ENTITY], "entity_id", column[ENTITY_ID], "before",
                                    parse_row(column[BEFORE]), "after", parse_row(column[AFTER])));
    return APR_SUCCESS;
}

apr_status_t gw_audit_page(json_t **rows, apr_int64_t *next_before, gw_db *db, const gw_audit_query *query,
                           apr_pool_t *p)
{
    taking t = { .size = query->size };
    gw_result result = { take_entry, &t, 0 };
    const char *params[3], *sql = "SELECT id, at_ms, " COLUMNS " FROM gw_audit WHERE true";
    const json_t *last;
    apr_status_t rv;
    int n = 0;

    if (query->entity != NULL) {
        params[n++] = query->entity;
        sql = apr_psprintf(p, "%s AND \"entity\" = $%d", sql, n);
    }
    if (query->entity_id != NULL) {
        params[n++] = query->entity_id;
        sql = apr_psprintf(p, "%s AND \"entity_id\" = $%d", sql, n);
    }
    if (query->before > 0) {
        params[n++] = apr_psprintf(p, "%" APR_INT64_T_FMT, query->before);
        sql = apr_psprintf(p, "%s AND id < $%d", sql, n);
    }
    t.rows = json_array();
    rv = gw_db_read(db, apr_psprintf(p, "%s ORDER BY id DESC LIMIT %d", sql, query->size + 1), n, params, &result);
    if (rv != APR_SUCCESS) {
        json_decref(t.rows);
        return rv;
    }
    last = json_array_get(t.rows, json_array_size(t.rows) - 1);
    *next_before = t.has_more ? json_integer_value(json_object_get(last, "id")) : 0;
    *rows = t.rows;
    return APR_SUCCESS;
}

/* By id, which goes with time: the oldest first. */
apr_status_t gw_audit_sweep(gw_db *db, int days)
{
    char age[24];
    const char *param = age;
    apr_pool_t *ptemp;
    apr_status_t rv = gw_db_begin_write(db);

    if (rv != APR_SUCCESS)
        return rv;
    apr_pool_create(&ptemp, db->pool);
    apr_snprintf(age, sizeof(age), "%" APR_INT64_T_FMT, days * DAY_MS);
    rv = gw_db_write(db,
                     apr_pstrcat(ptemp, "DELETE FROM gw_audit WHERE id IN (SELECT id FROM gw_audit WHERE at_ms < ",
                                 db->ops->now_ms, " - CAST($1 AS bigint) ORDER BY at_ms LIMIT "
                                 APR_STRINGIFY(SWEEP_ROWS) ")", NULL),
                     1, &param, NULL);
    apr_pool_destroy(ptemp);
    return gw_db_end(db, rv);
}
