/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_test.c - where key-auth finds a key, what it cuts out of bodies, and its field table.
 */
#include "keyauth_body.h"
#include "keyauth_find.h"
#include "keyauth_rest.h"
#include "keyauth_schema.h"
#include "many_values.h"
#include "schema.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <apr_tables.h>

/* ---- places ---- */

typedef struct request {
    const char *header_name, *header, *query, *form, *authorization;
    apr_pool_t *p;
} request;

static const char *header_of(void *baton, const char *name)
{
    const request *rq = baton;

    return rq->header_name != NULL && strcmp(rq->header_name, name) == 0 ? rq->header : NULL;
}

static const char *field_of(void *baton, const char *name, int *count)
{
    const request *rq = baton;
    gw_key_body *body = rq->form == NULL ? NULL
                                         : gw_key_body_parse("application/x-www-form-urlencoded", rq->form,
                                                             strlen(rq->form), rq->p);

    return body != NULL ? gw_key_body_get(count, body, name, rq->p) : NULL;
}

static void test_places(apr_pool_t *p)
{
    static const char *const names_v[] = { "apikey", "x-key" };
    static const gw_strings names = { .n = 2, .set = 1, .v = names_v };
    static const struct { request rq; const char *want, *name; int repeated; const char *why; } rows[] = {
        { { .header_name = "apikey", .header = "h", .query = "apikey=q" }, "h", "apikey", 0, "header before query" },
        { { .query = "apikey=q", .form = "apikey=b" }, "q", "apikey", 0, "query before body" },
        { { .form = "apikey=b" }, "b", "apikey", 0, "body" },
        { { .header_name = "x-key", .header = "h", .form = "apikey=b" }, "b", "apikey", 0,
          "the first name everywhere before the second" },
        { { .header_name = "x-key", .header = "h" }, "h", "x-key", 0, "the second name" },
        { { .header_name = "apikey", .header = "", .query = "apikey=q" }, "q", "apikey", 0, "an empty header is none" },
        { { .query = "apikey=&x-key=2" }, "2", "x-key", 0, "an empty parameter is none" },
        { { .query = "apikey&x-key=2" }, "2", "x-key", 0, "nor is a bare one" },
        { { .query = "apikey=1&apikey=2" }, "1", "apikey", 1, "twice in the query" },
        { { .query = "apikey=&apikey=" }, "", "apikey", 1, "twice, though empty" },
        { { .form = "apikey=1&apikey=1" }, "1", "apikey", 1, "twice in the body, though equal" },
        { { .header_name = "apikey", .header = " a\tb " }, " a\tb ", "apikey", 0, "white space belongs to the key" },
        { { .authorization = "Bearer k" }, "k", "Authorization", 0, "a bearer" },
        { { .authorization = "bEARER   k" }, "k", "Authorization", 0, "in any case, after any blanks" },
        { { .authorization = "Basic k" }, NULL, NULL, 0, "another scheme" },
        { { .authorization = "Bearer " }, NULL, NULL, 0, "a scheme without a key" },
        { { .authorization = "Bearer k", .query = "x-key=q" }, "q", "x-key", 0, "names before the bearer" },
        { { .query = "key=1" }, NULL, NULL, 0, "nothing" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        request rq = rows[i].rq;
        gw_key_places places = { .header = header_of, .query = rq.query, .field = field_of,
                                 .authorization = rq.authorization, .baton = &rq };
        gw_key_found found;
        int any;

        rq.p = p;
        any = gw_key_find(&found, &places, &names, p);
        is_str(found.key, rows[i].want, rows[i].why);
        is_str(found.name, rows[i].name, rows[i].why);
        is_int(found.is_repeated, rows[i].repeated, rows[i].why);
        is_int(any, rows[i].name != NULL, rows[i].why);
    }
}

static void test_switches(apr_pool_t *p)
{
    static const char *const names_v[] = { "apikey" };
    static const gw_strings names = { .n = 1, .set = 1, .v = names_v };
    request rq = { .header_name = "apikey", .header = "a, b", .query = "apikey=q", .form = "apikey=f", .p = p };
    gw_key_places none = { .baton = &rq }, header = { .header = header_of, .baton = &rq };
    gw_key_found found;

    ok(!gw_key_find(&found, &none, &names, p), "places that are not searched hold nothing");
    ok(gw_key_find(&found, &header, &names, p) && found.may_be_repeated, "two headers, joined by httpd");
    rq.header = "a,b";
    ok(gw_key_find(&found, &header, &names, p) && !found.may_be_repeated, "a comma in a key");
}

/* ---- bodies ---- */

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json; charset=utf-8"
#define MULTI "Multipart/Form-Data; boundary=X"
#define PART(name, value) "--X\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

static void test_bodies(apr_pool_t *p)
{
    static const struct { const char *type, *body, *want; int count; const char *rest, *why; } rows[] = {
        { FORM, "a=1&key=k%20y&b=%7e", "k y", 1, "a=1&b=%7e", "a form" },
        { FORM, "key=1", "1", 1, "", "a form of one" },
        { FORM, "key=1&key=2", "1", 2, "", "a form with two" },
        { FORM, "a=1", NULL, 0, "a=1", "a form without" },
        { JSON, "{\"key\":\"k\"}", "k", 1, "{}", "an object of one" },
        { JSON, " { \"key\" : \"k\" , \"a\" : 1.10 } ", "k", 1, " { \"a\" : 1.10 } ", "the first member" },
        { JSON, "{\"a\":[1,{\"b\":\"}\"}],\"key\":\"k\",\"c\":{}}", "k", 1, "{\"a\":[1,{\"b\":\"}\"}],\"c\":{}}",
          "the middle one" },
        { JSON, "{\"a\":\"\\\"key\\\":\", \"key\":\"k\" }", "k", 1, "{\"a\":\"\\\"key\\\":\"}", "the last one" },
        { JSON, "{\"k\\u0065y\":\"k\",\"a\":1}", "k", 1, "{\"a\":1}", "an escaped name" },
        { JSON, "{\"key\":[\"1\",\"2\"],\"a\":1}", "", 2, "{\"a\":1}", "an array is more than one" },
        { JSON, "{\"key\":7}", NULL, 0, "{}", "a number is no key" },
        { JSON, "{\"id\":18446744073709551615,\"key\":\"k\"}", "k", 1, "{\"id\":18446744073709551615}",
          "beside an integer beyond 64 bits, which stays as it was written" },
        { JSON, "{\"a\":{\"key\":\"k\"}}", NULL, 0, "{\"a\":{\"key\":\"k\"}}", "nested is not there" },
        { MULTI, PART("a", "1") PART("key", "k") "--X--\r\n", "k", 1, PART("a", "1") "--X--\r\n", "a part" },
        { MULTI, PART("key", "1") PART("key", "2") "--X--\r\n", "1", 2, "--X--\r\n", "two parts" },
        { MULTI, PART("a", "1") "--X--\r\n", NULL, 0, PART("a", "1") "--X--\r\n", "no such part" },
    };
    static const struct { const char *type, *body, *why; } garbled[] = {
        { JSON, "[\"key\"]", "no object" },
        { JSON, "{\"key\":\"a\",\"key\":\"b\"}", "a member twice" },
        { JSON, "{\"key\":", "cut short" },
        { JSON, "{\"a\":1e400,\"key\":\"k\"}", "a number beyond a double" },
        { "text/plain", "key=1", "another type" },
        { "application/jsonp", "{\"key\":\"k\"}", "nearly the type" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        gw_key_body *body = gw_key_body_parse(rows[i].type, rows[i].body, strlen(rows[i].body), p);
        apr_size_t left;
        const char *rest;
        int count = 0;

        if (!ok(body != NULL, rows[i].why))
            continue;
        is_str(gw_key_body_get(&count, body, "key", p), rows[i].want, rows[i].why);
        is_int(count, rows[i].count, rows[i].why);
        rest = gw_key_body_remove(&left, body, "key", p);
        is_str(apr_pstrmemdup(p, rest, left), rows[i].rest, rows[i].why);
        ok((rest == rows[i].body) == (strcmp(rows[i].rest, rows[i].body) == 0), "no copy where nothing changed");
    }
    for (i = 0; i < COUNT(garbled); i++)
        ok(gw_key_body_parse(garbled[i].type, garbled[i].body, strlen(garbled[i].body), p) == NULL, garbled[i].why);
    ok(gw_key_body_parse(FORM, "key=\0", 5, p) == NULL, "a form with a NUL");
}

static void test_body_bound(apr_pool_t *p)
{
    const char *text = object_of_values("\"key\":\"k\"", GW_JSON_BODY_VALUES, p);
    gw_key_body *body = gw_key_body_parse(JSON, text, strlen(text), p);
    int count;

    if (ok(body != NULL, "as many values as may be"))
        is_str(gw_key_body_get(&count, body, "key", p), "k", "and the key beside them");
    text = object_of_values("\"key\":\"k\"", GW_JSON_BODY_VALUES + 1, p);
    ok(gw_key_body_parse(JSON, text, strlen(text), p) == NULL, "one more is no JSON");
}

/* ---- config ---- */

static void test_config(apr_pool_t *p)
{
    static const struct { const char *json; int good; const char *why; } rows[] = {
        { "{}", 1, "all defaults" },
        { "{\"key_names\":[\"x-key\",\"apikey\"]}", 1, "two names" },
        { "{\"key_names\":[\"no good\"]}", 0, "a name that is no header" },
        { "{\"key_names\":null}", 0, "no names" },
        { "{\"realm\":\"a\\nb\"}", 0, "a realm with a line break" },
        { "{\"cookie_secure\":true}", 0, "an unknown field" },
        { "{\"hide_credentials\":\"yes\"}", 0, "a word for a boolean" },
    };
    gw_arena *arena = gw_arena_make(0);
    gw_keyauth_conf conf;
    json_t *json;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        json = json_loads(rows[i].json, 0, NULL);
        is_int(gw_schema_process(&gw_keyauth_conf_schema, json, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, 0, p) == NULL,
               rows[i].good, rows[i].why);
        json_decref(json);
    }
    json = json_loads("{\"realm\":\"a \\\"b\\\" \\\\\"}", 0, NULL);
    memset(&conf, 0, sizeof(conf));
    gw_schema_process(&gw_keyauth_conf_schema, json, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, 0, p);
    gw_schema_compile(&gw_keyauth_conf_schema, json, &conf, arena);
    is_str(gw_keyauth_conf_prepare(&conf, arena, p), NULL, "a config is prepared");
    is_str(conf.challenge, "Key realm=\"a \\\"b\\\" \\\\\"", "the realm is quoted");
    ok(conf.key_names.n == 1 && strcmp(conf.key_names.v[0], "apikey") == 0, "the default name");
    ok(conf.key_in_header && conf.key_in_query && !conf.key_in_body && !conf.key_in_authorization, "default places");
    ok(conf.run_on_preflight && !conf.hide_credentials && conf.anonymous == NULL, "other defaults");
    json_decref(json);
    gw_arena_destroy(arena);
}

/* ---- keys at rest ---- */

/* Of "key" under the secret of bytes 0 to 31. */
#define DIGEST "hmac-sha256:d24fc250b8dc52051c48af746fd6ede7772265cd035d87dfed3191838adfc1bc"

static void test_rest(apr_pool_t *p)
{
    json_t *row = json_pack("{s:s,s:s}", "id", "x", "key", "key"), *before;
    unsigned char secret[32], other[32] = { 0 };

    for (int i = 0; i < 32; i++)
        secret[i] = (unsigned char)i;
    is_str(gw_key_digest("key", secret, p), DIGEST, "a digest");
    ok(strcmp(gw_key_digest("key", other, p), DIGEST) != 0, "depends on the secret");
    ok(gw_key_is_digest(DIGEST), "has a form of its own");
    ok(!gw_key_is_digest("hmac-sha256:2c70") && !gw_key_is_digest("sha256" DIGEST) && !gw_key_is_digest(DIGEST "0") && !gw_key_is_digest("key"), "others have not");
    gw_key_hide(row, secret, p);
    is_str(json_string_value(json_object_get(row, "key")), DIGEST, "the row to be stored has the digest");
    gw_key_show_once(row);
    is_str(json_string_value(json_object_get(row, "key")), "key", "the first answer has the key");
    is_int((long long)json_object_size(row), 2, "and nothing else");
    gw_key_hide(row, secret, p);
    json_object_del(row, "(key, as made)");
    before = json_deep_copy(row);
    gw_key_hide(row, secret, p);
    ok(json_equal(before, row), "a digest is not hashed again");
    gw_key_show_once(row);
    ok(json_is_null(json_object_get(row, "key")), "later answers have no key");
    json_object_set_new(row, "key", json_string("plain"));
    gw_key_show_once(row);
    is_str(json_string_value(json_object_get(row, "key")), "plain", "keys in plain text are shown");
    json_decref(before);
    json_decref(row);
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_places(p);
    test_switches(p);
    test_bodies(p);
    test_body_bound(p);
    test_config(p);
    test_rest(p);
    apr_pool_destroy(p);
    apr_terminate();
    return done();
}
