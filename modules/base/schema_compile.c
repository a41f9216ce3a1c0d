/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_compile.c - a checked row or config lands in the C struct of its owner, member by member as GW_AT says,
 * so that requests read structs and never JSON.
 */
#include "schema_impl.h"

#include <stdlib.h>

/* Where values go and what they may take with them. */
typedef struct landing {
    const json_t *entity;
    gw_arena *arena;
} landing;

typedef void compile_fn(const landing *l, const gw_field *field, const json_t *value, void *to);

static void compile_string(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    const char *s = json_string_value(value);

    (void)field;
    if (s != NULL)
        *(const char **)to = gw_arena_strndup(l->arena, s, json_string_length(value));
}

static void compile_integer(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    (void)l, (void)field;
    *(apr_int64_t *)to = (apr_int64_t)json_integer_value(value);
}

static void compile_number(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    (void)l, (void)field;
    *(double *)to = json_number_value(value);
}

static void compile_boolean(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    (void)l, (void)field;
    *(int *)to = json_is_true(value);
}

static void compile_text(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    (void)field;
    if (text != NULL)
        *(const char **)to = gw_arena_strdup(l->arena, text);
    free(text);
}

static void compile_strings(const landing *l, const json_t *value, gw_strings *to)
{
    size_t n = json_array_size(value), i;
    const char **v = n > 0 ? gw_arena_alloc(l->arena, n * sizeof(*v)) : NULL;

    for (i = 0; i < n; i++) {
        const json_t *element = json_array_get(value, i);
        const char *s = json_string_value(element);

        v[i] = gw_arena_strndup(l->arena, s != NULL ? s : "", json_string_length(element));
    }
    *to = (gw_strings){ .n = (int)n, .set = 1, .v = v };
}

static void compile_integers(const landing *l, const json_t *value, gw_integers *to)
{
    size_t n = json_array_size(value), i;
    apr_int64_t *v = n > 0 ? gw_arena_alloc(l->arena, n * sizeof(*v)) : NULL;

    for (i = 0; i < n; i++)
        v[i] = (apr_int64_t)json_integer_value(json_array_get(value, i));
    *to = (gw_integers){ .n = (int)n, .set = 1, .v = v };
}

static void compile_list(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    if (field->element != NULL && field->element->type == GW_T_STRING)
        compile_strings(l, value, to);
    else if (field->element != NULL && field->element->type == GW_T_INTEGER)
        compile_integers(l, value, to);
    else
        compile_text(l, field, value, to);
}

static void compile_foreign(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    compile_string(l, field, json_object_get(value, "id"), to);
}

static void compile_object(const landing *l, const gw_schema *schema, const json_t *object, char *conf);

static void compile_record(const landing *l, const gw_field *field, const json_t *value, void *to)
{
    const gw_schema *schema = gw_field_record(field, l->entity);

    if (schema != NULL)
        compile_object(l, schema, value, to);
}

static compile_fn *const types[] = {
    [GW_T_STRING] = compile_string,   [GW_T_INTEGER] = compile_integer, [GW_T_NUMBER] = compile_number,
    [GW_T_BOOLEAN] = compile_boolean, [GW_T_ARRAY] = compile_list,      [GW_T_SET] = compile_list,
    [GW_T_MAP] = compile_text,        [GW_T_RECORD] = compile_record,   [GW_T_FOREIGN] = compile_foreign,
};

static void compile_object(const landing *l, const gw_schema *schema, const json_t *object, char *conf)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        const json_t *value = json_object_get(object, field->name);

        if (gw_json_is_null(value))
            continue;
        if (field->at > 0)
            types[field->type](l, field, value, conf + field->at - 1);
        if (field->set_at > 0)
            *(int *)(conf + field->set_at - 1) = 1;
    }
}

void gw_schema_compile(const gw_schema *schema, const json_t *entity, void *conf, gw_arena *arena)
{
    const landing l = { .entity = entity, .arena = arena };

    compile_object(&l, schema, entity, conf);
}
