/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_rows.c - reading rows: one by a unique field, a page in ascending order, a row with its children. Every
 * statement begins with the table's `select`, which leaves out what has expired.
 */
#include "store_table.h"

#include <string.h>
#include <apr_strings.h>

#define MAX_CHILDREN 8


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

typedef struct rows {
    const gw_table *table;
    json_t *list;
} rows;

static apr_status_t take_rows(void *baton, int ncells, const char *const *cells)
{
    rows *taken = baton;
    json_t *row = gw_table_row(taken->table, cells);

    (void)ncells;
    if (row == NULL)
        return APR_EGENERAL;
    json_array_append_new(taken->list, row);
    return APR_SUCCESS;
}

/* What a visitor refused is a cell that its column should not hold. */
static apr_status_t note_corrupt(gw_db *db, apr_status_t rv, const gw_table *table)
{
    if (rv == APR_EGENERAL && db->fault.kind == GW_FAULT_NONE)
        return gw_db_fail(db, GW_FAULT_OTHER, apr_psprintf(db->pool, "a row of %s cannot be read", table->entity->name));
    return rv;
}

/* The column of a look-up and its parameter. APR_NOTFOUND: no row can have that value. */
static apr_status_t find_condition(const gw_column **column, const char **param, const gw_table *table,
                                   const char *field, const char *value, apr_pool_t *p)
{
    *column = table == NULL ? NULL : field == NULL ? &table->columns[0] : gw_table_column(table, field);
    if (*column == NULL)
        return APR_EINVAL;
    *param = value != NULL ? gw_column_param(*column, value, p) : NULL;
    return *param != NULL ? APR_SUCCESS : APR_NOTFOUND;
}

static apr_status_t load_row(json_t **row, gw_db *db, const gw_entity *entity, const char *field, const char *value,
                             const char *suffix, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    one_row one = { table, NULL };
    gw_result result = { take_row, &one, 0 };
    const gw_column *column;
    const char *param;
    apr_status_t rv = find_condition(&column, &param, table, field, value, p);

    if (rv != APR_SUCCESS)
        return rv;
    db->fault.kind = GW_FAULT_NONE;
    rv = gw_db_read(db, apr_pstrcat(p, table->sql[db->ops->driver].select, "\"", column->name, "\" = $1", suffix, NULL),
                    1, &param, &result);
    if (rv != APR_SUCCESS) {
        json_decref(one.row);
        return note_corrupt(db, rv, table);
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

/* APR_NOTFOUND: nothing can match. */
static apr_status_t add_conditions(query *q, const gw_page *page)
{
    const gw_column *column;
    const char *param;
    apr_status_t rv;

    if (page->where_field != NULL) {
        rv = find_condition(&column, &param, q->table, page->where_field, page->where_value, q->p);
        if (rv != APR_SUCCESS)
            return rv;
        q->sql = apr_pstrcat(q->p, q->sql, "\"", column->name, "\" = ", add_param(q, param), " AND ", NULL);
    }
    if (page->tags != NULL) {
        if (gw_table_column(q->table, "tags") == NULL)
            return APR_EINVAL;
        add_tags(q, page->tags, page->tags_any);
    }
    if (page->after_id == NULL) {
        q->sql = apr_pstrcat(q->p, q->sql, "true", NULL);
        return APR_SUCCESS;
    }
    rv = find_condition(&column, &param, q->table, NULL, page->after_id, q->p);
    if (rv == APR_SUCCESS)
        q->sql = apr_pstrcat(q->p, q->sql, "\"id\" > ", add_param(q, param), NULL);
    return rv;
}

static const char *id_at(const json_t *list, size_t i, apr_pool_t *p)
{
    return apr_pstrdup(p, json_string_value(json_object_get(json_array_get(list, i), "id")));
}

/* ---- a row with its children, in one statement: rows of all tables side by side, each marked by its kind ---- */

typedef struct family {
    const gw_table *tables[MAX_CHILDREN + 1]; /* [0] is the parent */
    const gw_column *links[MAX_CHILDREN + 1]; /* the children's column that names the parent */
    int n, width;                             /* tables, cells after the kind */
    json_t *parent;
    json_t *lists[MAX_CHILDREN + 1];
} family;

static apr_status_t take_member(void *baton, int ncells, const char *const *cells)
{
    family *f = baton;
    int kind = cells[0][0] - '0';
    json_t *row = gw_table_row(f->tables[kind], cells + 1);

    (void)ncells;
    if (row == NULL)
        return APR_EGENERAL;
    if (kind > 0)
        json_array_append_new(f->lists[kind], row);
    else if (f->parent == NULL)
        f->parent = row;
    else
        json_decref(row);
    return APR_SUCCESS;
}

static const gw_column *find_link(const gw_table *child, const gw_entity *parent)
{
    int i;

    for (i = 0; i < child->ncolumns; i++)
        if (child->columns[i].field->type == GW_T_FOREIGN &&
            strcmp(child->columns[i].field->reference, parent->name) == 0)
            return &child->columns[i];
    return NULL;
}

static int width_of(const gw_table *table)
{
    return table->ncolumns + (table->entity->has_ttl ? 1 : 0);
}

/* Who takes part: registered, linked to the parent, and (where `existing` is known) with a table. */
static void gather(family *f, const gw_entity *entity, const char *const *children, const apr_array_header_t *existing)
{
    int i;

    memset(f, 0, sizeof(*f));
    f->tables[0] = gw_table_of(entity);
    f->n = 1;
    f->width = width_of(f->tables[0]);
    for (i = 0; children[i] != NULL && f->n <= MAX_CHILDREN; i++) {
        const gw_table *table = gw_table_of(gw_registry_find(children[i]));
        const gw_column *link = table != NULL ? find_link(table, entity) : NULL;

        if (link == NULL || (existing != NULL && !gw_has_table(existing, children[i])))
            continue;
        f->tables[f->n] = table;
        f->links[f->n] = link;
        if (width_of(table) > f->width)
            f->width = width_of(table);
        f->n++;
    }
}

/* SELECT of one kind: its columns as text, filled up to the common width. */
static const char *select_kind(const family *f, int kind, const char *now, const char *where, apr_pool_t *p)
{
    const gw_table *table = f->tables[kind];
    const char *sql = apr_psprintf(p, "SELECT '%d'", kind);
    int i;

    for (i = 0; i < f->width; i++) {
        if (i < table->ncolumns)
            sql = apr_pstrcat(p, sql, ", CAST(\"", table->columns[i].name, "\" AS text)", NULL);
        else if (i == table->ncolumns && table->entity->has_ttl)
            sql = apr_pstrcat(p, sql, ", CAST((\"expires_ms\" - ", now, " + 999) / 1000 AS text)", NULL);
        else
            sql = apr_pstrcat(p, sql, ", NULL", NULL);
    }
    return apr_pstrcat(p, sql, " FROM \"", table->entity->name, "\" WHERE ", where, NULL);
}

static const char *and_alive(const gw_table *table, gw_driver driver, const char *where, apr_pool_t *p)
{
    const char *alive = table->sql[driver].is_alive;

    return alive != NULL ? apr_pstrcat(p, where, " AND ", alive, NULL) : where;
}

static const char *select_family(const family *f, const gw_driver_ops *ops, const char *column, apr_pool_t *p)
{
    const char *mine = and_alive(f->tables[0], ops->driver, apr_pstrcat(p, "\"", column, "\" = $1", NULL), p);
    const char *sql = select_kind(f, 0, ops->now_ms, mine, p);
    int i;

    for (i = 1; i < f->n; i++) {
        const char *where = apr_pstrcat(p, "\"", f->links[i]->name, "\" IN (SELECT \"id\" FROM \"",
                                        f->tables[0]->entity->name, "\" WHERE ", mine, ")", NULL);

        sql = apr_pstrcat(p, sql, " UNION ALL ",
                          select_kind(f, i, ops->now_ms, and_alive(f->tables[i], ops->driver, where, p), p), NULL);
    }
    return sql;
}

static void drop_family(family *f)
{
    int i;

    json_decref(f->parent);
    for (i = 1; i < f->n; i++)
        json_decref(f->lists[i]);
}

static json_t *join_family(family *f, const char *const *children)
{
    json_t *out = json_object();
    int i;

    json_object_set(out, f->n > 1 ? f->links[1]->field->name : "row", f->parent);
    for (i = 1; i < f->n; i++)
        json_object_set(out, f->tables[i]->entity->name, f->lists[i]);
    for (i = 0; children[i] != NULL; i++)
        if (json_object_get(out, children[i]) == NULL)
            json_object_set_new(out, children[i], json_array());
    return out;
}

static apr_status_t load_family(json_t **out, gw_db *db, family *f, const gw_column *column, const char *param,
                                const char *const *children, apr_pool_t *p)
{
    gw_result result = { take_member, f, 0 };
    apr_status_t rv;
    int i;

    for (i = 1; i < f->n; i++)
        f->lists[i] = json_array();
    db->fault.kind = GW_FAULT_NONE;
    rv = gw_db_read(db, select_family(f, db->ops, column->name, p), 1, &param, &result);
    if (rv != APR_SUCCESS)
        rv = note_corrupt(db, rv, f->tables[0]);
    else if (f->parent == NULL)
        rv = APR_NOTFOUND;
    else
        *out = join_family(f, children);
    drop_family(f);
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

apr_status_t gw_row_page(json_t **list, const char **next_after, gw_db *db, const gw_entity *entity,
                         const gw_page *page, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    rows taken = { table, NULL };
    gw_result result = { take_rows, &taken, 0 };
    query q = { table, db->ops->driver, NULL, NULL, p };
    apr_status_t rv;

    if (table == NULL || page->size < 1)
        return APR_EINVAL;
    q.sql = table->sql[q.driver].select;
    q.params = apr_array_make(p, 4, sizeof(const char *));
    rv = add_conditions(&q, page);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return rv;
    taken.list = json_array();
    if (rv == APR_SUCCESS) { /* one more than asked for tells whether there is a next page */
        q.sql = apr_psprintf(p, "%s ORDER BY \"id\" LIMIT %d", q.sql, page->size + 1);
        db->fault.kind = GW_FAULT_NONE;
        rv = gw_db_read(db, q.sql, q.params->nelts, (const char *const *)q.params->elts, &result);
        if (rv != APR_SUCCESS) {
            json_decref(taken.list);
            return note_corrupt(db, rv, table);
        }
    }
    *next_after = NULL;
    if (json_array_size(taken.list) > (size_t)page->size) {
        json_array_remove(taken.list, page->size);
        *next_after = id_at(taken.list, page->size - 1, p);
    }
    *list = taken.list;
    return APR_SUCCESS;
}

apr_status_t gw_row_load_with_children(json_t **out, gw_db *db, const gw_entity *entity, const char *field,
                                       const char *value, const char *const *children, apr_pool_t *p)
{
    apr_array_header_t *existing;
    const gw_column *column;
    const char *param;
    family f;
    apr_status_t rv = find_condition(&column, &param, gw_table_of(entity), field, value, p);

    if (rv != APR_SUCCESS)
        return rv;
    gather(&f, entity, children, NULL);
    rv = load_family(out, db, &f, column, param, children, p);
    if (rv != APR_ENOTIMPL || db->txn != GW_TXN_NONE)
        return rv;
    /* A child's table is missing: that child alone is out of order. */
    rv = gw_db_tables(&existing, db, p);
    if (rv != APR_SUCCESS)
        return rv;
    gather(&f, entity, children, existing);
    return load_family(out, db, &f, column, param, children, p);
}
