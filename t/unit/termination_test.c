/* SPDX-License-Identifier: Apache-2.0 */
/*
 * termination_test.c - what request-termination may be told, and what echo makes of a request.
 */
#include "many_values.h"
#include "schema_tap.h"
#include "termination_echo.h"
#include "termination_schema.h"

static void check_configs(void)
{
    static const struct { const char *config, *message, *why; } rows[] = {
        { "{}", NULL, "defaults" },
        { "{\"message\":\"no\"}", NULL, "a message" },
        { "{\"body\":\"b\",\"content_type\":\"text/plain\"}", NULL, "a body and its type" },
        { "{\"body\":\"b\"}", NULL, "a body without one" },
        { "{\"echo\":true,\"message\":\"m\"}", NULL, "echo and a message" },
        { "{\"message\":\"m\",\"body\":\"b\"}", "message cannot be used with content_type or body", "message, body" },
        { "{\"message\":\"m\",\"content_type\":\"b\"}", "message cannot be used with content_type or body",
          "message, type" },
        { "{\"content_type\":\"t\"}", "content_type requires a body", "a type of nothing" },
        { "{\"echo\":true,\"body\":\"b\"}", "echo cannot be used with content_type and body", "echo, body" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        gw_arena *arena = gw_arena_make(0);
        gw_termination_conf conf = { 0 };

        ok(gw_schema_process(&gw_termination_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW,
                             pool) == NULL, rows[i].why);
        gw_schema_compile(&gw_termination_conf_schema, config, &conf, arena);
        is_str(gw_termination_conf_prepare(&conf, arena, pool), rows[i].message, rows[i].why);
        if (i == 0)
            is_int(conf.status_code, 503, "503 by default");
        json_decref(config);
        gw_arena_destroy(arena);
    }
}

static void check_fields(void)
{
    static const struct { const char *config, *tree; } rows[] = {
        { "{\"status_code\":99}", "{\"status_code\":\"value should be between 100 and 599\"}" },
        { "{\"status_code\":600}", "{\"status_code\":\"value should be between 100 and 599\"}" },
        { "{\"status_code\":null}", "{\"status_code\":\"required field missing\"}" },
        { "{\"trigger\":null}", NULL },
        { "{\"content_type\":\"a\\nb\",\"body\":\"b\"}",
          "{\"content_type\":\"must not contain control characters\"}" },
        { "{\"trigger\":\"a b\"}", "{\"trigger\":\"bad header name 'a b', allowed characters are A-Z, a-z, 0-9, '_', "
                                   "and '-'\"}" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        const gw_error *err = gw_schema_process(&gw_termination_conf_schema, config, NULL, GW_WRITE_INSERT,
                                                GW_UNKNOWN_REFUSE, NOW, pool);

        if (rows[i].tree == NULL)
            ok(err == NULL, rows[i].config);
        else
            is_json(err ? err->fields : NULL, rows[i].tree, rows[i].config);
        json_decref(config);
    }
}

static void check_texts(void)
{
    is_str(gw_termination_text(503), "Service unavailable", "503 has a sentence");
    is_str(gw_termination_text(502), "Bad Gateway", "502 has its own");
    is_str(gw_termination_text(418), NULL, "418 has none");
    is_str(gw_termination_text(200), NULL, "nor has 200");
}

/* A body of so many values: what is told of it. */
static int is_body_told(int nvalues)
{
    apr_table_t *headers = apr_table_make(pool, 1);
    const char *body = object_of_values("\"b\":1", nvalues, pool);
    gw_echo_request request = { .scheme = "http", .method = "POST", .path = "/p", .host = "h", .headers = headers,
                                .body = body, .body_len = strlen(body) };
    json_t *seen;
    int is_told;

    apr_table_addn(headers, "Content-Type", "application/json");
    seen = gw_echo_describe(&request, pool);
    is_told = json_is_object(json_object_get(seen, "body"));
    json_decref(seen);
    return is_told;
}

static void check_echo(void)
{
    static const struct { const char *type, *body; int len; const char *want, *raw, *why; } rows[] = {
        { NULL, "abc", 3, "null", "\"abc\"", "a body of no type" },
        { "application/json", "{\"a\":[1]}", 9, "{\"a\":[1]}", "\"{\\\"a\\\":[1]}\"", "JSON" },
        { "application/json", "{", 1, "null", "\"{\"", "broken JSON" },
        { "application/json", "{\"a\":[18446744073709551615,9007199254740993]}", 45,
          "{\"a\":[1.8446744073709551616e19,9007199254740993]}", NULL, "an integer beyond 64 bits" },
        { "application/json", "[1e400]", 7, "null", "\"[1e400]\"", "a number beyond a double" },
        { "application/x-www-form-urlencoded; charset=utf-8", "a=1&b=x+y&a=2", 13, "{\"a\":[\"1\",\"2\"],\"b\":\"x y\"}",
          "\"a=1&b=x+y&a=2\"", "a form" },
        { "multipart/form-data; boundary=B",
          "--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--B--\r\n", 59, "{\"n\":\"v\"}", NULL, "parts" },
        { "text/plain", "\xff\0\xe4", 3, "null", "\"\xc3\xbf\\u0000\xc3\xa4\"", "bytes are Latin-1" },
        { "text/plain", NULL, 0, "null", "null", "a body too long to show" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        apr_table_t *headers = apr_table_make(pool, 4);
        gw_echo_request request = { .scheme = "http", .method = "GET", .path = "/p", .host = "h", .port = 8000,
                                    .headers = headers, .query = "x=1&y&x=2&z=%41",
                                    .body = rows[i].body, .body_len = (apr_size_t)rows[i].len };
        json_t *seen;

        apr_table_addn(headers, "X-One", "1");
        apr_table_addn(headers, "x-one", "\xe4");
        if (rows[i].type)
            apr_table_addn(headers, "Content-Type", rows[i].type);
        seen = gw_echo_describe(&request, pool);
        is_json(json_object_get(seen, "body"), rows[i].want, rows[i].why);
        if (rows[i].raw)
            is_json(json_object_get(seen, "raw_body"), rows[i].raw, rows[i].why);
        is_json(json_object_get(seen, "query"), "{\"x\":[\"1\",\"2\"],\"y\":true,\"z\":\"A\"}", "query");
        is_json(json_object_get(json_object_get(seen, "headers"), "x-one"), "[\"1\",\"\xc3\xa4\"]", "headers");
        json_decref(seen);
    }
    ok(is_body_told(GW_JSON_BODY_VALUES), "a body of many values");
    ok(!is_body_told(GW_JSON_BODY_VALUES + 1), "one more is told as text alone");
}

int main(void)
{
    begin();
    check_configs();
    check_fields();
    check_texts();
    check_echo();
    return end();
}
