/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_check.c - walks a row along its schema: null handling, types, elements, unknown fields.
 * What follows the type stands in schema_limits.c, what spans several fields in schema_rules.c. Recursion is bounded:
 * it follows the tables, and values that no table describes may nest GW_FREE_FORM_DEPTH deep.
 */
#include "schema_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "text.h"

/* A list or object with more mistakes than this is not read to its end: it is refused anyway. */
#define MOST_ERRORS 100

#define REQUIRED "required field missing"

typedef json_t *type_fn(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better);

static json_t *refuse(const gw_check_scope *scope, const char *message)
{
    return gw_errors_text(message, scope->p);
}

static int is_deeper(const json_t *value, int depth)
{
    const char *name;
    json_t *member;
    size_t i;

    if (depth == 0)
        return json_is_array(value) || json_is_object(value);
    json_array_foreach ((json_t *)value, i, member) {
        if (is_deeper(member, depth - 1))
            return 1;
    }
    json_object_foreach ((json_t *)value, name, member) {
        if (is_deeper(member, depth - 1))
            return 1;
    }
    return 0;
}

static json_t *make_lower(const char *s, apr_pool_t *p)
{
    char *lower = apr_pstrdup(p, s), *at;

    for (at = lower; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'F')
            *at = (char)(*at - 'A' + 'a');
    }
    return json_string(lower);
}

static json_t *check_string(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    apr_size_t len, bad;
    const char *s;

    if (!json_is_string(value))
        return refuse(scope, "expected a string");
    s = json_string_value(value);
    len = json_string_length(value);
    if (strlen(s) != len)
        return refuse(scope, "must not contain NUL characters");
    bad = gw_errors_bad_utf8(s, len);
    if (bad != 0)
        return refuse(scope, apr_psprintf(scope->p, "invalid utf-8 character sequence detected at position %"
                                          APR_SIZE_T_FMT, bad));
    if (field->format == GW_FMT_UUID && gw_uuid_is(s))
        *better = make_lower(s, scope->p);
    return NULL;
}

static json_t *check_integer(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    double real = json_real_value(value);

    (void)field;
    if (json_is_integer(value))
        return NULL;
    if (!json_is_real(value) || real != floor(real) || fabs(real) >= 9007199254740992.0)
        return refuse(scope, "expected an integer");
    *better = json_integer((json_int_t)real);
    return NULL;
}

static json_t *check_number(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    (void)field, (void)better;
    return json_is_number(value) ? NULL : refuse(scope, "expected a number");
}

static json_t *check_boolean(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    (void)field, (void)better;
    return json_is_boolean(value) ? NULL : refuse(scope, "expected a boolean");
}

/* An element of a list or a value of a map: null is no value. `field` NULL: anything goes. */
static json_t *check_element(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    *better = NULL;
    if (field == NULL)
        return is_deeper(value, GW_FREE_FORM_DEPTH) ? refuse(scope, "nesting too deep") : NULL;
    return json_is_null(value) ? refuse(scope, REQUIRED) : gw_value_check(scope, field, value, better);
}

/* NULL, or an array of messages with null where an element is good. */
static json_t *check_elements(const gw_check_scope *scope, const gw_field *field, json_t *array)
{
    json_t *errors = NULL, *err, *better;
    size_t i, nerrors = 0;

    for (i = 0; i < json_array_size(array) && nerrors < MOST_ERRORS; i++) {
        err = check_element(scope, field->element, json_array_get(array, i), &better);
        if (better != NULL)
            json_array_set_new(array, i, better);
        if (err == NULL)
            continue;
        nerrors++;
        if (errors == NULL)
            errors = json_array();
        while (json_array_size(errors) < i)
            json_array_append_new(errors, json_null());
        json_array_append_new(errors, err);
    }
    return errors;
}

static json_t *check_array(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    (void)better;
    return json_is_array(value) ? check_elements(scope, field, value) : refuse(scope, "expected an array");
}

/* In place: the first of equal elements stays. */
static void drop_duplicates(json_t *array)
{
    json_t *seen = json_object(), *kept = json_array(), *element;
    size_t i;

    json_array_foreach (array, i, element) {
        char *text = json_dumps(element, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);

        if (text != NULL && json_object_get(seen, text) != NULL) {
            free(text);
            continue;
        }
        if (text != NULL)
            json_object_set_new(seen, text, json_true());
        json_array_append(kept, element);
        free(text);
    }
    if (json_array_size(kept) < json_array_size(array)) {
        json_array_clear(array);
        json_array_extend(array, kept);
    }
    json_decref(kept);
    json_decref(seen);
}

static json_t *check_set(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    json_t *errors;

    (void)better;
    if (!json_is_array(value))
        return refuse(scope, "expected a set");
    errors = check_elements(scope, field, value);
    if (errors == NULL)
        drop_duplicates(value);
    return errors;
}

static json_t *check_key(const gw_check_scope *scope, const gw_field *keys, const char *name)
{
    json_t *key, *err, *better = NULL;

    if (keys == NULL)
        return NULL;
    key = json_string(name);
    err = key != NULL ? gw_value_check(scope, keys, key, &better) : refuse(scope, "expected a string");
    json_decref(better);
    json_decref(key);
    return err;
}

/* A map has one message: of the first key or value that is wrong. */
static json_t *check_map(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    const char *name;
    json_t *member, *err, *replacement;
    void *next;

    (void)better;
    if (!json_is_object(value))
        return refuse(scope, "expected a map");
    json_object_foreach_safe (value, next, name, member) {
        err = check_key(scope, field->keys, name);
        if (err == NULL) {
            err = check_element(scope, field->element, member, &replacement);
            if (replacement != NULL)
                json_object_set_new(value, name, replacement);
        }
        if (err != NULL)
            return err;
    }
    return NULL;
}

/* What is wrong with a reference's id, or NULL. */
static const char *check_reference_id(const json_t *id)
{
    if (gw_json_is_null(id))
        return "missing primary key";
    if (!json_is_string(id))
        return "expected a string";
    return gw_uuid_is(json_string_value(id)) ? NULL : "expected a valid UUID";
}

static json_t *check_foreign(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    const json_t *id = json_object_get(value, "id");
    const char *message = check_reference_id(id);

    (void)field;
    if (message != NULL)
        return json_pack("{s:s}", "id", message);
    (void)scope;
    *better = json_pack("{s:o}", "id", make_lower(json_string_value(id), scope->p));
    return NULL;
}

static void check_unknown(const gw_check_scope *scope, const gw_schema *schema, json_t *object, gw_errors *errors)
{
    const char *name;
    json_t *member;
    void *next;
    int nerrors = 0;

    json_object_foreach_safe (object, next, name, member) {
        if (gw_field_find(schema, name) != NULL)
            continue;
        if (scope->unknown == GW_UNKNOWN_DROP)
            json_object_del(object, name);
        else if (nerrors++ < MOST_ERRORS)
            gw_errors_put(errors, name, refuse(scope, "unknown field"));
    }
}

static void check_field(const gw_check_scope *scope, const gw_field *field, json_t *object, const json_t *old,
                        gw_errors *errors)
{
    json_t *better = NULL, *err = gw_value_check(scope, field, json_object_get(object, field->name), &better);

    if (better != NULL)
        json_object_set_new(object, field->name, better);
    if (err == NULL && (field->flags & GW_IMMUTABLE) && old != NULL &&
        !json_equal(json_object_get(object, field->name), json_object_get(old, field->name)))
        err = refuse(scope, "immutable field cannot be updated");
    gw_errors_put(errors, field->name, err);
}

static void check_fields(const gw_check_scope *scope, const gw_schema *schema, json_t *object, const json_t *old,
                         gw_errors *errors)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++)
        check_field(scope, field, object, old, errors);
    check_unknown(scope, schema, object, errors);
}

static json_t *check_record(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    const gw_schema *schema = gw_field_record(field, scope->entity);
    gw_errors *errors;

    (void)better;
    if (!json_is_object(value))
        return refuse(scope, "expected a record");
    if (schema == NULL)
        return NULL;
    errors = gw_errors_make(scope->p);
    check_fields(scope, schema, value, NULL, errors);
    gw_rules_check(scope, schema, value, field->name, errors);
    return gw_errors_any(errors) ? json_incref(gw_errors_tree(errors)) : NULL;
}

static type_fn *const types[] = {
    [GW_T_STRING] = check_string,   [GW_T_INTEGER] = check_integer, [GW_T_NUMBER] = check_number,
    [GW_T_BOOLEAN] = check_boolean, [GW_T_ARRAY] = check_array,     [GW_T_SET] = check_set,
    [GW_T_MAP] = check_map,         [GW_T_RECORD] = check_record,   [GW_T_FOREIGN] = check_foreign,
};

json_t *gw_value_check(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better)
{
    const char *message;
    json_t *err;

    *better = NULL;
    if (gw_json_is_null(value))
        return field->flags & GW_REQUIRED ? refuse(scope, REQUIRED) : NULL;
    if (field->flags & GW_NULL_ONLY)
        return refuse(scope, "value must be null");
    err = types[field->type](scope, field, value, better);
    if (err != NULL)
        return err;
    message = gw_limits_check(field, *better != NULL ? *better : value, scope->p);
    return message != NULL ? refuse(scope, message) : NULL;
}

/* The rules that a picked record's schema states about the row around it. */
static void check_outer_rules(const gw_check_scope *scope, const gw_schema *schema, json_t *entity, gw_errors *errors)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        const gw_schema *record = field->pick != NULL ? field->pick(entity) : NULL;

        if (record != NULL && json_is_object(json_object_get(entity, field->name)))
            gw_rules_check_outer(scope, record, entity, field->name, errors);
    }
}

void gw_schema_check(const gw_schema *schema, json_t *entity, const json_t *old, gw_write_kind kind,
                     gw_unknown unknown, gw_errors *errors, apr_pool_t *p)
{
    gw_check_scope scope = { .entity = entity, .kind = kind, .unknown = unknown, .p = p };

    if (schema->key_field != NULL) {
        check_field(&scope, gw_field_find(schema, schema->key_field), entity, old, errors);
        if (gw_errors_at(errors, schema->key_field) != NULL)
            return;
    }
    check_fields(&scope, schema, entity, old, errors);
    gw_rules_check(&scope, schema, entity, NULL, errors);
    check_outer_rules(&scope, schema, entity, errors);
}

const gw_field *gw_schema_field(const gw_schema *schema, const char *name)
{
    const char *dot = strchr(name, '.');
    const gw_field *field;

    while (dot != NULL && schema != NULL) {
        for (field = schema->fields; field->name != NULL; field++) {
            if (strncmp(field->name, name, (size_t)(dot - name)) == 0 && field->name[dot - name] == '\0')
                break;
        }
        if (field->name == NULL)
            return NULL;
        schema = field->record;
        name = dot + 1;
        dot = strchr(name, '.');
    }
    return schema != NULL ? gw_field_find(schema, name) : NULL;
}

const gw_field *gw_schema_link(const gw_schema *schema, const char *parent)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++)
        if (field->type == GW_T_FOREIGN && strcmp(field->reference, parent) == 0)
            return field;
    return NULL;
}
