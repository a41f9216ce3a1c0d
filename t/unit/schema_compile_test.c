/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_compile_test.c - rows land in structs, and schemas are told as /schemas does.
 */
#include "schema_tap.h"

typedef struct inner_conf {
    apr_int64_t port;
    const char *word;
} inner_conf;

typedef struct thing {
    const char *name;
    apr_int64_t retries;
    int has_retries;
    double share;
    int enabled, unset;
    gw_strings hosts, none, empty;
    gw_integers codes;
    const char *headers, *peers;
    inner_conf inner;
    const char *parent;
} thing;

static const char *const modes[] = { "a", "b", NULL };
static const char *const codes_allowed[] = { "1", "2", NULL };
static const char *const *const exclusive[] = { modes, NULL };
static const gw_field word = { .type = GW_T_STRING };
static const gw_field number = { .type = GW_T_INTEGER };

static const gw_field inner_fields[] = {
    { .name = "port", .type = GW_T_INTEGER, .at = GW_AT(inner_conf, port), .dflt = "80" },
    { .name = "word", .type = GW_T_STRING, .at = GW_AT(inner_conf, word) },
    { .name = NULL }
};
static const gw_schema inner = { .name = "inner", .fields = inner_fields };
static const gw_field inner_element = { .type = GW_T_RECORD, .record = &inner };

static const gw_field fields[] = {
    { .name = "name", .type = GW_T_STRING, .at = GW_AT(thing, name), .flags = GW_REQUIRED | GW_UNIQUE,
      .help = "the name" },
    { .name = "retries", .type = GW_T_INTEGER, .at = GW_AT(thing, retries), .set_at = GW_AT(thing, has_retries), GW_BETWEEN(0, 10), .dflt = "5" },
    { .name = "share", .type = GW_T_NUMBER, .at = GW_AT(thing, share), .has_gt = 1, .gt = 0.5 },
    { .name = "enabled", .type = GW_T_BOOLEAN, .at = GW_AT(thing, enabled), .dflt = "true" },
    { .name = "unset", .type = GW_T_BOOLEAN, .at = GW_AT(thing, unset) },
    { .name = "hosts", .type = GW_T_ARRAY, .element = &word, .at = GW_AT(thing, hosts), .len_min = 1, .len_max = 9 },
    { .name = "none", .type = GW_T_SET, .element = &word, .at = GW_AT(thing, none) },
    { .name = "empty", .type = GW_T_SET, .element = &word, .at = GW_AT(thing, empty), .exclusive_sets = exclusive },
    { .name = "codes", .type = GW_T_SET, .element = &number, .at = GW_AT(thing, codes), .one_of = NULL },
    { .name = "headers", .type = GW_T_MAP, .keys = &word, .element = &word, .at = GW_AT(thing, headers) },
    { .name = "peers", .type = GW_T_ARRAY, .element = &inner_element, .at = GW_AT(thing, peers) },
    { .name = "inner", .type = GW_T_RECORD, .record = &inner, .at = GW_AT(thing, inner) },
    { .name = "parent", .type = GW_T_FOREIGN, .reference = "parents", .flags = GW_CASCADE, .at = GW_AT(thing, parent) },
    { .name = "mode", .type = GW_T_STRING, .one_of = modes },
    { .name = "code", .type = GW_T_INTEGER, .one_of = codes_allowed },
    { .name = "hidden", .type = GW_T_STRING, .flags = GW_INTERNAL },
    { .name = NULL }
};
static const gw_field is_null = { .flags = GW_NULL_ONLY };
static void check_nothing(const json_t *entity, gw_errors *errors, apr_pool_t *p)
{
    (void)entity, (void)errors, (void)p;
}
static const gw_rule rules[] = {
    { .kind = GW_AT_LEAST_ONE_OF, .fields = { "hosts", "headers" } },
    { .kind = GW_CONDITIONAL, .if_field = "mode", .if_match = &word, .then_field = "code", .then_match = &is_null },
    { .kind = GW_CUSTOM, .fields = { "name" }, .check = check_nothing },
    { .fields = { NULL } }
};
static const gw_shorthand shorthands[] = {
    { .field = { .name = "old", .type = GW_T_STRING }, .target = "name" },
    { .field = { .name = NULL } }
};
static const gw_schema schema = { .name = "things", .fields = fields, .rules = rules, .shorthands = shorthands };

static void check_struct(void)
{
    json_t *row = parse("{\"name\":\"n\",\"retries\":3,\"share\":1,\"enabled\":true,\"unset\":null,"
                        "\"hosts\":[\"a\",\"b\"],\"none\":null,\"empty\":[],\"codes\":[7,8],"
                        "\"headers\":{\"x\":\"y\"},\"peers\":[{\"port\":1}],\"inner\":{\"port\":9,\"word\":\"w\"},"
                        "\"parent\":{\"id\":\"P\"}}");
    gw_arena *arena = gw_arena_make(0);
    thing t = { .unset = -1, .parent = "nobody" };

    gw_schema_compile(&schema, row, &t, arena);
    json_decref(row); /* the struct holds copies */
    is_str(t.name, "n", "string");
    is_int(t.retries, 3, "integer");
    is_int(t.has_retries, 1, "and that it is there");
    ok(t.share > 0.99 && t.share < 1.01, "number");
    is_int(t.enabled, 1, "boolean");
    is_int(t.unset, -1, "null leaves what was there");
    ok(t.hosts.set && t.hosts.n == 2 && strcmp(t.hosts.v[1], "b") == 0, "list of strings");
    ok(!t.none.set && t.none.n == 0 && t.none.v == NULL, "null is no list");
    ok(t.empty.set && t.empty.n == 0 && t.empty.v == NULL, "an empty list is one");
    ok(t.codes.set && t.codes.n == 2 && t.codes.v[1] == 8, "list of integers");
    is_str(t.headers, "{\"x\":\"y\"}", "a map is text");
    is_str(t.peers, "[{\"port\":1}]", "so is a list of records");
    is_int(t.inner.port, 9, "a record's integer");
    is_str(t.inner.word, "w", "a record's string");
    is_str(t.parent, "P", "a reference is its id");
    gw_arena_destroy(arena);
}

static const struct {
    const char *name, *want;
} described[] = {
    { "name", "{\"type\":\"string\",\"required\":true,\"unique\":true,\"description\":\"the name\"}" },
    { "retries", "{\"type\":\"integer\",\"between\":[0,10],\"default\":5}" },
    { "share", "{\"type\":\"number\",\"gt\":0.5}" },
    { "hosts", "{\"type\":\"array\",\"len_min\":1,\"len_max\":9,\"elements\":{\"type\":\"string\"}}" },
    { "empty", "{\"type\":\"set\",\"elements\":{\"type\":\"string\"},\"mutually_exclusive_subsets\":[[\"a\",\"b\"]]}" },
    { "headers", "{\"type\":\"map\",\"keys\":{\"type\":\"string\"},\"values\":{\"type\":\"string\"}}" },
    { "inner", "{\"type\":\"record\",\"fields\":[{\"port\":{\"type\":\"integer\",\"default\":80}},"
               "{\"word\":{\"type\":\"string\"}}]}" },
    { "parent", "{\"type\":\"foreign\",\"reference\":\"parents\",\"on_delete\":\"cascade\"}" },
    { "mode", "{\"type\":\"string\",\"one_of\":[\"a\",\"b\"]}" },
    { "code", "{\"type\":\"integer\",\"one_of\":[1,2]}" },
};

static const json_t *find_described(const json_t *list, const char *name)
{
    size_t i;

    for (i = 0; i < json_array_size(list); i++) {
        if (json_object_get(json_array_get(list, i), name) != NULL)
            return json_object_get(json_array_get(list, i), name);
    }
    return NULL;
}

static void check_description(void)
{
    json_t *all = gw_schema_describe(&schema);
    const json_t *list = json_object_get(all, "fields");
    size_t i;

    for (i = 0; i < COUNT(described); i++)
        is_json(find_described(list, described[i].name), described[i].want, described[i].name);
    ok(find_described(list, "hidden") == NULL, "internal fields are not told");
    is_json(json_array_get(list, 1), "{\"retries\":{\"type\":\"integer\",\"between\":[0,10],\"default\":5}}",
            "one-member objects in the order of the table");
    is_json(json_object_get(all, "entity_checks"),
            "[{\"at_least_one_of\":[\"hosts\",\"headers\"]},"
            "{\"conditional\":{\"if_field\":\"mode\",\"if_match\":{\"type\":\"string\"},\"then_field\":\"code\","
            "\"then_match\":{\"type\":\"string\",\"eq\":null}}},"
            "{\"custom_entity_check\":{\"field_sources\":[\"name\"]}}]", "rules");
    is_json(json_object_get(all, "shorthand_fields"), "[{\"old\":{\"type\":\"string\"}}]", "old names");
    json_decref(all);
    all = gw_schema_describe(&inner);
    is_json(json_object_get(all, "entity_checks"), "[]", "no rules are an empty list");
    json_decref(all);
}

static void check_restored(void)
{
    static const char text[] = "{\"name\":\"n\",\"retries\":3,\"share\":1.5,\"enabled\":true,\"unset\":false,"
                               "\"hosts\":[\"a\",\"b\"],\"none\":null,\"empty\":[],\"codes\":[7,8],"
                               "\"headers\":{\"x\":\"y\"},\"peers\":[{\"port\":1}],\"inner\":{\"port\":9,\"word\":\"w\"},"
                               "\"parent\":{\"id\":\"P\"}}";
    json_t *row = parse(text), *back;
    gw_arena *arena = gw_arena_make(0);
    thing t = { .retries = 0 };

    gw_schema_compile(&schema, row, &t, arena);
    back = gw_schema_restore(&schema, &t);
    is_json(back, text, "what was compiled comes back; what has no member does not");
    json_decref(back);
    t = (thing){ .retries = 1 };
    back = gw_schema_restore(&schema, &t);
    ok(json_is_null(json_object_get(back, "name")) && json_is_null(json_object_get(back, "hosts")) &&
       json_is_null(json_object_get(back, "parent")) && json_is_null(json_object_get(back, "headers")),
       "what is not there is null");
    json_decref(back);
    json_object_set_new(row, "retries", json_null());
    t = (thing){ .retries = 0 };
    gw_schema_compile(&schema, row, &t, arena);
    is_int(t.has_retries, 0, "null is not there");
    json_decref(row);
    gw_arena_destroy(arena);
}

int main(void)
{
    begin();
    check_struct();
    check_restored();
    check_description();
    return end();
}
