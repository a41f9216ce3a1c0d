/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_fill.c - makes a row complete: defaults, generated values, nulls, table order; and PATCH, which lays a patch
 * over the row as it was; and the whole way from what a client sent to a row or an error.
 */
#include "schema_impl.h"

#include <stdlib.h>
#include <string.h>

/* What the values of one row are filled with. */
typedef struct filling {
    const json_t *entity; /* the row as the client sent it */
    gw_write_kind kind;
    apr_time_t now;
} filling;

/* A default as the tables write it; the plain ones, which most are, without the parser. New reference. */
static json_t *parse_default(const char *text)
{
    size_t len = strlen(text);
    char *end;

    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_boolean(text[0] == 't');
    if (len >= 2 && text[0] == '"' && strpbrk(text + 1, "\\\"") == text + len - 1)
        return json_stringn(text + 1, len - 2);
    if (len > 0 && len < 10 && text[strspn(text, "-0123456789")] == '\0') {
        long value = strtol(text, &end, 10);

        if (*end == '\0')
            return json_integer(value);
    }
    return json_loads(text, JSON_DECODE_ANY, NULL);
}

/* The value of a field that nobody gave: new reference. */
static json_t *make_default(const filling *f, const gw_field *field)
{
    const char *text = field->dflt_for != NULL ? field->dflt_for(f->entity) : field->dflt;

    if (text != NULL)
        return parse_default(text);
    if (field->type == GW_T_RECORD && (field->flags & GW_REQUIRED))
        return json_object();
    return json_null();
}

/* In place, for an object that has exactly the table's members: each goes to the end in its turn. */
static void reorder_known(const gw_schema *schema, json_t *object)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        json_t *value = json_incref(json_object_get(object, field->name));

        json_object_del(object, field->name);
        json_object_set_new_nocheck(object, field->name, value);
    }
}

/* In place: members in the order of the table, those it does not know behind them. */
static void reorder(const gw_schema *schema, json_t *object)
{
    json_t *ordered;
    const gw_field *field;
    size_t nknown = 0;

    for (field = schema->fields; field->name != NULL; field++)
        nknown += json_object_get(object, field->name) != NULL;
    if (nknown == json_object_size(object) && schema->fields + nknown == field) {
        reorder_known(schema, object);
        return;
    }
    ordered = json_object();
    for (field = schema->fields; field->name != NULL; field++)
        json_object_set(ordered, field->name, json_object_get(object, field->name));
    json_object_update_missing(ordered, object);
    json_object_clear(object);
    json_object_update(object, ordered);
    json_decref(ordered);
}

static const gw_schema *record_of(const filling *f, const gw_field *field, const json_t *value)
{
    return field != NULL && field->type == GW_T_RECORD && json_is_object(value) ? gw_field_record(field, f->entity)
                                                                                : NULL;
}

/* A value to generate? A client's own stands, but null does not. */
static int is_generated(const gw_field *field, const json_t *value)
{
    return field->generate != NULL &&
           ((field->flags & GW_ALWAYS_NEW) || ((field->flags & GW_AUTO) && gw_json_is_null(value)));
}

/* Fill the fields of `schema` into `object`; records inside, also those in lists and maps, by recursion along the
 * tables. */
static void fill_object(const filling *f, const gw_schema *schema, json_t *object)
{
    const gw_field *field;
    const gw_schema *inner;
    json_t *value, *element;
    const char *name;
    size_t i;

    for (field = schema->fields; field->name != NULL; field++) {
        value = json_object_get(object, field->name);
        if (is_generated(field, value))
            json_object_set_new(object, field->name, field->generate(f->now));
        else if (value == NULL)
            json_object_set_new(object, field->name, make_default(f, field));
        value = json_object_get(object, field->name);
        if ((inner = record_of(f, field, value)) != NULL)
            fill_object(f, inner, value);
        json_array_foreach (value, i, element) {
            if ((inner = record_of(f, field->element, element)) != NULL)
                fill_object(f, inner, element);
        }
        if (field->type != GW_T_MAP)
            continue;
        json_object_foreach (value, name, element) {
            if ((inner = record_of(f, field->element, element)) != NULL)
                fill_object(f, inner, element);
        }
    }
    reorder(schema, object);
}

static json_t *merge_object(const gw_schema *schema, const json_t *entity, const json_t *old, const json_t *patch)
{
    json_t *merged = json_deep_copy(old), *value;
    const char *name;

    json_object_foreach ((json_t *)patch, name, value) {
        const gw_field *field = gw_field_find(schema, name);
        const json_t *before = json_object_get(old, name);
        const gw_schema *inner = NULL;

        if (field != NULL && (field->flags & GW_INTERNAL))
            continue;
        if (field != NULL && field->type == GW_T_RECORD && json_is_object(before) && json_is_object(value))
            inner = gw_field_record(field, entity);
        json_object_set_new_nocheck(merged, name, inner != NULL ? merge_object(inner, entity, before, value)
                                                               : json_deep_copy(value));
    }
    return merged;
}

/* Internal fields are none of a client's business: unknown, in what it sends. */
static void refuse_internal(const gw_schema *schema, json_t *entity, gw_unknown unknown, gw_errors *errors)
{
    const gw_field *field;

    for (field = schema->fields; unknown != GW_UNKNOWN_OURS && field->name != NULL; field++) {
        if (!(field->flags & GW_INTERNAL) || json_object_get(entity, field->name) == NULL)
            continue;
        if (unknown == GW_UNKNOWN_DROP)
            json_object_del(entity, field->name);
        else
            gw_errors_put(errors, field->name, gw_errors_text("unknown field", errors->p));
    }
}

void gw_schema_fill(const gw_schema *schema, json_t *entity, gw_write_kind kind, apr_time_t now)
{
    json_t *sent = json_copy(entity);
    filling f = { .entity = sent, .kind = kind, .now = now };

    fill_object(&f, schema, entity);
    json_decref(sent);
}

/* Lists of children that the client does not name: theirs are rows of their own, which may have come since `old` was
 * read, and must not go because it did not know them. */
static void leave_children(const gw_schema *schema, json_t *merged, const json_t *patch)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++)
        if ((field->flags & GW_CHILDREN) && json_object_get(patch, field->name) == NULL)
            json_object_set_new(merged, field->name, json_null());
}

json_t *gw_schema_merge(const gw_schema *schema, const json_t *old, const json_t *patch)
{
    json_t *entity = json_copy((json_t *)old), *merged;

    /* Records that depend on the row are read as the row will be. */
    if (schema->key_field != NULL && json_object_get(patch, schema->key_field) != NULL)
        json_object_set(entity, schema->key_field, json_object_get(patch, schema->key_field));
    merged = merge_object(schema, entity, old, patch);
    leave_children(schema, merged, patch);
    json_decref(entity);
    return merged;
}

const gw_error *gw_schema_process(const gw_schema *schema, json_t *entity, const json_t *old, gw_write_kind kind,
                                  gw_unknown unknown, apr_time_t now, apr_pool_t *p)
{
    gw_errors *errors = gw_errors_make(p);

    if (kind != GW_WRITE_UPDATE)
        refuse_internal(schema, entity, unknown, errors);
    gw_schema_expand(schema, entity, errors, p);
    if (!gw_errors_any(errors)) {
        gw_schema_fill(schema, entity, kind, now);
        gw_schema_check(schema, entity, old, kind, unknown, errors, p);
    }
    return gw_errors_result(errors);
}

const gw_error *gw_schema_patch(json_t **row, const gw_schema *schema, json_t *patch, const json_t *old,
                                gw_unknown unknown, apr_time_t now, apr_pool_t *p)
{
    gw_errors *errors = gw_errors_make(p);
    const gw_error *err;
    json_t *merged;

    if (schema->key_field != NULL && json_object_get(patch, schema->key_field) == NULL)
        json_object_set(patch, schema->key_field, json_object_get(old, schema->key_field));
    refuse_internal(schema, patch, unknown, errors);
    gw_schema_expand(schema, patch, errors, p);
    if (gw_errors_any(errors))
        return gw_errors_result(errors);
    merged = gw_schema_merge(schema, old, patch);
    err = gw_schema_process(schema, merged, old, GW_WRITE_UPDATE, unknown, now, p);
    if (err == NULL)
        *row = merged;
    else
        json_decref(merged);
    return err;
}
