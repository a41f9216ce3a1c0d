/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_rows.c - addressing and loading rows, showing rows.
 */
#include "crud_rows.h"

#include <apr_strings.h>
#include <string.h>

#include "error_render.h"
#include "json_pool.h"
#include "json_row.h"
#include "row_etag.h"
#include "row_warnings.h"
#include "schema.h"
#include "text.h"

gw_row_key gw_key_of_target(const gw_path_target *target)
{
    return (gw_row_key){ .entity = target->entity, .value = target->key, .is_id = target->key_is_id };
}

gw_row_key gw_key_of_parent(const gw_path_target *target)
{
    return (gw_row_key){ .entity = target->parent, .value = target->parent_key, .is_id = target->parent_key_is_id };
}

gw_row_key gw_key_of_id(const gw_entity *entity, const char *id)
{
    return (gw_row_key){ .entity = entity, .value = id, .is_id = 1 };
}

/* What the schema says to `value` in this field alone; NULL when it is good. */
static const char *check_field(const gw_schema *schema, const char *name, const char *value, apr_pool_t *p)
{
    const gw_field *field = gw_schema_field(schema, name);
    gw_field fields[2] = { *field, { .name = NULL } };
    gw_schema alone = { .name = schema->name, .fields = fields };
    gw_errors *errors = gw_errors_make(p);
    json_t *row;

    row = gw_json_keep(json_object(), p);
    json_object_set_new(row, name, json_string_nocheck(value)); /* the schema says what is no UTF-8, and where */
    gw_schema_check(&alone, row, NULL, GW_WRITE_UPSERT, GW_UNKNOWN_DROP, errors, p);
    return json_string_value(json_object_get(gw_errors_tree(errors), name));
}

int gw_key_check(admin_call *call, const gw_row_key *key)
{
    const char *field = key->entity->endpoint_key, *why;

    if (key->is_id)
        return 0;
    if (field == NULL)
        return gw_call_refuse(call, gw_error_make(GW_E_PRIMARY_KEY_INVALID,
                                                  "invalid primary key: '{id=\"expected a valid UUID\"}'",
                                                  json_pack("{s:s}", "id", "expected a valid UUID"), call->p));
    if ((why = check_field(key->entity->schema, field, key->value, call->p)) != NULL)
        return gw_call_answer(call, 400, gw_invalid_unique_render(field, why, call->p));
    return 0;
}

int gw_crud_load(admin_call *call, json_t **row, const gw_row_key *key, gw_hold hold)
{
    const char *field = key->is_id ? NULL : key->entity->endpoint_key;
    int status = gw_key_check(call, key);
    apr_status_t rv;

    *row = NULL;
    if (status != 0)
        return status;
    if (hold == GW_HOLD_NONE)
        rv = gw_row_load(row, call->db, key->entity, field, key->value, call->p);
    else
        rv = gw_row_lock(row, call->db, key->entity, field, key->value, 0, call->p);
    if (rv == APR_SUCCESS)
        gw_json_keep(*row, call->p);
    return rv == APR_SUCCESS || rv == APR_NOTFOUND ? 0 : gw_call_fail(call, rv, NULL);
}

int gw_crud_load_parent(admin_call *call, json_t **parent)
{
    gw_row_key key = gw_key_of_parent(&call->target);
    int status = gw_crud_load(call, parent, &key, GW_HOLD_NONE);

    if (status == 0 && *parent == NULL)
        status = gw_call_not_found(call);
    return status;
}

int gw_crud_load_child(admin_call *call, json_t **row, const json_t *parent, gw_hold hold)
{
    gw_row_key key = gw_key_of_target(&call->target);
    int status = gw_crud_load(call, row, &key, hold);
    const char *owner = status == 0 && *row != NULL ? gw_row_parent_id(*row, call->target.field) : NULL;

    if (owner == NULL || strcmp(owner, gw_row_id(parent)) != 0)
        *row = NULL;
    return status;
}

/* The id of the row below `parent` whose nested key is the target's; NULL: there is none. */
static int find_by_nested_key(admin_call *call, const char **id, const json_t *parent)
{
    const gw_path_target *target = &call->target;
    const gw_page one = { .size = 1, .where_field = target->field->name, .where_value = gw_row_id(parent),
                          .and_field = target->entity->nested_key, .and_value = target->key };
    const char *next;
    json_t *rows;
    apr_status_t rv = gw_row_page(&rows, &next, call->db, target->entity, &one, call->p);

    *id = NULL;
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    gw_json_keep(rows, call->p);
    if (json_array_size(rows) > 0)
        *id = gw_row_id(json_array_get(rows, 0));
    return 0;
}

/* The key as rows have it: shorthands may complete it ("host" is "host:8000"). */
static const char *canonical_key(admin_call *call, const char *field)
{
    json_t *row = gw_json_keep(json_object(), call->p);
    const char *key;

    json_object_set_new(row, field, json_string_nocheck(call->target.key));
    gw_schema_expand(call->target.entity->schema, row, gw_errors_make(call->p), call->p);
    key = json_string_value(json_object_get(row, field));
    return key != NULL ? key : call->target.key;
}

int gw_crud_settle_nested_key(admin_call *call, const json_t *parent)
{
    gw_path_target *target = &call->target;
    const char *field = target->entity->nested_key, *id;
    const int may_make = call->method == GW_PUT && !target->entity->put_is_patch;
    char fresh[37];
    int status;

    if (target->key_is_id || field == NULL)
        return 0;
    target->key = canonical_key(call, field);
    if ((status = find_by_nested_key(call, &id, parent)) != 0)
        return status;
    if (id == NULL && !may_make)
        return gw_call_not_found(call);
    if (may_make)
        json_object_set_new(call->body, field, json_string_nocheck(target->key)); /* the schema checks it */
    if (id == NULL) {
        gw_uuid_make(fresh);
        id = apr_pstrdup(call->p, fresh);
    }
    target->key = id;
    target->key_is_id = 1;
    return 0;
}

const char *gw_row_parent_id(const json_t *row, const gw_field *field)
{
    return gw_json_foreign_id(row, field->name);
}

const char *gw_row_id(const json_t *row)
{
    return json_string_value(json_object_get(row, "id"));
}

json_t *gw_reference_make(const char *id)
{
    return json_pack("{s:s}", "id", id);
}

json_t *gw_crud_view(const gw_entity *entity, json_t *row)
{
    json_t *shown;

    if (entity->on_read != NULL)
        entity->on_read(row);
    shown = gw_schema_show(entity->schema, row);
    if (entity->has_ttl)
        json_object_set(shown, "ttl", json_object_get(row, "ttl"));
    return shown;
}

int gw_crud_show(admin_call *call, int status, const gw_entity *entity, json_t *row)
{
    const char *warning;
    int at = 0;

    call->etag = gw_etag_make(entity->schema, row, call->p);
    if (call->method == GW_GET && call->if_none_match != NULL && gw_etag_matches(call->if_none_match, call->etag, 1))
        return gw_call_answer(call, 304, NULL);
    while ((warning = gw_row_warning(entity->name, row, &at)) != NULL)
        gw_call_warn(call, warning);
    return gw_call_answer(call, status, gw_crud_view(entity, row));
}
