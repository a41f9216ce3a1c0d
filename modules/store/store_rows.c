/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_rows.c - reading rows: one by a unique field, a page in ascending order. Every statement begins with the
 * table's `select`, which leaves out what has expired.
 */
#include "store_table.h"

#include <string.h>
#include <apr_strings.h>


typedef struct one_row {
    const gw_table *table;
    json_t *row;
} one_row;

static apr_status_t take_row(void *baton, int ncells, const char *const *cells)
{
    one_row *one = baton;

    (void)ncells;
    if (one->row != NULL)
        return APR_SUCCESS;
    one->row = gw_table_row(one->table, cells);
    return one->row != NULL ? APR_SUCCESS : APR_EGENERAL;
}

/* Rows on their way to a visitor. */
typedef struct tour {
    const gw_table *table;
    gw_row_visitor *visit;
    void *baton;
    int size, nrows;
    const char *last; /* the id of the row that fills the page */
    int has_more;
    apr_pool_t *p;
} tour;

static apr_status_t visit_row(void *baton, int ncells, const char *const *cells)
{
    tour *t = baton;
    json_t *row;
    apr_status_t rv;

    (void)ncells;
    if (t->nrows == t->size) {
        t->has_more = 1;
        return APR_SUCCESS;
    }
    if ((row = gw_table_row(t->table, cells)) == NULL)
        return APR_EGENERAL;
    if (++t->nrows == t->size)
        t->last = apr_pstrdup(t->p, json_string_value(json_object_get(row, "id")));
    rv = t->visit(t->baton, t->table->entity, row);
    json_decref(row);
    return rv;
}

/* gw_row_visitor */
static apr_status_t append_row(void *baton, const gw_entity *entity, json_t *row)
{
    (void)entity;
    return json_array_append(baton, row) == 0 ? APR_SUCCESS : APR_ENOMEM;
}

static apr_status_t load_row(json_t **row, gw_db *db, const gw_entity *entity, const char *field, const char *value,
                             const char *suffix, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    one_row one = { table, NULL };
    gw_result result = { take_row, &one, 0 };
    const gw_column *column;
    const char *param;
    apr_status_t rv = gw_table_condition(&column, &param, table, field, value, p);

    if (rv != APR_SUCCESS)
        return rv;
    db->fault.kind = GW_FAULT_NONE;
    rv = gw_db_read(db, apr_pstrcat(p, table->sql[db->ops->driver].select, "\"", column->name, "\" = $1", suffix, NULL),
                    1, &param, &result);
    if (rv != APR_SUCCESS) {
        json_decref(one.row);
        return gw_table_judge(db, rv, table);
    }
    if (one.row == NULL)
        return APR_NOTFOUND;
    *row = one.row;
    return APR_SUCCESS;
}

/* A statement in the making. */
typedef struct query {
    const gw_table *table;
    gw_driver driver;
    const char *sql;
    apr_array_header_t *params; /* of const char * */
    apr_pool_t *p;
} query;

/* Append a parameter; its number as text. */
static const char *add_param(query *q, const char *value)
{
    APR_ARRAY_PUSH(q->params, const char *) = value;
    return apr_psprintf(q->p, "$%d", q->params->nelts);
}

static const char *json_text(json_t *value, apr_pool_t *p) /* steals */
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *copy = apr_pstrdup(p, text != NULL ? text : "null");

    free(text);
    json_decref(value);
    return copy;
}

/* One condition for each tag, joined. Postgres: containment, so that the index serves. */
static void add_tags(query *q, const char *const *tags, int any)
{
    const char *conditions = "";
    int i;

    for (i = 0; tags[i] != NULL; i++) {
        const char *one =
            q->driver == GW_PGSQL
                ? apr_pstrcat(q->p, "\"tags\" @> ", add_param(q, json_text(json_pack("[s]", tags[i]), q->p)), NULL)
                : apr_pstrcat(q->p, "EXISTS (SELECT 1 FROM json_each(\"tags\") WHERE value = ", add_param(q, tags[i]),
                              ")", NULL);

        conditions = apr_pstrcat(q->p, conditions, i == 0 ? "" : any ? " OR " : " AND ", one, NULL);
    }
    if (i > 0)
        q->sql = apr_pstrcat(q->p, q->sql, "(", conditions, ") AND ", NULL);
}

/* Nothing when there is no `field`. APR_NOTFOUND: nothing can match. */
static apr_status_t add_filter(query *q, const char *field, const char *value)
{
    const gw_column *column;
    const char *param;
    apr_status_t rv;

    if (field == NULL)
        return APR_SUCCESS;
    rv = gw_table_condition(&column, &param, q->table, field, value, q->p);
    if (rv == APR_SUCCESS)
        q->sql = apr_pstrcat(q->p, q->sql, "\"", column->name, "\" = ", add_param(q, param), " AND ", NULL);
    return rv;
}

/* APR_NOTFOUND: nothing can match. */
static apr_status_t add_conditions(query *q, const gw_page *page)
{
    const gw_column *column;
    const char *param;
    apr_status_t rv = add_filter(q, page->where_field, page->where_value);

    if (rv == APR_SUCCESS)
        rv = add_filter(q, page->and_field, page->and_value);
    if (rv != APR_SUCCESS)
        return rv;
    if ((page->tags != NULL || page->is_tagged) && gw_table_column(q->table, "tags") == NULL)
        return APR_EINVAL;
    if (page->tags != NULL)
        add_tags(q, page->tags, page->tags_any);
    if (page->is_tagged)
        q->sql = apr_pstrcat(q->p, q->sql, "\"tags\" <> '[]' AND ", NULL);
    if (page->after_id == NULL) {
        q->sql = apr_pstrcat(q->p, q->sql, "true", NULL);
        return APR_SUCCESS;
    }
    rv = gw_table_condition(&column, &param, q->table, NULL, page->after_id, q->p);
    if (rv == APR_SUCCESS)
        q->sql = apr_pstrcat(q->p, q->sql, "\"id\" > ", add_param(q, param), NULL);
    return rv;
}

apr_status_t gw_row_load(json_t **row, gw_db *db, const gw_entity *entity, const char *field, const char *value,
                         apr_pool_t *p)
{
    return load_row(row, db, entity, field, value, "", p);
}

apr_status_t gw_row_lock(json_t **row, gw_db *db, const gw_entity *entity, const char *field, const char *value,
                         int as_parent, apr_pool_t *p)
{
    if (db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    if (db->ops->driver == GW_SQLITE) /* the whole database is ours already */
        return load_row(row, db, entity, field, value, "", p);
    return load_row(row, db, entity, field, value, as_parent ? " FOR KEY SHARE" : " FOR UPDATE", p);
}

apr_status_t gw_row_each(const char **next_after, gw_db *db, const gw_entity *entity, const gw_page *page,
                         gw_row_visitor *visit, void *baton, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    tour t = { .table = table, .visit = visit, .baton = baton, .size = page->size, .p = p };
    gw_result result = { visit_row, &t, 0 };
    query q = { table, db->ops->driver, NULL, NULL, p };
    apr_status_t rv;

    if (table == NULL || page->size < 1)
        return APR_EINVAL;
    q.sql = table->sql[q.driver].select;
    q.params = apr_array_make(p, 4, sizeof(const char *));
    rv = add_conditions(&q, page);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    if (rv == APR_SUCCESS) { /* one more than asked for tells whether there is a next page */
        q.sql = apr_psprintf(p, "%s ORDER BY \"id\" LIMIT %d", q.sql, page->size + 1);
        db->fault.kind = GW_FAULT_NONE;
        rv = gw_db_read(db, q.sql, q.params->nelts, (const char *const *)q.params->elts, &result);
        if (rv != APR_SUCCESS)
            return gw_table_judge(db, rv, table);
    }
    *next_after = t.has_more ? t.last : NULL;
    return APR_SUCCESS;
}

apr_status_t gw_row_page(json_t **list, const char **next_after, gw_db *db, const gw_entity *entity,
                         const gw_page *page, apr_pool_t *p)
{
    json_t *rows = json_array();
    apr_status_t rv = gw_row_each(next_after, db, entity, page, append_row, rows, p);

    if (rv == APR_SUCCESS)
        *list = rows;
    else
        json_decref(rows);
    return rv;
}

apr_status_t gw_row_count(apr_int64_t *count, gw_db *db, const gw_entity *entity, const gw_page *page, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    query q = { table, db->ops->driver, NULL, NULL, p };
    const char *alive, *text;
    apr_status_t rv;

    if (table == NULL)
        return APR_EINVAL;
    alive = table->sql[q.driver].is_alive;
    q.sql = apr_pstrcat(p, "SELECT count(*) FROM (SELECT 1 FROM \"", entity->name, "\" WHERE ",
                        alive != NULL ? alive : "", alive != NULL ? " AND " : "", NULL);
    q.params = apr_array_make(p, 4, sizeof(const char *));
    rv = add_conditions(&q, page);
    q.sql = page->size > 0 ? apr_psprintf(p, "%s LIMIT %d) found", q.sql, page->size)
                           : apr_pstrcat(p, q.sql, ") found", NULL);
    if (rv == APR_SUCCESS)
        rv = gw_db_read_one(&text, db, q.sql, q.params->nelts, (const char *const *)q.params->elts, p);
    if (rv == APR_SUCCESS)
        *count = apr_atoi64(text);
    else if (rv == APR_NOTFOUND) {
        *count = 0;
        rv = APR_SUCCESS;
    }
    return rv;
}
