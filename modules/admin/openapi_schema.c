/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi_schema.c - one keyword after the other from the members of a field. Rules across fields are told in words.
 */
#include "openapi_schema.h"

#include <string.h>

#include "schema.h"

static const char *const type_names[] = {
    [GW_T_STRING] = "string",   [GW_T_INTEGER] = "integer", [GW_T_NUMBER] = "number",
    [GW_T_BOOLEAN] = "boolean", [GW_T_ARRAY] = "array",     [GW_T_SET] = "array",
    [GW_T_MAP] = "object",      [GW_T_RECORD] = "object",   [GW_T_FOREIGN] = "object",
};

/* A bound as a whole number where it is one. */
static json_t *make_number(double value)
{
    return value == (double)(json_int_t)value ? json_integer((json_int_t)value) : json_real(value);
}

static int is_nullable(const gw_field *field, gw_openapi_view view)
{
    return !(field->flags & GW_REQUIRED) && (view != GW_OPENAPI_SHOWN || !(field->flags & GW_AUTO));
}

static void add_words(json_t *out, const gw_field *field, int with_null)
{
    json_t *list = json_array();
    const char *const *word;

    for (word = field->one_of; *word != NULL; word++) {
        json_t *number = field->type == GW_T_STRING ? NULL : json_loads(*word, JSON_DECODE_ANY, NULL);

        json_array_append_new(list, number != NULL ? number : json_string(*word));
    }
    if (with_null)
        json_array_append_new(list, json_null());
    json_object_set_new(out, "enum", list);
}

static void add_length(json_t *out, const char *keyword, apr_size_t length)
{
    if (length > 0)
        json_object_set_new(out, keyword, json_integer((json_int_t)length));
}

/* Anchored, with what regular expressions take for themselves escaped. */
static void add_prefix(json_t *out, const char *prefix)
{
    char pattern[128] = "^";
    size_t n = 1;

    for (; *prefix != '\0' && n < sizeof(pattern) - 3; prefix++) {
        if (strchr("\\^$.|?*+()[]{}/", *prefix) != NULL)
            pattern[n++] = '\\';
        pattern[n++] = *prefix;
    }
    json_object_set_new(out, "pattern", json_stringn(pattern, n));
}

static void add_limits(json_t *out, const gw_field *field, gw_openapi_view view)
{
    int is_list = field->type == GW_T_ARRAY || field->type == GW_T_SET;

    if (field->has_range) {
        json_object_set_new(out, "minimum", make_number(field->min));
        json_object_set_new(out, "maximum", make_number(field->max));
    }
    if (field->has_gt)
        json_object_set_new(out, "exclusiveMinimum", make_number(field->gt));
    if (field->type == GW_T_STRING && field->format == GW_FMT_NONE && field->one_of == NULL
        && !(field->flags & GW_MAY_BE_EMPTY))
        add_length(out, "minLength", field->len_min > 0 ? field->len_min : 1);
    else if (is_list)
        add_length(out, "minItems", field->len_min);
    add_length(out, is_list ? "maxItems" : "maxLength", field->len_max);
    if (field->starts_with != NULL)
        add_prefix(out, field->starts_with);
    if (field->dflt != NULL && view != GW_OPENAPI_SHOWN)
        json_object_set_new(out, "default", json_loads(field->dflt, JSON_DECODE_ANY, NULL));
}

static json_t *make_reference(gw_openapi_view view)
{
    json_t *id = json_pack("{s:{s:s, s:s}}", "id", "type", "string", "format", "uuid");

    if (view == GW_OPENAPI_SHOWN)
        return json_pack("{s:o, s:[s], s:b}", "properties", id, "required", "id", "additionalProperties", 0);
    return json_pack("{s:o, s:s, s:i}", "properties", id, "description",
                     "by id, or by a unique field of what it points to", "minProperties", 1);
}

/* What the type says of its insides. */
static void add_insides(json_t *out, const gw_field *field, gw_openapi_view view)
{
    json_t *more = NULL;

    switch (field->type) {
    case GW_T_SET:
        if (view == GW_OPENAPI_SHOWN)
            json_object_set_new(out, "uniqueItems", json_true());
        /* fall through */
    case GW_T_ARRAY:
        json_object_set_new(out, "items", gw_openapi_field(field->element, view));
        break;
    case GW_T_MAP:
        if (field->element != NULL)
            json_object_set_new(out, "additionalProperties", gw_openapi_field(field->element, view));
        break;
    case GW_T_RECORD:
        more = field->record != NULL ? gw_openapi_object(field->record, view) : NULL;
        break;
    case GW_T_FOREIGN:
        more = make_reference(view);
        break;
    default:
        break;
    }
    if (more == NULL)
        return;
    json_object_del(more, "type"); /* it may be null, too */
    json_object_update(out, more);
    json_decref(more);
}

json_t *gw_openapi_field(const gw_field *field, gw_openapi_view view)
{
    /* an element is never null; a field is when nobody asks for it */
    int may_be_null = field->name != NULL && is_nullable(field, view);
    const char *type = type_names[field->type];
    json_t *out = may_be_null ? json_pack("{s:[s, s]}", "type", type, "null") : json_pack("{s:s}", "type", type);

    if (field->format == GW_FMT_UUID)
        json_object_set_new(out, "format", json_string("uuid"));
    if (field->one_of != NULL)
        add_words(out, field, may_be_null);
    add_limits(out, field, view);
    add_insides(out, field, view);
    if (field->flags & GW_WRITE_ONLY)
        json_object_set_new(out, "writeOnly", json_true());
    if (field->help != NULL)
        json_object_set_new(out, "description", json_string(field->help));
    return out;
}

static int is_required(const gw_field *field, gw_openapi_view view)
{
    if (view != GW_OPENAPI_NEW)
        return view == GW_OPENAPI_SHOWN;
    return (field->flags & GW_REQUIRED) && field->dflt == NULL && field->dflt_for == NULL && field->generate == NULL
           && field->type != GW_T_RECORD;
}

/* A shorthand may stand for a field that is required otherwise, so that no list of required fields is true. */
static int has_substitutes(const gw_schema *schema)
{
    const gw_shorthand *s;

    for (s = schema->shorthands; s != NULL && s->field.name != NULL; s++)
        if (s->expand != NULL)
            return 1;
    return 0;
}

json_t *gw_openapi_object(const gw_schema *schema, gw_openapi_view view)
{
    unsigned hidden = view == GW_OPENAPI_SHOWN ? GW_WRITE_ONLY | GW_INTERNAL : GW_INTERNAL;
    json_t *properties = json_object(), *required = json_array(), *out;
    const gw_shorthand *s;
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        if (field->flags & hidden)
            continue;
        json_object_set_new(properties, field->name, gw_openapi_field(field, view));
        if (is_required(field, view) && (view == GW_OPENAPI_SHOWN || !has_substitutes(schema)))
            json_array_append_new(required, json_string(field->name));
    }
    for (s = schema->shorthands; view != GW_OPENAPI_SHOWN && s != NULL && s->field.name != NULL; s++)
        json_object_set_new(properties, s->field.name, gw_openapi_field(&s->field, view));
    out = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    if (json_array_size(required) > 0)
        json_object_set(out, "required", required);
    json_decref(required);
    json_object_set_new(out, "additionalProperties", json_false());
    if (schema->help != NULL)
        json_object_set_new(out, "description", json_string(schema->help));
    return out;
}
