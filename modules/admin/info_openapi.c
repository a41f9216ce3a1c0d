/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_openapi.c - `/openapi.json`: all of this API as OpenAPI 3.1, from the registries alone.
 */
#include <apr_strings.h>

#include "info.h"
#include "json_pool.h"
#include "openapi_paths.h"
#include "openapi_schema.h"
#include "schema.h"

/* Schemas of answers that are no rows; "any" stands where the row depends on the path. */
static const struct { const char *name, *schema; } others[] = {
    { "message", "{\"type\":\"object\",\"properties\":{\"message\":{\"type\":\"string\"}},"
                 "\"required\":[\"message\"]}" },
    { "error", "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"integer\"},\"name\":{\"type\":\"string\"},"
               "\"message\":{\"type\":\"string\"},\"fields\":{\"type\":\"object\"},\"options\":{\"type\":\"object\"}},"
               "\"required\":[\"message\"]}" },
    { "any", "{\"type\":\"object\"}" },
};

static const struct { gw_openapi_view view; const char *suffix; } views[] = {
    { GW_OPENAPI_SHOWN, "" }, { GW_OPENAPI_NEW, "_new" }, { GW_OPENAPI_CHANGED, "_change" },
};

/* A plugin's config has its own schema by the plugin's name. */
static json_t *list_configs(json_t *schemas, gw_openapi_view view, const char *suffix, apr_pool_t *p)
{
    const apr_array_header_t *plugins = gw_admin_plugins();
    json_t *list = json_array();
    int i;

    for (i = 0; i < plugins->nelts; i++) {
        const gw_plugin *plugin = APR_ARRAY_IDX(plugins, i, const gw_plugin *);
        const char *name = apr_pstrcat(p, "config_", plugin->name, suffix, NULL);

        json_object_set_new(schemas, name, gw_openapi_object(plugin->schema, view));
        json_array_append_new(list, json_pack("{s:s}", "$ref", apr_pstrcat(p, "#/components/schemas/", name, NULL)));
    }
    return list;
}

static void add_schemas(json_t *schemas, const gw_entity *entity, apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        json_t *schema, *properties, *config;
        const gw_field *field;

        if (entity->is_server_made && views[i].view != GW_OPENAPI_SHOWN)
            continue;
        schema = gw_openapi_object(entity->schema, views[i].view);
        properties = json_object_get(schema, "properties");
        for (field = entity->schema->fields; field->name != NULL; field++) {
            config = json_object_get(properties, field->name);
            if (field->pick != NULL && config != NULL)
                json_object_set_new(config, "anyOf", list_configs(schemas, views[i].view, views[i].suffix, p));
        }
        if (entity->has_ttl)
            json_object_set_new(properties, "ttl",
                                json_pack("{s:[s, s], s:s}", "type", "integer", "null", "description",
                                          "seconds that it lives on"));
        json_object_set_new(schemas, apr_pstrcat(p, entity->name, views[i].suffix, NULL), schema);
    }
}

static int has_paths(const gw_entity *entity)
{
    return entity->path != NULL || entity->nested != NULL;
}

static json_t *make_components(const apr_array_header_t *entities, apr_pool_t *p)
{
    json_t *components = gw_openapi_components(), *schemas = json_object();
    size_t i;
    int k;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        json_object_set_new(schemas, others[i].name, json_loads(others[i].schema, 0, NULL));
    for (k = 0; k < entities->nelts; k++)
        if (has_paths(APR_ARRAY_IDX(entities, k, const gw_entity *)))
            add_schemas(schemas, APR_ARRAY_IDX(entities, k, const gw_entity *), p);
    json_object_set_new(components, "schemas", schemas);
    return components;
}

static json_t *make_tags(const apr_array_header_t *entities)
{
    json_t *tags = json_pack("[{s:s, s:s}]", "name", "information", "description", "the server, and what is in it");
    int i;

    for (i = 0; i < entities->nelts; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(entities, i, const gw_entity *);

        if (has_paths(entity))
            json_array_append_new(tags, json_pack("{s:s, s:s}", "name", entity->name, "description",
                                                  entity->schema->help != NULL ? entity->schema->help : entity->name));
    }
    return tags;
}

int gw_info_openapi(admin_call *call, const gw_info_path *infos)
{
    const apr_array_header_t *entities = gw_registry_all();
    json_t *paths = json_object();
    int i;

    for (i = 0; infos[i].path != NULL; i++)
        gw_openapi_add_info(paths, &infos[i], call->p);
    for (i = 0; i < entities->nelts; i++)
        gw_openapi_add_entity(paths, APR_ARRAY_IDX(entities, i, const gw_entity *), entities, call->p);
    return gw_call_answer(
        call, 200,
        json_pack("{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:[{s:s}], s:[], s:o, s:o, s:o}", "openapi", "3.1.0", "info",
                  "title", "mod_gw Admin API", "description",
                  "An API gateway's services, routes, consumers, plugins and credentials", "version",
                  gw_admin_version(), "license", "name", "Apache-2.0", "identifier", "Apache-2.0", "servers", "url",
                  call->base_url, "security", "tags", make_tags(entities), "paths", paths, "components",
                  make_components(entities, call->p)));
}
