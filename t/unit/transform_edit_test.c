/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_edit_test.c - the five steps on pairs, JSON, multipart and headers; what configs may say.
 */
#include "arena.h"
#include "reqtransform_schema.h"
#include "resptransform_schema.h"
#include "schema_tap.h"
#include "transform_edit.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
#define PARTS "multipart/form-data; boundary=b"
#define PART(name, value) "--b\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

static gw_arena *arena;

/* A config of request-transformer; its "body" rules are used. */
static gw_reqtransform_conf *make_conf(const char *text)
{
    gw_reqtransform_conf *conf = gw_arena_calloc(arena, sizeof(*conf));
    json_t *config = parse(text);

    ok(gw_schema_process(&gw_reqtransform_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool) == NULL,
       text);
    gw_schema_compile(&gw_reqtransform_conf_schema, config, conf, arena);
    is_str(gw_reqtransform_conf_prepare(conf, arena, pool), NULL, "prepared");
    json_decref(config);
    return conf;
}

static void check_bodies(void)
{
    static const struct { const char *config, *type, *body, *want, *why; } rows[] = {
        { "{\"remove\":{\"body\":[\"a\"]}}", FORM, "a=1&b=2&a=3", "b=2", "form: removed, each time" },
        { "{\"remove\":{\"body\":[\"a\"]}}", FORM, "%61=1&&b", "&b", "form: in another spelling" },
        { "{\"remove\":{\"body\":[\"a\"]}}", FORM, "a=1", "", "form: nothing is left" },
        { "{\"rename\":{\"body\":[\"a:b c\"]}}", FORM, "x&a=%20&b+c=2&a", "x&b%20c=%20&b%20c", "form: renamed, values as they stand" },
        { "{\"rename\":{\"body\":[\"a:a\"]}}", FORM, "a=1", "a=1", "form: renamed to itself" },
        { "{\"replace\":{\"body\":[\"a:x=y&\"]}}", FORM, "a=1&b=2&a=3", "a=x%3Dy%26&b=2", "form: replaced once" },
        { "{\"replace\":{\"body\":[\"a:1\"]}}", FORM, "b=2", "b=2", "form: nothing to replace" },
        { "{\"add\":{\"body\":[\"a:1\",\"a:2\"]}}", FORM, "", "a=1", "form: added once" },
        { "{\"append\":{\"body\":[\"a:1\",\"a:2\"]}}", FORM, "a", "a&a=1&a=2", "form: appended" },
        { "{\"remove\":{\"body\":[\"a\"]},\"add\":{\"body\":[\"a::x:y\"]}}", FORM, "a=0", "a=x%3Ay", "form: removed, then added" },
        { "{\"remove\":{\"body\":[\"a\"]}}", JSON, "{\"a\":1,\"b\":2}", "{\"b\":2}", "JSON: removed" },
        { "{\"remove\":{\"body\":[\"a\"]}}", JSON, "{\"a\":1,\"\\u0061\":2}", "{}", "JSON: twice, spelled otherwise" },
        { "{\"remove\":{\"body\":[\"a\"]}}", JSON, "{\"b\":{\"a\":1}}", "{\"b\":{\"a\":1}}", "JSON: members of the object itself only" },
        { "{\"rename\":{\"body\":[\"a:b\"]}}", JSON, "{\"a\":[1],\"b\":2}", "{\"b\":[1]}", "JSON: renamed" },
        { "{\"replace\":{\"body\":[\"a:x\"]}}", JSON, "{\"a\":null}", "{\"a\":\"x\"}", "JSON: null is there" },
        { "{\"add\":{\"body\":[\"a:x\"]}}", JSON, "", "{\"a\":\"x\"}", "JSON: nothing is an empty object" },
        { "{\"append\":{\"body\":[\"a:x\"]}}", JSON, "{\"a\":[1]}", "{\"a\":[1,\"x\"]}", "JSON: to a list" },
        { "{\"append\":{\"body\":[\"a:x\"]}}", JSON, "{\"a\":{\"b\":1}}", "{\"a\":[{\"b\":1},\"x\"]}", "JSON: to what is none" },
        { "{\"append\":{\"body\":[\"a:x\"]}}", JSON, "{}", "{\"a\":[\"x\"]}", "JSON: to nothing" },
        { "{\"add\":{\"body\":[\"a:x\"]}}", JSON, "[]", NULL, "JSON: a list stays" },
        { "{\"add\":{\"body\":[\"a:x\"]}}", JSON, "17", NULL, "JSON: a number stays" },
        { "{\"remove\":{\"body\":[\"a\"]}}", "Application/JSON ; x", "{\"a\":1}", "{}", "JSON: a type in any case" },
        { "{\"remove\":{\"body\":[\"a\"]}}", "application/jsonx", "{\"a\":1}", NULL, "another type" },
        { "{\"remove\":{\"body\":[\"a\"]}}", PARTS, PART("a", "1") PART("b", "2") "--b--", PART("b", "2") "--b--", "parts: removed" },
        { "{\"rename\":{\"body\":[\"a:c\"]}}", PARTS, PART("a", "1") PART("b", "2") "--b--", PART("c", "1") PART("b", "2") "--b--",
          "parts: renamed" },
        { "{\"rename\":{\"body\":[\"a:c\"]}}", PARTS, PART("a", "1") PART("c", "9") PART("a", "2\r\n") PART("b", "") "--b--\r\nend",
          PART("c", "1") PART("c", "2\r\n") PART("b", "") "--b--\r\nend", "parts: renamed, in place of those that were called so" },
        { "{\"rename\":{\"body\":[\"a:a\"]}}", PARTS, PART("a", "1") "--b--", PART("a", "1") "--b--", "parts: renamed to itself" },
        { "{\"rename\":{\"body\":[\"x:a\"]}}", PARTS, PART("a", "1") "--b--", PART("a", "1") "--b--", "parts: nothing to rename" },
        { "{\"rename\":{\"body\":[\"a:q\\\"q\"]}}", PARTS, PART("a", "1") "--b--", PART("q%22q", "1") "--b--", "parts: a name with a quote" },
        { "{\"replace\":{\"body\":[\"a:x\"]}}", PARTS, PART("a", "1") "--b--\r\nend", PART("a", "x") "--b--\r\nend", "parts: replaced" },
        { "{\"add\":{\"body\":[\"q\\\"q:x\"]}}", PARTS, "--b--", PART("q%22q", "x") "--b--", "parts: added to none" },
        { "{\"append\":{\"body\":[\"a:2\"]}}", PARTS, PART("a", "1") "--b--", PART("a", "1") PART("a", "2") "--b--",
          "parts: appended" },
        { "{\"add\":{\"body\":[\"a:1\"]}}", PARTS, "garbled", NULL, "parts: garbled stays" },
        { "{\"add\":{\"body\":[\"a:1\"]}}", "multipart/form-data", "--b--", NULL, "parts: no boundary" },
    };
    static const gw_template_env nothing;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const gw_reqtransform_conf *conf = make_conf(rows[i].config);
        const char *out = NULL;
        apr_size_t len = 0;
        const gw_body_outcome outcome = gw_body_transform(&out, &len, &conf->body, rows[i].type, rows[i].body,
                                                          strlen(rows[i].body), &nothing, pool);

        is_int(outcome, rows[i].want ? GW_BODY_CHANGED : GW_BODY_AS_IT_IS, rows[i].why);
        is_str(rows[i].want ? out : NULL, rows[i].want, rows[i].why);
        is_int((long long)len, rows[i].want ? (long long)strlen(rows[i].want) : 0, "its length");
    }
}

/* A value that holds the boundary would end its own part. */
static void check_injection(void)
{
    static const char *const no_json[] = { "{\"a\":1,\"b\":NaN}", "{\"a\":1,}", "\xef\xbb\xbf{\"a\":1}", "{\"a\":1", "{\"a\":1} x" };
    static const gw_template_env nothing;
    const gw_reqtransform_conf *conf = make_conf("{\"add\":{\"body\":[\"a:x\\r\\n--b\\r\\ny\"]}}");
    const char *out;
    apr_size_t len;

    is_int(gw_body_transform(&out, &len, &conf->body, PARTS, "--b--", 5, &nothing, pool), GW_BODY_IMPOSSIBLE,
           "a boundary in a value");
    conf = make_conf("{\"add\":{\"body\":[\"a--b:y\"]}}");
    is_int(gw_body_transform(&out, &len, &conf->body, PARTS, "--b--", 5, &nothing, pool), GW_BODY_IMPOSSIBLE,
           "or in a name");
    conf = make_conf("{\"remove\":{\"body\":[\"a\"]}}");
    for (size_t i = 0; i < COUNT(no_json); i++)
        is_int(gw_body_transform(&out, &len, &conf->body, JSON, no_json[i], strlen(no_json[i]), &nothing, pool),
               GW_BODY_IMPOSSIBLE, "no JSON to us, but to some");
    is_int(gw_body_transform(&out, &len, &conf->body, PARTS, PART("b", "1") PART("a", "2"), strlen(PART("b", "1") PART("a", "2")),
                             &nothing, pool), GW_BODY_IMPOSSIBLE, "a body that does not end: its last part is one to some");
}

/* A few bytes each, and many of them. */
static void check_floods(void)
{
    static const struct { const char *config, *type, *first, *each, *last; int n; gw_body_outcome want; const char *why; } rows[] = {
        { "{\"remove\":{\"body\":[\"a\"]}}", FORM, "", "&", "", 10000, GW_BODY_CHANGED, "form: ten thousand" },
        { "{\"remove\":{\"body\":[\"a\"]}}", FORM, "", "&", "", 10001, GW_BODY_TOO_MUCH, "form: one more" },
        { "{\"remove\":{\"body\":[\"a\"]}}", JSON, "{\"b\":[0", ",0", "]}", 249998, GW_BODY_CHANGED, "JSON: many" },
        { "{\"remove\":{\"body\":[\"a\"]}}", JSON, "{\"b\":[0", ",0", "]}", 249999, GW_BODY_TOO_MUCH, "JSON: too many" },
        { "{\"remove\":{\"body\":[\"a\"]}}", JSON, "{\"b\":\"", ",\\\",", "\"}", 250000, GW_BODY_CHANGED, "JSON: in a string they are none" },
        { "{\"rename\":{\"body\":[\"a:b\"]}}", PARTS, "", PART("a", ""), "--b--", 999, GW_BODY_CHANGED, "parts: renamed all at once" },
        { "{\"rename\":{\"body\":[\"a:b\"]}}", PARTS, "", PART("a", ""), "--b--", 1001, GW_BODY_IMPOSSIBLE, "parts: too many" },
    };
    static const gw_template_env nothing;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const apr_size_t first = strlen(rows[i].first), each = strlen(rows[i].each), last = strlen(rows[i].last);
        const apr_size_t all = first + (apr_size_t)rows[i].n * each + last;
        char *body = apr_palloc(pool, all + 1);
        const char *out;
        apr_size_t len;

        memcpy(body, rows[i].first, first);
        for (int k = 0; k < rows[i].n; k++)
            memcpy(body + first + (apr_size_t)k * each, rows[i].each, each);
        memcpy(body + all - last, rows[i].last, last + 1);
        is_int(gw_body_transform(&out, &len, &make_conf(rows[i].config)->body, rows[i].type, body, all, &nothing, pool),
               (int)rows[i].want, rows[i].why);
    }
}

static void check_headers(void)
{
    const gw_reqtransform_conf *conf = make_conf("{\"remove\":{\"headers\":[\"A\"]},\"rename\":{\"headers\":[\"b:C\"]},"
        "\"replace\":{\"headers\":[\"D: d\",\"E:e\"]},\"add\":{\"headers\":[\"D:no\",\"F:$(headers.x)\",\"G:g\"]},"
        "\"append\":{\"headers\":[\"G:h\"]}}");
    apr_table_t *headers = apr_table_make(pool, 4);
    const gw_template_env env = { headers, NULL, NULL };
    apr_table_t *after;

    apr_table_addn(headers, "A", "1");
    apr_table_addn(headers, "a", "2");
    apr_table_addn(headers, "B", "3");
    apr_table_addn(headers, "B", "4");
    apr_table_addn(headers, "C", "5");
    apr_table_addn(headers, "D", "6");
    after = apr_table_copy(pool, headers);
    gw_transform_apply(&conf->headers, &gw_header_editor, after, &env, pool);
    is_str(apr_table_get(after, "A"), NULL, "removed, each time");
    is_str(apr_table_get(after, "B"), NULL, "renamed");
    is_str(apr_table_getm(pool, after, "C"), "3,4", "with all its values, over what was there");
    is_str(apr_table_getm(pool, after, "D"), "d", "replaced");
    is_str(apr_table_get(after, "E"), NULL, "nothing to replace");
    is_str(apr_table_get(after, "F"), NULL, "nothing to fill it from");
    is_str(apr_table_getm(pool, after, "G"), "g,h", "added and appended");
    ok(conf->is_variable, "it has places");
}

static void check_types(void)
{
    static const gw_template_env nothing;
    gw_resptransform_conf *conf = gw_arena_calloc(arena, sizeof(*conf));
    json_t *config = parse("{\"add\":{\"json\":[\"n:1\",\"f:1.5\",\"b:true\",\"c:yes\",\"s:1\",\"x:abc\",\"z:$(headers.a)\"],"
                           "\"json_types\":[\"number\",\"number\",\"boolean\",\"boolean\",\"string\",\"number\"]}}");
    json_t *doc = parse("{}");

    ok(gw_schema_process(&gw_resptransform_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool) == NULL,
       "types");
    gw_schema_compile(&gw_resptransform_conf_schema, config, conf, arena);
    is_str(gw_resptransform_conf_prepare(conf, arena, pool), NULL, "prepared");
    gw_transform_apply(&conf->json, &gw_json_editor, doc, &nothing, pool);
    is_json(doc, "{\"n\":1,\"f\":1.5,\"b\":true,\"c\":false,\"s\":\"1\",\"x\":\"abc\",\"z\":\"$(headers.a)\"}", "values of types");
    json_decref(doc);
    json_decref(config);
}

int main(void)
{
    begin();
    arena = gw_arena_make(0);
    check_bodies();
    check_injection();
    check_floods();
    check_headers();
    check_types();
    gw_arena_destroy(arena);
    return end();
}
