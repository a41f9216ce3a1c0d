/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_expand.c - old and short names in what a client sent become the fields they stand for.
 * A wrong value is reported under the name that was used, at the top of the tree even from inside a record.
 */
#include "schema_impl.h"

#include <string.h>
#include <apr_strings.h>

/* Store `value` (borrowed) at a dotted name. Null at "service.id" is no service. */
static void set_target(json_t *object, const char *target, json_t *value, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, target), *dot;

    while ((dot = strchr(rest, '.')) != NULL) {
        json_t *next;

        *dot = '\0';
        if (json_is_null(value))
            break;
        next = json_object_get(object, rest);
        if (!json_is_object(next)) {
            next = json_object();
            json_object_set_new(object, rest, next);
        }
        object = next;
        rest = dot + 1;
    }
    json_object_set(object, rest, value);
}

static void expand_one(const gw_check_scope *scope, const gw_shorthand *s, json_t *object, gw_errors *errors)
{
    json_t *value = json_object_get(object, s->field.name), *better = NULL, *err;
    const char *message = NULL;

    if (value == NULL)
        return;
    err = gw_value_check(scope, &s->field, value, &better);
    value = better != NULL ? better : json_incref(value);
    if (err == NULL) {
        json_object_del(object, s->field.name);
        if (s->expand != NULL)
            message = s->expand(object, value, scope->p);
        else
            set_target(object, s->target, value, scope->p);
        err = message != NULL ? gw_errors_text(message, scope->p) : NULL;
    }
    gw_errors_put(errors, s->field.name, err);
    json_decref(value);
}

static void expand_object(const gw_check_scope *scope, const gw_schema *schema, json_t *object, gw_errors *errors)
{
    const gw_shorthand *s;
    const gw_field *field;
    size_t i;
    json_t *element;

    for (s = schema->shorthands; s != NULL && s->field.name != NULL; s++)
        expand_one(scope, s, object, errors);
    for (field = schema->fields; field->name != NULL; field++) {
        json_t *value = json_object_get(object, field->name);
        const gw_schema *inner = field->type == GW_T_RECORD ? gw_field_record(field, scope->entity) : NULL;

        if (inner != NULL && json_is_object(value))
            expand_object(scope, inner, value, errors);
        if (field->element == NULL || field->element->type != GW_T_RECORD)
            continue;
        json_array_foreach (value, i, element) {
            if (json_is_object(element))
                expand_object(scope, field->element->record, element, errors);
        }
    }
}

void gw_schema_expand(const gw_schema *schema, json_t *entity, gw_errors *errors, apr_pool_t *p)
{
    gw_check_scope scope = { .entity = entity, .kind = GW_WRITE_INSERT, .unknown = GW_UNKNOWN_REFUSE, .p = p };

    expand_object(&scope, schema, entity, errors);
}
