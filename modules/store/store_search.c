/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_search.c - rows that hold a text somewhere, for people who look for them: a scan, not for requests.
 */
#include "store_table.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

typedef struct found {
    const gw_table *table;
    json_t *rows;
} found;

static apr_status_t take_found(void *baton, int ncells, const char *const *cells)
{
    found *f = baton;
    json_t *row = gw_table_row(f->table, cells);

    (void)ncells;
    if (row == NULL)
        return APR_EGENERAL;
    json_array_append_new(f->rows, row);
    return APR_SUCCESS;
}

/* `text` without upper-case ASCII, what LIKE takes for itself escaped. */
static char *make_pattern(const char *text, apr_pool_t *p)
{
    char *pattern = apr_palloc(p, 2 * strlen(text) + 3), *out = pattern;

    for (*out++ = '%'; *text != '\0'; text++) {
        if (strchr("%_\\", *text) != NULL)
            *out++ = '\\';
        *out++ = apr_tolower(*text);
    }
    *out++ = '%';
    *out = '\0';
    return pattern;
}

/* `text` as it stands inside of a JSON string. */
static const char *escape_json(const char *text, apr_pool_t *p)
{
    json_t *string = json_string(text);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);
    const char *inner = apr_pstrmemdup(p, quoted + 1, strlen(quoted) - 2);

    free(quoted);
    json_decref(string);
    return inner;
}

/* The parameters of a condition: only those that it uses may be sent. */
enum { ID, TEXT, JSON, NPATTERNS };

typedef struct condition {
    const char *sql;
    const char *patterns[NPATTERNS];
    const char *params[NPATTERNS];
    int number[NPATTERNS]; /* of the parameter; 0 = not used so far */
    int nparams;
} condition;

static void add_field(condition *c, const char *column, const char *collation, int kind, apr_pool_t *p)
{
    if (c->number[kind] == 0) {
        c->params[c->nparams++] = c->patterns[kind];
        c->number[kind] = c->nparams;
    }
    c->sql = apr_psprintf(p, "%s%slower(CAST(\"%s\" AS text)%s) LIKE $%d ESCAPE '\\'", c->sql,
                          c->nparams > 1 || kind != ID ? " OR " : "", column, collation, c->number[kind]);
}

static void add_fields(condition *c, const gw_table *table, gw_driver driver, const char *const *fields, apr_pool_t *p)
{
    const char *collation = driver == GW_PGSQL ? " COLLATE \"C\"" : "";

    add_field(c, "id", collation, ID, p);
    for (; *fields != NULL; fields++) {
        const gw_column *column = gw_table_column(table, *fields);

        if (column != NULL && (column->kind == GW_COLUMN_TEXT || column->kind == GW_COLUMN_JSON))
            add_field(c, column->name, collation, column->kind == GW_COLUMN_TEXT ? TEXT : JSON, p);
    }
}

apr_status_t gw_row_search(json_t **rows, gw_db *db, const gw_entity *entity, const char *text,
                           const char *const *fields, int size, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    found f = { table, NULL };
    gw_result result = { take_found, &f, 0 };
    condition c = { .sql = "" };
    const char *sql;
    apr_status_t rv;

    if (table == NULL || size < 1)
        return APR_EINVAL;
    c.patterns[TEXT] = make_pattern(text, p);
    c.patterns[JSON] = make_pattern(escape_json(text, p), p);
    c.patterns[ID] = c.patterns[TEXT] + 1; /* at the start only */
    add_fields(&c, table, db->ops->driver, fields, p);
    sql = apr_psprintf(p, "%s(%s) ORDER BY \"id\" LIMIT %d", table->sql[db->ops->driver].select, c.sql, size);
    f.rows = json_array();
    db->fault.kind = GW_FAULT_NONE;
    rv = gw_db_read(db, sql, c.nparams, c.params, &result);
    if (rv != APR_SUCCESS) {
        json_decref(f.rows);
        return gw_table_judge(db, rv, table);
    }
    *rows = f.rows;
    return APR_SUCCESS;
}
