/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_link.c - /routes/{key}/service: the row that a foreign field points to, addressed through the row that has it.
 */
#include "crud.h"
#include "crud_audit.h"
#include "crud_match.h"
#include "crud_prepare.h"
#include "crud_rows.h"
#include "json_pool.h"
#include "schema.h"

/* The link is empty: make the parent and point the row at it, in one transaction. */
static int create_linked(admin_call *call, json_t *old)
{
    const gw_path_target *target = &call->target;
    const gw_entity *entity = target->entity, *parent = target->parent;
    json_t *made = call->body, *row = NULL;
    json_t *patch;
    const gw_error *err;
    apr_status_t rv;
    int status;

    if ((status = gw_crud_check_match(call, parent, NULL)) != 0
        || (status = gw_crud_prepare_body(call, parent, made, NULL)) != 0)
        return status;
    err = gw_schema_process(parent->schema, made, NULL, GW_WRITE_UPSERT, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return gw_call_refuse(call, err);
    if ((status = gw_crud_check_row(call, parent, made)) != 0
        || (status = gw_crud_refuse_readonly(call, "create or update")) != 0)
        return status;
    patch = gw_json_keep(json_pack("{s:o}", target->field->name, gw_reference_make(gw_row_id(made))), call->p);
    err = gw_schema_patch(&row, entity->schema, patch, old, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return gw_call_refuse(call, err);
    gw_json_keep(row, call->p);
    if ((rv = gw_row_insert(&err, call->db, parent, made, call->p)) != APR_SUCCESS
        || (rv = gw_row_update(&err, call->db, entity, old, row, call->p)) != APR_SUCCESS)
        return gw_call_fail(call, rv, err);
    if ((status = gw_crud_audit(call, parent, NULL, made)) != 0 || (status = gw_crud_audit(call, entity, old, row)) != 0
        || (status = gw_crud_commit(call)) != 0)
        return status;
    return gw_crud_show(call, 200, parent, made);
}

/* From here on the call is about the row linked to. */
static int run_linked(admin_call *call, const char *id)
{
    gw_path_target *target = &call->target;
    gw_row_key key = gw_key_of_id(target->parent, id);
    json_t *row;
    int status;

    target->kind = GW_PATH_ITEM;
    target->entity = target->parent;
    target->key = id;
    target->key_is_id = 1;
    if (call->method == GW_PUT)
        return gw_crud_put(call, NULL);
    if (call->method == GW_PATCH)
        return gw_crud_patch(call, NULL);
    if ((status = gw_crud_load(call, &row, &key, GW_HOLD_NONE)) != 0)
        return status;
    return row != NULL ? gw_crud_show(call, 200, target->entity, row) : gw_call_not_found(call);
}

int gw_crud_link(admin_call *call)
{
    gw_row_key key = gw_key_of_target(&call->target);
    json_t *row = NULL;
    const char *id;
    apr_status_t rv;
    int status;

    if (call->method == GW_PUT && (rv = gw_db_begin_write(call->db)) != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    if ((status = gw_crud_load(call, &row, &key, call->method == GW_PUT ? GW_HOLD_ROW : GW_HOLD_NONE)) != 0)
        return status;
    id = row != NULL ? gw_row_parent_id(row, call->target.field) : NULL;
    if (row != NULL && id == NULL && call->method == GW_PUT)
        return create_linked(call, row);
    if (id == NULL)
        return gw_call_not_found(call);
    if (call->method == GW_DELETE)
        return gw_call_message(call, 405, "Method not allowed");
    gw_db_rollback(call->db);
    return run_linked(call, id);
}
