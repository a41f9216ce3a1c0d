/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_coerce.c - a form knows only strings: here they become what the fields want.
 * What does not fit stays as it was, so that the checks can say what is wrong with it. "" is null.
 */
#include "schema_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

typedef struct coercion {
    const json_t *entity; /* what `pick` goes by */
    apr_pool_t *p;
} coercion;

typedef json_t *coerce_fn(const coercion *c, const gw_field *field, json_t *value);

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a C-like parser takes for a number, hexadecimal too, but no "inf" and no "nan". NULL: it is none. */
static json_t *parse_number(const char *text)
{
    char *end;
    double real;
    const char *at;

    for (at = text; *at != '\0'; at++) {
        if (!gw_char_is_alnum(*at) && strchr("+-. ", *at) == NULL)
            return NULL;
    }
    if (strpbrk(text, "nN") != NULL) /* neither digits nor 0x hold an n */
        return NULL;
    real = strtod(text, &end);
    if (end == text || end[strspn(end, " ")] != '\0' || !isfinite(real))
        return NULL;
    if (real == floor(real) && fabs(real) < 9007199254740992.0)
        return json_integer((json_int_t)real);
    return json_real(real);
}

static json_t *coerce_same(const coercion *c, const gw_field *field, json_t *value)
{
    (void)c, (void)field;
    return json_incref(value);
}

static json_t *coerce_number(const coercion *c, const gw_field *field, json_t *value)
{
    json_t *number = json_is_string(value) ? parse_number(json_string_value(value)) : NULL;

    (void)c, (void)field;
    return number != NULL ? number : json_incref(value);
}

static json_t *coerce_boolean(const coercion *c, const gw_field *field, json_t *value)
{
    const char *word = json_string_value(value);

    (void)c, (void)field;
    if (word != NULL && strcmp(word, "true") == 0)
        return json_true();
    if (word != NULL && strcmp(word, "false") == 0)
        return json_false();
    return json_incref(value);
}

/* The pieces of a comma list, trimmed; "\," is a comma. New reference. */
static json_t *split_list(const char *text, apr_pool_t *p)
{
    json_t *list = json_array();
    char *piece = apr_palloc(p, strlen(text) + 1), *to;

    do {
        for (to = piece; *text != '\0' && *text != ','; text++) {
            if (text[0] == '\\' && text[1] == ',')
                text++;
            if (to > piece || !is_blank(*text))
                *to++ = *text;
        }
        while (to > piece && is_blank(to[-1]))
            to--;
        json_array_append_new(list, json_stringn_nocheck(piece, (size_t)(to - piece)));
    } while (*text++ == ',');
    return list;
}

/* A scalar where a list belongs: a list of one, or what the commas part. New reference. */
static json_t *make_list(const coercion *c, const gw_field *field, json_t *value)
{
    const char *text = json_string_value(value);
    json_t *list;

    if (text != NULL && (field->flags & GW_COMMA_LIST) && text[0] != '~')
        return split_list(text, c->p);
    list = json_array();
    json_array_append(list, value);
    return list;
}

static json_t *coerce_value(const coercion *c, const gw_field *field, json_t *value);

static json_t *coerce_list(const coercion *c, const gw_field *field, json_t *value)
{
    json_t *list = json_is_array(value) || json_is_object(value) ? json_incref(value) : make_list(c, field, value);
    json_t *element;
    size_t i;

    json_array_foreach (list, i, element)
        json_array_set_new(list, i, coerce_value(c, field->element, element));
    return list;
}

static json_t *coerce_map(const coercion *c, const gw_field *field, json_t *value)
{
    const char *name;
    json_t *member;
    void *next;

    json_object_foreach_safe (value, next, name, member)
        json_object_set_new_nocheck(value, name, coerce_value(c, field->element, member));
    return json_incref(value);
}

static json_t *coerce_foreign(const coercion *c, const gw_field *field, json_t *value)
{
    static const gw_field member = { .type = GW_T_STRING };
    const gw_field values = { .element = &member };

    (void)field;
    return coerce_map(c, &values, value);
}

static void coerce_field(const coercion *c, const gw_field *field, json_t *object)
{
    json_t *value = json_object_get(object, field->name);

    if (value != NULL)
        json_object_set_new(object, field->name, coerce_value(c, field, value));
}

static void coerce_object(const coercion *c, const gw_schema *schema, json_t *object)
{
    const gw_field *field;
    const gw_shorthand *s;

    for (s = schema->shorthands; s != NULL && s->field.name != NULL; s++)
        coerce_field(c, &s->field, object);
    for (field = schema->fields; field->name != NULL; field++)
        coerce_field(c, field, object);
}

static json_t *coerce_record(const coercion *c, const gw_field *field, json_t *value)
{
    const gw_schema *schema = json_is_object(value) ? gw_field_record(field, c->entity) : NULL;

    if (schema != NULL)
        coerce_object(c, schema, value);
    return json_incref(value);
}

static coerce_fn *const types[] = {
    [GW_T_STRING] = coerce_same,     [GW_T_INTEGER] = coerce_number, [GW_T_NUMBER] = coerce_number,
    [GW_T_BOOLEAN] = coerce_boolean, [GW_T_ARRAY] = coerce_list,     [GW_T_SET] = coerce_list,
    [GW_T_MAP] = coerce_map,         [GW_T_RECORD] = coerce_record,  [GW_T_FOREIGN] = coerce_foreign,
};

/* The value that the field wants: new reference. `field` NULL: as it is. */
static json_t *coerce_value(const coercion *c, const gw_field *field, json_t *value)
{
    if (json_is_string(value) && json_string_length(value) == 0)
        return json_null();
    return field != NULL && !json_is_null(value) ? types[field->type](c, field, value) : json_incref(value);
}

void gw_schema_coerce(const gw_schema *schema, json_t *entity, apr_pool_t *p)
{
    json_t *sent = json_copy(entity);
    const coercion c = { .entity = sent, .p = p };

    coerce_object(&c, schema, entity);
    json_decref(sent);
}
