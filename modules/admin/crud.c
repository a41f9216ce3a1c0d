/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud.c - which part answers which method on which kind of target.
 */
#include "crud.h"

#include "crud_children.h"
#include "crud_rows.h"

static int get_item(admin_call *call)
{
    gw_row_key key = gw_key_of_target(&call->target);
    json_t *row;
    int status = gw_crud_load(call, &row, &key, GW_HOLD_NONE);

    if (status != 0)
        return status;
    return row != NULL ? gw_crud_show(call, 200, call->target.entity, row) : gw_call_not_found(call);
}

static int get_nested_item(admin_call *call, const json_t *owner)
{
    json_t *row;
    int status = gw_crud_load_child(call, &row, owner, GW_HOLD_NONE);

    if (status != 0)
        return status;
    return row != NULL ? gw_crud_show(call, 200, call->target.entity, row) : gw_call_not_found(call);
}

static int run_item(admin_call *call)
{
    switch (call->method) {
    case GW_GET:
        return get_item(call);
    case GW_PUT:
        return gw_crud_put(call, NULL);
    case GW_PATCH:
        return gw_crud_patch(call, NULL);
    default:
        return gw_crud_delete(call, NULL);
    }
}

static int run_nested_item(admin_call *call)
{
    json_t *owner;
    int status = gw_crud_load_parent(call, &owner);

    if (status == 0)
        status = gw_crud_settle_nested_key(call, owner);
    if (status != 0)
        return status;
    switch (call->method) {
    case GW_GET:
        return get_nested_item(call, owner);
    case GW_PUT:
        return call->target.entity->put_is_patch ? gw_crud_patch(call, owner) : gw_crud_put(call, owner);
    case GW_PATCH:
        return gw_crud_patch(call, owner);
    default:
        return gw_crud_delete(call, owner);
    }
}

static int run_target(admin_call *call)
{
    switch (call->target.kind) {
    case GW_PATH_COLLECTION:
    case GW_PATH_NESTED:
        return call->method == GW_GET ? gw_crud_list(call) : gw_crud_create(call);
    case GW_PATH_ITEM:
        return run_item(call);
    case GW_PATH_NESTED_ITEM:
        return run_nested_item(call);
    default:
        return gw_crud_link(call);
    }
}

int gw_crud_run(admin_call *call)
{
    int status = gw_crud_settle_child_key(call);

    if (status == 0)
        status = run_target(call);
    /* whatever a refusal left open */
    gw_db_rollback(call->db);
    return status;
}
