/* SPDX-License-Identifier: Apache-2.0 */
/* crud_children.c - see crud_children.h. Fields say what refers to what; no entity is known by name. */
#include "crud_children.h"

#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "crud_rows.h"
#include "error_render.h"
#include "json_pool.h"
#include "schema.h"
#include "text.h"

/* ---- by a child's key ---- */

/* The list whose keys the entity's rows go by; NULL: they have a key of their own, or none. */
static const gw_field *find_list(const gw_entity *entity)
{
    const gw_field *field;

    for (field = entity->schema->fields; entity->endpoint_key == NULL && field->name != NULL; field++)
        if (field->flags & GW_CHILDREN)
            return field;
    return NULL;
}

/* As rows spell it. */
static const char *spell_key(const gw_entity *child, const char *key, apr_pool_t *p)
{
    json_t *row = gw_json_keep(json_object(), p);
    const char *spelled;

    json_object_set_new(row, child->endpoint_key, json_string_nocheck(key));
    gw_schema_expand(child->schema, row, gw_errors_make(p), p);
    spelled = json_string_value(json_object_get(row, child->endpoint_key));
    return spelled != NULL ? spelled : key;
}

static int holds(const json_t *list, const char *text)
{
    size_t i;

    for (i = 0; i < json_array_size(list); i++) {
        const char *one = json_string_value(json_array_get(list, i));

        if (one != NULL && strcasecmp(one, text) == 0)
            return 1;
    }
    return 0;
}

/* What is no list is for the schema to refuse. */
static void put_into_list(admin_call *call, const gw_entity *entity, const gw_field *field, const char *key)
{
    json_t *list;

    if (call->is_form)
        gw_schema_coerce(entity->schema, call->body, call->p);
    list = json_object_get(call->body, field->name);
    if (list == NULL || json_is_null(list))
        json_object_set_new(call->body, field->name, list = json_array());
    if (json_is_array(list) && !holds(list, key))
        json_array_append_new(list, json_string_nocheck(key));
}

static int settle(admin_call *call, const gw_entity *entity, const char **key, int *is_id, int may_make)
{
    const gw_field *list = find_list(entity), *link;
    const gw_entity *child = list != NULL ? gw_registry_find(list->reference) : NULL;
    json_t *row = NULL;
    const char *spelled;
    char fresh[37];
    apr_status_t rv;

    if (child == NULL || child->endpoint_key == NULL || (link = gw_schema_link(child->schema, entity->name)) == NULL)
        return 0;
    spelled = spell_key(child, *key, call->p);
    rv = gw_row_load(&row, call->db, child, child->endpoint_key, spelled, call->p);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return gw_call_fail(call, rv, NULL);
    if (rv == APR_NOTFOUND && !may_make)
        return gw_call_message(call, 404, "SNI not found"); /* the reference's words; it has no other such rows */
    if (rv == APR_SUCCESS) {
        *key = gw_row_parent_id(gw_json_keep(row, call->p), link);
    }
    else {
        put_into_list(call, entity, list, spelled);
        gw_uuid_make(fresh);
        *key = apr_pstrdup(call->p, fresh);
    }
    *is_id = 1;
    return 0;
}

int gw_crud_settle_child_key(admin_call *call)
{
    gw_path_target *target = &call->target;

    if (target->parent_key != NULL && !target->parent_key_is_id)
        return settle(call, target->parent, &target->parent_key, &target->parent_key_is_id, 0);
    if (target->parent_key == NULL && target->key != NULL && !target->key_is_id)
        return settle(call, target->entity, &target->key, &target->key_is_id, call->method == GW_PUT);
    return 0;
}

/* ---- in lists of ids ---- */

static int is_list_of(const gw_field *field, const gw_entity *entity)
{
    return (field->type == GW_T_ARRAY || field->type == GW_T_SET) && !(field->flags & GW_CHILDREN)
           && field->element->reference != NULL && strcmp(field->element->reference, entity->name) == 0;
}

static const gw_error *refuse_listed(const gw_entity *entity, const gw_entity *by, apr_pool_t *p)
{
    return gw_error_make(GW_E_FOREIGN_KEY,
                         apr_psprintf(p, "an existing '%s' entity references this '%s' entity", by->name, entity->name),
                         json_pack("{s:s}", "@referenced_by", by->name), p);
}

/* A row can only be found by text, which its other members could hold, too: its own id. */
static int check_list(admin_call *call, const gw_entity *entity, const gw_entity *by, const gw_field *field,
                      const char *id)
{
    const char *const names[] = { field->name, NULL };
    json_t *rows = NULL;
    size_t i;
    apr_status_t rv = gw_row_search(&rows, call->db, by, id, names, 2, call->p);

    if (rv == APR_ENOTIMPL)
        return 0;
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    gw_json_keep(rows, call->p);
    for (i = 0; i < json_array_size(rows); i++)
        if (holds(json_object_get(json_array_get(rows, i), field->name), id))
            return gw_call_refuse(call, refuse_listed(entity, by, call->p));
    return 0;
}

int gw_crud_check_unlisted(admin_call *call, const gw_entity *entity, const char *id)
{
    const apr_array_header_t *all = gw_registry_all();
    const gw_field *field;
    int i, status = 0;

    for (i = 0; i < all->nelts; i++) {
        const gw_entity *by = APR_ARRAY_IDX(all, i, const gw_entity *);

        for (field = by->schema->fields; status == 0 && field->name != NULL; field++)
            if (is_list_of(field, entity))
                status = check_list(call, entity, by, field, id);
    }
    return status;
}
