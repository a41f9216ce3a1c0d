/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_check_test.c - types, limits and their texts, nested values, unknown fields, what is put right in place.
 */
#include "schema_tap.h"

#define ID "0855b320-0dd2-547d-891d-601e9b38647f"

static const char *const colours[] = { "red", "green", NULL };
static const char *const codes[] = { "426", "301", NULL };
static const char *const taken[] = { "admin", "root", NULL };
static const char *const pair_a[] = { "http", "https", NULL };
static const char *const pair_b[] = { "tcp", "tls", "udp", NULL };
static const char *const pair_c[] = { "grpc", NULL };
static const char *const *const pairs[] = { pair_a, pair_b, pair_c, NULL };

static const char *check_even(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    (void)field, (void)p;
    return json_integer_value(value) % 2 ? "must be even" : NULL;
}

static const gw_field word = { .type = GW_T_STRING };
static const gw_field number = { .type = GW_T_INTEGER };
static const gw_field colour = { .type = GW_T_STRING, .one_of = colours };
static const gw_field short_key = { .type = GW_T_STRING, .len_max = 3 };
static const gw_field list = { .type = GW_T_ARRAY, .element = &word };

static const gw_field inner_fields[] = {
    { .name = "port", .type = GW_T_INTEGER, .flags = GW_REQUIRED, GW_BETWEEN(0, 65535) },
    { .name = "word", .type = GW_T_STRING },
    { .name = NULL }
};
static const gw_rule inner_rules[] = { { .kind = GW_AT_LEAST_ONE_OF, .fields = { "word" } }, { .fields = { NULL } } };
static const gw_schema inner = { .name = "inner", .fields = inner_fields, .rules = inner_rules };
static const gw_field inner_element = { .type = GW_T_RECORD, .record = &inner };

static const gw_field fields[] = {
    { .name = "must", .type = GW_T_STRING, .flags = GW_REQUIRED },
    { .name = "text", .type = GW_T_STRING },
    { .name = "may_be_empty", .type = GW_T_STRING, .flags = GW_MAY_BE_EMPTY },
    { .name = "whole", .type = GW_T_INTEGER },
    { .name = "real", .type = GW_T_NUMBER, .has_gt = 1, .gt = 0.5 },
    { .name = "flag", .type = GW_T_BOOLEAN },
    { .name = "uuid", .type = GW_T_STRING, .format = GW_FMT_UUID },
    { .name = "when", .type = GW_T_INTEGER, .format = GW_FMT_TIMESTAMP },
    { .name = "colour", .type = GW_T_STRING, .one_of = colours },
    { .name = "code", .type = GW_T_INTEGER, .one_of = codes },
    { .name = "user", .type = GW_T_STRING, .not_one_of = taken },
    { .name = "port", .type = GW_T_INTEGER, GW_BETWEEN(0, 65535) },
    { .name = "share", .type = GW_T_NUMBER, GW_BETWEEN(0.001, 1) },
    { .name = "least", .type = GW_T_STRING, .len_min = 3 },
    { .name = "most", .type = GW_T_STRING, .len_max = 3 },
    { .name = "exact", .type = GW_T_STRING, .len_min = 3, .len_max = 3 },
    { .name = "start", .type = GW_T_STRING, .starts_with = "/" },
    { .name = "even", .type = GW_T_INTEGER, .check = check_even },
    { .name = "list", .type = GW_T_ARRAY, .element = &word, .len_max = 3 },
    { .name = "set", .type = GW_T_SET, .element = &colour, .contains = "red" },
    { .name = "numbers", .type = GW_T_SET, .element = &number },
    { .name = "protocols", .type = GW_T_SET, .element = &word, .exclusive_sets = pairs },
    { .name = "anything", .type = GW_T_ARRAY },
    { .name = "map", .type = GW_T_MAP, .keys = &short_key, .element = &list },
    { .name = "record", .type = GW_T_RECORD, .record = &inner },
    { .name = "records", .type = GW_T_ARRAY, .element = &inner_element },
    { .name = "parent", .type = GW_T_FOREIGN, .reference = "parents" },
    { .name = "never", .type = GW_T_STRING, .flags = GW_NULL_ONLY },
    { .name = "both", .type = GW_T_STRING, .one_of = colours, .len_min = 5, .starts_with = "g" },
    { .name = NULL }
};
static const gw_schema schema = { .name = "things", .fields = fields };

/* Each body gets "must" from the runner unless it says so itself. */
static const schema_case cases[] = {
    { "{\"must\":null}", "{\"must\":\"required field missing\"}", NULL, "null is no value for a required field" },
    { "{\"colour\":null}", NULL, "{\"colour\":null}", "null is fine elsewhere" },
    { "{\"nope\":1,\"a.b\":2}", "{\"nope\":\"unknown field\",\"a.b\":\"unknown field\"}", NULL,
      "unknown fields, a dot is a character" },
    { "{\"text\":1}", "{\"text\":\"expected a string\"}", NULL, "string" },
    { "{\"text\":\"\"}", "{\"text\":\"length must be at least 1\"}", NULL, "the empty string" },
    { "{\"may_be_empty\":\"\"}", NULL, "{\"may_be_empty\":\"\"}", "the empty string where it is allowed" },
    { "{\"text\":\"a\\u0000b\"}", "{\"text\":\"must not contain NUL characters\"}", NULL, "NUL" },
    { "{\"whole\":\"80\"}", "{\"whole\":\"expected an integer\"}", NULL, "integer: JSON is not coerced" },
    { "{\"whole\":1.5}", "{\"whole\":\"expected an integer\"}", NULL, "integer with a fraction" },
    { "{\"whole\":1e300}", "{\"whole\":\"expected an integer\"}", NULL, "integer out of reach" },
    { "{\"whole\":2.0}", NULL, "{\"whole\":2}", "2.0 is an integer" },
    { "{\"real\":\"1\"}", "{\"real\":\"expected a number\"}", NULL, "number" },
    { "{\"real\":0.5}", "{\"real\":\"value must be greater than 0.5\"}", NULL, "gt" },
    { "{\"real\":1}", NULL, "{\"real\":1}", "a number may be whole" },
    { "{\"flag\":\"true\"}", "{\"flag\":\"expected a boolean\"}", NULL, "boolean" },
    { "{\"flag\":1}", "{\"flag\":\"expected a boolean\"}", NULL, "1 is no boolean" },
    { "{\"uuid\":\"x\"}", "{\"uuid\":\"expected a valid UUID\"}", NULL, "uuid" },
    { "{\"uuid\":\"0855B320-0DD2-547D-891D-601E9B38647F\"}", NULL, "{\"uuid\":\"" ID "\"}", "uuids become lower case" },
    { "{\"when\":0}", "{\"when\":\"expected a valid timestamp\"}", NULL, "timestamp" },
    { "{\"colour\":\"blue\"}", "{\"colour\":\"expected one of: red, green\"}", NULL, "one_of" },
    { "{\"code\":302}", "{\"code\":\"expected one of: 426, 301\"}", NULL, "one_of of numbers" },
    { "{\"code\":301}", NULL, "{\"code\":301}", "a number of the list" },
    { "{\"user\":\"root\"}", "{\"user\":\"must not be one of: admin, root\"}", NULL, "not_one_of" },
    { "{\"port\":65536}", "{\"port\":\"value should be between 0 and 65535\"}", NULL, "above the range" },
    { "{\"port\":-1}", "{\"port\":\"value should be between 0 and 65535\"}", NULL, "below the range" },
    { "{\"port\":65535}", NULL, "{\"port\":65535}", "the last of the range" },
    { "{\"share\":2}", "{\"share\":\"value should be between 0.001 and 1\"}", NULL, "a range with a fraction" },
    { "{\"least\":\"ab\"}", "{\"least\":\"length must be at least 3\"}", NULL, "len_min" },
    { "{\"most\":\"abcd\"}", "{\"most\":\"length must be at most 3\"}", NULL, "len_max" },
    { "{\"exact\":\"ab\"}", "{\"exact\":\"length must be 3\"}", NULL, "exact length, too short" },
    { "{\"exact\":\"abcd\"}", "{\"exact\":\"length must be 3\"}", NULL, "exact length, too long" },
    { "{\"start\":\"a\"}", "{\"start\":\"should start with: /\"}", NULL, "starts_with" },
    { "{\"even\":3}", "{\"even\":\"must be even\"}", NULL, "a check of one's own" },
    { "{\"both\":\"x\"}", "{\"both\":\"expected one of: red, green\"}", NULL, "one_of comes before length and start" },
    { "{\"both\":\"red\"}", "{\"both\":\"length must be at least 5\"}", NULL, "length comes before start" },
    { "{\"list\":\"a\"}", "{\"list\":\"expected an array\"}", NULL, "array" },
    { "{\"list\":{\"1\":\"a\"}}", "{\"list\":\"expected an array\"}", NULL, "an object is no array" },
    { "{\"list\":[\"a\",1,\"b\",null,\"c\"]}",
      "{\"list\":[null,\"expected a string\",null,\"required field missing\"]}", NULL,
      "elements at their place, holes are null, the list's length comes after" },
    { "{\"list\":[\"a\",\"a\",\"b\",\"c\"]}", "{\"list\":\"length must be at most 3\"}", NULL, "length of a list" },
    { "{\"set\":\"red\"}", "{\"set\":\"expected a set\"}", NULL, "set" },
    { "{\"set\":[\"green\",\"red\",\"green\",\"red\"]}", NULL, "{\"set\":[\"green\",\"red\"]}",
      "a set keeps the first of equal ones" },
    { "{\"set\":[\"green\"]}", "{\"set\":\"expected to contain: red\"}", NULL, "contains" },
    { "{\"numbers\":[1,1.0,2]}", NULL, "{\"numbers\":[1,2]}", "1.0 and 1 are one element" },
    { "{\"protocols\":[\"udp\",\"https\"]}",
      "{\"protocols\":\"these sets are mutually exclusive: ('http', 'https'), ('tcp', 'tls', 'udp')\"}", NULL,
      "exclusive sets, only those that were hit" },
    { "{\"anything\":[1,{\"a\":[]}]}", NULL, "{\"anything\":[1,{\"a\":[]}]}", "elements without a description" },
    { "{\"map\":[]}", "{\"map\":\"expected a map\"}", NULL, "map" },
    { "{\"map\":{\"long\":[\"x\"]}}", "{\"map\":\"length must be at most 3\"}", NULL, "a map's key" },
    { "{\"map\":{\"a\":\"x\"}}", "{\"map\":\"expected an array\"}", NULL, "a map's value" },
    { "{\"map\":{\"a\":[1]}}", "{\"map\":[\"expected a string\"]}", NULL, "inside a map's value" },
    { "{\"record\":1}", "{\"record\":\"expected a record\"}", NULL, "record" },
    { "{\"record\":{\"port\":-1,\"x\":1}}",
      "{\"record\":{\"port\":\"value should be between 0 and 65535\",\"x\":\"unknown field\","
      "\"@entity\":[\"at least one of these fields must be non-empty: 'word'\"]}}", NULL,
      "fields and rules of a record" },
    { "{\"records\":[{\"port\":1,\"word\":\"a\"},{\"word\":\"a\"}]}",
      "{\"records\":[null,{\"port\":\"required field missing\"}]}", NULL, "records in a list" },
    { "{\"parent\":\"" ID "\"}", "{\"parent\":{\"id\":\"missing primary key\"}}", NULL, "a bare id is no reference" },
    { "{\"parent\":{}}", "{\"parent\":{\"id\":\"missing primary key\"}}", NULL, "a reference without id" },
    { "{\"parent\":{\"id\":\"x\"}}", "{\"parent\":{\"id\":\"expected a valid UUID\"}}", NULL, "a reference's id" },
    { "{\"parent\":{\"id\":1}}", "{\"parent\":{\"id\":\"expected a string\"}}", NULL, "an id is text" },
    { "{\"parent\":{\"id\":\"0855B320-0DD2-547D-891D-601E9B38647F\",\"x\":1}}", NULL, "{\"parent\":{\"id\":\"" ID "\"}}",
      "only the id of a reference stays" },
    { "{\"never\":\"x\"}", "{\"never\":\"value must be null\"}", NULL, "null only" },
    { "{\"text\":1,\"flag\":2,\"nope\":3}",
      "{\"text\":\"expected a string\",\"flag\":\"expected a boolean\",\"nope\":\"unknown field\"}", NULL,
      "all fields are checked" },
};

static void check_one(const schema_case *c)
{
    json_t *body = parse(c->body);
    schema_case complete = *c;

    if (json_object_get(body, "must") == NULL)
        json_object_set_new(body, "must", json_string("x"));
    complete.body = dump(body);
    run_case(&schema, &complete, GW_WRITE_INSERT);
    json_decref(body);
}

/* Which of its fields a row hangs on another entity by. */
static void check_links(void)
{
    static const gw_field of_child[] = {
        { .name = "houses", .type = GW_T_STRING },
        { .name = "rooms", .type = GW_T_ARRAY, .element = &word, .reference = "rooms", .flags = GW_CHILDREN },
        { .name = "house", .type = GW_T_FOREIGN, .reference = "houses" },
        { .name = "owner", .type = GW_T_FOREIGN, .reference = "people" },
        { .name = "tenant", .type = GW_T_FOREIGN, .reference = "people" },
        { .name = NULL }
    };
    static const gw_schema child = { .name = "child", .fields = of_child };

    ok(gw_schema_link(&child, "houses") == &of_child[2], "a link goes by what it refers to, not by its name");
    ok(gw_schema_link(&child, "people") == &of_child[3], "of two links the first");
    ok(gw_schema_link(&child, "rooms") == NULL, "a list of children is no link");
    ok(gw_schema_link(&child, "house") == NULL, "nor is there one to what nothing refers to");
}

static void check_broken_utf8(void)
{
    json_t *row = json_pack("{s:s, s:o}", "must", "x", "text", json_stringn_nocheck("ab\xc3(", 4));
    const gw_error *err = gw_schema_process(&schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);

    is_json(err != NULL ? err->fields : NULL, "{\"text\":\"invalid utf-8 character sequence detected at position 3\"}",
            "bytes that are no text");
    json_decref(row);
}

static void check_dropping(void)
{
    json_t *row = parse("{\"must\":\"x\",\"nope\":1,\"record\":{\"port\":1,\"word\":\"a\",\"nope\":1}}");
    const gw_error *err = gw_schema_process(&schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_DROP, NOW, pool);

    ok(err == NULL, "unknown fields are no error when they are dropped");
    ok(json_object_get(row, "nope") == NULL, "they are gone");
    is_json(json_object_get(row, "record"), "{\"port\":1,\"word\":\"a\"}", "inside records too");
    json_decref(row);
}

/* What nests deeper than any table says is refused, and a list of a million mistakes is not read to its end. */
static void check_bounds(void)
{
    json_t *row = parse("{\"must\":\"x\"}"), *deep = json_array(), *wrong = json_array();
    const gw_error *err;
    int i;

    for (i = 0; i < 100; i++) {
        json_t *outer = json_array();

        json_array_append_new(outer, deep);
        deep = outer;
    }
    for (i = 0; i < 5000; i++)
        json_array_append_new(wrong, json_integer(i));
    json_object_set_new(row, "anything", deep);
    json_object_set_new(row, "list", wrong);
    err = gw_schema_process(&schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);
    is_json(json_object_get(err->fields, "anything"), "[\"nesting too deep\"]", "free values are bounded in depth");
    is_int((long long)json_array_size(json_object_get(err->fields, "list")), 100, "so many mistakes are told");
    json_decref(row);
}

int main(void)
{
    size_t i;

    begin();
    for (i = 0; i < COUNT(cases); i++)
        check_one(&cases[i]);
    check_broken_utf8();
    check_dropping();
    check_bounds();
    check_links();
    ok(gw_schema_field(&schema, "record.port") == &inner_fields[0], "a field by its dotted name");
    ok(gw_schema_field(&schema, "record.nope") == NULL && gw_schema_field(&schema, "nope.port") == NULL, "or none");
    return end();
}
