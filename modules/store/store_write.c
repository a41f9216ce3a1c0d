/* SPDX-License-Identifier: Apache-2.0 */
/* store_write.c - insert, update, delete. What a refused one is called stands in store_refusal.c. */
#include "store_refusal.h"

#include <string.h>
#include <apr_strings.h>

#include "json_row.h"

/* Is the parent there, and will it stay until we commit? Asked before the write, because only so is the field known
 * on both databases, and a parent that this build knows nothing of is refused like one that does not exist. */
static apr_status_t check_parents(const gw_error **err, gw_db *db, const gw_table *table, const char *const *params,
                                  const json_t *old, apr_pool_t *p)
{
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const gw_field *field = table->columns[i].field;
        const gw_entity *parent;
        const char *was, *seen;
        apr_status_t rv = APR_NOTFOUND;

        if (field->type != GW_T_FOREIGN || params[i] == NULL)
            continue;
        was = gw_json_foreign_id(old, field->name);
        if (was != NULL && strcmp(was, params[i]) == 0)
            continue;
        parent = gw_registry_find(field->reference);
        if (parent != NULL && gw_column_param(&table->columns[i], params[i], p) != NULL)
            rv = gw_db_read_one(&seen, db,
                                apr_pstrcat(p, "SELECT 1 FROM \"", parent->name, "\" WHERE \"id\" = $1",
                                            db->ops->driver == GW_PGSQL ? " FOR KEY SHARE" : "", NULL),
                                1, &params[i], p);
        if (rv == APR_NOTFOUND || rv == APR_ENOTIMPL) {
            *err = gw_refusal_missing_parent(field, params[i], p);
            return APR_EGENERAL;
        }
        if (rv != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

/* ---- the writes ---- */

apr_status_t gw_write_prepare(const gw_error **err, const char ***params, const gw_table *table, const json_t *old,
                              json_t *row, apr_pool_t *p)
{
    const gw_entity *entity = table->entity;
    const char *field;

    if (entity->on_write != NULL && (*err = entity->on_write(row, old, p)) != NULL)
        return APR_EGENERAL;
    *params = gw_table_params(&field, table, row, p);
    if (*params == NULL) {
        *err = gw_refusal_nul(field, p);
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

static apr_status_t make_room(gw_db *db, const gw_table *table, const char *const *params)
{
    const char *keys[GW_MAX_COLUMNS];
    int i, n = 0;

    if (table->sql[db->ops->driver].make_room == NULL)
        return APR_SUCCESS;
    for (i = 0; i < table->ncolumns; i++)
        if (i == 0 || (table->columns[i].field->flags & GW_UNIQUE))
            keys[n++] = params[i];
    return gw_db_write(db, table->sql[db->ops->driver].make_room, n, keys, NULL);
}

static apr_status_t finish_write(const gw_error **err, gw_db *db, apr_status_t rv, const gw_table *table, json_t *row,
                                 const char *id, apr_pool_t *p)
{
    if (rv != APR_SUCCESS)
        return gw_refusal_of_write(err, db, rv, table, row, p);
    gw_db_wrote(db, table->entity->name, id);
    return table->nlists > 0 ? gw_children_write(err, db, table, row, p) : APR_SUCCESS;
}

apr_status_t gw_row_insert(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *row, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    const char **params;
    apr_status_t rv;

    if (table == NULL || db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    rv = gw_write_prepare(err, &params, table, NULL, row, p);
    if (rv == APR_SUCCESS)
        rv = check_parents(err, db, table, params, NULL, p);
    if (rv == APR_SUCCESS)
        rv = make_room(db, table, params);
    if (rv != APR_SUCCESS)
        return rv;
    rv = gw_db_write(db, table->sql[db->ops->driver].insert, table->ncolumns + (entity->has_ttl ? 1 : 0), params, NULL);
    if (rv != APR_SUCCESS)
        gw_refusal_find_first(db, table, params, 1, p);
    return finish_write(err, db, rv, table, row, params[0], p);
}

apr_status_t gw_row_update(const gw_error **err, gw_db *db, const gw_entity *entity, const json_t *old, json_t *row,
                           apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    gw_result result = { NULL, NULL, 0 };
    const gw_table_sql *sql;
    const char **params;
    apr_status_t rv;
    int is_new_ttl;

    if (table == NULL || db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    rv = gw_write_prepare(err, &params, table, old, row, p);
    if (rv == APR_SUCCESS)
        rv = check_parents(err, db, table, params, old, p);
    if (rv == APR_SUCCESS && entity->has_ttl)
        rv = make_room(db, table, params);
    if (rv != APR_SUCCESS)
        return rv;
    sql = &table->sql[db->ops->driver];
    is_new_ttl = entity->has_ttl && !json_equal(json_object_get(old, "ttl"), json_object_get(row, "ttl"));
    rv = gw_db_write(db, is_new_ttl ? sql->update_ttl : sql->update, table->ncolumns + is_new_ttl, params, &result);
    if (rv == APR_SUCCESS && result.affected == 0)
        return APR_NOTFOUND;
    if (rv != APR_SUCCESS)
        gw_refusal_find_first(db, table, params, 0, p);
    return finish_write(err, db, rv, table, row, params[0], p);
}

apr_status_t gw_row_delete_known(const gw_error **err, gw_db *db, const gw_entity *entity, const json_t *old,
                                 apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    const char *id = json_string_value(json_object_get(old, "id"));
    gw_result result = { NULL, NULL, 0 };
    apr_status_t rv;

    if (table == NULL || id == NULL || db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    if (entity->on_write != NULL && (*err = entity->on_write(NULL, old, p)) != NULL)
        return APR_EGENERAL;
    rv = gw_db_write(db, table->sql[db->ops->driver].delete, 1, &id, &result);
    if (rv == APR_SUCCESS && result.affected == 0)
        return APR_NOTFOUND;
    if (rv == APR_SUCCESS)
        gw_db_wrote(db, table->entity->name, id);
    return gw_refusal_of_delete(err, db, rv, entity, id, p);
}

apr_status_t gw_row_delete(const gw_error **err, gw_db *db, const gw_entity *entity, const char *id, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    json_t *old = NULL;
    apr_status_t rv;

    if (table == NULL || db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    id = gw_column_param(&table->columns[0], id, p);
    if (id == NULL)
        return APR_NOTFOUND;
    rv = gw_row_lock(&old, db, entity, NULL, id, 0, p); /* also: what has expired is not there to be deleted */
    if (rv == APR_SUCCESS)
        rv = gw_row_delete_known(err, db, entity, old, p);
    json_decref(old);
    return rv;
}
