/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_family.c - a row with its children in one statement: the rows of all tables side by side (UNION ALL), each
 * marked by its kind, every cell as text.
 */
#include "store_table.h"

#include <string.h>
#include <apr_strings.h>

#include "schema.h"

#define MAX_CHILDREN 8 /* kinds are single digits */

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
    const gw_field *field = gw_schema_link(child->entity->schema, parent->name);

    return field != NULL ? gw_table_column(child, field->name) : NULL;
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

        if (link == NULL || table->nlists > 0 || (existing != NULL && !gw_has_table(existing, children[i])))
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
        const char *where = apr_pstrcat(p, "\"", f->links[i]->name, "\" = (SELECT \"id\" FROM \"",
                                        f->tables[0]->entity->name, "\" WHERE ", mine, " LIMIT 1)", NULL);

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
        rv = gw_table_judge(db, rv, f->tables[0]);
    else if (f->parent == NULL)
        rv = APR_NOTFOUND;
    else
        *out = join_family(f, children);
    drop_family(f);
    return rv;
}

apr_status_t gw_row_load_with_children(json_t **out, gw_db *db, const gw_entity *entity, const char *field,
                                       const char *value, const char *const *children, apr_pool_t *p)
{
    apr_array_header_t *existing;
    const gw_column *column;
    const char *param;
    family f;
    apr_status_t rv = gw_table_condition(&column, &param, gw_table_of(entity), field, value, p);

    if (rv != APR_SUCCESS)
        return rv;
    if (gw_table_of(entity)->nlists > 0) /* its cells would not fit; nobody asks */
        return APR_EINVAL;
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
