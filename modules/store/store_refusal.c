/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_refusal.c - what a refused write is called in the error catalogue. The database is the judge of conflicts;
 * its constraints' names say which fields they are about (sql/README.md).
 */
#include "store_refusal.h"

#include "json_pool.h"
#include "json_row.h"
#include "schema.h"

#include <string.h>
#include <apr_strings.h>

#define MAX_INDEXED_BYTES 2600

/* An error of the catalogue; steals `fields`, which may be NULL. */
static const gw_error *make_error(gw_error_code code, const char *message, json_t *fields, apr_pool_t *p)
{
    gw_error *error = apr_palloc(p, sizeof(*error));

    error->code = code;
    error->message = message;
    error->fields = gw_json_keep(fields, p);
    return error;
}

const gw_error *gw_error_dup(const gw_error *err, apr_pool_t *p)
{
    return make_error(err->code, apr_pstrdup(p, err->message), json_incref(err->fields), p);
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

/* Values that no index takes: Postgres' limit is a third of a page, after compression. */
static const gw_error *tell_too_long(const gw_table *table, const json_t *row, apr_pool_t *p)
{
    json_t *fields = json_object();
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const char *name = table->columns[i].field->name;

        if ((table->columns[i].field->flags & GW_UNIQUE) &&
            json_string_length(json_object_get(row, name)) > MAX_INDEXED_BYTES)
            json_object_set_new(fields, name, json_string("value is too long"));
    }
    if (json_object_size(fields) == 0)
        json_object_set_new(fields, "@entity", json_pack("[s]", "a value is too long"));
    return make_error(GW_E_SCHEMA, gw_errors_message(fields, p), fields, p);
}

/* ---- foreign keys ---- */

static const gw_error *tell_referenced(const gw_entity *entity, const char *by, apr_pool_t *p)
{
    return make_error(GW_E_FOREIGN_KEY,
                      apr_psprintf(p, "an existing '%s' entity references this '%s' entity", by, entity->name),
                      json_pack("{s:s}", "@referenced_by", by), p);
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

const gw_error *gw_refusal_missing_parent(const gw_field *field, const char *id, apr_pool_t *p)
{
    json_t *key = json_pack("{s:s}", "id", id);
    const char *text = gw_errors_key_text(key, p);

    return make_error(GW_E_FOREIGN_KEY,
                      apr_psprintf(p, "the foreign key '%s' does not reference an existing '%s' entity.", text,
                                   field->reference),
                      json_pack("{s:o}", field->name, key), p);
}

const gw_error *gw_refusal_taken(const gw_field *list, const char *key, const gw_field *link, const char *owner,
                                 apr_pool_t *p)
{
    json_t *fields = json_object();

    json_object_set_new(fields, list->name,
                        json_string(apr_psprintf(p, "%s already associated with existing %s '%s'", key, link->name,
                                                 owner)));
    return make_error(GW_E_SCHEMA, gw_errors_message(fields, p), fields, p);
}

const gw_error *gw_refusal_nul(const char *field, apr_pool_t *p)
{
    return make_error(GW_E_SCHEMA, apr_psprintf(p, "schema violation (%s: must not contain NUL characters)", field),
                      json_pack("{s:s}", field, "must not contain NUL characters"), p);
}

void gw_refusal_find_first(gw_db *db, const gw_table *table, const char *const *params, int is_new, apr_pool_t *p)
{
    const gw_fault fault = db->fault;
    const char *name = table->entity->name, *seen;
    int i;

    if (db->ops->driver != GW_SQLITE || fault.kind != GW_FAULT_UNIQUE)
        return;
    for (i = 0; i < table->ncolumns; i++) {
        const gw_column *column = &table->columns[i];
        const char *const values[] = { params[i], is_new ? "" : params[0] }; /* a new row is no other's */

        if ((i == 0 || (column->field->flags & GW_UNIQUE)) && params[i] != NULL &&
            gw_db_read_one(&seen, db,
                           apr_psprintf(p, "SELECT 1 FROM \"%s\" WHERE \"%s\" = $1 AND \"id\" <> $2 LIMIT 1", name,
                                        column->name),
                           2, values, p) == APR_SUCCESS)
            break;
    }
    db->fault = fault; /* not that of our questions */
    if (i < table->ncolumns)
        apr_snprintf(db->fault.object, sizeof(db->fault.object), "%s.%s", name, table->columns[i].name);
}

apr_status_t gw_refusal_of_write(const gw_error **err, gw_db *db, apr_status_t rv, const gw_table *table,
                                 const json_t *row, apr_pool_t *p)
{
    const char *constraint = db->fault.object;
    int i;

    if (rv != APR_EGENERAL)
        return rv;
    *err = NULL;
    if (db->fault.kind == GW_FAULT_UNIQUE)
        *err = tell_unique(db, table, row, p);
    if (db->fault.kind == GW_FAULT_TOO_LONG)
        *err = tell_too_long(table, row, p);
    for (i = 0; i < table->ncolumns && db->fault.kind == GW_FAULT_FOREIGN; i++) {
        const gw_field *field = table->columns[i].field;
        const char *id = gw_json_foreign_id(row, field->name);

        if (id != NULL && strcmp(constraint, apr_pstrcat(p, table->entity->name, "_", field->name, "_fkey", NULL)) == 0)
            *err = gw_refusal_missing_parent(field, id, p);
    }
    if (*err == NULL)
        *err = make_database_error(p);
    return APR_EGENERAL;
}

apr_status_t gw_refusal_of_delete(const gw_error **err, gw_db *db, apr_status_t rv, const gw_entity *entity,
                                  const char *id, apr_pool_t *p)
{
    const char *by = NULL;

    if (rv != APR_EGENERAL)
        return rv;
    if (db->fault.kind == GW_FAULT_FOREIGN)
        by = db->fault.table[0] != '\0' ? db->fault.table : find_referrer(db, entity, id, p);
    *err = by != NULL ? tell_referenced(entity, apr_pstrdup(p, by), p) : make_database_error(p);
    return APR_EGENERAL;
}
