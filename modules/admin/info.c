/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info.c - the table of information endpoints, and those that read it.
 */
#include "info.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "legacy.h"

static int show_robots(admin_call *call)
{
    call->text = "User-agent: *\nDisallow: /\n";
    return 200;
}

static int cmp_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A collection and all that hangs on it. */
static void add_entity(apr_array_header_t *paths, const gw_entity *entity, apr_pool_t *p)
{
    const gw_field *field;

    if (entity->path != NULL) {
        const char *item = apr_pstrcat(p, entity->path, "/{", entity->name, "}", NULL);

        APR_ARRAY_PUSH(paths, const char *) = entity->path;
        APR_ARRAY_PUSH(paths, const char *) = item;
        for (field = entity->schema->fields; field->name != NULL; field++)
            if (field->type == GW_T_FOREIGN && !(field->flags & GW_NO_LINK)
                && gw_registry_find(field->reference) != NULL)
                APR_ARRAY_PUSH(paths, const char *) = apr_pstrcat(p, item, "/", field->name, NULL);
    }
    for (field = entity->schema->fields; entity->nested != NULL && field->name != NULL; field++) {
        const gw_entity *parent = field->type == GW_T_FOREIGN ? gw_registry_find(field->reference) : NULL;
        const char *nested;

        if (parent == NULL || parent->path == NULL)
            continue;
        nested = apr_pstrcat(p, parent->path, "/{", parent->name, "}/", entity->nested, NULL);
        APR_ARRAY_PUSH(paths, const char *) = nested;
        APR_ARRAY_PUSH(paths, const char *) = apr_pstrcat(p, nested, "/{", entity->name, "}", NULL);
    }
}

static int list_endpoints(admin_call *call)
{
    apr_array_header_t *paths = apr_array_make(call->p, 64, sizeof(const char *));
    const apr_array_header_t *entities = gw_registry_all();
    json_t *data = json_array();
    int i;

    for (i = 0; gw_info_paths[i].path != NULL; i++)
        APR_ARRAY_PUSH(paths, const char *) = gw_info_paths[i].path;
    for (i = 0; i < entities->nelts; i++)
        add_entity(paths, APR_ARRAY_IDX(entities, i, const gw_entity *), call->p);
    qsort(paths->elts, (size_t)paths->nelts, sizeof(const char *), cmp_strings);
    for (i = 0; i < paths->nelts; i++)
        json_array_append_new(data, json_string(APR_ARRAY_IDX(paths, i, const char *)));
    return gw_call_answer(call, 200, json_pack("{s:o}", "data", data));
}

static int show_openapi(admin_call *call)
{
    return gw_info_openapi(call, gw_info_paths);
}

const gw_info_path gw_info_paths[] = {
    { "/", GW_GET, gw_info_root, 1 },
    { "/apis", GW_GET | GW_POST | GW_PUT, gw_legacy_apis, 1 },
    { "/apis/{name}", GW_GET | GW_PATCH | GW_DELETE, gw_legacy_api, 1 },
    { "/apis/{name}/plugins", GW_GET | GW_POST | GW_PUT, gw_legacy_plugins, 1 },
    { "/apis/{name}/plugins/{plugin}", GW_GET | GW_PATCH | GW_DELETE, gw_legacy_plugin, 1 },
    { "/audit", GW_GET, gw_info_audit, 1 },
    { "/config", GW_GET | GW_POST, gw_info_config, GW_INFO_DB | GW_INFO_DOCUMENT },
    { "/declarative/apply", GW_POST, gw_info_apply, GW_INFO_DB | GW_INFO_DOCUMENT },
    { "/declarative/diff", GW_POST, gw_info_diff, GW_INFO_DB | GW_INFO_DOCUMENT },
    { "/declarative/export", GW_GET, gw_info_export, GW_INFO_DB },
    { "/debug/explain", GW_POST, gw_info_explain, 0 },
    { "/endpoints", GW_GET, list_endpoints, 0 },
    { "/migrations", GW_GET | GW_POST, gw_info_migrations, GW_INFO_DB },
    { "/openapi.json", GW_GET, show_openapi, 0 },
    { "/plugins/enabled", GW_GET, gw_info_enabled_plugins, 0 },
    { "/plugins/schema/{name}", GW_GET, gw_info_plugin_config_schema, 0 },
    { "/robots.txt", GW_GET, show_robots, 0 },
    { "/schemas/{name}/validate", GW_POST, gw_info_validate, 1 },
    { "/schemas/plugins/{name}", GW_GET, gw_info_plugin_schema, 0 },
    { "/schemas/{name}", GW_GET, gw_info_entity_schema, 0 },
    { "/search", GW_GET, gw_info_search, 1 },
    { "/status", GW_GET, gw_info_status, 1 },
    { "/tags", GW_GET, gw_info_tags, 1 },
    { "/tags/{tag}", GW_GET, gw_info_tag, 1 },
    { "/upstreams/{upstreams}/health", GW_GET, gw_info_upstream_health, 1 },
    { "/upstreams/{upstreams}/targets/all", GW_GET, gw_info_all_targets, 1 },
    { "/upstreams/{upstreams}/targets/{targets}/healthy", GW_PUT, gw_info_target_healthy, 1 },
    { "/upstreams/{upstreams}/targets/{targets}/unhealthy", GW_PUT, gw_info_target_unhealthy, 1 },
    { "/upstreams/{upstreams}/targets/{targets}/{address}/healthy", GW_PUT, gw_info_address_healthy, 1 },
    { "/upstreams/{upstreams}/targets/{targets}/{address}/unhealthy", GW_PUT, gw_info_address_unhealthy, 1 },
    { .path = NULL },
};
