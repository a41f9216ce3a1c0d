/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_write.c - insert, update, delete, and what a refused one is called in the error catalogue. The database is
 * the judge of conflicts; its constraints' names say which fields (sql/README.md).
 */
#include "store_table.h"
#include "schema.h"

#include <string.h>
#include <apr_strings.h>

static apr_status_t drop_json(void *json)
{
    json_decref(json);
    return APR_SUCCESS;
}

/* An error of the catalogue; steals `fields`, which may be NULL. */
static const gw_error *make_error(gw_error_code code, const char *message, json_t *fields, apr_pool_t *p)
{
    gw_error *error = apr_palloc(p, sizeof(*error));

    error->code = code;
    error->message = message;
    error->fields = fields;
    if (fields != NULL)
        apr_pool_cleanup_register(p, fields, drop_json, apr_pool_cleanup_null);
    return error;
}

static const gw_error *make_database_error(apr_pool_t *p)
{
    return make_error(GW_E_DATABASE, "database error", NULL, p);
}

/* ---- which fields a conflict is about ---- */

/* Read `names`, field names joined by '_', as fields of the table; field names may hold '_' themselves, so try all
 * ways. 1 and `found` filled, or 0. */
static int split_fields(const char *names, const gw_table *table, json_t *found, const json_t *row)
{
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const char *name = table->columns[i].field->name;
        size_t len = strlen(name);
        json_t *value;

        if (strncmp(names, name, len) != 0 || (names[len] != '\0' && names[len] != '_'))
            continue;
        if (names[len] == '_' && !split_fields(names + len + 1, table, found, row))
            continue;
        value = json_object_get(row, name);
        if (value != NULL)
            json_object_set(found, name, value);
        else
            json_object_set_new(found, name, json_null());
        return 1;
    }
    return 0;
}

/* "plugins_name_route_key" -> name, route. */
static int fields_of_constraint(const char *constraint, const gw_table *table, json_t *found, const json_t *row)
{
    const char *entity = table->entity->name;
    size_t len = strlen(constraint), prefix = strlen(entity);
    char names[256];

    if (len < prefix + 5 || len >= sizeof(names) || strncmp(constraint, entity, prefix) != 0 ||
        constraint[prefix] != '_' || strcmp(constraint + len - 4, "_key") != 0)
        return 0;
    apr_cpystrn(names, constraint + prefix + 1, len - 4 - prefix);
    return split_fields(names, table, found, row);
}

/* SQLite: "tokens.key, tokens.consumer_id", or "index 'name'". */
static int fields_of_columns(const char *text, const gw_table *table, json_t *found, const json_t *row, apr_pool_t *p)
{
    char *list = apr_pstrdup(p, text), *last = NULL, *word;

    if (strncmp(list, "index '", 7) == 0) {
        list[strlen(list) - 1] = '\0';
        return fields_of_constraint(list + 7, table, found, row);
    }
    for (word = apr_strtok(list, ", ", &last); word != NULL; word = apr_strtok(NULL, ", ", &last)) {
        const char *dot = strchr(word, '.');
        int i;

        for (i = 0; dot != NULL && i < table->ncolumns; i++) {
            const char *name = table->columns[i].field->name;
            json_t *value = json_object_get(row, name);

            if (strcmp(table->columns[i].name, dot + 1) == 0)
                json_object_set_new(found, name, value != NULL ? json_incref(value) : json_null());
        }
    }
    return json_object_size(found) > 0;
}

static const gw_error *tell_unique(const gw_db *db, const gw_table *table, const json_t *row, apr_pool_t *p)
{
    const char *object = db->fault.object;
    const char *entity = table->entity->name;
    json_t *key = json_object();
    const char *text;

    if (strcmp(object, apr_pstrcat(p, entity, "_pkey", NULL)) == 0 ||
        strcmp(object, apr_pstrcat(p, entity, ".id", NULL)) == 0) {
        json_object_set(key, "id", json_object_get(row, "id"));
        text = gw_errors_key_text(key, p);
        return make_error(GW_E_PRIMARY_KEY, apr_psprintf(p, "primary key violation on key '%s'", text), key, p);
    }
    if (db->ops->driver == GW_PGSQL ? !fields_of_constraint(object, table, key, row)
                                    : !fields_of_columns(object, table, key, row, p)) {
        json_decref(key);
        return make_database_error(p);
    }
    text = gw_errors_key_text(key, p);
    return make_error(GW_E_UNIQUE, apr_psprintf(p, "UNIQUE violation detected on '%s'", text), key, p);
}

/* ---- foreign keys ---- */

static const gw_error *tell_missing_parent(const gw_field *field, const char *id, apr_pool_t *p)
{
    json_t *key = json_pack("{s:s}", "id", id);
    const char *text = gw_errors_key_text(key, p);

    return make_error(GW_E_FOREIGN_KEY,
                      apr_psprintf(p, "the foreign key '%s' does not reference an existing '%s' entity.", text,
                                   field->reference),
                      json_pack("{s:o}", field->name, key), p);
}

static const gw_error *tell_referenced(const gw_entity *entity, const char *by, apr_pool_t *p)
{
    return make_error(GW_E_FOREIGN_KEY,
                      apr_psprintf(p, "an existing '%s' entity references this '%s' entity", by, entity->name),
                      json_pack("{s:s}", "@referenced_by", by), p);
}

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
        was = json_string_value(json_object_get(json_object_get(old, field->name), "id"));
        if (was != NULL && strcmp(was, params[i]) == 0)
            continue;
        parent = gw_registry_find(field->reference);
        if (parent != NULL && gw_column_param(&table->columns[i], params[i], p) != NULL)
            rv = gw_db_read_one(&seen, db,
                                apr_pstrcat(p, "SELECT 1 FROM \"", parent->name, "\" WHERE \"id\" = $1",
                                            db->ops->driver == GW_PGSQL ? " FOR KEY SHARE" : "", NULL),
                                1, &params[i], p);
        if (rv == APR_NOTFOUND || rv == APR_ENOTIMPL) {
            *err = tell_missing_parent(field, params[i], p);
            return APR_EGENERAL;
        }
        if (rv != APR_SUCCESS)
            return rv;
    }
    return APR_SUCCESS;
}

/* SQLite does not say who refers to the row: ask the entities that could. NULL if none does. */
static const char *find_referrer(gw_db *db, const gw_entity *entity, const char *id, apr_pool_t *p)
{
    const apr_array_header_t *all = gw_registry_all();
    int i, j;

    for (i = 0; i < all->nelts; i++) {
        const gw_table *table = gw_table_of(APR_ARRAY_IDX(all, i, const gw_entity *));

        for (j = 0; j < table->ncolumns; j++) {
            const gw_field *field = table->columns[j].field;
            const char *seen;

            if (field->type == GW_T_FOREIGN && !(field->flags & GW_CASCADE) &&
                strcmp(field->reference, entity->name) == 0 &&
                gw_db_read_one(&seen, db,
                               apr_psprintf(p, "SELECT 1 FROM \"%s\" WHERE \"%s\" = $1 LIMIT 1", table->entity->name,
                                            table->columns[j].name),
                               1, &id, p) == APR_SUCCESS)
                return table->entity->name;
        }
    }
    return NULL;
}

/* ---- what became of a statement ---- */

/* A failed insert or update. */
static apr_status_t explain_write(const gw_error **err, gw_db *db, apr_status_t rv, const gw_table *table,
                                  const json_t *row, apr_pool_t *p)
{
    const char *constraint = db->fault.object;
    int i;

    if (rv != APR_EGENERAL)
        return rv;
    *err = NULL;
    if (db->fault.kind == GW_FAULT_UNIQUE)
        *err = tell_unique(db, table, row, p);
    for (i = 0; i < table->ncolumns && db->fault.kind == GW_FAULT_FOREIGN; i++) {
        const gw_field *field = table->columns[i].field;
        const char *id = json_string_value(json_object_get(json_object_get(row, field->name), "id"));

        if (id != NULL && strcmp(constraint, apr_pstrcat(p, table->entity->name, "_", field->name, "_fkey", NULL)) == 0)
            *err = tell_missing_parent(field, id, p);
    }
    if (*err == NULL)
        *err = make_database_error(p);
    return APR_EGENERAL;
}

/* A failed delete of one row, or of all (`id` NULL). */
static apr_status_t explain_delete(const gw_error **err, gw_db *db, apr_status_t rv, const gw_entity *entity,
                                   const char *id, apr_pool_t *p)
{
    const char *by = NULL;

    if (rv != APR_EGENERAL)
        return rv;
    if (db->fault.kind == GW_FAULT_FOREIGN)
        by = db->fault.table[0] != '\0' ? db->fault.table : id != NULL ? find_referrer(db, entity, id, p) : NULL;
    *err = by != NULL ? tell_referenced(entity, apr_pstrdup(p, by), p) : make_database_error(p);
    return APR_EGENERAL;
}

/* ---- the writes ---- */

/* For the case that the answer to our COMMIT is lost. */
static void note_written(gw_db *db, const gw_table *table, const char *id)
{
    db->wrote_entity = table->entity->name;
    apr_cpystrn(db->wrote_id, id, sizeof(db->wrote_id));
}

/* on_write, parameters, parents: what insert and update have in common. */
static apr_status_t prepare_write(const gw_error **err, const char ***params, gw_db *db, const gw_table *table,
                                  const json_t *old, json_t *row, apr_pool_t *p)
{
    const gw_entity *entity = table->entity;
    const char *field;

    if (entity->on_write != NULL && (*err = entity->on_write(row, old, p)) != NULL)
        return APR_EGENERAL;
    *params = gw_table_params(&field, table, row, p);
    if (*params == NULL) {
        *err = make_error(GW_E_SCHEMA, apr_psprintf(p, "schema violation (%s: must not contain NUL characters)", field),
                          json_pack("{s:s}", field, "must not contain NUL characters"), p);
        return APR_EGENERAL;
    }
    return check_parents(err, db, table, *params, old, p);
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

apr_status_t gw_row_insert(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *row, apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    const char **params;
    apr_status_t rv;

    if (table == NULL || db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    rv = prepare_write(err, &params, db, table, NULL, row, p);
    if (rv == APR_SUCCESS)
        rv = make_room(db, table, params);
    if (rv != APR_SUCCESS)
        return rv;
    rv = gw_db_write(db, table->sql[db->ops->driver].insert, table->ncolumns + (entity->has_ttl ? 1 : 0), params, NULL);
    if (rv == APR_SUCCESS)
        note_written(db, table, params[0]);
    return explain_write(err, db, rv, table, row, p);
}

apr_status_t gw_row_update(const gw_error **err, gw_db *db, const gw_entity *entity, const json_t *old, json_t *row,
                           apr_pool_t *p)
{
    const gw_table *table = gw_table_of(entity);
    gw_result result = { NULL, NULL, 0 };
    int is_new_ttl = entity->has_ttl && !json_equal(json_object_get(old, "ttl"), json_object_get(row, "ttl"));
    const gw_table_sql *sql;
    const char **params;
    apr_status_t rv;

    if (table == NULL || db->txn != GW_TXN_WRITE)
        return APR_EINVAL;
    rv = prepare_write(err, &params, db, table, old, row, p);
    if (rv == APR_SUCCESS && entity->has_ttl)
        rv = make_room(db, table, params);
    if (rv != APR_SUCCESS)
        return rv;
    sql = &table->sql[db->ops->driver];
    rv = gw_db_write(db, is_new_ttl ? sql->update_ttl : sql->update, table->ncolumns + is_new_ttl, params, &result);
    if (rv == APR_SUCCESS && result.affected == 0)
        return APR_NOTFOUND;
    if (rv == APR_SUCCESS)
        note_written(db, table, params[0]);
    return explain_write(err, db, rv, table, row, p);
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
    if (rv != APR_SUCCESS)
        return rv;
    if (entity->on_write != NULL && (*err = entity->on_write(NULL, old, p)) != NULL) {
        json_decref(old);
        return APR_EGENERAL;
    }
    json_decref(old);
    rv = gw_db_write(db, table->sql[db->ops->driver].delete, 1, &id, NULL);
    if (rv == APR_SUCCESS)
        note_written(db, table, id);
    return explain_delete(err, db, rv, entity, id, p);
}

apr_status_t gw_rows_clear(const gw_error **err, gw_db *db, const gw_entity *entity, apr_pool_t *p)
{
    apr_status_t rv;

    if (gw_table_of(entity) == NULL)
        return APR_EINVAL;
    rv = gw_db_write(db, apr_pstrcat(p, "DELETE FROM \"", entity->name, "\"", NULL), 0, NULL, NULL);
    return explain_delete(err, db, rv, entity, NULL, p);
}
