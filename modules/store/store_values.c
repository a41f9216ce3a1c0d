/* SPDX-License-Identifier: Apache-2.0 */
/* store_values.c - a row as JSON and the same row as the text cells of SQL, in both directions. */
#include "store_table.h"
#include "text.h"
#include "must.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

/* New reference, or NULL when the text is not of this kind. */
static json_t *parse_cell(const gw_column *column, const char *cell)
{
    char *end;
    double number;
    long long integer;

    switch (column->kind) {
    case GW_COLUMN_INTEGER:
        integer = strtoll(cell, &end, 10);
        return *end == '\0' ? json_integer(integer) : NULL;
    case GW_COLUMN_NUMBER:
        number = strtod(cell, &end);
        return *end == '\0' ? json_real(number) : NULL;
    case GW_COLUMN_BOOLEAN: /* "t" or "true" of Postgres, "1" of SQLite */
        return json_boolean(cell[0] == 't' || cell[0] == '1');
    case GW_COLUMN_JSON:
        return json_loads(cell, JSON_DECODE_ANY, NULL);
    default:
        return column->field->type == GW_T_FOREIGN ? json_pack("{s:s}", "id", cell) : json_string(cell);
    }
}

/* The same text without upper-case letters; itself if it has none. */
static const char *lower(const char *text, apr_pool_t *p)
{
    const char *c;
    char *copy, *out;

    for (c = text; *c != '\0' && !apr_isupper(*c); c++)
        ;
    if (*c == '\0')
        return text;
    copy = apr_pstrdup(p, text);
    for (out = copy; *out != '\0'; out++)
        *out = apr_tolower(*out);
    return copy;
}

/* The string that stands for a value: the id of a foreign one. NULL when it is none. */
static const json_t *string_of(const json_t *value)
{
    if (json_is_object(value))
        value = json_object_get(value, "id");
    return json_is_string(value) ? value : NULL;
}

static int has_nul(const json_t *value)
{
    const json_t *item;
    const char *key;
    size_t i;

    switch (json_typeof(value)) {
    case JSON_STRING:
        return strlen(json_string_value(value)) != json_string_length(value);
    case JSON_ARRAY:
        json_array_foreach(value, i, item)
            if (has_nul(item))
                return 1;
        return 0;
    case JSON_OBJECT:
        json_object_foreach((json_t *)value, key, item)
            if (has_nul(item))
                return 1;
        return 0;
    default:
        return 0;
    }
}

const char *gw_table_json(const json_t *value, apr_pool_t *p)
{
    char *text = gw_must(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));
    const char *copy = apr_pstrdup(p, text);

    free(text);
    return copy;
}

/* A member of a row as a parameter; `row` is changed where a uuid has upper-case letters. */
static const char *format_cell(const gw_column *column, json_t *row, json_t *value, apr_pool_t *p)
{
    const json_t *string;
    const char *text;

    if (value == NULL || json_is_null(value))
        return NULL;
    switch (column->kind) {
    case GW_COLUMN_BOOLEAN:
        return json_is_true(value) ? "1" : "0";
    case GW_COLUMN_INTEGER:
    case GW_COLUMN_NUMBER:
    case GW_COLUMN_JSON:
        return gw_table_json(value, p);
    case GW_COLUMN_TEXT:
        return json_is_string(value) ? json_string_value(value) : gw_table_json(value, p);
    default:
        string = string_of(value);
        if (string == NULL)
            return NULL;
        text = lower(json_string_value(string), p);
        if (text == json_string_value(string))
            return text;
        if (json_is_object(value))
            json_object_set_new(value, "id", json_string(text));
        else
            json_object_set_new(row, column->field->name, json_string(text));
        return text;
    }
}

json_t *gw_table_row(const gw_table *table, const char *const *cells)
{
    json_t *row = json_object();
    int i, k;

    for (i = 0; i < table->ncolumns; i++) {
        json_t *value = cells[i] != NULL ? parse_cell(&table->columns[i], cells[i]) : json_null();

        if (value == NULL) {
            json_decref(row);
            return NULL;
        }
        json_object_set_new_nocheck(row, table->columns[i].field->name, value);
    }
    if (table->entity->has_ttl)
        json_object_set_new_nocheck(row, "ttl", cells[i] != NULL ? json_integer(strtoll(cells[i], NULL, 10))
                                                                 : json_null());
    for (k = 0; k < table->nlists; k++) /* an entity with a ttl has none */
        json_object_set_new_nocheck(row, table->lists[k].field->name,
                                    cells[i + k] != NULL ? json_loads(cells[i + k], 0, NULL) : json_array());
    return row;
}

const char **gw_table_params(const char **field, const gw_table *table, json_t *row, apr_pool_t *p)
{
    const char **params = apr_pcalloc(p, (table->ncolumns + 1) * sizeof(*params));
    json_int_t ttl;
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const gw_column *column = &table->columns[i];
        json_t *value = json_object_get(row, column->field->name);

        if (value != NULL && has_nul(value)) {
            *field = column->field->name;
            return NULL;
        }
        params[i] = format_cell(column, row, value, p);
    }
    ttl = json_integer_value(json_object_get(row, "ttl"));
    if (table->entity->has_ttl && ttl > 0)
        params[i] = apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)ttl);
    return params;
}

json_t *gw_table_record(const gw_table *table, const char *const *params, const json_t *row)
{
    json_t *record = json_object();
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const gw_column *column = &table->columns[i];
        const int is_text = column->kind == GW_COLUMN_TEXT || column->kind == GW_COLUMN_UUID;

        if (params[i] != NULL)
            json_object_set_new_nocheck(record, column->name, is_text ? json_string_nocheck(params[i])
                                        : json_incref(json_object_get(row, column->field->name)));
    }
    if (table->entity->has_ttl && params[i] != NULL)
        json_object_set_new_nocheck(record, "expires_ms",
                                    json_integer(1000 * json_integer_value(json_object_get(row, "ttl"))));
    return record;
}

const char *gw_column_param(const gw_column *column, const char *value, apr_pool_t *p)
{
    char *end;

    switch (column->kind) {
    case GW_COLUMN_UUID:
        return gw_uuid_is(value) ? lower(value, p) : NULL;
    case GW_COLUMN_INTEGER:
        errno = 0;
        (void)strtoll(value, &end, 10);
        return *value != '\0' && *end == '\0' && errno == 0 && !apr_isspace(*value) ? value : NULL;
    case GW_COLUMN_NUMBER:
        (void)strtod(value, &end);
        return *value != '\0' && *end == '\0' && strspn(value, "0123456789+-.eE") == strlen(value) ? value : NULL;
    case GW_COLUMN_BOOLEAN:
        return strcmp(value, "true") == 0 ? "1" : strcmp(value, "false") == 0 ? "0" : NULL;
    case GW_COLUMN_TEXT:
        return gw_utf8_is_valid(value, strlen(value)) ? value : NULL;
    default:
        return NULL;
    }
}

apr_status_t gw_table_judge(gw_db *db, apr_status_t rv, const gw_table *table)
{
    char why[128];

    if (rv != APR_EGENERAL || db->fault.kind != GW_FAULT_NONE)
        return rv;
    apr_snprintf(why, sizeof(why), "a row of %s cannot be read", table->entity->name);
    return gw_db_fail(db, GW_FAULT_OTHER, why);
}

apr_status_t gw_table_condition(const gw_column **column, const char **param, const gw_table *table,
                                   const char *field, const char *value, apr_pool_t *p)
{
    *column = table == NULL ? NULL : field == NULL ? &table->columns[0] : gw_table_column(table, field);
    if (*column == NULL)
        return APR_EINVAL;
    *param = value != NULL ? gw_column_param(*column, value, p) : NULL;
    return *param != NULL ? APR_SUCCESS : APR_NOTFOUND;
}
