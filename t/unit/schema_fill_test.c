/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_fill_test.c - defaults, generated values, order, merge, PATCH, old names, what is shown.
 */
#include "schema_tap.h"

#include "text.h"

#define ID "0855b320-0dd2-547d-891d-601e9b38647f"

static const gw_field word = { .type = GW_T_STRING };
static const gw_field inner_fields[] = {
    { .name = "port", .type = GW_T_INTEGER, .dflt = "80" },
    { .name = "key", .type = GW_T_STRING, .flags = GW_SECRET },
    { .name = "list", .type = GW_T_ARRAY, .element = &word },
    { .name = NULL }
};
static const gw_shorthand inner_shorthands[] = {
    { .field = { .name = "old_list", .type = GW_T_ARRAY, .element = &word }, .target = "list" },
    { .field = { .name = NULL } }
};
static const gw_schema inner = { .name = "inner", .fields = inner_fields, .shorthands = inner_shorthands };
static const gw_field inner_element = { .type = GW_T_RECORD, .record = &inner };

static const char *default_mood(const json_t *entity)
{
    return json_is_true(json_object_get(entity, "sunny")) ? "\"glad\"" : "\"sad\"";
}

static const char *expand_pair(json_t *entity, const json_t *value, apr_pool_t *p)
{
    const char *text = json_string_value(value), *dash = text != NULL ? strchr(text, '-') : NULL;

    (void)p;
    if (dash == NULL)
        return "expected a pair";
    json_object_set_new(entity, "first", json_stringn(text, (size_t)(dash - text)));
    json_object_set_new(entity, "second", json_string(dash + 1));
    return NULL;
}

static const gw_field fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "key", .type = GW_T_STRING, .flags = GW_AUTO | GW_SECRET, .generate = gw_generate_key },
    { .name = "first", .type = GW_T_STRING },
    { .name = "second", .type = GW_T_STRING, .dflt = "\"two\"" },
    { .name = "sunny", .type = GW_T_BOOLEAN, .dflt = "false" },
    { .name = "mood", .type = GW_T_STRING, .dflt = "\"never\"", .dflt_for = default_mood },
    { .name = "must", .type = GW_T_RECORD, .flags = GW_REQUIRED, .record = &inner },
    { .name = "may", .type = GW_T_RECORD, .record = &inner },
    { .name = "many", .type = GW_T_ARRAY, .element = &inner_element },
    { .name = "by_name", .type = GW_T_MAP, .element = &inner_element },
    { .name = "fixed", .type = GW_T_STRING, .flags = GW_IMMUTABLE },
    { .name = "password", .type = GW_T_STRING, .flags = GW_WRITE_ONLY },
    { .name = "hidden", .type = GW_T_STRING, .flags = GW_INTERNAL, .dflt = "\"deep\"" },
    { .name = "parent", .type = GW_T_FOREIGN, .reference = "parents" },
    GW_FIELD_TAGS,
    { .name = NULL }
};
static const gw_shorthand shorthands[] = {
    { .field = { .name = "pair", .type = GW_T_STRING }, .expand = expand_pair },
    { .field = { .name = "parent_id", .type = GW_T_STRING, .format = GW_FMT_UUID }, .target = "parent.id" },
    { .field = { .name = NULL } }
};
static const gw_schema schema = { .name = "things", .fields = fields, .shorthands = shorthands };

static json_t *make_row(const char *body)
{
    json_t *row = parse(body);
    const gw_error *err = gw_schema_process(&schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);

    is_str(err != NULL ? err->message : NULL, NULL, body);
    return row;
}

static void check_defaults(void)
{
    json_t *row = make_row("{\"tags\":[\"x\"],\"first\":\"f\",\"many\":[{}],\"by_name\":{\"a\":{}}}");
    const char *names[20], *name;
    json_t *value;
    int n = 0, i;

    ok(gw_uuid_is(json_string_value(json_object_get(row, "id"))), "an id is made");
    is_int((long long)json_string_length(json_object_get(row, "key")), 32, "a key is made");
    has_json(row, "{\"created_at\":1700000000,\"updated_at\":1700000000,\"first\":\"f\",\"second\":\"two\",\"may\":null}",
             "timestamps, defaults, nulls");
    is_json(json_object_get(row, "must"), "{\"port\":80,\"key\":null,\"list\":null}", "a required record is filled");
    is_json(json_object_get(row, "many"), "[{\"port\":80,\"key\":null,\"list\":null}]", "records in a list are");
    is_json(json_object_get(row, "by_name"), "{\"a\":{\"port\":80,\"key\":null,\"list\":null}}", "and those in a map");
    json_object_foreach (row, name, value)
        names[n++] = name;
    for (i = 0; i < n && strcmp(names[i], fields[i].name) == 0; i++)
        ;
    ok(i == n && fields[n].name == NULL, "all fields are there, in the order of the table");
    json_decref(row);
}

static void check_given(void)
{
    json_t *row = make_row("{\"id\":\"" ID "\",\"created_at\":5,\"updated_at\":5,\"key\":\"k\",\"second\":null,"
                           "\"sunny\":true}");

    has_json(row, "{\"id\":\"" ID "\",\"created_at\":5,\"updated_at\":1700000000,\"key\":\"k\",\"second\":null}",
             "what the client gives stands, but for updated_at; an explicit null is no missing value");
    is_json(json_object_get(row, "mood"), "\"glad\"", "a default that depends on the row");
    json_decref(row);
    row = make_row("{\"key\":null}");
    is_int((long long)json_string_length(json_object_get(row, "key")), 32, "null asks for a generated value");
    is_json(json_object_get(row, "mood"), "\"sad\"", "the other default");
    json_decref(row);
}

static const struct {
    const char *patch, *holds, *errors, *why;
} patches[] = {
    { "{}", "{\"first\":\"f\",\"updated_at\":1700000060,\"created_at\":1700000000}", NULL,
      "an empty patch changes updated_at only" },
    { "{\"first\":null}", "{\"first\":null}", NULL, "null clears" },
    { "{\"must\":{\"port\":1}}", "{\"must\":{\"port\":1,\"key\":\"s\",\"list\":[\"a\",\"b\"]}}", NULL, "records merge" },
    { "{\"must\":{\"list\":[\"c\"]}}", "{\"must\":{\"port\":80,\"key\":\"s\",\"list\":[\"c\"]}}", NULL,
      "lists are replaced" },
    { "{\"by_name\":{\"b\":{}}}", "{\"by_name\":{\"b\":{\"port\":80,\"key\":null,\"list\":null}}}", NULL,
      "maps are replaced" },
    { "{\"must\":1}", NULL, "{\"must\":\"expected a record\"}", "a record cannot become something else" },
    { "{\"must\":null}", NULL, "{\"must\":\"required field missing\"}", "nor go when it is required" },
    { "{\"nope\":1}", NULL, "{\"nope\":\"unknown field\"}", "unknown in a patch" },
    { "{\"fixed\":\"y\"}", NULL, "{\"fixed\":\"immutable field cannot be updated\"}", "immutable" },
    { "{\"fixed\":\"x\"}", "{\"fixed\":\"x\"}", NULL, "immutable, but the same" },
    { "{\"hidden\":\"y\"}", NULL, "{\"hidden\":\"unknown field\"}", "internal fields are unknown to clients" },
    { "{\"pair\":\"p-q\"}", "{\"first\":\"p\",\"second\":\"q\"}", NULL, "a short name in a patch" },
    { "{\"pair\":\"pq\"}", NULL, "{\"pair\":\"expected a pair\"}", "what the short name refuses" },
    { "{\"parent_id\":\"" ID "\"}", "{\"parent\":{\"id\":\"" ID "\"}}", NULL, "an old name with a dotted target" },
    { "{\"parent_id\":null}", "{\"parent\":null}", NULL, "null there is no parent" },
    { "{\"parent_id\":\"x\"}", NULL, "{\"parent_id\":\"expected a valid UUID\"}", "reported under the old name" },
    { "{\"must\":{\"old_list\":[\"z\"]}}", "{\"must\":{\"port\":80,\"key\":\"s\",\"list\":[\"z\"]}}", NULL,
      "an old name inside a record" },
    { "{\"must\":{\"old_list\":\"z\"},\"first\":1}", NULL, "{\"old_list\":\"expected an array\"}",
      "its error lies at the top, and alone" },
};

static void check_patches(void)
{
    json_t *old = make_row("{\"first\":\"f\",\"fixed\":\"x\",\"must\":{\"key\":\"s\",\"list\":[\"a\",\"b\"]}}");
    json_t *before = json_deep_copy(old), *row;
    size_t i;

    for (i = 0; i < COUNT(patches); i++) {
        json_t *patch = parse(patches[i].patch);
        const gw_error *err;

        row = NULL;
        err = gw_schema_patch(&row, &schema, patch, old, GW_UNKNOWN_REFUSE, NOW + apr_time_from_sec(60), pool);
        if (patches[i].errors != NULL)
            is_json(err != NULL ? err->fields : NULL, patches[i].errors, patches[i].why);
        else
            has_json(row, patches[i].holds, patches[i].why);
        json_decref(row);
        json_decref(patch);
    }
    ok(json_equal(old, before), "the old row is as it was");
    json_decref(before);
    json_decref(old);
}

/* Rows of their own: what was read of them may be outdated by now. */
static void check_children(void)
{
    static const gw_field text = { .type = GW_T_STRING };
    static const gw_field of_house[] = {
        { .name = "colour", .type = GW_T_STRING },
        { .name = "rooms", .type = GW_T_ARRAY, .element = &text, .reference = "rooms", .flags = GW_CHILDREN },
        { .name = NULL }
    };
    static const gw_schema house = { .name = "houses", .fields = of_house };
    static const struct { const char *patch, *rooms, *why; } cases[] = {
        { "{\"colour\":\"red\"}", "null", "children that a patch does not name are left alone" },
        { "{\"rooms\":[\"b\"]}", "[\"b\"]", "those that it names are what it says" },
        { "{\"rooms\":[]}", "[]", "none, too" },
        { "{\"rooms\":null}", "null", "null leaves them alone" },
    };
    json_t *old = parse("{\"colour\":\"white\",\"rooms\":[\"a\"]}");

    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *patch = parse(cases[i].patch), *merged = gw_schema_merge(&house, old, patch);

        is_json(json_object_get(merged, "rooms"), cases[i].rooms, cases[i].why);
        json_decref(merged);
        json_decref(patch);
    }
    json_decref(old);
}

static void check_views(void)
{
    json_t *row = make_row("{\"password\":\"p\",\"must\":{\"key\":\"s\"},\"many\":[{\"key\":\"t\"}],\"key\":\"k\"}");
    json_t *shown = gw_schema_show(&schema, row), *masked = gw_schema_mask(&schema, row);

    has_json(row, "{\"hidden\":\"deep\",\"password\":\"p\"}", "the row itself holds everything");
    ok(json_object_get(shown, "password") == NULL && json_object_get(shown, "hidden") == NULL,
       "write-only and internal fields are not shown");
    has_json(shown, "{\"key\":\"k\",\"must\":{\"port\":80,\"key\":\"s\",\"list\":null}}", "secrets are shown to clients");
    has_json(masked, "{\"key\":\"***\",\"password\":\"***\",\"must\":{\"port\":80,\"key\":\"***\",\"list\":null},"
             "\"many\":[{\"port\":80,\"key\":\"***\",\"list\":null}],\"first\":null}", "and masked elsewhere");
    json_decref(masked);
    json_decref(shown);
    json_decref(row);
}

/* What the server itself writes of its own rows. */
static void check_ours(void)
{
    static const struct { const char *row, *errors, *why; } ours[] = {
        { "{\"hidden\":\"x\",\"must\":{\"key\":\"s\"}}", NULL, "an internal field may be set" },
        { "{\"nope\":1,\"must\":{\"key\":\"s\"}}", "{\"nope\":\"unknown field\"}", "one that is unknown may not" },
    };
    size_t i;

    for (i = 0; i < COUNT(ours); i++) {
        json_t *row = parse(ours[i].row);
        const gw_error *err = gw_schema_process(&schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_OURS, NOW, pool);

        if (ours[i].errors != NULL)
            is_json(err != NULL ? err->fields : NULL, ours[i].errors, ours[i].why);
        else
            has_json(err == NULL ? row : NULL, "{\"hidden\":\"x\"}", ours[i].why);
        json_decref(row);
    }
}

int main(void)
{
    static const schema_case internal = { "{\"hidden\":\"x\"}", "{\"hidden\":\"unknown field\"}", NULL,
                                          "a client cannot make an internal field" };

    begin();
    check_defaults();
    check_given();
    check_patches();
    check_children();
    check_views();
    check_ours();
    run_case(&schema, &internal, GW_WRITE_INSERT);
    return end();
}
