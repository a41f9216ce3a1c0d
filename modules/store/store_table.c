/* SPDX-License-Identifier: Apache-2.0 */
/* store_table.c - columns and statements from a schema, for both databases at once. */
#include "store_table.h"

#include <string.h>
#include <apr_strings.h>

#include "schema.h"

static const gw_driver_ops *const drivers[] = { [GW_PGSQL] = &gw_pgsql_ops, [GW_SQLITE] = &gw_sqlite_ops };

/* Quoting would allow more; names that need it are names that other tools break on. */
static int is_identifier(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return len > 0 && len < 60 && name[len] == '\0' && !(name[0] >= '0' && name[0] <= '9');
}

static gw_column_kind kind_of(const gw_field *field)
{
    switch (field->type) {
    case GW_T_STRING:
        return field->format == GW_FMT_UUID ? GW_COLUMN_UUID : GW_COLUMN_TEXT;
    case GW_T_INTEGER:
        return GW_COLUMN_INTEGER;
    case GW_T_NUMBER:
        return GW_COLUMN_NUMBER;
    case GW_T_BOOLEAN:
        return GW_COLUMN_BOOLEAN;
    case GW_T_FOREIGN:
        return GW_COLUMN_UUID;
    default:
        return GW_COLUMN_JSON;
    }
}

static int is_ttl(const gw_entity *entity, const gw_field *field)
{
    return entity->has_ttl && strcmp(field->name, "ttl") == 0;
}

static const char *note_list(gw_table *table, const gw_field *field)
{
    if (table->entity->has_ttl)
        return "rows with a ttl cannot have lists of children (GW_CHILDREN)";
    if (table->nlists == GW_MAX_CHILD_LISTS)
        return "more than " APR_STRINGIFY(GW_MAX_CHILD_LISTS) " lists of children (GW_CHILDREN)";
    table->lists[table->nlists++].field = field;
    return NULL;
}

static const char *find_columns(gw_table *table, apr_pool_t *p)
{
    const gw_entity *entity = table->entity;
    const gw_field *field;
    gw_column *columns = apr_pcalloc(p, GW_MAX_COLUMNS * sizeof(*columns));
    int n = 1; /* 0 is kept for the id */

    for (field = entity->schema->fields; field->name != NULL; field++) {
        gw_column *column = strcmp(field->name, "id") == 0 ? &columns[0] : &columns[n];

        if (is_ttl(entity, field))
            continue;
        if (field->flags & GW_CHILDREN) {
            const char *why = note_list(table, field);

            if (why != NULL)
                return why;
            continue;
        }
        if (!is_identifier(field->name))
            return apr_psprintf(p, "field '%s' cannot be a column's name", field->name);
        if (n >= GW_MAX_COLUMNS - 4) /* room for what statements add */
            return "too many fields";
        column->name = field->type == GW_T_FOREIGN ? apr_pstrcat(p, field->name, "_id", NULL) : field->name;
        column->field = field;
        column->kind = kind_of(field);
        n += column != &columns[0];
    }
    if (columns[0].name == NULL)
        return "it has no field 'id'";
    table->columns = columns;
    table->ncolumns = n;
    return NULL;
}

/* The keys of the children as a JSON array, in their order. */
static const char *make_child_list(const gw_table *table, const gw_child_list *list, gw_driver driver, apr_pool_t *p)
{
    const char *key, *rows;

    if (list->entity == NULL)
        return "'[]'";
    key = list->entity->endpoint_key;
    rows = apr_psprintf(p, "FROM \"%s\" AS c WHERE c.\"%s_id\" = \"%s\".\"id\"", list->entity->name,
                        list->link->name, table->entity->name);
    if (driver == GW_PGSQL)
        return apr_psprintf(p, "coalesce((SELECT json_agg(c.\"%s\" ORDER BY c.\"%s\" COLLATE \"C\") %s), '[]')", key,
                            key, rows);
    return apr_psprintf(p, "(SELECT json_group_array(\"%s\") FROM (SELECT c.\"%s\" %s ORDER BY 1))", key, key, rows);
}

static const char *make_select_list(const gw_table *table, gw_driver driver, apr_pool_t *p)
{
    const char *now = drivers[driver]->now_ms;
    const char *list = "";
    int i;

    for (i = 0; i < table->ncolumns; i++)
        list = apr_pstrcat(p, list, i ? ", \"" : "\"", table->columns[i].name, "\"", NULL);
    if (table->entity->has_ttl)
        list = apr_pstrcat(p, list, ", (\"expires_ms\" - ", now, " + 999) / 1000", NULL);
    for (i = 0; i < table->nlists; i++)
        list = apr_pstrcat(p, list, ", ", make_child_list(table, &table->lists[i], driver, p), NULL);
    return list;
}

/* The moment of expiry from the seconds to live, parameter n. */
static const char *make_expiry(const gw_table *table, const char *now, apr_pool_t *p)
{
    return apr_psprintf(p, "CAST($%d AS bigint) * 1000 + %s", table->ncolumns + 1, now);
}

static const char *make_insert(const gw_table *table, const char *now, apr_pool_t *p)
{
    const char *names = "", *values = "";
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        names = apr_pstrcat(p, names, i ? ", \"" : "\"", table->columns[i].name, "\"", NULL);
        values = apr_psprintf(p, "%s%s$%d", values, i ? ", " : "", i + 1);
    }
    if (table->entity->has_ttl) {
        names = apr_pstrcat(p, names, ", \"expires_ms\"", NULL);
        values = apr_pstrcat(p, values, ", ", make_expiry(table, now, p), NULL);
    }
    return apr_psprintf(p, "INSERT INTO \"%s\" (%s) VALUES (%s)", table->entity->name, names, values);
}

static const char *make_update(const gw_table *table, const char *expiry, apr_pool_t *p)
{
    const char *sets = "\"id\" = $1";
    int i;

    for (i = 1; i < table->ncolumns; i++)
        sets = apr_psprintf(p, "%s, \"%s\" = $%d", sets, table->columns[i].name, i + 1);
    if (expiry != NULL)
        sets = apr_pstrcat(p, sets, ", \"expires_ms\" = ", expiry, NULL);
    return apr_psprintf(p, "UPDATE \"%s\" SET %s WHERE \"id\" = $1", table->entity->name, sets);
}

/* Expired rows are nobody's, but their keys still stand in unique indexes. */
static const char *make_make_room(const gw_table *table, const char *now, apr_pool_t *p)
{
    const char *same = "\"id\" = $1";
    int i, n = 1;

    for (i = 1; i < table->ncolumns; i++)
        if (table->columns[i].field->flags & GW_UNIQUE)
            same = apr_psprintf(p, "%s OR \"%s\" = $%d", same, table->columns[i].name, ++n);
    return apr_psprintf(p, "DELETE FROM \"%s\" WHERE \"expires_ms\" <= %s AND (%s)", table->entity->name, now, same);
}

static const char *make_in_ids(const gw_table *table, gw_driver driver, apr_pool_t *p)
{
    if (driver == GW_SQLITE)
        return "\"id\" IN (SELECT value FROM json_each($1))";
    return apr_psprintf(p, "\"id\" IN (SELECT CAST(value AS %s) FROM json_array_elements_text($1::json))",
                        table->columns[0].kind == GW_COLUMN_UUID ? "uuid" : "text");
}

/* Postgres: many rows in one statement and one parameter, for each statement is a way to the server and back. What
 * type a member of a record has, the table knows. */
static void make_many(gw_table *table, const char *now, apr_pool_t *p)
{
    const char *name = table->entity->name, *names = "", *same = "";
    gw_table_sql *sql = &table->sql[GW_PGSQL];
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const char *column = table->columns[i].name;

        names = apr_pstrcat(p, names, i ? ", \"" : "\"", column, "\"", NULL);
        if (i == 0 || (table->columns[i].field->flags & GW_UNIQUE))
            same = apr_psprintf(p, "%s%s\"%s\" IN (SELECT \"%s\" FROM json_populate_recordset(NULL::\"%s\", $1))",
                                same, i ? " OR " : "", column, column, name);
    }
    if (table->entity->has_ttl)
        sql->make_room_many = apr_psprintf(p, "DELETE FROM \"%s\" WHERE \"expires_ms\" <= %s AND (%s)", name, now,
                                           same);
    sql->insert_many = apr_pstrcat(p, "INSERT INTO \"", name, "\" (", names,
                                   table->entity->has_ttl ? ", \"expires_ms\"" : "", ") SELECT ", names,
                                   table->entity->has_ttl ? ", \"expires_ms\" + " : "",
                                   table->entity->has_ttl ? now : "", " FROM json_populate_recordset(NULL::\"", name,
                                   "\", $1)", NULL);
    sql->delete_many = apr_pstrcat(p, "DELETE FROM \"", name, "\" WHERE ", sql->in_ids, NULL);
}

static void make_sql(gw_table *table, gw_driver driver, apr_pool_t *p)
{
    const char *now = drivers[driver]->now_ms;
    const char *name = table->entity->name;
    gw_table_sql *sql = &table->sql[driver];

    sql->columns = make_select_list(table, driver, p);
    if (table->entity->has_ttl) {
        sql->is_alive = apr_psprintf(p, "(\"expires_ms\" IS NULL OR \"expires_ms\" > %s)", now);
        sql->make_room = make_make_room(table, now, p);
        sql->update_ttl = make_update(table, make_expiry(table, now, p), p);
    }
    sql->select = apr_pstrcat(p, "SELECT ", sql->columns, " FROM \"", name, "\" WHERE ",
                              sql->is_alive ? sql->is_alive : "", sql->is_alive ? " AND " : "", NULL);
    sql->insert = make_insert(table, now, p);
    sql->update = make_update(table, NULL, p);
    sql->delete = apr_psprintf(p, "DELETE FROM \"%s\" WHERE \"id\" = $1", name);
    sql->in_ids = make_in_ids(table, driver, p);
    if (driver == GW_PGSQL)
        make_many(table, now, p);
}

gw_table *gw_table_make(const char **why, const gw_entity *entity, apr_pool_t *p)
{
    gw_table *table = apr_pcalloc(p, sizeof(*table));

    table->entity = entity;
    *why = is_identifier(entity->name) ? find_columns(table, p) : "its name cannot be a table's";
    if (*why != NULL)
        return NULL;
    make_sql(table, GW_PGSQL, p);
    make_sql(table, GW_SQLITE, p);
    return table;
}

void gw_table_settle(gw_table *table, const gw_entity *other, apr_pool_t *p)
{
    int i;

    for (i = 0; i < table->nlists; i++) {
        gw_child_list *list = &table->lists[i];

        if (list->entity != NULL || strcmp(list->field->reference, other->name) != 0 || other->endpoint_key == NULL ||
            (list->link = gw_schema_link(other->schema, table->entity->name)) == NULL)
            continue;
        list->entity = other;
        make_sql(table, GW_PGSQL, p);
        make_sql(table, GW_SQLITE, p);
    }
}

const gw_column *gw_table_column(const gw_table *table, const char *field)
{
    int i;

    for (i = 0; i < table->ncolumns; i++)
        if (strcmp(table->columns[i].field->name, field) == 0)
            return &table->columns[i];
    return NULL;
}
