/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_schema.c - any JSON as a body for one of core's entities (first byte), as JSON, as a form or as a PATCH (second
 * byte): it is refused with a tree and a sentence, or it is a row that passes again unchanged.
 */
#include "fuzz.h"
#include "schema.h"
#include "entities.h"
#include "upstream_rows.h"

#include <stdlib.h>
#include <string.h>

#define NOW apr_time_from_sec(1700000000)

typedef struct conf {
    const char *text;
    gw_strings words;
    gw_integers numbers;
    double share;
    const char *map;
} conf;

static const gw_field word = { .type = GW_T_STRING, .len_max = 9 };
static const gw_field number = { .type = GW_T_INTEGER, GW_BETWEEN(-9, 9) };
static const gw_field conf_fields[] = {
    { .name = "text", .type = GW_T_STRING, .starts_with = "/", .at = GW_AT(conf, text) },
    { .name = "words", .type = GW_T_SET, .element = &word, .flags = GW_COMMA_LIST, .at = GW_AT(conf, words) },
    { .name = "numbers", .type = GW_T_ARRAY, .element = &number, .at = GW_AT(conf, numbers) },
    { .name = "share", .type = GW_T_NUMBER, .has_gt = 1, .gt = 0, .at = GW_AT(conf, share) },
    { .name = "map", .type = GW_T_MAP, .keys = &word, .at = GW_AT(conf, map) },
    { .name = NULL }
};
static const gw_rule conf_rules[] = {
    { .kind = GW_MUTUALLY_EXCLUSIVE, .fields = { "config.text", "config.words" } },
    { .kind = GW_DISTINCT, .fields = { "words", "numbers" } },
    { .fields = { NULL } }
};
static const gw_shorthand conf_shorthands[] = {
    { .field = { .name = "old", .type = GW_T_SET, .element = &word }, .target = "words" },
    { .field = { .name = NULL } }
};
static const gw_schema conf_schema = { .name = "p", .fields = conf_fields, .rules = conf_rules,
                                       .shorthands = conf_shorthands };
static const gw_plugin plugin = { .name = "p", .schema = &conf_schema, .conf_size = sizeof(conf) };

static const gw_plugin *find(const char *name)
{
    return strcmp(name, "p") == 0 ? &plugin : NULL;
}

static void check_refusal(const gw_error *err)
{
    char *text = json_dumps(err->fields, JSON_COMPACT);

    must(err->code == GW_E_SCHEMA && err->message != NULL && strstr(err->message, "schema violation") != NULL);
    must(text != NULL && json_object_size(err->fields) > 0);
    free(text);
}

/* A good row is a fixed point, can be shown, masked and compiled. */
static void check_row(const gw_schema *schema, const json_t *row, apr_pool_t *p)
{
    json_t *again = json_deep_copy(row), *view;
    gw_arena *arena = gw_arena_make(0);
    union {
        gw_service service;
        gw_route route;
        gw_plugin_row plugin;
        gw_consumer_row consumer;
        gw_upstream upstream;
        gw_target target;
    } landed = { 0 };

    must(gw_schema_process(schema, again, row, GW_WRITE_UPDATE, GW_UNKNOWN_REFUSE, NOW, p) == NULL);
    must(json_equal(row, again));
    view = gw_schema_show(schema, row);
    must(json_equal(view, row)); /* none of these hides a field */
    json_decref(view);
    view = gw_schema_mask(schema, row);
    must(json_object_size(view) == json_object_size(row));
    json_decref(view);
    gw_schema_compile(schema, row, &landed, arena);
    gw_arena_destroy(arena);
    json_decref(again);
}

static void check_body(const gw_schema *schema, json_t *body, int how, apr_pool_t *p)
{
    const gw_error *err;
    json_t *row = NULL, *old;

    if (how & 1)
        gw_schema_coerce(schema, body, p);
    if (how & 2) {
        old = json_deep_copy(body);
        gw_schema_process(schema, old, NULL, GW_WRITE_INSERT, GW_UNKNOWN_DROP, NOW, p);
        err = gw_schema_patch(&row, schema, body, old, GW_UNKNOWN_REFUSE, NOW, p);
        json_decref(old);
    }
    else {
        err = gw_schema_process(schema, body, NULL, GW_WRITE_INSERT, how & 4 ? GW_UNKNOWN_DROP : GW_UNKNOWN_REFUSE, NOW,
                                p);
        row = err == NULL ? json_incref(body) : NULL;
    }
    if (err != NULL)
        check_refusal(err);
    else
        check_row(schema, row, p);
    json_decref(row);
}

static size_t count_entities(void)
{
    size_t n = 0;

    while (gw_entities_all[n] != NULL)
        n++;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static apr_pool_t *parent;
    apr_pool_t *p;
    json_t *body;

    if (parent == NULL) {
        apr_initialize();
        apr_pool_create(&parent, NULL);
        gw_entities_set_plugins(find);
    }
    if (len < 2)
        return 0;
    body = json_loadb((const char *)bytes + 2, len - 2, JSON_ALLOW_NUL, NULL);
    if (json_is_object(body)) {
        apr_pool_create(&p, parent);
        check_body(gw_entities_all[bytes[0] % count_entities()]->schema, body, bytes[1] % 8, p);
        apr_pool_destroy(p);
    }
    json_decref(body);
    return 0;
}
