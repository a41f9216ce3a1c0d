/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_plugin.c - the schema of plugin rows: which plugin, for whom, how configured. `config` has the schema of
 * the plugin that `name` says; what the plugin cannot make anything of is refused here, before it is stored.
 */
#include "entities.h"

#include <string.h>
#include <apr_strings.h>

#include "schema.h"

/* Set once at startup. */
static const gw_plugin *(*find_registered)(const char *name);

static const gw_plugin *find_plugin(const json_t *entity)
{
    const char *name = json_string_value(json_object_get(entity, "name"));

    return name != NULL && find_registered != NULL ? find_registered(name) : NULL;
}

static const gw_schema *pick_config(const json_t *entity)
{
    const gw_plugin *plugin = find_plugin(entity);

    return plugin != NULL ? plugin->schema : NULL;
}

static const char *check_plugin_name(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *name = json_string_value(value);

    (void)field;
    if (find_registered != NULL && find_registered(name) != NULL)
        return NULL;
    return apr_psprintf(p, "plugin '%s' not enabled; add it to the 'plugins' configuration property", name);
}

static const char *const protocols[] = { "grpc", "grpcs", "http", "https", NULL };
static const gw_field protocol_element = { .type = GW_T_STRING, .one_of = protocols };

static const gw_field fields[] = {
    GW_FIELD_ID_AT(gw_plugin_row, id),
    { .name = "name", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = check_plugin_name,
      .help = "which plugin" },
    { .name = "instance_name", .type = GW_T_STRING, .flags = GW_UNIQUE, .check = gw_check_name,
      .help = "the name this row goes by" },
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "route", .type = GW_T_FOREIGN, .reference = "routes", .flags = GW_CASCADE,
      .at = GW_AT(gw_plugin_row, route_id), .help = "only requests of this route" },
    { .name = "service", .type = GW_T_FOREIGN, .reference = "services", .flags = GW_CASCADE,
      .at = GW_AT(gw_plugin_row, service_id), .help = "only requests to this service" },
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_CASCADE,
      .at = GW_AT(gw_plugin_row, consumer_id), .help = "only requests of this consumer" },
    { .name = "config", .type = GW_T_RECORD, .flags = GW_REQUIRED, .pick = pick_config,
      .help = "what the plugin is told" },
    { .name = "protocols", .type = GW_T_SET, .flags = GW_REQUIRED | GW_COMMA_LIST,
      .dflt = "[\"grpc\",\"grpcs\",\"http\",\"https\"]", .element = &protocol_element, .len_min = 1,
      .help = "only requests by these" },
    { .name = "enabled", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true",
      .at = GW_AT(gw_plugin_row, enabled), .help = "false: as if it were not there" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

static void check_scope(const json_t *entity, gw_errors *errors, apr_pool_t *p)
{
    const gw_plugin *plugin = find_plugin(entity);

    (void)p;
    if (plugin != NULL && (plugin->flags & GW_PLUGIN_NO_CONSUMER) &&
        json_is_object(json_object_get(entity, "consumer")))
        gw_errors_field(errors, "consumer", "value must be null");
}

/* "field: what is wrong" belongs to that field of config, anything else to config as a whole. */
static void refuse_config(const gw_plugin *plugin, const char *message, gw_errors *errors, apr_pool_t *p)
{
    const char *colon = strstr(message, ": ");
    const char *field = colon != NULL ? apr_pstrmemdup(p, message, (apr_size_t)(colon - message)) : NULL;

    if (field != NULL && gw_schema_field(plugin->schema, field) != NULL)
        gw_errors_field(errors, apr_pstrcat(p, "config.", field, NULL), colon + 2);
    else
        gw_errors_field(errors, "config", message);
}

/* Compile it as each child will, and throw the result away. */
static void check_config(const json_t *entity, gw_errors *errors, apr_pool_t *p)
{
    const gw_plugin *plugin = find_plugin(entity);
    const char *message;
    gw_arena *arena;
    void *conf;

    if (plugin == NULL || plugin->prepare == NULL)
        return;
    arena = gw_arena_make(0);
    conf = gw_arena_calloc(arena, plugin->conf_size);
    gw_schema_compile(plugin->schema, json_object_get(entity, "config"), conf, arena);
    message = plugin->prepare(conf, arena, p);
    if (message != NULL)
        refuse_config(plugin, message, errors, p);
    if (plugin->destroy != NULL)
        plugin->destroy(conf);
    gw_arena_destroy(arena);
}

static const gw_rule rules[] = {
    { .kind = GW_CUSTOM, .fields = { "consumer" }, .check = check_scope },
    { .kind = GW_CUSTOM, .fields = { "config" }, .check = check_config },
    { .fields = { NULL } }
};

static const char *ignore(json_t *entity, const json_t *value, apr_pool_t *p)
{
    (void)entity, (void)value, (void)p;
    return NULL;
}

#define OLD_PARENT(parent)                                                                                             \
    { .field = { .name = parent "_id", .type = GW_T_STRING, .format = GW_FMT_UUID,                                     \
                 .help = "old name of " parent ".id" },                                                                \
      .target = parent ".id" }

static const gw_shorthand shorthands[] = {
    OLD_PARENT("route"),
    OLD_PARENT("service"),
    OLD_PARENT("consumer"),
    { .field = { .name = "ordering", .type = GW_T_MAP, .help = "taken and ignored" }, .expand = ignore },
    { .field = { .name = NULL } }
};

static const gw_schema schema = {
    .name = "plugins", .fields = fields, .rules = rules, .shorthands = shorthands, .key_field = "name",
    .help = "what happens to requests on their way"
};

/* An old name is stored as the present one: there is one row for a name and its parents. */
static const gw_error *settle_name(json_t *row, const json_t *old, apr_pool_t *p)
{
    const gw_plugin *plugin = find_plugin(row);

    (void)old, (void)p;
    if (plugin != NULL)
        json_object_set_new(row, "name", json_string(plugin->name));
    return NULL;
}

static const char *const identity[] = { "name", "route", "service", "consumer", NULL };

const gw_entity gw_entity_plugins = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "plugins",
    .path = "/plugins",
    .nested = "plugins",
    .endpoint_key = "instance_name",
    .identity = identity,
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
    .on_write = settle_name,
};

void gw_entities_set_plugins(const gw_plugin *(*find)(const char *name))
{
    find_registered = find;
}

static int has_common(unsigned bits, const json_t *row)
{
    return (bits & gw_protocols_parse(json_object_get(row, "protocols"))) != 0;
}

const gw_error *gw_plugin_check_protocols(const json_t *plugin, const json_t *route, const json_t *routes,
                                          apr_pool_t *p)
{
    unsigned bits = gw_protocols_parse(json_object_get(plugin, "protocols"));
    gw_errors *errors = gw_errors_make(p);
    size_t n = json_array_size(routes), i = 0;

    while (i < n && !has_common(bits, json_array_get(routes, i)))
        i++;
    if (route != NULL && !has_common(bits, route))
        gw_errors_field(errors, "protocols", "must match the associated route's protocols");
    else if (n > 0 && i == n)
        gw_errors_field(errors, "protocols",
                        "must match the protocols of at least one route pointing to this Plugin's service");
    return gw_errors_result(errors);
}
