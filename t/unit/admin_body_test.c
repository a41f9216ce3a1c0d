/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of the Admin API: content types, percent signs, multipart, and what cannot be text.
 */
#include "accept_body.h"
#include "json_pool.h"
#include "multipart.h"
#include "tap.h"
#include "urlencoded.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>

static const struct { const char *type; int has_bytes, yaml, want; const char *why; } kinds[] = {
    { NULL, 0, 0, GW_BODY_NONE, "no type, no body" },
    { NULL, 1, 0, GW_BODY_REFUSED, "a body without a type" },
    { "application/json", 1, 0, GW_BODY_JSON, "JSON" },
    { "application/json", 0, 0, GW_BODY_JSON, "JSON without a body is still JSON" },
    { "application/json; charset=utf-8", 1, 0, GW_BODY_JSON, "with a parameter" },
    { "application/jsonp", 1, 0, GW_BODY_JSON, "a prefix is enough" },
    { "Application/json", 1, 0, GW_BODY_REFUSED, "case matters" },
    { " application/json", 1, 0, GW_BODY_REFUSED, "a prefix begins at the beginning" },
    { "application/x-www-form-urlencoded", 1, 0, GW_BODY_FORM, "a form" },
    { "multipart/form-data; boundary=x", 1, 0, GW_BODY_MULTIPART, "multipart" },
    { "text/yaml", 1, 0, GW_BODY_REFUSED, "YAML is for /config" },
    { "text/yaml", 1, 1, GW_BODY_YAML, "there it is taken" },
    { "text/plain", 1, 0, GW_BODY_REFUSED, "plain text" },
    { "", 0, 0, GW_BODY_REFUSED, "an empty type is one" },
};

static void check_kinds(void)
{
    size_t i;

    for (i = 0; i < COUNT(kinds); i++)
        is_int(gw_body_kind_of(kinds[i].type, kinds[i].has_bytes, kinds[i].yaml), kinds[i].want, kinds[i].why);
}

#define PART(name) "--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define MULTI "multipart/form-data; boundary=B"

static const struct { gw_body_kind kind; const char *type, *body, *want, *why; } bodies[] = {
    { GW_BODY_JSON, "", "{\"a\":\"80\",\"b\":null}", "{\"a\":\"80\",\"b\":null}", "JSON as it is" },
    { GW_BODY_JSON, "", "", "Cannot parse JSON body", "empty" },
    { GW_BODY_JSON, "", "{", "Cannot parse JSON body", "cut off" },
    { GW_BODY_JSON, "", "[1]", "Cannot parse JSON body", "an array" },
    { GW_BODY_JSON, "", "null", "Cannot parse JSON body", "null" },
    { GW_BODY_JSON, "", "\"a\"", "Cannot parse JSON body", "a string" },
    { GW_BODY_JSON, "", "{\"a\":1,\"a\":2}", "Cannot parse JSON body", "a member twice" },
    { GW_BODY_JSON, "", "{\"a\":1}x", "Cannot parse JSON body", "bytes after the end" },
    { GW_BODY_JSON, "", "{\"a\":\"\\u0000\"}", "Cannot parse JSON body", "an escaped NUL" },
    { GW_BODY_JSON, "", "{\"a\":\"\xff\"}", "Cannot parse JSON body", "no UTF-8" },
    { GW_BODY_JSON, "", "{\"__proto__\":{\"x\":1}}", "{\"__proto__\":{\"x\":1}}", "no name is special" },
    { GW_BODY_NONE, "", "", "{}", "nothing" },
    { GW_BODY_FORM, "", "", "{}", "an empty form" },
    { GW_BODY_FORM, "", "a=1+2&b=%41%2b&c=%zz&d=100%25&&e==",
      "{\"a\":\"1 2\",\"b\":\"A+\",\"c\":\"%zz\",\"d\":\"100%\",\"e\":\"=\"}",
      "plus signs, percent signs, stray ones, empty pieces" },
    { GW_BODY_FORM, "", "%61%5B%5D=x&a%5b%5d=y", "{\"a\":[\"x\",\"y\"]}", "keys are decoded first" },
    { GW_BODY_FORM, "", "a=%", "{\"a\":\"%\"}", "a percent sign at the end" },
    { GW_BODY_FORM, "", "name=%ff",
      "{\"code\":2,\"fields\":{\"name\":\"invalid utf-8 character sequence detected at position 1\"}}", "no UTF-8" },
    { GW_BODY_FORM, "", "config.a[]=x%00y",
      "{\"code\":2,\"fields\":{\"config\":{\"a\":[\"must not contain a NUL character\"]}}}",
      "NUL, named where it stands" },
    { GW_BODY_FORM, "", "a%ff=1", "{\"code\":2,\"fields\":{\"a\xef\xbf\xbd\":\"unknown field\"}}",
      "a key that is no text" },
    { GW_BODY_MULTIPART, MULTI, PART("a") "1\r\n" PART("b.c[]") "x\r\n--B--\r\n",
      "{\"a\":\"1\",\"b\":{\"c\":[\"x\"]}}", "two parts" },
    { GW_BODY_MULTIPART, "multipart/form-data; charset=utf-8; boundary=\"B\"", PART("a") "1\r\n--B--", "{\"a\":\"1\"}",
      "a quoted boundary" },
    { GW_BODY_MULTIPART, MULTI,
      "--B\r\nContent-Disposition: form-data; name=\"k\"; filename=\"a;b\\\"c\"\r\n"
      "Content-Type: text/plain\r\n\r\nPEM\nEND\n\r\n--B--\r\n",
      "{\"k\":\"PEM\\nEND\\n\"}", "a file is its bytes, its last newline too" },
    { GW_BODY_MULTIPART, MULTI, "--B\r\ncontent-disposition: FORM-DATA; filename=x; NAME=k\r\n\r\nv\r\n--B--\r\n",
      "{\"k\":\"v\"}",
      "case and order of parameters" },
    { GW_BODY_MULTIPART, MULTI, "preamble\r\n" PART("a") "--Bx\r\n\r\n--B--\r\nepilogue", "{\"a\":\"--Bx\\r\\n\"}",
      "dashes inside a line are content" },
    { GW_BODY_MULTIPART, MULTI, PART("a") "\r\n--B--\r\n", "{\"a\":null}", "an empty part is null" },
    { GW_BODY_MULTIPART, MULTI, PART("a") "1\r\n" PART("a") "2\r\n--B--\r\n", "{\"a\":[\"1\",\"2\"]}", "a name twice" },
    { GW_BODY_MULTIPART, MULTI, PART("a") "1", "{}", "no end" },
    { GW_BODY_MULTIPART, MULTI, "--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--\r\n", "{}", "no name" },
    { GW_BODY_MULTIPART, MULTI, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n--B--\r\n", "{}",
      "no blank line" },
    { GW_BODY_MULTIPART, "multipart/form-data", PART("a") "1\r\n--B--\r\n", "{}", "no boundary" },
    { GW_BODY_MULTIPART, "multipart/form-data; boundary=C", PART("a") "1\r\n--B--\r\n", "{}", "another boundary" },
    { GW_BODY_MULTIPART, "multipart/form-data; boundary=", PART("a") "1\r\n--B--\r\n", "{}", "an empty boundary" },
    { GW_BODY_MULTIPART, MULTI, "", "{}", "no bytes" },
    { GW_BODY_MULTIPART, MULTI, "--B", "{}", "a delimiter and nothing else" },
    { GW_BODY_MULTIPART, MULTI, "--B--\r\n", "{}", "no parts" },
};

/* The object, the message, or code and fields of the error; free it. */
static char *describe(const gw_body_result *result)
{
    json_t *shown;
    char *text;

    if (result->object != NULL)
        return json_dumps(result->object, JSON_COMPACT | JSON_SORT_KEYS);
    if (result->err == NULL)
        return strdup(result->message);
    shown = json_pack("{s:i, s:O}", "code", (int)result->err->code, "fields", result->err->fields);
    text = json_dumps(shown, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(shown);
    return text;
}

static void check_bodies(apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < COUNT(bodies); i++) {
        gw_body_result result = gw_body_decode(bodies[i].kind, bodies[i].type, bodies[i].body, strlen(bodies[i].body),
        p);
        char *text = describe(&result);

        is_str(text, bodies[i].want, bodies[i].why);
        free(text);
        json_decref(result.object);
    }
}

static void check_limits(apr_pool_t *p)
{
    char *form = apr_palloc(p, 2 * 1001 + 1), *deep = apr_palloc(p, 20001);
    gw_body_result result;
    int i;

    for (i = 0; i < 1001; i++)
        memcpy(form + 2 * i, "a&", 3);
    result = gw_body_decode(GW_BODY_FORM, "", form, 2 * 1001, p);
    is_str(result.message, "Too many arguments", "1001 arguments");
    result = gw_body_decode(GW_BODY_FORM, "", form, 2 * 1000, p);
    ok(result.object != NULL, "1000 are taken");
    json_decref(result.object);
    memset(deep, '[', 10000);
    memset(deep + 10000, ']', 10000);
    result = gw_body_decode(GW_BODY_JSON, "", deep, 20000, p);
    is_str(result.message, "Cannot parse JSON body", "10,000 brackets");
}

static const struct { const char *query; int is_whole; const char *why; } wholes[] = {
    { "", 1, "no parameters" },
    { "a=1&b&c=", 1, "texts" },
    { "a=1&b=x%00y", 0, "NUL in a value" },
    { "b=%00", 0, "NUL alone" },
    { "a%00b=1", 0, "NUL in a name" },
    { "a%00", 0, "NUL in a bare name" },
    { "tags=a%00b&a=1", 1, "the name whose values may have some" },
    { "tags%00=a", 0, "a name that only begins so" },
    { "tags=a%00&a=%00", 0, "it excuses no other" },
};

static void check_texts(apr_pool_t *p)
{
    apr_array_header_t *pairs = gw_urlencoded_parse("size=5&size=6&bare", 18, 10, p);
    size_t i;

    is_str(gw_urlencoded_get(pairs, "size"), "5", "the first value counts");
    is_str(gw_urlencoded_get(pairs, "bare"), "", "a bare name is there");
    ok(gw_urlencoded_get(pairs, "siz") == NULL, "names are compared whole");
    for (i = 0; i < COUNT(wholes); i++)
        is_int(gw_urlencoded_is_whole(gw_urlencoded_parse(wholes[i].query, strlen(wholes[i].query), 10, p), "tags"),
               wholes[i].is_whole, wholes[i].why);
    is_str(gw_urlencoded_escape("a b/c~+=\xc3\xa4", p), "a%20b%2Fc~%2B%3D%C3%A4", "escaping");
    is_str(gw_segment_decode("a%2Fb+c", 7, p), "a/b+c", "a segment keeps its plus signs");
    ok(gw_segment_decode("a%2", 3, p) == NULL, "a triplet cut off");
    ok(gw_segment_decode("a%00", 4, p) == NULL, "NUL in a segment");
    is_str(gw_text_printable("a\xff" "b\xc3\xa4\xc3", 6, p), "a\xef\xbf\xbd" "b\xc3\xa4\xef\xbf\xbd",
    "bytes that are no text");
    is_str(gw_text_printable("a\0b", 3, p), "a\xef\xbf\xbd" "b", "NUL");
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    check_kinds();
    check_bodies(p);
    check_limits(p);
    check_texts(p);
    apr_pool_destroy(p);
    return done();
}
