/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_upstreams.c - what upstreams and their targets offer beyond rows: /targets/all, health, healthy, unhealthy.
 */
#include "info.h"

#include <string.h>

#include <apr_strings.h>

#include "crud.h"
#include "crud_rows.h"
#include "json_pool.h"
#include "schema.h"

/* From here on the call is about the targets of the upstream that the path names, or about one of them. */
static void aim_at_targets(admin_call *call, const char *key)
{
    gw_path_target *target = &call->target;

    target->kind = key != NULL ? GW_PATH_NESTED_ITEM : GW_PATH_NESTED;
    target->entity = gw_registry_find("targets");
    target->parent = gw_registry_find("upstreams");
    target->field = gw_schema_field(target->entity->schema, "upstream");
    target->parent_key = target->args[0];
    target->parent_key_is_id = gw_path_settle_key(&target->parent_key, call->p);
    target->key = key;
    target->key_is_id = gw_path_settle_key(&target->key, call->p);
}

int gw_info_all_targets(admin_call *call)
{
    aim_at_targets(call, NULL);
    return gw_crud_list(call);
}

/* ---- health ---- */

static int show_balancer(admin_call *call, const json_t *upstream, const json_t *state)
{
    return gw_call_answer(call, 200, json_pack("{s:{s:s, s:s}, s:n, s:s}", "data", "id", gw_row_id(upstream), "health",
                                               json_string_value(json_object_get(state, "health")), "next", "node_id",
                                               gw_admin_node_id()));
}

/* A row that is not in force yet is not known to be well or ill. */
static void add_health(void *baton, json_t *row)
{
    const json_t *targets = baton;
    json_t *state = json_object_get(targets, gw_row_id(row));

    if (state != NULL)
        json_object_update(row, state);
    else
        json_object_set_new(row, "health", json_string("DNS_ERROR"));
}

int gw_info_upstream_health(admin_call *call)
{
    const char *whole = gw_call_query(call, "balancer_health");
    gw_list_manner manner = { .dress = add_health, .node_id = gw_admin_node_id() };
    json_t *upstream, *state;
    int status;

    aim_at_targets(call, NULL);
    if ((status = gw_crud_load_parent(call, &upstream)) != 0)
        return status;
    if ((state = gw_admin_upstream_health(gw_row_id(upstream))) == NULL)
        return gw_call_not_found(call);
    gw_json_keep(state, call->p);
    if (whole != NULL && strcmp(whole, "1") == 0)
        return show_balancer(call, upstream, state);
    manner.baton = json_object_get(state, "targets");
    manner.path = apr_pstrcat(call->p, "/upstreams/", gw_row_id(upstream), "/health", NULL);
    return gw_crud_list_as(call, &manner);
}

/* ---- healthy, unhealthy ---- */

static int set_health(admin_call *call, const char *address, int is_up)
{
    json_t *upstream, *target, *state;
    const char *id;
    int status;

    aim_at_targets(call, call->target.args[1]);
    if ((status = gw_crud_load_parent(call, &upstream)) != 0 ||
        (status = gw_crud_settle_nested_key(call, upstream)) != 0 ||
        (status = gw_crud_load_child(call, &target, upstream, GW_HOLD_NONE)) != 0)
        return status;
    if (target == NULL)
        return gw_call_not_found(call);
    id = gw_row_id(upstream);
    if ((state = gw_admin_upstream_health(id)) == NULL)
        return gw_call_not_found(call);
    gw_json_keep(state, call->p);
    if (!json_is_true(json_object_get(state, "checks")))
        return gw_call_message(call, 400, apr_pstrcat(call->p, "no healthchecker found for ",
                                                      json_string_value(json_object_get(upstream, "name")), NULL));
    if (gw_admin_set_target_health(id, gw_row_id(target), address, is_up) <= 0)
        return gw_call_not_found(call);
    return gw_call_answer(call, 204, NULL);
}

int gw_info_target_healthy(admin_call *call)
{
    return set_health(call, NULL, 1);
}

int gw_info_target_unhealthy(admin_call *call)
{
    return set_health(call, NULL, 0);
}

int gw_info_address_healthy(admin_call *call)
{
    return set_health(call, call->target.args[2], 1);
}

int gw_info_address_unhealthy(admin_call *call)
{
    return set_health(call, call->target.args[2], 0);
}
