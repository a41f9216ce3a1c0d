/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_scope_test.c - bodies for consumers and plugins: who asks, what happens, for whom.
 */
#include "entities_tap.h"

#include "gw_plugin.h"

#define OTHER "4b1b701d-de2b-5588-9aa2-3b97061d9f52"

static const entity_case consumers[] = {
    { JSON, { "{}", "{\"@entity\":[\"at least one of these fields must be non-empty: 'custom_id', 'username'\"]}", NULL,
              "neither name nor custom id" } },
    { FORM, { "{\"username\":\"\"}",
              "{\"@entity\":[\"at least one of these fields must be non-empty: 'custom_id', 'username'\"]}", NULL,
              "username=" } },
    { JSON, { "{\"username\":\"\"}",
              "{\"username\":\"length must be at least 1\","
              "\"@entity\":[\"at least one of these fields must be non-empty: 'custom_id', 'username'\"]}", NULL,
              "the empty name" } },
    { JSON, { "{\"username\":\"J\xc3\xb6rg M. / <x>\"}", NULL, "{\"custom_id\":null}", "any text is a name" } },
    { JSON, { "{\"custom_id\":\"1\"}", NULL, "{\"username\":null,\"tags\":null}", "a custom id alone" } },
    { JSON, { "{\"username\":\"a\",\"custom_id\":1}", "{\"custom_id\":\"expected a string\"}", NULL, "a number is none" } },
};

static const schema_case consumer_patch = {
    "{\"username\":null}",
    "{\"@entity\":[\"when updating, at least one of these fields must be non-empty: 'custom_id', 'username'\"]}", NULL,
    "a PATCH cannot take the last name"
};

/* ---- plugins: two of them, one that may not have a consumer ---- */

typedef struct test_conf {
    const char *mode;
    gw_strings words;
} test_conf;

static int nprepared, ndestroyed;

static const char *prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    const test_conf *conf = vconf;

    (void)arena;
    nprepared++;
    if (strcmp(conf->mode, "bad") == 0)
        return "mode: no such mode";
    return strcmp(conf->mode, "worse") == 0 ? apr_pstrdup(ptemp, "cannot be used: reason") : NULL;
}

static void destroy(void *conf)
{
    (void)conf;
    ndestroyed++;
}

static const gw_field word = { .type = GW_T_STRING };
static const gw_field conf_fields[] = {
    { .name = "mode", .type = GW_T_STRING, .dflt = "\"good\"", .at = GW_AT(test_conf, mode) },
    { .name = "words", .type = GW_T_SET, .element = &word, .flags = GW_COMMA_LIST, .at = GW_AT(test_conf, words) },
    { .name = NULL }
};
static const gw_schema conf_schema = { .name = "test", .fields = conf_fields };
static const gw_plugin test_plugin = { .name = "key-test", .alias = "key_test", .schema = &conf_schema,
                                       .flags = GW_PLUGIN_NO_CONSUMER };
static const gw_plugin other_plugin = { .name = "other", .schema = &conf_schema, .conf_size = sizeof(test_conf),
                                        .prepare = prepare, .destroy = destroy };

static const gw_plugin *find(const char *name)
{
    if (strcmp(name, "key-test") == 0 || strcmp(name, "key_test") == 0)
        return &test_plugin;
    return strcmp(name, "other") == 0 ? &other_plugin : NULL;
}

static const entity_case plugins[] = {
    { JSON, { "{\"config\":{\"x\":1},\"enabled\":3}", "{\"name\":\"required field missing\"}", NULL,
              "without a name nothing else is validated" } },
    { JSON, { "{\"name\":\"foo\",\"enabled\":3}",
              "{\"name\":\"plugin 'foo' not enabled; add it to the 'plugins' configuration property\"}", NULL,
              "a plugin that is not loaded" } },
    { JSON, { "{\"name\":1}", "{\"name\":\"expected a string\"}", NULL, "a name is text" } },
    { JSON, { "{\"name\":\"other\",\"config\":{\"x\":1}}", "{\"config\":{\"x\":\"unknown field\"}}", NULL,
              "unknown config key" } },
    { JSON, { "{\"name\":\"other\",\"config\":1}", "{\"config\":\"expected a record\"}", NULL, "config is a record" } },
    { JSON, { "{\"name\":\"other\"}", NULL,
              "{\"config\":{\"mode\":\"good\",\"words\":null},\"enabled\":true,\"service\":null,\"route\":null,"
              "\"consumer\":null,\"protocols\":[\"grpc\",\"grpcs\",\"http\",\"https\"]}", "all defaults" } },
    { FORM, { "{\"name\":\"other\",\"config\":{\"words\":\"a,b\"},\"service\":{\"id\":\"" ID "\"}}", NULL,
              "{\"config\":{\"mode\":\"good\",\"words\":[\"a\",\"b\"]},\"service\":{\"id\":\"" ID "\"}}", "a form" } },
    { JSON, { "{\"name\":\"other\",\"protocols\":[\"http\",\"tcp\"]}",
              "{\"protocols\":[null,\"expected one of: grpc, grpcs, http, https\"]}", NULL, "protocols" } },
    { JSON, { "{\"name\":\"other\",\"instance_name\":\"a b\"}",
              "{\"instance_name\":\"invalid value 'a b': the only accepted ascii characters are alphanumerics or "
              "., -, _, and ~\"}", NULL, "instance_name" } },
    { JSON, { "{\"name\":\"key-test\",\"consumer\":{\"id\":\"" ID "\"}}", "{\"consumer\":\"value must be null\"}", NULL,
              "a plugin without consumers" } },
    { JSON, { "{\"name\":\"other\",\"consumer\":{\"id\":\"" ID "\"}}", NULL, "{\"consumer\":{\"id\":\"" ID "\"}}",
              "a plugin with one" } },
    { JSON, { "{\"name\":\"other\",\"consumer\":{}}", "{\"consumer\":{\"id\":\"missing primary key\"}}", NULL,
              "a consumer without id" } },
    { FORM, { "{\"name\":\"other\",\"service_id\":\"" ID "\",\"route_id\":\"" OTHER "\",\"consumer_id\":\"" ID "\"}",
              NULL, "{\"service\":{\"id\":\"" ID "\"},\"route\":{\"id\":\"" OTHER "\"},\"consumer\":{\"id\":\"" ID "\"}}",
              "old names of the parents" } },
    { JSON, { "{\"name\":\"other\",\"api_id\":\"" ID "\"}", "{\"api_id\":\"unknown field\"}", NULL, "unknown" } },
    { JSON, { "{\"name\":\"other\",\"ordering\":{\"before\":{\"access\":[\"x\"]}}}", NULL, "{\"enabled\":true}",
              "ordering is taken and ignored" } },
    { JSON, { "{\"name\":\"other\",\"config\":{\"mode\":\"bad\"}}", "{\"config\":{\"mode\":\"no such mode\"}}", NULL,
              "what the plugin says of a field" } },
    { JSON, { "{\"name\":\"other\",\"config\":{\"mode\":\"worse\"}}", "{\"config\":\"cannot be used: reason\"}", NULL,
              "what it says of the whole" } },
};

static const schema_case plugin_patches[] = {
    { "{\"config\":{\"mode\":\"m\"}}", NULL, "{\"config\":{\"mode\":\"m\",\"words\":[\"a\"]}}", "config merges" },
    { "{\"config\":{\"nope\":1}}", "{\"config\":{\"nope\":\"unknown field\"}}", NULL, "by the plugin's own schema" },
    { "{\"config\":\"x\"}", "{\"config\":\"expected a record\"}", NULL, "config stays a record" },
    { "{\"enabled\":false}", NULL, "{\"enabled\":false,\"config\":{\"mode\":\"good\",\"words\":[\"a\"]}}", "enabled" },
};

static void check_alias(void)
{
    json_t *row = parse("{\"name\":\"key_test\"}");
    const gw_error *err = gw_schema_process(gw_entity_plugins.schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE,
                                            NOW, pool);

    ok(err == NULL && gw_entity_plugins.on_write(row, NULL, pool) == NULL, "an old name is taken");
    has_json(row, "{\"name\":\"key-test\"}", "and stored as the present one");
    ok(gw_entity_plugins.on_write(NULL, row, pool) == NULL, "deleting asks for nothing");
    json_decref(row);
}

static const struct {
    const char *protocols, *route, *routes, *fields, *why;
} fits[] = {
    { "[\"http\"]", NULL, NULL, NULL, "a global plugin fits everywhere" },
    { "[\"http\"]", "[\"http\",\"https\"]", NULL, NULL, "one in common is enough" },
    { "[\"grpc\"]", "[\"http\"]", NULL, "{\"protocols\":\"must match the associated route's protocols\"}",
      "none in common with the route" },
    { "[\"grpc\"]", NULL, "[[\"http\"],[\"https\"]]",
      "{\"protocols\":\"must match the protocols of at least one route pointing to this Plugin's service\"}",
      "none in common with any route of the service" },
    { "[\"https\"]", NULL, "[[\"http\"],[\"https\"]]", NULL, "one route of the service is enough" },
    { "[\"https\"]", NULL, "[]", NULL, "a service without routes" },
};

static json_t *make_route(const json_t *protocols)
{
    return json_pack("{s:O}", "protocols", protocols);
}

static void check_fit(size_t at)
{
    json_t *protocols = parse(fits[at].protocols), *plugin = make_route(protocols), *route = NULL, *routes = NULL;
    const gw_error *err;
    size_t i;

    if (fits[at].route != NULL) {
        json_t *words = parse(fits[at].route);

        route = make_route(words);
        json_decref(words);
    }
    if (fits[at].routes != NULL) {
        routes = parse(fits[at].routes);
        for (i = 0; i < json_array_size(routes); i++)
            json_array_set_new(routes, i, make_route(json_array_get(routes, i)));
    }
    err = gw_plugin_check_protocols(plugin, route, routes, pool);
    if (fits[at].fields == NULL)
        ok(err == NULL, fits[at].why);
    else
        is_json(err != NULL ? err->fields : NULL, fits[at].fields, fits[at].why);
    json_decref(routes);
    json_decref(route);
    json_decref(plugin);
    json_decref(protocols);
}

int main(void)
{
    static const entity_case unset = { JSON, { "{\"name\":\"other\"}",
        "{\"name\":\"plugin 'other' not enabled; add it to the 'plugins' configuration property\"}", NULL,
        "no plugin is known before the registry is set" } };
    json_t *named = parse("{\"name\":\"other\"}"), *described;
    size_t i;

    begin();
    run_entity_cases(&gw_entity_consumers, consumers, COUNT(consumers));
    run_patch(&gw_entity_consumers, "{\"username\":\"a\"}", &consumer_patch);
    is_shown(&gw_entity_consumers, "{\"id\":\"" ID "\",\"username\":\"bob\",\"tags\":[\"x\",\"x\"]}",
             "{\"id\":\"" ID "\",\"created_at\":1700000000,\"updated_at\":1700000000,\"username\":\"bob\","
             "\"custom_id\":null,\"tags\":[\"x\"]}", "what clients see of a consumer");
    run_entity_cases(&gw_entity_plugins, &unset, 1);
    gw_entities_set_plugins(find);
    run_entity_cases(&gw_entity_plugins, plugins, COUNT(plugins));
    for (i = 0; i < COUNT(plugin_patches); i++)
        run_patch(&gw_entity_plugins, "{\"name\":\"other\",\"config\":{\"words\":[\"a\"]}}", &plugin_patches[i]);
    is_shown(&gw_entity_plugins, "{\"id\":\"" ID "\",\"name\":\"other\",\"service\":{\"id\":\"" ID "\"}}",
             "{\"id\":\"" ID "\",\"name\":\"other\",\"instance_name\":null,\"created_at\":1700000000,"
             "\"updated_at\":1700000000,\"route\":null,\"service\":{\"id\":\"" ID "\"},\"consumer\":null,"
             "\"config\":{\"mode\":\"good\",\"words\":null},\"protocols\":[\"grpc\",\"grpcs\",\"http\",\"https\"],"
             "\"enabled\":true,\"tags\":null}", "what clients see of a plugin");
    check_alias();
    for (i = 0; i < COUNT(fits); i++)
        check_fit(i);
    ok(nprepared > 0 && nprepared == ndestroyed, "what a plugin prepares for a check is destroyed");
    described = gw_schema_describe_for(gw_entity_plugins.schema, named);
    ok(strstr(dump(described), "\"mode\"") != NULL, "the picked config is described");
    json_decref(described);
    described = gw_schema_describe(gw_entity_plugins.schema);
    ok(strstr(dump(described), "\"abstract\":true") != NULL, "or said to be abstract");
    json_decref(described);
    json_decref(named);
    return end();
}
