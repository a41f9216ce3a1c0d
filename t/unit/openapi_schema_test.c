/* SPDX-License-Identifier: Apache-2.0 */
/* Field tables as JSON Schema: what is answered, what is taken, what changes. */
#include "openapi_schema.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>

static const char *const words[] = { "a", "b", NULL };
static const char *const codes[] = { "426", "301", NULL };
static const gw_field word = { .type = GW_T_STRING };
static const gw_field inner_fields[] = { { .name = "x", .type = GW_T_BOOLEAN }, { .name = NULL } };
static const gw_schema inner = { .name = "inner", .fields = inner_fields };

#define S GW_OPENAPI_SHOWN
#define N GW_OPENAPI_NEW
static const struct { gw_field field; gw_openapi_view view; const char *want, *why; } fields[] = {
    { { .name = "f", .type = GW_T_STRING }, S, "{\"minLength\":1,\"type\":[\"string\",\"null\"]}", "a string" },
    { { .name = "f", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_MAY_BE_EMPTY }, S, "{\"type\":\"string\"}",
      "one that is there, and may be empty" },
    { { .name = "f", .type = GW_T_STRING, .format = GW_FMT_UUID, .flags = GW_AUTO }, S,
      "{\"format\":\"uuid\",\"type\":\"string\"}", "an id" },
    { { .name = "f", .type = GW_T_STRING, .format = GW_FMT_UUID, .flags = GW_AUTO }, N,
      "{\"format\":\"uuid\",\"type\":[\"string\",\"null\"]}", "that need not be sent" },
    { { .name = "f", .type = GW_T_STRING, .one_of = words, .dflt = "\"a\"", .flags = GW_REQUIRED }, N,
      "{\"default\":\"a\",\"enum\":[\"a\",\"b\"],\"type\":\"string\"}", "a choice" },
    { { .name = "f", .type = GW_T_STRING, .one_of = words }, S,
      "{\"enum\":[\"a\",\"b\",null],\"type\":[\"string\",\"null\"]}", "or none" },
    { { .name = "f", .type = GW_T_INTEGER, .one_of = codes, .flags = GW_REQUIRED }, S,
      "{\"enum\":[426,301],\"type\":\"integer\"}", "a choice of numbers" },
    { { .name = "f", .type = GW_T_NUMBER, GW_BETWEEN(0, 2.5), .flags = GW_REQUIRED }, S,
      "{\"maximum\":2.5,\"minimum\":0,\"type\":\"number\"}", "a range" },
    { { .name = "f", .type = GW_T_INTEGER, .has_gt = 1, .gt = 3, .flags = GW_REQUIRED }, S,
      "{\"exclusiveMinimum\":3,\"type\":\"integer\"}", "more than" },
    { { .name = "f", .type = GW_T_SET, .element = &word, .len_min = 1, .flags = GW_REQUIRED }, S,
      "{\"items\":{\"minLength\":1,\"type\":\"string\"},\"minItems\":1,\"type\":\"array\",\"uniqueItems\":true}",
      "a set" },
    { { .name = "f", .type = GW_T_MAP, .element = &word, .flags = GW_REQUIRED }, S,
      "{\"additionalProperties\":{\"minLength\":1,\"type\":\"string\"},\"type\":\"object\"}", "a map" },
    { { .name = "f", .type = GW_T_FOREIGN }, S,
      "{\"additionalProperties\":false,\"properties\":{\"id\":{\"format\":\"uuid\",\"type\":\"string\"}},"
      "\"required\":[\"id\"],\"type\":[\"object\",\"null\"]}", "a reference" },
    { { .name = "f", .type = GW_T_RECORD, .record = &inner, .flags = GW_REQUIRED }, S,
      "{\"additionalProperties\":false,\"properties\":{\"x\":{\"type\":[\"boolean\",\"null\"]}},\"required\":[\"x\"],"
      "\"type\":\"object\"}", "a record" },
    { { .name = "f", .type = GW_T_STRING, .starts_with = "/a.", .flags = GW_REQUIRED, .help = "h" }, S,
      "{\"description\":\"h\",\"minLength\":1,\"pattern\":\"^\\\\/a\\\\.\",\"type\":\"string\"}", "a beginning" },
};

static const char *rename_it(json_t *entity, const json_t *value, apr_pool_t *p)
{
    (void)entity, (void)value, (void)p;
    return NULL;
}

static const gw_field row_fields[] = {
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID, .flags = GW_AUTO, .generate = gw_generate_uuid },
    { .name = "host", .type = GW_T_STRING, .flags = GW_REQUIRED },
    { .name = "pin", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_WRITE_ONLY },
    { .name = "hash", .type = GW_T_STRING, .flags = GW_INTERNAL },
    { .name = NULL }
};
static const gw_shorthand shorthands[] = {
    { .field = { .name = "url", .type = GW_T_STRING }, .expand = rename_it }, { .field = { .name = NULL } }
};
static const gw_schema row = { .name = "rows", .fields = row_fields };
static const gw_schema with_url = { .name = "rows", .fields = row_fields, .shorthands = shorthands };

/* The names of an object's properties and of those that are required. */
static const char *names(json_t *object, apr_pool_t *p) /* steals */
{
    const char *out = "", *name;
    json_t *value;
    size_t i;

    json_object_foreach(json_object_get(object, "properties"), name, value)
        out = apr_pstrcat(p, out, name, " ", NULL);
    out = apr_pstrcat(p, out, ":", NULL);
    json_array_foreach(json_object_get(object, "required"), i, value)
        out = apr_pstrcat(p, out, " ", json_string_value(value), NULL);
    json_decref(object);
    return out;
}

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(fields); i++) {
        json_t *made = gw_openapi_field(&fields[i].field, fields[i].view);
        char *text = json_dumps(made, JSON_COMPACT | JSON_SORT_KEYS);

        is_str(text, fields[i].want, fields[i].why);
        free(text);
        json_decref(made);
    }
    is_str(names(gw_openapi_object(&row, GW_OPENAPI_SHOWN), p), "id host : id host", "shown: all that may be seen");
    is_str(names(gw_openapi_object(&row, GW_OPENAPI_NEW), p), "id host pin : host pin", "new: what has no default");
    is_str(names(gw_openapi_object(&row, GW_OPENAPI_CHANGED), p), "id host pin :", "changed: nothing is required");
    is_str(names(gw_openapi_object(&with_url, GW_OPENAPI_NEW), p), "id host pin url :",
           "new with a shorthand: it may stand for what is required");
    is_str(names(gw_openapi_object(&with_url, GW_OPENAPI_SHOWN), p), "id host : id host", "a shorthand is never shown");
    apr_pool_destroy(p);
    return done();
}
