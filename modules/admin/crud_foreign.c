/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_foreign.c - looks references up before validation, so that a schema only ever sees ids.
 */
#include "crud_foreign.h"

#include <apr_strings.h>
#include <string.h>

#include "crud_rows.h"
#include "error_render.h"
#include "json_pool.h"
#include "schema.h"

/* The unique field of `parent` that `value` names its row by; NULL: by id, or by nothing that we know. */
static const gw_field *find_unique(const gw_entity *parent, const json_t *value)
{
    const gw_field *field;

    if (!json_is_object(value) || json_object_get(value, "id") != NULL)
        return NULL;
    for (field = parent->schema->fields; field->name != NULL; field++)
        if ((field->flags & GW_UNIQUE) && json_is_string(json_object_get(value, field->name)))
            return field;
    return NULL;
}

/* "foreign key unresolved (...)" from the tree of all that are. */
static const gw_error *refuse_unresolved(json_t *tree, apr_pool_t *p)
{
    const char *details = strchr(gw_errors_message(tree, p), '(');
    size_t n = json_object_size(tree);
    const char *what = n == 1 ? "foreign key unresolved" : apr_psprintf(p, "%d foreign keys unresolved", (int)n);

    return gw_error_make(GW_E_FOREIGN_UNRESOLVED, apr_pstrcat(p, what, " ", details, NULL), json_incref(tree), p);
}

static int has_shorthand(const gw_schema *schema, const char *name)
{
    const gw_shorthand *shorthand;

    for (shorthand = schema->shorthands; shorthand != NULL && shorthand->field.name != NULL; shorthand++)
        if (strcmp(shorthand->field.name, name) == 0)
            return 1;
    return 0;
}

/* Old clients say consumer_id for consumer.id; schemas that know the old name themselves see it first hand. */
static void rename_flat(const gw_schema *schema, const gw_field *field, json_t *body, apr_pool_t *p)
{
    const char *name = apr_pstrcat(p, field->name, "_id", NULL);
    json_t *value = json_object_get(body, name);

    if (value == NULL || json_object_get(body, field->name) != NULL || gw_schema_field(schema, name) != NULL
        || has_shorthand(schema, name))
        return;
    json_object_set_new(body, field->name, json_is_null(value) ? json_null() : json_pack("{s:O}", "id", value));
    json_object_del(body, name);
}

void gw_crud_hang_on(json_t *body, const gw_field *field, const json_t *parent, apr_pool_t *p)
{
    json_object_del(body, apr_pstrcat(p, field->name, "_id", NULL));
    json_object_set_new(body, field->name, gw_reference_make(gw_row_id(parent)));
}

static int resolve(admin_call *call, json_t *tree, const gw_field *field, json_t *body)
{
    const gw_entity *parent = gw_registry_find(field->reference);
    json_t *value = json_object_get(body, field->name), *row = NULL, *key;
    const gw_field *unique = parent != NULL ? find_unique(parent, value) : NULL;
    const char *text;
    apr_status_t rv;

    if (unique == NULL)
        return 0;
    key = json_object_get(value, unique->name);
    rv = gw_row_load(&row, call->db, parent, unique->name, json_string_value(key), call->p);
    if (rv == APR_SUCCESS) {
        json_object_set_new(body, field->name, gw_reference_make(gw_row_id(row)));
        json_decref(row);
        return 0;
    }
    if (rv != APR_NOTFOUND)
        return gw_call_fail(call, rv, NULL);
    text = apr_psprintf(call->p, "the foreign key cannot be resolved with '%s' for an existing '%s' entity",
                        gw_errors_key_text(gw_json_keep(json_pack("{s:O}", unique->name, key), call->p), call->p),
                        parent->name);
    json_object_set_new(tree, field->name, json_pack("{s:s}", unique->name, text));
    return 0;
}

int gw_crud_resolve_references(admin_call *call, const gw_entity *entity, json_t *body)
{
    json_t *tree = gw_json_keep(json_object(), call->p);
    const gw_field *field;
    int status;

    for (field = entity->schema->fields; field->name != NULL; field++) {
        if (field->type != GW_T_FOREIGN)
            continue;
        rename_flat(entity->schema, field, body, call->p);
        if ((status = resolve(call, tree, field, body)) != 0)
            return status;
    }
    return json_object_size(tree) > 0 ? gw_call_refuse(call, refuse_unresolved(tree, call->p)) : 0;
}
