/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_create.c - POST and PUT: rows that are given whole.
 */
#include <string.h>

#include "crud.h"
#include "crud_audit.h"
#include "crud_foreign.h"
#include "crud_match.h"
#include "crud_prepare.h"
#include "crud_rows.h"
#include "crud_ttl.h"
#include "error_render.h"
#include "json_pool.h"
#include "schema.h"

int gw_crud_create(admin_call *call)
{
    const gw_path_target *target = &call->target;
    const gw_entity *entity = target->entity;
    const gw_error *err = NULL;
    json_t *parent = NULL, *row = call->body, *ttl;
    apr_status_t rv;
    int status;

    if (target->kind == GW_PATH_NESTED && (status = gw_crud_load_parent(call, &parent)) != 0)
        return status;
    if (parent != NULL)
        gw_crud_hang_on(row, target->field, parent, call->p);
    if ((status = gw_ttl_take(call, &ttl, entity, row)) != 0
        || (status = gw_crud_prepare_body(call, entity, row, NULL)) != 0)
        return status;
    err = gw_schema_process(entity->schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return gw_call_refuse(call, err);
    if ((status = gw_crud_check_row(call, entity, row)) != 0
        || (status = gw_crud_refuse_readonly(call, "create")) != 0
        || (status = gw_crud_transform(call, entity, row, NULL)) != 0)
        return status;
    gw_ttl_put(entity, row, ttl, NULL);
    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS
        || (rv = gw_row_insert(&err, call->db, entity, row, call->p)) != APR_SUCCESS)
        return gw_call_fail(call, rv, err);
    if ((status = gw_crud_audit(call, entity, NULL, row)) != 0 || (status = gw_crud_commit(call)) != 0)
        return status;
    return gw_crud_show(call, 201, entity, row);
}

/* Another row has the key by which there was none. */
static int is_key_taken(const gw_error *err, const gw_row_key *key)
{
    return err != NULL && (err->code == GW_E_UNIQUE || err->code == GW_E_PRIMARY_KEY)
           && json_object_get(err->fields, key->is_id ? "id" : key->entity->endpoint_key) != NULL;
}

/* A PUT whose body is ready for its schema. */
static int put_row(admin_call *call, json_t *ttl)
{
    const gw_path_target *target = &call->target;
    const gw_entity *entity = target->entity;
    gw_row_key key = gw_key_of_target(target);
    json_t *row = call->body, *old = NULL;
    const gw_error *err = NULL;
    apr_status_t rv;
    int status;

    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    if ((status = gw_crud_load(call, &old, &key, GW_HOLD_ROW)) != 0
        || (status = gw_crud_check_match(call, entity, old)) != 0)
        return status;
    /* the URL decides which row it is, whatever the body says */
    json_object_del(row, "id");
    json_object_set_new(row, key.is_id ? "id" : entity->endpoint_key, json_string(key.value));
    if (old != NULL)
        json_object_set(row, "id", json_object_get(old, "id"));
    err = gw_schema_process(entity->schema, row, old, GW_WRITE_UPSERT, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return gw_call_refuse(call, err);
    if ((status = gw_crud_check_row(call, entity, row)) != 0
        || (status = gw_crud_refuse_readonly(call, "create or update")) != 0
        || (status = gw_crud_transform(call, entity, row, old)) != 0)
        return status;
    gw_ttl_put(entity, row, ttl, NULL);
    rv = old != NULL ? gw_row_update(&err, call->db, entity, old, row, call->p)
                     : gw_row_insert(&err, call->db, entity, row, call->p);
    if (rv != APR_SUCCESS) {
        status = gw_call_fail(call, rv, err);
        if (rv == APR_NOTFOUND || (old == NULL && is_key_taken(err, &key))) /* gone, or made meanwhile */
            call->is_lost = 1;
        return status;
    }
    if ((status = gw_crud_audit(call, entity, old, row)) != 0 || (status = gw_crud_commit(call)) != 0)
        return status;
    return gw_crud_show(call, 200, entity, row);
}

int gw_crud_put(admin_call *call, const json_t *owner)
{
    gw_row_key key = gw_key_of_target(&call->target);
    int status = gw_key_check(call, &key);
    json_t *ttl;

    if (status != 0)
        return status;
    if (owner != NULL)
        gw_crud_hang_on(call->body, call->target.field, owner, call->p);
    if ((status = gw_ttl_take(call, &ttl, call->target.entity, call->body)) != 0
        || (status = gw_crud_prepare_body(call, call->target.entity, call->body, NULL)) != 0)
        return status;
    return put_row(call, ttl);
}
