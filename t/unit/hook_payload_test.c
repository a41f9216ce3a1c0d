/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_payload_test.c - the question to a hook, byte for byte.
 */
#include "hook_payload.h"
#include "schema_tap.h"

static const gw_strings all = { 0, 0, NULL };

/* "Name: value" lines, each ended by '\n'. */
static apr_table_t *make_headers(const char *lines)
{
    apr_table_t *headers = apr_table_make(pool, 8);
    char *rest = apr_pstrdup(pool, lines), *state = NULL;

    for (char *line = apr_strtok(rest, "\n", &state); line != NULL; line = apr_strtok(NULL, "\n", &state)) {
        char *colon = strchr(line, ':');

        *colon = '\0';
        apr_table_addn(headers, line, colon + 1);
    }
    return headers;
}

static gw_hook_request make_request(const char *headers, const char *query)
{
    gw_hook_request request = { .method = "GET", .path = "/p", .query = query, .headers = make_headers(headers) };

    return request;
}

static const char *payload_of(const gw_hook_request *request, const gw_strings *only)
{
    apr_size_t len;
    const char *text = gw_hook_payload(&len, request, only, pool);

    ok(strlen(text) == len || memchr(text, '\0', len) != NULL, "its length");
    json_decref(parse(text)); /* ends the test when it is no JSON */
    return text;
}

#define WITH(headers, args, body) "{\"headers\":{" headers "\"target_uri\":\"/p\",\"target_method\":\"GET\"},\"uri_args\":" args ",\"body_data\":" body "}"

static void check_headers(void)
{
    static const struct { const char *headers, *want, *why; } rows[] = {
        { "", WITH("", "{}", "null"), "nothing at all" },
        { "Host:a.com\n", WITH("\"host\":\"a.com\",", "{}", "null"), "one, in lower case" },
        { "A:1\nB:2\na:3\n", WITH("\"a\":[\"1\",\"3\"],\"b\":\"2\",", "{}", "null"), "a name that comes again" },
        { "A:1\nA:2\nA:3\n", WITH("\"a\":[\"1\",\"2\",\"3\"],", "{}", "null"), "three times" },
        { "Target_URI:/admin\ntarget_method:PUT\n", WITH("", "{}", "null"), "what is ours to say" },
        { "A:\"\\/\n", WITH("\"a\":\"\\\"\\\\/\",", "{}", "null"), "quotes and backslashes" },
        { "A:\t\b\f\r\x01\x1f\x7f\n", WITH("\"a\":\"\\t\\b\\f\\r\\u0001\\u001f\x7f\",", "{}", "null"), "control bytes" },
        { "A:\v\n", WITH("\"a\":\"\\u000b\",", "{}", "null"), "one that JSON has no name for" },
        { "A:\xc3\xa9\n", WITH("\"a\":\"\xc3\xa9\",", "{}", "null"), "UTF-8" },
        { "A:\xe9\xff\n", WITH("\"a\":\"\xc3\xa9\xc3\xbf\",", "{}", "null"), "ISO 8859-1" },
        { "A:\n", WITH("\"a\":\"\",", "{}", "null"), "an empty value" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_hook_request request = make_request(rows[i].headers, NULL);

        is_str(payload_of(&request, &all), rows[i].want, rows[i].why);
    }
}

static void check_choice(void)
{
    static const char *const names[] = { "X-ONE", "target_uri" };
    const gw_strings some = { 2, 1, names }, none = { 0, 1, NULL };
    gw_hook_request request = make_request("x-one:1\nX-Two:2\ntarget_uri:3\n", NULL);

    is_str(payload_of(&request, &some), WITH("\"x-one\":\"1\",", "{}", "null"), "only those that are asked for");
    is_str(payload_of(&request, &none), WITH("", "{}", "null"), "none");
}

static void check_args(void)
{
    static const struct { const char *query, *args, *why; } rows[] = {
        { "a=1", "{\"a\":\"1\"}", "one" },
        { "a", "{\"a\":true}", "a flag" },
        { "a=", "{\"a\":\"\"}", "empty" },
        { "a=1&a&a=2", "{\"a\":[\"1\",true,\"2\"]}", "again, in order" },
        { "a%5B%5D=x%20y&b=c+d", "{\"a[]\":\"x y\",\"b\":\"c d\"}", "decoded" },
        { "&&", "{}", "nothing between" },
        { "=1", "{\"\":\"1\"}", "no name" },
        { "a=%ff", "{\"a\":\"\xc3\xbf\"}", "ISO 8859-1" },
        { "%c3%a9=1&%e9=2", "{\"\xc3\xa9\":[\"1\",\"2\"]}", "two names that are told alike are one" },
        { "a=%", "{\"a\":\"%\"}", "a percent sign of its own" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_hook_request request = make_request("", rows[i].query);
        const char *want = apr_psprintf(pool, "{\"headers\":{\"target_uri\":\"/p?%s\",\"target_method\":\"GET\"},"
                                        "\"uri_args\":%s,\"body_data\":null}", rows[i].query, rows[i].args);

        is_str(payload_of(&request, &all), want, rows[i].why);
    }
}

/* As many as a request line holds, half of them alike: neither slow nor wrong. */
static void check_many(void)
{
    char *query = apr_palloc(pool, 30000 * 4 + 1), *at = query;
    gw_hook_request request;
    json_t *payload;

    for (int i = 0; i < 30000; i++, at += 4)
        memcpy(at, i % 2 ? "a=1&" : apr_psprintf(pool, "%03x&", i / 2 % 4096), 4);
    *at = '\0';
    request = make_request("", query);
    payload = parse(payload_of(&request, &all));
    is_int((long long)json_array_size(json_object_get(json_object_get(payload, "uri_args"), "a")), 15000, "many alike");
    is_int((long long)json_object_size(json_object_get(payload, "uri_args")), 4097, "and many others");
    json_decref(payload);
}

static void check_bodies(void)
{
    static const struct { const char *body; apr_size_t len; int is_truncated; const char *tail, *why; } rows[] = {
        { NULL, 0, 0, "null}", "none" },
        { "", 0, 0, "null}", "empty" },
        { "a\"b", 3, 0, "\"a\\\"b\"}", "text" },
        { "a\0b", 3, 0, "\"a\\u0000b\"}", "with a NUL" },
        { "\xff", 1, 0, "null,\"body_base64\":\"/w==\"}", "bytes" },
        { "\xff\0\1", 3, 0, "null,\"body_base64\":\"/wAB\"}", "three bytes" },
        { "abc", 3, 1, "null,\"body_truncated\":true}", "too long" },
        { NULL, 0, 1, "null,\"body_truncated\":true}", "too long, nothing read" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_hook_request request = make_request("", NULL);

        request.body = rows[i].body;
        request.body_len = rows[i].len;
        request.is_truncated = rows[i].is_truncated;
        is_str(strstr(payload_of(&request, &all), "\"body_data\":") + 12, rows[i].tail, rows[i].why);
    }
}

/* Lengths around every place where the text grows. */
static void check_growth(void)
{
    char *body = apr_palloc(pool, 9000);
    int nbad = 0;

    memset(body, 0xfe, 9000);
    for (apr_size_t len = 1; len < 9000; len += 13) {
        gw_hook_request request = make_request("", NULL);
        apr_size_t got;
        const char *text;

        request.body = body;
        request.body_len = len;
        text = gw_hook_payload(&got, &request, &all, pool);
        nbad += strlen(text) != got || text[got - 1] != '}';
        memset(body, 'x', 9000);
        text = gw_hook_payload(&got, &request, &all, pool);
        nbad += strlen(text) != got || text[got - 1] != '}';
        memset(body, 0xfe, 9000);
    }
    is_int(nbad, 0, "bodies of every length");
}

/* Bytes that need care, at every place of texts of every short length. */
static void check_places(void)
{
    static const struct { const char *byte, *told; } cares[] = {
        { "\"", "\\\"" }, { "\\", "\\\\" }, { "\x1f", "\\u001f" }, { "\xe9", "\xc3\xa9" }, { " ", " " }, { "\x7f", "\x7f" },
        { "!", "!" }, { "[", "[" },
    };
    int nbad = 0;

    for (size_t i = 0; i < COUNT(cares); i++)
        for (int len = 0; len < 40; len++)
            for (int at = 0; at <= len; at++) {
                const char *before = apr_pstrndup(pool, "0123456789012345678901234567890123456789", (apr_size_t)at);
                const char *behind = apr_pstrndup(pool, "abcdefghijabcdefghijabcdefghijabcdefghij", (apr_size_t)(len - at));
                gw_hook_request request = make_request("", NULL);
                const char *want, *text;
                apr_size_t got;

                request.method = apr_pstrcat(pool, before, cares[i].byte, behind, NULL);
                want = apr_pstrcat(pool, "\"target_method\":\"", before, cares[i].told, behind, "\"}", NULL);
                text = gw_hook_payload(&got, &request, &all, pool);
                nbad += strstr(text, want) == NULL;
            }
    is_int(nbad, 0, "bytes that need care, wherever they stand");
}

int main(void)
{
    begin();
    check_headers();
    check_places();
    check_choice();
    check_args();
    check_many();
    check_bodies();
    check_growth();
    return end();
}
