/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_errors_test.c - sentences made of error trees, and how checks fill such trees.
 */
#include "schema_tap.h"

#define ID "0855b320-0dd2-547d-891d-601e9b38647f"

static const struct {
    const char *tree, *want, *why;
} messages[] = {
    { "{\"host\":\"required field missing\"}", "schema violation (host: required field missing)", "one error" },
    { "{\"path\":\"should start with: /\",\"host\":\"required field missing\"}",
      "2 schema violations (host: required field missing; path: should start with: /)", "fields in byte order" },
    { "{\"a\":\"x\",\"@entity\":[\"one\",\"two\"]}", "3 schema violations (one; two; a: x)",
      "what is wrong between fields comes first and bare" },
    { "{\"service\":{\"id\":\"missing primary key\"}}", "schema violation (service.id: missing primary key)",
      "a record is flattened" },
    { "{\"paths\":[null,\"must not have empty segments\"]}",
      "schema violation (paths.2: must not have empty segments)", "elements count from one, holes are skipped" },
    { "{\"config\":{\"b\":\"two\",\"a\":\"one\"}}", "2 schema violations (config.a: one; config.b: two)",
      "each member counts" },
    { "{\"config\":{\"key_names\":[\"bad \\\"x\\\"\"]}}",
      "schema violation (config.key_names: {\n  \"bad \\\"x\\\"\"\n})", "deeper values are printed on lines" },
    { "{\"config\":{\"x\":{\"a-b\":\"one\",\"c\":[null,\"two\"]}}}",
      "schema violation (config.x: {\n  [\"a-b\"] = \"one\",\n  c = {\n    [2] = \"two\"\n  }\n})",
      "odd names and holes keep their place" },
    { "{\"sources\":[{\"@entity\":[\"no\"]}]}",
      "schema violation (sources.1: {\n  [\"@entity\"] = {\n    \"no\"\n  }\n})", "rules of an element" },
};

static const struct {
    const char *key, *want, *why;
} keys[] = {
    { "{\"id\":\"" ID "\"}", "{id=\"" ID "\"}", "one part" },
    { "{\"route\":null,\"name\":\"basic-auth\",\"service\":{\"id\":\"" ID "\"},\"consumer\":null}",
      "{consumer=null,name=\"basic-auth\",route=null,service={id=\"" ID "\"}}", "sorted, nested, null" },
    { "{\"n\":1,\"r\":1.5,\"t\":true,\"f\":false}", "{f=false,n=1,r=1.5,t=true}", "other scalars" },
};

static void check_tree(void)
{
    gw_errors *errors = gw_errors_make(pool);

    ok(!gw_errors_any(errors) && gw_errors_result(errors) == NULL, "nothing is wrong at first");
    gw_errors_field(errors, "config.allow", "first");
    gw_errors_field(errors, "config.allow", "second");
    gw_errors_field(errors, "name", "no");
    gw_errors_field(errors, "name.deeper", "lost");
    gw_errors_entity(errors, "one");
    gw_errors_entity(errors, "two");
    is_json(gw_errors_tree(errors), "{\"config\":{\"allow\":\"first\"},\"name\":\"no\",\"@entity\":[\"one\",\"two\"]}",
            "dots nest, a field keeps its first message");
    is_int(gw_errors_result(errors)->code, GW_E_SCHEMA, "the code of the catalogue");
    gw_errors_field(errors, "bad\xff", "bytes \xc3(");
    is_json(json_object_get(gw_errors_tree(errors), "bad?"), "\"bytes ?(\"", "broken bytes cannot hide an error");
}

int main(void)
{
    size_t i;

    begin();
    for (i = 0; i < COUNT(messages); i++) {
        json_t *tree = parse(messages[i].tree);

        is_str(gw_errors_message(tree, pool), messages[i].want, messages[i].why);
        json_decref(tree);
    }
    for (i = 0; i < COUNT(keys); i++) {
        json_t *key = parse(keys[i].key);

        is_str(gw_errors_key_text(key, pool), keys[i].want, keys[i].why);
        json_decref(key);
    }
    check_tree();
    return end();
}
