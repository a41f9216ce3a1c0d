/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_absent.c - values that we make where a text gives none (times, keys, secrets) stay what they were when the
 * text is loaded again, so that nobody is logged out by a change elsewhere.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

static const gw_schema *record_of(const gw_field *field, const json_t *row)
{
    if (field->type != GW_T_RECORD)
        return NULL;
    return field->pick != NULL ? field->pick(row) : field->record;
}

static void collect(apr_array_header_t *absent, const gw_schema *schema, const json_t *object, const json_t *row,
                    const char *prefix, apr_pool_t *p)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        const json_t *value = json_object_get(object, field->name);
        const gw_schema *record = record_of(field, row);
        int is_null = value == NULL || json_is_null(value);

        if ((field->flags & GW_AUTO) && is_null && strcmp(field->name, "id") != 0)
            APR_ARRAY_PUSH(absent, const char *) = *prefix != '\0' ? apr_pstrcat(p, prefix, field->name, NULL)
                                                                   : field->name;
        else if (record != NULL && (is_null || json_is_object(value)))
            collect(absent, record, value, row, apr_pstrcat(p, prefix, field->name, ".", NULL), p);
    }
}

apr_array_header_t *decl_absent_fields(const gw_schema *schema, const json_t *row, apr_pool_t *p)
{
    apr_array_header_t *absent = apr_array_make(p, 2, sizeof(const char *));

    collect(absent, schema, row, row, "", p);
    return absent;
}

/* The value at a dotted name in `old` goes to the same place in `row`, if both have it. */
static void carry_one(const char *name, json_t *row, const json_t *old, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, name), *dot;
    json_t *value;

    while ((dot = strchr(rest, '.')) != NULL) {
        *dot = '\0';
        row = json_object_get(row, rest);
        old = json_object_get(old, rest);
        rest = dot + 1;
    }
    value = json_object_get(old, rest);
    if (row != NULL && value != NULL && !json_is_null(value))
        json_object_set(row, rest, value);
}

void decl_carry_over(const apr_array_header_t *absent, json_t *row, const json_t *old, apr_pool_t *p)
{
    int i;

    for (i = 0; i < absent->nelts; i++) {
        const char *name = APR_ARRAY_IDX(absent, i, const char *);

        if (strcmp(name, "updated_at") != 0)
            carry_one(name, row, old, p);
    }
}

static int is_null(const json_t *value)
{
    return value == NULL || json_is_null(value);
}

int decl_is_same(const gw_entity *entity, const json_t *row, const json_t *old)
{
    const gw_field *field;

    for (field = entity->schema->fields; field->name != NULL; field++) {
        const json_t *a = json_object_get(row, field->name), *b = json_object_get(old, field->name);

        if ((field->flags & (GW_ALWAYS_NEW | GW_CHILDREN)) || strcmp(field->name, "ttl") == 0)
            continue;
        if (is_null(a) && is_null(b))
            continue;
        if (field->type == GW_T_NUMBER && json_is_number(a) && json_is_number(b)) {
            if (json_number_value(a) != json_number_value(b)) /* whole numbers come back as reals */
                return 0;
        }
        else if (!json_equal(a, b)) {
            return 0;
        }
    }
    return !entity->has_ttl || is_null(json_object_get(row, "ttl")) == is_null(json_object_get(old, "ttl"));
}
