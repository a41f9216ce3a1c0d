/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_restore.c - the way back from a compiled struct to JSON, for people who ask what a request met.
 */
#include "schema_impl.h"

#define WHOLE_MAX 9007199254740992.0 /* beyond, a double does not hold every whole number */

typedef json_t *restore_fn(const gw_field *field, const void *from);

static json_t *restore_string(const gw_field *field, const void *from)
{
    const char *s = *(const char *const *)from;

    (void)field;
    return s != NULL ? json_string(s) : json_null();
}

static json_t *restore_integer(const gw_field *field, const void *from)
{
    (void)field;
    return json_integer(*(const apr_int64_t *)from);
}

/* Whole numbers as clients write them. */
static json_t *restore_number(const gw_field *field, const void *from)
{
    const double number = *(const double *)from;

    (void)field;
    if (number > -WHOLE_MAX && number < WHOLE_MAX && number == (double)(json_int_t)number)
        return json_integer((json_int_t)number);
    return json_real(number);
}

static json_t *restore_boolean(const gw_field *field, const void *from)
{
    (void)field;
    return json_boolean(*(const int *)from);
}

/* Lists of other things, maps: what was kept is JSON text. */
static json_t *restore_text(const gw_field *field, const void *from)
{
    const char *text = *(const char *const *)from;
    json_t *value = text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;

    (void)field;
    return value != NULL ? value : json_null();
}

static json_t *restore_strings(const gw_strings *from)
{
    json_t *list = from->set ? json_array() : json_null();

    for (int i = 0; i < from->n; i++)
        json_array_append_new(list, json_string(from->v[i]));
    return list;
}

static json_t *restore_integers(const gw_integers *from)
{
    json_t *list = from->set ? json_array() : json_null();

    for (int i = 0; i < from->n; i++)
        json_array_append_new(list, json_integer(from->v[i]));
    return list;
}

static json_t *restore_list(const gw_field *field, const void *from)
{
    if (field->element != NULL && field->element->type == GW_T_STRING)
        return restore_strings(from);
    if (field->element != NULL && field->element->type == GW_T_INTEGER)
        return restore_integers(from);
    return restore_text(field, from);
}

static json_t *restore_record(const gw_field *field, const void *from)
{
    return field->record != NULL ? gw_schema_restore(field->record, from) : json_null();
}

static json_t *restore_foreign(const gw_field *field, const void *from)
{
    const char *id = *(const char *const *)from;

    (void)field;
    return id != NULL ? json_pack("{s:s}", "id", id) : json_null();
}

static restore_fn *const types[] = {
    [GW_T_STRING] = restore_string,   [GW_T_INTEGER] = restore_integer, [GW_T_NUMBER] = restore_number,
    [GW_T_BOOLEAN] = restore_boolean, [GW_T_ARRAY] = restore_list,      [GW_T_SET] = restore_list,
    [GW_T_MAP] = restore_text,        [GW_T_RECORD] = restore_record,   [GW_T_FOREIGN] = restore_foreign,
};

json_t *gw_schema_restore(const gw_schema *schema, const void *conf)
{
    const unsigned hidden = GW_WRITE_ONLY | GW_SECRET | GW_INTERNAL;
    json_t *object = json_object();
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++)
        if (field->at > 0 && !(field->flags & hidden))
            json_object_set_new(object, field->name,
                                types[field->type](field, (const char *)conf + field->at - 1));
    return object;
}
