/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_show.c - what others see of a row: clients everything but write-only and internal fields, logs no secrets.
 */
#include "schema_impl.h"

#define MASK "***"

/* Which fields are left out, and which are covered. */
typedef struct view {
    unsigned hidden, masked;
    const json_t *entity;
} view;

static json_t *view_value(const view *v, const gw_field *field, json_t *value);

static json_t *view_object(const view *v, const gw_schema *schema, const json_t *object)
{
    json_t *out = json_object();
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        if (!(field->flags & v->hidden))
            json_object_set_new(out, field->name, view_value(v, field, json_object_get(object, field->name)));
    }
    return out;
}

static json_t *view_list(const view *v, const gw_field *field, const json_t *list)
{
    json_t *out = json_array(), *element;
    size_t i;

    json_array_foreach ((json_t *)list, i, element)
        json_array_append_new(out, view_value(v, field->element, element));
    return out;
}

/* New reference; shares what it need not change. */
static json_t *view_value(const view *v, const gw_field *field, json_t *value)
{
    const gw_schema *schema;

    if (gw_json_is_null(value))
        return json_null();
    if (field->flags & v->masked)
        return json_string(MASK);
    if (field->type == GW_T_RECORD && json_is_object(value)) {
        schema = gw_field_record(field, v->entity);
        return schema != NULL ? view_object(v, schema, value) : json_incref(value);
    }
    if (json_is_array(value) && field->element != NULL && field->element->type == GW_T_RECORD)
        return view_list(v, field, value);
    return json_incref(value);
}

json_t *gw_schema_show(const gw_schema *schema, const json_t *row)
{
    const view v = { .hidden = GW_WRITE_ONLY | GW_INTERNAL, .entity = row };

    return view_object(&v, schema, row);
}

json_t *gw_schema_mask(const gw_schema *schema, const json_t *row)
{
    const view v = { .hidden = GW_INTERNAL, .masked = GW_SECRET | GW_WRITE_ONLY, .entity = row };

    return view_object(&v, schema, row);
}
