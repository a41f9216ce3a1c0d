/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_rules_test.c - checks over several fields: texts, when they are skipped, rules of a picked record.
 */
#include "schema_tap.h"

static const char *const modes[] = { "on", "off", NULL };
static const char *const on_words[] = { "on", NULL };
static const gw_field word = { .type = GW_T_STRING };
static const gw_field is_on = { .type = GW_T_STRING, .one_of = on_words };
static const gw_field is_given = { .type = GW_T_STRING, .flags = GW_REQUIRED };
static const gw_field is_null = { .flags = GW_NULL_ONLY };
static const gw_field above_zero = { .has_gt = 1, .gt = 0 };
static const gw_field with_exp = { .flags = GW_REQUIRED, .contains = "exp" };

static void check_order(const json_t *entity, gw_errors *errors, apr_pool_t *p)
{
    (void)p;
    if (json_integer_value(json_object_get(entity, "low")) > json_integer_value(json_object_get(entity, "high")))
        gw_errors_field(errors, "low", "must not be above 'high'");
}

static const gw_field fields[] = {
    { .name = "a", .type = GW_T_STRING },    { .name = "b", .type = GW_T_STRING },
    { .name = "c", .type = GW_T_SET, .element = &word },
    { .name = "user", .type = GW_T_STRING }, { .name = "password", .type = GW_T_STRING },
    { .name = "mode", .type = GW_T_STRING, .one_of = modes },
    { .name = "reason", .type = GW_T_STRING }, { .name = "excuse", .type = GW_T_STRING },
    { .name = "low", .type = GW_T_INTEGER },   { .name = "high", .type = GW_T_INTEGER },
    { .name = NULL }
};
static const gw_rule rules[] = {
    { .kind = GW_MUTUALLY_REQUIRED, .fields = { "user", "password" } },
    { .kind = GW_CONDITIONAL, .if_field = "mode", .if_match = &is_on, .then_field = "reason", .then_match = &is_given },
    { .kind = GW_CONDITIONAL, .if_field = "mode", .if_match = &is_on, .then_field = "excuse", .then_match = &is_null },
    { .kind = GW_CUSTOM, .fields = { "low", "high" }, .check = check_order },
    { .fields = { NULL } }
};
static const gw_schema schema = { .name = "things", .fields = fields, .rules = rules };

static const schema_case cases[] = {
    { "{\"user\":\"x\"}", "{\"@entity\":[\"all or none of these fields must be set: 'user', 'password'\"]}", NULL,
      "all or none" },
    { "{\"user\":\"x\",\"password\":\"y\"}", NULL, NULL, "all" },
    { "{\"user\":1}", "{\"user\":\"expected a string\"}", NULL, "all or none is skipped when one is wrong" },
    { "{\"mode\":\"on\"}",
      "{\"reason\":\"required field missing\","
      "\"@entity\":[\"failed conditional validation given value of field 'mode'\"]}", NULL, "if this, then that" },
    { "{\"mode\":\"off\"}", NULL, NULL, "not this" },
    { "{\"mode\":null}", NULL, NULL, "null matches no condition" },
    { "{\"mode\":\"on\",\"reason\":\"x\",\"excuse\":\"y\"}",
      "{\"excuse\":\"value must be null\","
      "\"@entity\":[\"failed conditional validation given value of field 'mode'\"]}", NULL, "then not that" },
    { "{\"mode\":\"on\",\"reason\":1}", "{\"reason\":\"expected a string\"}", NULL,
      "a wrong field keeps its own message" },
    { "{\"low\":2,\"high\":1}", "{\"low\":\"must not be above 'high'\"}", NULL, "a rule of one's own" },
    { "{\"low\":2,\"high\":\"1\"}", "{\"high\":\"expected an integer\"}", NULL, "skipped when a field it needs is wrong" },
};

/* One rule at a time over a, b, c. */
static const struct {
    gw_rule_kind kind;
    gw_write_kind write;
    schema_case c;
} singles[] = {
    { GW_AT_LEAST_ONE_OF, GW_WRITE_INSERT,
      { "{}", "{\"@entity\":[\"at least one of these fields must be non-empty: 'a', 'b', 'c'\"]}", NULL,
        "at least one: none" } },
    { GW_AT_LEAST_ONE_OF, GW_WRITE_UPDATE,
      { "{}", "{\"@entity\":[\"when updating, at least one of these fields must be non-empty: 'a', 'b', 'c'\"]}", NULL,
        "at least one, on update" } },
    { GW_AT_LEAST_ONE_OF, GW_WRITE_INSERT,
      { "{\"a\":null,\"c\":[]}", "{\"@entity\":[\"at least one of these fields must be non-empty: 'a', 'b', 'c'\"]}",
        NULL, "null and [] are empty" } },
    { GW_AT_LEAST_ONE_OF, GW_WRITE_INSERT,
      { "{\"a\":1}", "{\"a\":\"expected a string\"}", NULL, "a wrong value is no empty one" } },
    { GW_AT_LEAST_ONE_OF, GW_WRITE_INSERT, { "{\"c\":[\"x\"]}", NULL, NULL, "at least one: one" } },
    { GW_ONLY_ONE_OF, GW_WRITE_INSERT,
      { "{}", "{\"@entity\":[\"exactly one of these fields must be non-empty: 'a', 'b', 'c'\"]}", NULL,
        "exactly one: none" } },
    { GW_ONLY_ONE_OF, GW_WRITE_INSERT,
      { "{\"a\":\"x\",\"b\":\"y\"}", "{\"@entity\":[\"exactly one of these fields must be non-empty: 'a', 'b', 'c'\"]}",
        NULL, "exactly one: two" } },
    { GW_ONLY_ONE_OF, GW_WRITE_INSERT, { "{\"a\":\"x\"}", NULL, NULL, "exactly one: one" } },
    { GW_MUTUALLY_EXCLUSIVE, GW_WRITE_INSERT,
      { "{\"a\":\"x\",\"b\":\"y\"}",
        "{\"@entity\":[\"only one or none of these fields must be set: 'a', 'b', 'c'\"]}", NULL, "one or none: two" } },
    { GW_MUTUALLY_EXCLUSIVE, GW_WRITE_INSERT, { "{}", NULL, NULL, "one or none: none" } },
    { GW_MUTUALLY_EXCLUSIVE, GW_WRITE_INSERT,
      { "{\"a\":1,\"b\":\"y\"}", "{\"a\":\"expected a string\"}", NULL, "one or none: not asked of what is wrong" } },
    { GW_DISTINCT, GW_WRITE_INSERT,
      { "{\"a\":\"x\",\"b\":\"x\"}", "{\"@entity\":[\"values of these fields must be distinct: 'a', 'b', 'c'\"]}", NULL,
        "distinct: equal" } },
    { GW_DISTINCT, GW_WRITE_INSERT, { "{\"a\":\"x\",\"b\":\"y\"}", NULL, NULL, "distinct: different" } },
    { GW_DISTINCT, GW_WRITE_INSERT, { "{\"a\":null,\"b\":null}", NULL, NULL, "distinct: nulls do not count" } },
};

/* A record that depends on the row, with rules of both manners of speaking. */
static const gw_field conf_fields[] = {
    { .name = "max", .type = GW_T_NUMBER, .dflt = "0" },
    { .name = "claims", .type = GW_T_SET, .element = &word },
    { .name = "allow", .type = GW_T_STRING },
    { .name = "deny", .type = GW_T_STRING },
    { .name = NULL }
};
static const gw_rule conf_rules[] = {
    { .kind = GW_CONDITIONAL, .if_field = "config.max", .if_match = &above_zero, .then_field = "config.claims",
      .then_match = &with_exp },
    { .kind = GW_MUTUALLY_EXCLUSIVE, .fields = { "allow", "deny" } },
    { .fields = { NULL } }
};
static const gw_schema conf = { .name = "conf", .fields = conf_fields, .rules = conf_rules };

static const gw_schema *pick(const json_t *entity)
{
    const char *name = json_string_value(json_object_get(entity, "name"));

    return name != NULL && strcmp(name, "good") == 0 ? &conf : NULL;
}

static const char *check_known(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    (void)field, (void)p;
    return strcmp(json_string_value(value), "good") == 0 ? NULL : "no such thing";
}

static const gw_field row_fields[] = {
    { .name = "name", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = check_known },
    { .name = "config", .type = GW_T_RECORD, .flags = GW_REQUIRED, .pick = pick },
    { .name = "port", .type = GW_T_INTEGER },
    { .name = NULL }
};
static const gw_schema row_schema = { .name = "rows", .fields = row_fields, .key_field = "name" };

static const schema_case picked[] = {
    { "{\"port\":\"x\",\"nope\":1}", "{\"name\":\"required field missing\"}", NULL,
      "without the key field nothing else is checked" },
    { "{\"name\":\"bad\",\"config\":1}", "{\"name\":\"no such thing\"}", NULL, "nor with a wrong one" },
    { "{\"name\":\"good\"}", NULL, "{\"config\":{\"max\":0,\"claims\":null,\"allow\":null,\"deny\":null}}",
      "the picked record is filled" },
    { "{\"name\":\"good\",\"config\":{\"nope\":1}}", "{\"config\":{\"nope\":\"unknown field\"}}", NULL,
      "and checked" },
    { "{\"name\":\"good\",\"config\":{\"max\":1,\"claims\":[\"nbf\"]}}",
      "{\"config\":{\"claims\":\"expected to contain: exp\"},"
      "\"@entity\":[\"failed conditional validation given value of field 'config.max'\"]}", NULL,
      "a rule that speaks as the row does lands beside the record" },
    { "{\"name\":\"good\",\"config\":{\"max\":\"x\"}}", "{\"config\":{\"max\":\"expected a number\"}}", NULL,
      "what is no number is not above zero" },
    { "{\"name\":\"good\",\"config\":{\"allow\":\"x\",\"deny\":\"y\"}}",
      "{\"config\":{\"@entity\":[\"only one or none of these fields must be set: 'allow', 'deny'\"]}}", NULL,
      "a rule that speaks as the record does lands inside" },
};

static const schema_case bare[] = {
    { "{\"max\":1}",
      "{\"claims\":\"required field missing\","
      "\"@entity\":[\"failed conditional validation given value of field 'config.max'\"]}", NULL,
      "both manners hold for a record alone" },
    { "{\"max\":1,\"claims\":[\"exp\"]}", NULL, NULL, "and may be satisfied there" },
};

int main(void)
{
    size_t i;

    begin();
    for (i = 0; i < COUNT(cases); i++)
        run_case(&schema, &cases[i], GW_WRITE_INSERT);
    for (i = 0; i < COUNT(singles); i++) {
        const gw_rule table[] = { { .kind = singles[i].kind, .fields = { "a", "b", "c" } }, { .fields = { NULL } } };
        const gw_schema one = { .name = "things", .fields = fields, .rules = table };

        run_case(&one, &singles[i].c, singles[i].write);
    }
    for (i = 0; i < COUNT(picked); i++)
        run_case(&row_schema, &picked[i], GW_WRITE_INSERT);
    for (i = 0; i < COUNT(bare); i++)
        run_case(&conf, &bare[i], GW_WRITE_INSERT);
    return end();
}
