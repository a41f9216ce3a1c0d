/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_change.c - PATCH and DELETE: what begins with the row as it is.
 */
#include <apr_strings.h>
#include <string.h>

#include "crud.h"
#include "crud_audit.h"
#include "crud_children.h"
#include "crud_match.h"
#include "crud_prepare.h"
#include "crud_rows.h"
#include "crud_ttl.h"
#include "error_render.h"
#include "json_pool.h"
#include "schema.h"

int gw_crud_refuse_readonly(admin_call *call, const char *verb)
{
    const gw_path_target *target = &call->target;
    const char *by = "", *message;

    if (strcmp(call->conf->database, "off") != 0 || target->entity->is_runtime)
        return 0;
    if (target->key != NULL && !target->key_is_id)
        by = apr_pstrcat(call->p, "by '", target->entity->endpoint_key, "' ", NULL);
    message = apr_psprintf(call->p, "cannot %s '%s' entities %swhen not using a database", verb,
                           target->entity->name, by);
    return gw_call_refuse(call, gw_error_make(GW_E_UNSUPPORTED, message, NULL, call->p));
}

int gw_crud_commit(admin_call *call)
{
    apr_status_t rv = gw_db_commit(call->db);

    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    call->is_written = 1;
    return 0;
}

/* Begin, and lock the row: the target's own or its owner's child. *row NULL when there is none. */
static int begin(admin_call *call, json_t **row, const json_t *owner)
{
    gw_row_key key = gw_key_of_target(&call->target);
    int status = gw_key_check(call, &key);
    apr_status_t rv;

    if (status != 0)
        return status;
    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    if (owner != NULL)
        return gw_crud_load_child(call, row, owner, GW_HOLD_ROW);
    return gw_crud_load(call, row, &key, GW_HOLD_ROW);
}

/* Code 6 for a missing row; the reference's plugins and nested rows say it in their own way. */
static int refuse_missing(admin_call *call, const json_t *owner)
{
    const gw_path_target *target = &call->target;
    const char *message;
    json_t *fields;

    if (owner != NULL || strcmp(target->entity->name, "plugins") == 0)
        return gw_call_not_found(call);
    fields = json_pack("{s:s}", target->key_is_id ? "id" : target->entity->endpoint_key, target->key);
    message = apr_psprintf(call->p, "could not find the entity with %s'%s'", target->key_is_id ? "primary key " : "",
                           gw_errors_key_text(fields, call->p));
    return gw_call_refuse(call, gw_error_make(GW_E_NOT_FOUND, message, fields, call->p));
}

/* The schema knows no ttl. */
static const json_t *without_ttl(const gw_entity *entity, const json_t *old, apr_pool_t *p)
{
    json_t *copy;

    if (!entity->has_ttl)
        return old;
    copy = gw_json_keep(json_copy((json_t *)old), p);
    json_object_del(copy, "ttl");
    return copy;
}

int gw_crud_patch(admin_call *call, const json_t *owner)
{
    const gw_entity *entity = call->target.entity;
    const gw_error *err = NULL;
    json_t *old = NULL, *row = NULL, *ttl;
    apr_status_t rv;
    int status = begin(call, &old, owner);

    if (status != 0)
        return status;
    if (old == NULL)
        return refuse_missing(call, owner);
    if ((status = gw_crud_check_match(call, entity, old)) != 0)
        return status;
    json_object_del(call->body, "id"); /* the URL decides which row it is */
    if ((status = gw_ttl_take(call, &ttl, entity, call->body)) != 0
        || (status = gw_crud_prepare_body(call, entity, call->body, old)) != 0)
        return status;
    err = gw_schema_patch(&row, entity->schema, call->body, without_ttl(entity, old, call->p), GW_UNKNOWN_REFUSE,
                          call->now, call->p);
    if (err != NULL)
        return gw_call_refuse(call, err);
    gw_json_keep(row, call->p);
    if ((status = gw_crud_check_row(call, entity, row)) != 0
        || (status = gw_crud_refuse_readonly(call, "update")) != 0
        || (status = gw_crud_transform(call, entity, row, old)) != 0)
        return status;
    gw_ttl_put(entity, row, ttl, old);
    if ((rv = gw_row_update(&err, call->db, entity, old, row, call->p)) != APR_SUCCESS)
        return gw_call_fail(call, rv, err);
    if ((status = gw_crud_audit(call, entity, old, row)) != 0 || (status = gw_crud_commit(call)) != 0)
        return status;
    return gw_crud_show(call, 200, entity, row);
}

int gw_crud_delete(admin_call *call, const json_t *owner)
{
    const gw_error *err = NULL;
    json_t *row = NULL;
    apr_status_t rv;
    int status = begin(call, &row, owner);

    if (status != 0)
        return status;
    if ((row != NULL || owner == NULL) && (status = gw_crud_check_match(call, call->target.entity, row)) != 0)
        return status;
    if (row == NULL)
        return owner != NULL ? gw_call_not_found(call) : gw_call_answer(call, 204, NULL);
    if ((status = gw_crud_refuse_readonly(call, "remove")) != 0
        || (status = gw_crud_check_unlisted(call, call->target.entity, gw_row_id(row))) != 0)
        return status;
    rv = gw_row_delete(&err, call->db, call->target.entity, gw_row_id(row), call->p);
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, err);
    if ((status = gw_crud_audit(call, call->target.entity, row, NULL)) != 0 || (status = gw_crud_commit(call)) != 0)
        return status;
    return gw_call_answer(call, 204, NULL);
}
