/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_coerce_test.c - strings of a form become what the fields want, row by row of the contract's table.
 */
#include "schema_tap.h"

static const gw_field word = { .type = GW_T_STRING };
static const gw_field number = { .type = GW_T_INTEGER };
static const gw_field words = { .type = GW_T_ARRAY, .element = &word };
static const gw_field inner_fields[] = {
    { .name = "port", .type = GW_T_INTEGER },
    { .name = "flag", .type = GW_T_BOOLEAN },
    { .name = "list", .type = GW_T_SET, .element = &word, .flags = GW_COMMA_LIST },
    { .name = NULL }
};
static const gw_schema inner = { .name = "inner", .fields = inner_fields };
static const gw_field inner_element = { .type = GW_T_RECORD, .record = &inner };

static const gw_field fields[] = {
    { .name = "name", .type = GW_T_STRING },
    { .name = "retries", .type = GW_T_INTEGER },
    { .name = "share", .type = GW_T_NUMBER },
    { .name = "enabled", .type = GW_T_BOOLEAN },
    { .name = "tags", .type = GW_T_SET, .element = &word },
    { .name = "hosts", .type = GW_T_ARRAY, .element = &word, .flags = GW_COMMA_LIST },
    { .name = "numbers", .type = GW_T_ARRAY, .element = &number, .flags = GW_COMMA_LIST },
    { .name = "headers", .type = GW_T_MAP, .element = &words },
    { .name = "config", .type = GW_T_RECORD, .record = &inner },
    { .name = "peers", .type = GW_T_ARRAY, .element = &inner_element },
    { .name = "service", .type = GW_T_FOREIGN, .reference = "services" },
    { .name = NULL }
};
static const gw_shorthand shorthands[] = {
    { .field = { .name = "old_hosts", .type = GW_T_ARRAY, .element = &word, .flags = GW_COMMA_LIST },
      .target = "hosts" },
    { .field = { .name = NULL } }
};
static const gw_schema schema = { .name = "things", .fields = fields, .shorthands = shorthands };

static const struct {
    const char *form, *want, *why;
} cases[] = {
    { "{\"name\":\"\"}", "{\"name\":null}", "name=" },
    { "{\"name\":\"6\"}", "{\"name\":\"6\"}", "text stays text" },
    { "{\"name\":[\"a\",\"b\"]}", "{\"name\":[\"a\",\"b\"]}", "a repeated scalar stays a list, to be refused" },
    { "{\"name\":true}", "{\"name\":true}", "a bare name is true, to be refused" },
    { "{\"retries\":\"6\"}", "{\"retries\":6}", "integer" },
    { "{\"retries\":\"0x10\"}", "{\"retries\":16}", "hexadecimal" },
    { "{\"retries\":\" 7 \"}", "{\"retries\":7}", "blanks around a number" },
    { "{\"retries\":\"-1\"}", "{\"retries\":-1}", "negative" },
    { "{\"retries\":\"6x\"}", "{\"retries\":\"6x\"}", "no number" },
    { "{\"retries\":\"nan\"}", "{\"retries\":\"nan\"}", "nan is no number" },
    { "{\"retries\":\"inf\"}", "{\"retries\":\"inf\"}", "inf is no number" },
    { "{\"retries\":\"1e999\"}", "{\"retries\":\"1e999\"}", "nor is what overflows" },
    { "{\"retries\":\" \"}", "{\"retries\":\" \"}", "nor a blank" },
    { "{\"share\":\"0.5\"}", "{\"share\":0.5}", "number" },
    { "{\"enabled\":\"true\"}", "{\"enabled\":true}", "true" },
    { "{\"enabled\":\"false\"}", "{\"enabled\":false}", "false" },
    { "{\"enabled\":\"True\"}", "{\"enabled\":\"True\"}", "only lower case" },
    { "{\"enabled\":\"1\"}", "{\"enabled\":\"1\"}", "1 is no boolean" },
    { "{\"tags\":\"a\"}", "{\"tags\":[\"a\"]}", "a scalar for a list" },
    { "{\"tags\":\"a,b\"}", "{\"tags\":[\"a,b\"]}", "free text is never split" },
    { "{\"tags\":[\"a\",\"b\"]}", "{\"tags\":[\"a\",\"b\"]}", "a list for a list" },
    { "{\"tags\":\"\"}", "{\"tags\":null}", "tags=" },
    { "{\"tags\":[\"\"]}", "{\"tags\":[null]}", "tags[]=" },
    { "{\"hosts\":\"a,b\"}", "{\"hosts\":[\"a\",\"b\"]}", "a comma list" },
    { "{\"hosts\":\" a , b \"}", "{\"hosts\":[\"a\",\"b\"]}", "trimmed" },
    { "{\"hosts\":\"a\\\\,b,c\"}", "{\"hosts\":[\"a,b\",\"c\"]}", "backslash and comma are a comma" },
    { "{\"hosts\":\"a,\"}", "{\"hosts\":[\"a\",null]}", "nothing behind the comma" },
    { "{\"hosts\":[\"a,b\"]}", "{\"hosts\":[\"a,b\"]}", "only a single value is split" },
    { "{\"hosts\":\"~/a{1,2}\"}", "{\"hosts\":[\"~/a{1,2}\"]}", "a regex path is not split" },
    { "{\"hosts\":{\"2\":\"a\"}}", "{\"hosts\":{\"2\":\"a\"}}", "a list with a hole stays what it is" },
    { "{\"old_hosts\":\"a,b\"}", "{\"old_hosts\":[\"a\",\"b\"]}", "old names too" },
    { "{\"numbers\":\"1,2\"}", "{\"numbers\":[1,2]}", "elements are coerced" },
    { "{\"headers\":{\"location\":\"x\"}}", "{\"headers\":{\"location\":[\"x\"]}}", "a map of lists" },
    { "{\"config\":\"\"}", "{\"config\":null}", "config=" },
    { "{\"config\":{\"port\":\"1\",\"flag\":\"true\",\"list\":\"a,b\"}}",
      "{\"config\":{\"port\":1,\"flag\":true,\"list\":[\"a\",\"b\"]}}", "inside a record" },
    { "{\"peers\":[{\"port\":\"1\"}]}", "{\"peers\":[{\"port\":1}]}", "records in a list" },
    { "{\"peers\":{\"port\":\"1\"}}", "{\"peers\":{\"port\":\"1\"}}", "an object is no list" },
    { "{\"service\":\"\"}", "{\"service\":null}", "service=" },
    { "{\"service\":\"U\"}", "{\"service\":\"U\"}", "a bare reference stays, to be refused" },
    { "{\"service\":{\"id\":\"U\"}}", "{\"service\":{\"id\":\"U\"}}", "service.id" },
    { "{\"unknown\":\"\"}", "{\"unknown\":\"\"}", "unknown fields stay as they are" },
};

int main(void)
{
    size_t i;

    begin();
    for (i = 0; i < COUNT(cases); i++) {
        json_t *row = parse(cases[i].form);

        gw_schema_coerce(&schema, row, pool);
        is_json(row, cases[i].want, cases[i].why);
        json_decref(row);
    }
    return end();
}
