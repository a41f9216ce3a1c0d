/* SPDX-License-Identifier: Apache-2.0 */
/*
 * correlation_test.c - the forms of ids, which of a client's are kept, and the field table.
 */
#include "correlation_schema.h"
#include "schema_tap.h"
#include "text.h"

static void check_ids(void)
{
    const gw_correlation_facts facts = { .child = "C", .count = 42, .address = "10.0.0.1", .port = 8000, .pid = 7,
                                         .connection = 3, .requests = 2, .now = apr_time_from_sec(1700000000) + 5000 };
    const char *one = gw_correlation_make(GW_CORRELATION_UUID, &facts, pool);

    ok(gw_uuid_is(one), "a uuid");
    ok(strcmp(one, gw_correlation_make(GW_CORRELATION_UUID, &facts, pool)) != 0, "another one each time");
    is_str(gw_correlation_make(GW_CORRELATION_COUNTER, &facts, pool), "C#42", "a counter");
    is_str(gw_correlation_make(GW_CORRELATION_TRACKER, &facts, pool), "10.0.0.1-8000-7-3-2-1700000000.005", "a tracker");
}

static void check_given(void)
{
    static const struct { const char *value; int want; } rows[] = {
        { NULL, 0 }, { "", 0 }, { " \t ", 0 }, { "x", 1 }, { " x", 1 }, { "0", 1 },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        is_int(gw_correlation_is_given(rows[i].value), rows[i].want, rows[i].value ? rows[i].value : "nothing");
}

static void check_configs(void)
{
    static const struct { const char *config, *tree; gw_correlation_kind kind; } rows[] = {
        { "{}", NULL, GW_CORRELATION_COUNTER },
        { "{\"generator\":\"uuid\"}", NULL, GW_CORRELATION_UUID },
        { "{\"generator\":\"tracker\"}", NULL, GW_CORRELATION_TRACKER },
        { "{\"generator\":\"dice\"}", "{\"generator\":\"expected one of: uuid, uuid#counter, tracker\"}", 0 },
        { "{\"header_name\":\"a b\"}", "{\"header_name\":\"bad header name 'a b', allowed characters are A-Z, a-z, 0-9, "
                                       "'_', and '-'\"}", 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        const gw_error *err = gw_schema_process(&gw_correlation_conf_schema, config, NULL, GW_WRITE_INSERT,
                                                GW_UNKNOWN_REFUSE, NOW, pool);

        if (rows[i].tree != NULL) {
            is_json(err ? err->fields : NULL, rows[i].tree, rows[i].config);
        } else {
            gw_arena *arena = gw_arena_make(0);
            gw_correlation_conf conf = { 0 };

            ok(err == NULL, rows[i].config);
            gw_schema_compile(&gw_correlation_conf_schema, config, &conf, arena);
            gw_correlation_conf_prepare(&conf, arena, pool);
            is_int(conf.kind, rows[i].kind, rows[i].config);
            gw_arena_destroy(arena);
        }
        json_decref(config);
    }
}

int main(void)
{
    begin();
    check_ids();
    check_given();
    check_configs();
    return end();
}
