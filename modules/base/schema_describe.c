/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_describe.c - a schema as JSON, in the shape of /schemas: an array of one-member objects, so that clients see
 * the order, and the rules beside it.
 */
#include "schema_impl.h"

static const char *const type_names[] = {
    [GW_T_STRING] = "string",   [GW_T_INTEGER] = "integer", [GW_T_NUMBER] = "number",
    [GW_T_BOOLEAN] = "boolean", [GW_T_ARRAY] = "array",     [GW_T_SET] = "set",
    [GW_T_MAP] = "map",         [GW_T_RECORD] = "record",   [GW_T_FOREIGN] = "foreign",
};

/* Flags that are shown as true. */
static const struct {
    unsigned flag;
    const char *name;
} flag_names[] = {
    { GW_REQUIRED, "required" },     { GW_UNIQUE, "unique" },          { GW_AUTO, "auto" },
    { GW_IMMUTABLE, "immutable" },   { GW_WRITE_ONLY, "write_only" },  { GW_SECRET, "encrypted" },
};

static const struct {
    gw_rule_kind kind;
    const char *name;
} rule_names[] = {
    { GW_AT_LEAST_ONE_OF, "at_least_one_of" },
    { GW_ONLY_ONE_OF, "only_one_of" },
    { GW_MUTUALLY_REQUIRED, "mutually_required" },
    { GW_MUTUALLY_EXCLUSIVE, "mutually_exclusive" },
    { GW_DISTINCT, "distinct" },
};

static void set_true(json_t *out, const char *name, int is_set)
{
    if (is_set)
        json_object_set_new(out, name, json_true());
}

/* A bound as a whole number where it is one. */
static json_t *make_number(double value)
{
    return value == (double)(json_int_t)value ? json_integer((json_int_t)value) : json_real(value);
}

/* The words of a one_of, as numbers where the field is one. */
static json_t *describe_words(const gw_field *field, const char *const *words)
{
    json_t *list = json_array();

    for (; *words != NULL; words++) {
        json_t *number = field->type == GW_T_INTEGER ? json_loads(*words, JSON_DECODE_ANY, NULL) : NULL;

        json_array_append_new(list, number != NULL ? number : json_string(*words));
    }
    return list;
}

static json_t *describe_exclusive(const gw_field *field)
{
    json_t *list = json_array();
    const char *const *const *subset;

    for (subset = field->exclusive_sets; *subset != NULL; subset++)
        json_array_append_new(list, describe_words(field, *subset));
    return list;
}

static void describe_limits(json_t *out, const gw_field *field)
{
    if (field->dflt != NULL)
        json_object_set_new(out, "default", json_loads(field->dflt, JSON_DECODE_ANY, NULL));
    if (field->one_of != NULL)
        json_object_set_new(out, "one_of", describe_words(field, field->one_of));
    if (field->not_one_of != NULL)
        json_object_set_new(out, "not_one_of", describe_words(field, field->not_one_of));
    if (field->has_range)
        json_object_set_new(out, "between", json_pack("[o, o]", make_number(field->min), make_number(field->max)));
    if (field->has_gt)
        json_object_set_new(out, "gt", make_number(field->gt));
    if (field->len_min > 0 || (field->flags & GW_MAY_BE_EMPTY))
        json_object_set_new(out, "len_min", json_integer((json_int_t)field->len_min));
    if (field->len_max > 0)
        json_object_set_new(out, "len_max", json_integer((json_int_t)field->len_max));
    if (field->starts_with != NULL)
        json_object_set_new(out, "starts_with", json_string(field->starts_with));
    if (field->contains != NULL)
        json_object_set_new(out, "contains", json_string(field->contains));
    if (field->exclusive_sets != NULL)
        json_object_set_new(out, "mutually_exclusive_subsets", describe_exclusive(field));
    if (field->flags & GW_NULL_ONLY)
        json_object_set_new(out, "eq", json_null());
}

static void describe_schema(json_t *out, const gw_schema *schema, const json_t *entity);

static json_t *describe_field(const gw_field *field, const json_t *entity)
{
    json_t *out = json_object();
    const gw_schema *record = field->type == GW_T_RECORD ? gw_field_record(field, entity) : NULL;
    size_t i;

    json_object_set_new(out, "type", json_string(type_names[field->type]));
    for (i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
        set_true(out, flag_names[i].name, (field->flags & flag_names[i].flag) != 0);
    set_true(out, "uuid", field->format == GW_FMT_UUID);
    set_true(out, "timestamp", field->format == GW_FMT_TIMESTAMP);
    describe_limits(out, field);
    if (field->reference != NULL)
        json_object_set_new(out, "reference", json_string(field->reference));
    if (field->type == GW_T_FOREIGN && (field->flags & GW_CASCADE))
        json_object_set_new(out, "on_delete", json_string("cascade"));
    else if (field->type == GW_T_FOREIGN && (field->flags & GW_LOOSE))
        json_object_set_new(out, "on_delete", json_string("leave"));
    if (field->keys != NULL)
        json_object_set_new(out, "keys", describe_field(field->keys, entity));
    if (field->element != NULL)
        json_object_set_new(out, field->type == GW_T_MAP ? "values" : "elements",
                            describe_field(field->element, entity));
    if (record != NULL)
        describe_schema(out, record, entity);
    else
        set_true(out, "abstract", field->pick != NULL);
    if (field->help != NULL)
        json_object_set_new(out, "description", json_string(field->help));
    return out;
}

/* One rule as {"kind": ...}; NULL when it has no shape that clients know. */
static json_t *describe_rule(const gw_rule *rule)
{
    json_t *names = json_array();
    size_t i;

    for (i = 0; i < 8 && rule->fields[i] != NULL; i++)
        json_array_append_new(names, json_string(rule->fields[i]));
    for (i = 0; i < sizeof(rule_names) / sizeof(rule_names[0]); i++) {
        if (rule_names[i].kind == rule->kind)
            return json_pack("{s:o}", rule_names[i].name, names);
    }
    if (rule->kind == GW_CUSTOM)
        return json_pack("{s:{s:o}}", "custom_entity_check", "field_sources", names);
    json_decref(names);
    return json_pack("{s:{s:s, s:o, s:s, s:o}}", "conditional", "if_field", rule->if_field, "if_match",
                     describe_field(rule->if_match, NULL), "then_field", rule->then_field, "then_match",
                     describe_field(rule->then_match, NULL));
}

static json_t *describe_rules(const gw_schema *schema)
{
    json_t *list = json_array();
    const gw_rule *rule;

    for (rule = schema->rules; rule != NULL && !gw_rule_is_end(rule); rule++)
        json_array_append_new(list, describe_rule(rule));
    return list;
}

static json_t *describe_shorthands(const gw_schema *schema, const json_t *entity)
{
    json_t *list = json_array();
    const gw_shorthand *s;

    for (s = schema->shorthands; s != NULL && s->field.name != NULL; s++)
        json_array_append_new(list, json_pack("{s:o}", s->field.name, describe_field(&s->field, entity)));
    return list;
}

/* Members "fields" and, where there are any, "shorthand_fields" and "entity_checks". */
static void describe_schema(json_t *out, const gw_schema *schema, const json_t *entity)
{
    json_t *fields = json_array();
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        if (!(field->flags & GW_INTERNAL))
            json_array_append_new(fields, json_pack("{s:o}", field->name, describe_field(field, entity)));
    }
    json_object_set_new(out, "fields", fields);
    if (schema->shorthands != NULL)
        json_object_set_new(out, "shorthand_fields", describe_shorthands(schema, entity));
    if (schema->rules != NULL)
        json_object_set_new(out, "entity_checks", describe_rules(schema));
}

json_t *gw_schema_describe_for(const gw_schema *schema, const json_t *entity)
{
    json_t *out = json_object();

    describe_schema(out, schema, entity);
    if (schema->rules == NULL)
        json_object_set_new(out, "entity_checks", json_array());
    return out;
}

json_t *gw_schema_describe(const gw_schema *schema)
{
    return gw_schema_describe_for(schema, NULL);
}
