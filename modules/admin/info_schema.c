/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_schema.c - the field tables as clients may read them, and validation without writing.
 */
#include <apr_strings.h>
#include <string.h>

#include "crud_prepare.h"
#include "crud_ttl.h"
#include "info.h"
#include "json_pool.h"
#include "schema.h"

static int refuse_entity(admin_call *call, const char *name)
{
    return gw_call_message(call, 404, apr_psprintf(call->p, "No entity named '%s'", name));
}

static int refuse_plugin(admin_call *call, const char *name)
{
    return gw_call_message(call, 404, apr_psprintf(call->p, "No plugin named '%s'", name));
}

int gw_info_entity_schema(admin_call *call)
{
    const char *name = call->target.args[0];
    const gw_entity *entity = gw_registry_find(name);

    return entity != NULL ? gw_call_answer(call, 200, gw_schema_describe(entity->schema)) : refuse_entity(call, name);
}

int gw_info_plugin_schema(admin_call *call)
{
    const char *name = call->target.args[0];
    const gw_plugin *plugin = gw_admin_plugin(name);
    const gw_entity *entity = gw_registry_find("plugins");
    json_t *row;

    if (plugin == NULL || entity == NULL)
        return refuse_plugin(call, name);
    row = gw_json_keep(json_pack("{s:s}", "name", plugin->name), call->p);
    return gw_call_answer(call, 200, gw_schema_describe_for(entity->schema, row));
}

int gw_info_plugin_config_schema(admin_call *call)
{
    const char *name = call->target.args[0];
    const gw_plugin *plugin = gw_admin_plugin(name);

    return plugin != NULL ? gw_call_answer(call, 200, gw_schema_describe(plugin->schema)) : refuse_plugin(call, name);
}

int gw_info_validate(admin_call *call)
{
    const char *name = call->target.args[0];
    const gw_entity *entity = gw_registry_find(name);
    const gw_error *err;
    json_t *ttl;
    int status;

    if (entity == NULL)
        return refuse_entity(call, name);
    if ((status = gw_ttl_take(call, &ttl, entity, call->body)) != 0)
        return status;
    /* references by name need the database; by id they do not */
    if (call->db != NULL && (status = gw_crud_prepare_body(call, entity, call->body, NULL)) != 0)
        return status;
    err = gw_schema_process(entity->schema, call->body, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return gw_call_refuse(call, err);
    return gw_call_message(call, 200, "schema validation successful");
}
