/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_make.c - from JSON rows to structs: what the schemas say by GW_AT, and what has no member of its own there.
 */
#include "model_make.h"

#include <string.h>

#include <apr_strings.h>

#include "entities.h"
#include "router.h"
#include "schema.h"

/* What most rows take, so that one chunk does. */
#define SERVICE_BYTES 448
#define ROUTE_BYTES 1024
#define PLUGIN_BYTES 512

static const char *get_id(const json_t *row)
{
    return json_string_value(json_object_get(row, "id"));
}

/* ---- services ---- */

static void destroy_service(gw_life *life, void (*release_worker)(void *worker))
{
    gw_service_destroy((gw_service *)((char *)life - offsetof(gw_service, life)), release_worker);
}

static const char *make_target(const gw_service *service, gw_arena *arena)
{
    int is_bare_ipv6 = strchr(service->host, ':') != NULL && *service->host != '[';
    apr_size_t size = strlen(service->protocol) + strlen(service->host) + sizeof("proxy://[]:65535");
    char *target = gw_arena_alloc(arena, size);

    apr_snprintf(target, size, is_bare_ipv6 ? "proxy:%s://[%s]:%d" : "proxy:%s://%s:%d", service->protocol,
                 service->host, (int)service->port);
    return target;
}

gw_service *gw_service_make(const json_t *row)
{
    gw_arena *arena;
    gw_service *service;

    if (get_id(row) == NULL)
        return NULL;
    arena = gw_arena_make(SERVICE_BYTES);
    service = gw_arena_calloc(arena, sizeof(*service));
    service->arena = arena;
    service->life.destroy = destroy_service;
    service->protocol = "http";
    service->host = "";
    service->port = 80;
    service->retries = 5;
    service->connect_timeout = service->write_timeout = service->read_timeout = 60000;
    service->tls_verify = -1;
    service->tls_verify_depth = -1;
    service->enabled = 1;
    gw_schema_compile(gw_entity_services.schema, row, service, arena);
    service->target = make_target(service, arena);
    return service;
}

void gw_service_destroy(gw_service *service, void (*release_worker)(void *worker))
{
    if (release_worker != NULL && service->worker != NULL)
        release_worker(service->worker);
    gw_arena_destroy(service->arena);
}

/* ---- routes ---- */

static char *lower(gw_arena *arena, const char *text, char dash)
{
    char *copy = gw_arena_strdup(arena, text != NULL ? text : ""), *c;

    for (c = copy; *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c | 0x20);
        else if (*c == '_' && dash != '\0')
            *c = dash;
    }
    return copy;
}

static void read_headers(gw_route *route, json_t *headers)
{
    gw_route_header *to = gw_arena_calloc(route->arena, (json_object_size(headers) + 1) * sizeof(*to));
    const char *name;
    json_t *values;

    route->headers = to;
    json_object_foreach(headers, name, values) {
        size_t n = json_array_size(values), i;
        const char **v = gw_arena_alloc(route->arena, (n + 1) * sizeof(*v));

        for (i = 0; i < n; i++)
            v[i] = lower(route->arena, json_string_value(json_array_get(values, i)), '\0');
        to->name = lower(route->arena, name, '-');
        to->values = (gw_strings){ (int)n, 1, v };
        to++;
        route->nheaders++;
    }
}

static void destroy_route(gw_life *life, void (*release_worker)(void *worker))
{
    (void)release_worker;
    gw_route_destroy((gw_route *)((char *)life - offsetof(gw_route, life)));
}

gw_route *gw_route_make(const json_t *row)
{
    const char *path_handling = json_string_value(json_object_get(row, "path_handling"));
    gw_arena *arena;
    gw_route *route;

    if (get_id(row) == NULL)
        return NULL;
    arena = gw_arena_make(ROUTE_BYTES);
    route = gw_arena_calloc(arena, sizeof(*route));
    route->arena = arena;
    route->life.destroy = destroy_route;
    route->https_redirect_status_code = 426;
    route->strip_path = 1;
    route->request_buffering = route->response_buffering = 1;
    route->protocols = GW_PROTO_HTTP | GW_PROTO_HTTPS;
    gw_schema_compile(gw_entity_routes.schema, row, route, arena);
    if (json_is_array(json_object_get(row, "protocols")))
        route->protocols = gw_protocols_parse(json_object_get(row, "protocols"));
    route->path_handling_v1 = path_handling != NULL && strcmp(path_handling, "v1") == 0;
    if (json_is_object(json_object_get(row, "headers")))
        read_headers(route, json_object_get(row, "headers"));
    route->program = gw_program_make(route, arena);
    route->nfailures = gw_program_nfailures(route->program);
    return route;
}

void gw_route_destroy(gw_route *route)
{
    gw_program_destroy(route->program);
    gw_arena_destroy(route->arena);
}

/* ---- plugins ---- */

static void destroy_plugin_row(gw_life *life, void (*release_worker)(void *worker))
{
    (void)release_worker;
    gw_plugin_row_release((gw_plugin_row *)((char *)life - offsetof(gw_plugin_row, life)));
}

const gw_plugin *gw_plugin_named(const char *name, const gw_plugin *const *plugins, int n)
{
    int i;

    for (i = 0; name != NULL && i < n; i++)
        if (strcmp(plugins[i]->name, name) == 0 || (plugins[i]->alias != NULL && strcmp(plugins[i]->alias, name) == 0))
            return plugins[i];
    return NULL;
}

/* NULL or what the plugin says to this config; then nothing of it is left but the arena. */
static const char *compile_conf(gw_plugin_row *made, const json_t *row, apr_pool_t *p)
{
    const gw_plugin *plugin = made->plugin;
    void *conf = gw_arena_calloc(made->arena, plugin->conf_size > 0 ? plugin->conf_size : 1);
    const char *message;

    gw_schema_compile(plugin->schema, json_object_get(row, "config"), conf, made->arena);
    message = plugin->prepare != NULL ? plugin->prepare(conf, made->arena, p) : NULL;
    if (message != NULL && plugin->destroy != NULL)
        plugin->destroy(conf);
    made->conf = message == NULL ? conf : NULL;
    return message;
}

gw_plugin_row *gw_plugin_row_make(const char **why, const json_t *row, const gw_plugin *const *plugins, int n,
                                  apr_pool_t *p)
{
    const char *name = json_string_value(json_object_get(row, "name")), *message;
    const gw_plugin *plugin = gw_plugin_named(name, plugins, n);
    gw_arena *arena;
    gw_plugin_row *made;

    if (plugin == NULL || get_id(row) == NULL) {
        *why = apr_psprintf(p, "plugin '%s' is not loaded", name != NULL ? name : "");
        return NULL;
    }
    arena = gw_arena_make(PLUGIN_BYTES + plugin->conf_size);
    made = gw_arena_calloc(arena, sizeof(*made));
    made->arena = arena;
    made->life.destroy = destroy_plugin_row;
    made->plugin = plugin;
    made->index = plugin->index;
    made->enabled = 1;
    made->protocols = GW_PROTO_HTTP | GW_PROTO_HTTPS | GW_PROTO_GRPC | GW_PROTO_GRPCS;
    gw_schema_compile(gw_entity_plugins.schema, row, made, arena);
    if (json_is_array(json_object_get(row, "protocols")))
        made->protocols = gw_protocols_parse(json_object_get(row, "protocols"));
    made->scope = (made->route_id != NULL ? GW_SCOPE_ROUTE : 0u) | (made->service_id != NULL ? GW_SCOPE_SERVICE : 0u) |
                  (made->consumer_id != NULL ? GW_SCOPE_CONSUMER : 0u);
    message = compile_conf(made, row, p);
    if (message != NULL) {
        *why = apr_psprintf(p, "plugin '%s': config: %s", name, message);
        gw_arena_destroy(arena);
        return NULL;
    }
    return made;
}

int gw_plugin_row_is_in_force(const json_t *row)
{
    json_t *protocols = json_object_get(row, "protocols");

    return !json_is_false(json_object_get(row, "enabled")) &&
           (!json_is_array(protocols) || (gw_protocols_parse(protocols) & GW_PROTO_IN_REACH) != 0);
}

gw_plugin_row *gw_plugin_row_compile(const json_t *row, const gw_plugin *const *plugins, int n)
{
    gw_plugin_row *made;
    const char *why;
    apr_pool_t *p;

    if (apr_pool_create(&p, NULL) != APR_SUCCESS)
        return NULL;
    made = gw_plugin_row_make(&why, row, plugins, n, p);
    apr_pool_destroy(p);
    return made;
}

void gw_plugin_row_release(gw_plugin_row *row)
{
    if (row->plugin->destroy != NULL)
        row->plugin->destroy((void *)row->conf);
    gw_arena_destroy(row->arena);
}
