/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_upstreams.c - what upstreams and their targets offer beyond rows: /targets/all, health, healthy, unhealthy.
 */
#include "info.h"

#include "crud.h"
#include "crud_rows.h"
#include "schema.h"

/* From here on the call is about the targets of the upstream that the path names. */
static void aim_at_targets(admin_call *call)
{
    gw_path_target *target = &call->target;

    target->kind = GW_PATH_NESTED;
    target->entity = gw_registry_find("targets");
    target->parent = gw_registry_find("upstreams");
    target->field = gw_schema_field(target->entity->schema, "upstream");
    target->parent_key = target->args[0];
    target->parent_key_is_id = gw_path_settle_key(&target->parent_key, call->p);
}

int gw_info_all_targets(admin_call *call)
{
    aim_at_targets(call);
    return gw_crud_list(call);
}
