/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_many.c - many rows of one entity in one statement. It says of a batch only that all went well; of one that did
 * not, nothing stays, and its rows are written one by one (store_write.c): the one that is refused is told then what a
 * single write tells.
 */
#include "store_table.h"

#include <apr_strings.h>

/* Some rows of one entity on their way. */
typedef struct batch {
    gw_db *db;
    const gw_table *table;
    const gw_table_sql *sql;
    json_t *const *rows;
    int nrows;
    const char ***params; /* of each row, to be inserted */
    apr_pool_t *p;        /* until the next batch */
} batch;

/* All rows of a batch at once. APR_EGENERAL: something is not as it should be; which row is to blame, is not known. */
typedef apr_status_t all_fn(batch *b);
/* One row of it. */
typedef apr_status_t one_fn(const gw_error **err, const batch *b, json_t *row);

/* Steals `list`. */
static const char *format_list(json_t *list, apr_pool_t *p)
{
    const char *text = gw_table_json(list, p);

    json_decref(list);
    return text;
}

/* ---- to insert ---- */

/* The different ids that the rows have in a foreign column, as a list: new reference; NULL when one is no id. */
static json_t *list_parents(const batch *b, int column)
{
    json_t *seen = json_object(), *list = json_array();
    int i;

    for (i = 0; i < b->nrows && list != NULL; i++) {
        const char *id = b->params[i][column];

        if (id == NULL || json_object_get(seen, id) != NULL)
            continue;
        if (gw_column_param(&b->table->columns[column], id, b->p) == NULL) {
            json_decref(list);
            list = NULL;
            break;
        }
        json_object_set_new(seen, id, json_true());
        json_array_append_new(list, json_string(id));
    }
    json_decref(seen);
    return list;
}

/* Are they all there, and will they stay until we commit? */
static apr_status_t check_parents_of(const batch *b, int column)
{
    const gw_entity *parent = gw_registry_find(b->table->columns[column].field->reference);
    gw_result result = { NULL, NULL, 0 };
    json_t *list = list_parents(b, column);
    const size_t nparents = json_array_size(list);
    const char *param;
    apr_status_t rv;

    if (list == NULL || nparents == 0 || parent == NULL) {
        json_decref(list);
        return list != NULL && nparents == 0 ? APR_SUCCESS : APR_EGENERAL;
    }
    param = format_list(list, b->p);
    rv = gw_db_read(b->db,
                    apr_pstrcat(b->p, "SELECT 1 FROM \"", parent->name, "\" WHERE ",
                                gw_table_of(parent)->sql[b->db->ops->driver].in_ids, " FOR KEY SHARE", NULL),
                    1, &param, &result);
    return rv == APR_SUCCESS && result.affected != (apr_int64_t)nparents ? APR_EGENERAL : rv;
}

static apr_status_t check_parents(const batch *b)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < b->table->ncolumns && rv == APR_SUCCESS; i++)
        if (b->table->columns[i].field->type == GW_T_FOREIGN)
            rv = check_parents_of(b, i);
    return rv;
}

/* on_write and parameters of all. */
static apr_status_t prepare(batch *b)
{
    const gw_error *ignored;
    apr_status_t rv = APR_SUCCESS;
    int i;

    b->params = apr_palloc(b->p, b->nrows * sizeof(*b->params));
    for (i = 0; i < b->nrows && rv == APR_SUCCESS; i++)
        rv = gw_write_prepare(&ignored, &b->params[i], b->table, NULL, b->rows[i], b->p);
    return rv;
}

static apr_status_t insert_all(batch *b)
{
    gw_result result = { NULL, NULL, 0 };
    json_t *records = json_array();
    const char *param;
    apr_status_t rv = prepare(b);
    int i;

    for (i = 0; i < b->nrows && rv == APR_SUCCESS; i++)
        if (json_array_append_new(records, gw_table_record(b->table, b->params[i], b->rows[i])) != 0)
            rv = APR_ENOMEM;
    param = format_list(records, b->p);
    if (rv == APR_SUCCESS)
        rv = check_parents(b);
    if (rv == APR_SUCCESS && b->sql->make_room_many != NULL)
        rv = gw_db_write(b->db, b->sql->make_room_many, 1, &param, NULL);
    if (rv == APR_SUCCESS)
        rv = gw_db_write(b->db, b->sql->insert_many, 1, &param, &result);
    if (rv == APR_SUCCESS && result.affected != b->nrows)
        return APR_EGENERAL;
    if (rv == APR_SUCCESS)
        gw_db_wrote(b->db, b->table->entity->name, b->params[b->nrows - 1][0]);
    return rv;
}

static apr_status_t insert_one(const gw_error **err, const batch *b, json_t *row)
{
    return gw_row_insert(err, b->db, b->table->entity, row, b->p);
}

/* ---- to delete ---- */

static apr_status_t delete_all(batch *b)
{
    const gw_entity *entity = b->table->entity;
    json_t *ids = json_array();
    const char *param;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < b->nrows && rv == APR_SUCCESS; i++) {
        json_t *id = json_object_get(b->rows[i], "id");

        if (!json_is_string(id) || (entity->on_write != NULL && entity->on_write(NULL, b->rows[i], b->p) != NULL))
            rv = APR_EGENERAL;
        else if (json_array_append(ids, id) != 0)
            rv = APR_ENOMEM;
    }
    param = format_list(ids, b->p);
    if (rv == APR_SUCCESS)
        rv = gw_db_write(b->db, b->sql->delete_many, 1, &param, NULL);
    if (rv == APR_SUCCESS)
        gw_db_wrote(b->db, b->table->entity->name, json_string_value(json_object_get(b->rows[b->nrows - 1], "id")));
    return rv;
}

static apr_status_t delete_one(const gw_error **err, const batch *b, json_t *row)
{
    apr_status_t rv = gw_row_delete_known(err, b->db, b->table->entity, row, b->p);

    return rv == APR_NOTFOUND ? APR_SUCCESS : rv; /* it went with its parent */
}

/* ---- either ---- */

/* *is_done: the rows are written. Otherwise, unless a status says that nothing more can be, nothing of them is. */
static apr_status_t try_all(int *is_done, batch *b, all_fn *all)
{
    apr_status_t rv = gw_db_try(b->db);

    if (rv != APR_SUCCESS)
        return rv;
    rv = all(b);
    *is_done = rv == APR_SUCCESS;
    if (rv == APR_SUCCESS)
        return gw_db_try_keep(b->db);
    return rv == APR_EAGAIN ? rv : gw_db_try_undo(b->db);
}

static apr_status_t write_batch(const gw_error **err, batch *b, all_fn *all, one_fn *one)
{
    int i, is_done = 0;
    apr_status_t rv = all != NULL && b->nrows > 1 ? try_all(&is_done, b, all) : APR_SUCCESS;

    for (i = 0; i < b->nrows && rv == APR_SUCCESS && !is_done; i++)
        rv = one(err, b, b->rows[i]);
    return rv;
}

static apr_status_t write_many(const gw_error **err, batch *b, all_fn *all, one_fn *one, int nrows, apr_pool_t *p)
{
    json_t *const *rows = b->rows;
    const gw_error *refused = NULL;
    apr_status_t rv = APR_SUCCESS;
    int from;

    if (b->db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    apr_pool_create(&b->p, p);
    for (from = 0; from < nrows && rv == APR_SUCCESS; from += GW_BATCH_ROWS) {
        apr_pool_clear(b->p);
        b->rows = rows + from;
        b->nrows = nrows - from < GW_BATCH_ROWS ? nrows - from : GW_BATCH_ROWS;
        rv = write_batch(&refused, b, all, one);
    }
    if (rv == APR_EGENERAL && refused != NULL)
        *err = gw_error_dup(refused, p);
    apr_pool_destroy(b->p);
    return rv;
}

apr_status_t gw_rows_insert(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *const *rows, int nrows,
                            apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    batch b = { .db = db, .table = table, .rows = rows };

    if (table == NULL)
        return APR_EINVAL;
    b.sql = &table->sql[db->ops->driver];
    /* a list of children is written row by row */
    return write_many(err, &b, b.sql->insert_many != NULL && table->nlists == 0 ? insert_all : NULL, insert_one, nrows,
                      p);
}

apr_status_t gw_rows_delete_known(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *const *olds,
                                  int nrows, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    batch b = { .db = db, .table = table, .rows = olds };

    if (table == NULL)
        return APR_EINVAL;
    b.sql = &table->sql[db->ops->driver];
    return write_many(err, &b, b.sql->delete_many != NULL ? delete_all : NULL, delete_one, nrows, p);
}
