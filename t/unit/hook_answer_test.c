/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_answer_test.c - what a hook's answer means, and how long it may be remembered.
 */
#include "arena.h"
#include "hook_answer.h"
#include "schema_tap.h"

static gw_middleman_conf *make_conf(const char *text, gw_arena *arena)
{
    json_t *config = parse(text);
    gw_middleman_conf *conf = gw_arena_calloc(arena, sizeof(*conf));

    ok(gw_schema_process(&gw_middleman_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool) == NULL,
       text);
    gw_schema_compile(&gw_middleman_conf_schema, config, conf, arena);
    ok(gw_middleman_conf_prepare(conf, arena, pool) == NULL, "prepared");
    json_decref(config);
    return conf;
}

static gw_hook_reply make_reply(int status, const char *body)
{
    gw_hook_reply reply = { .status = status, .body = body, .body_len = strlen(body) };

    return reply;
}

#define TAKE(reply, line) gw_hook_reply_take(reply, line, sizeof(line) - 1, pool)

/* "name=value,..." of what was taken. */
static const char *headers_of(const gw_hook_reply *reply)
{
    const char *all = "";

    for (int i = 0; reply->headers != NULL && i < reply->headers->nelts; i++) {
        const gw_hook_header *header = &APR_ARRAY_IDX(reply->headers, i, gw_hook_header);

        all = apr_pstrcat(pool, all, *all ? "," : "", header->name, "=", header->value, NULL);
    }
    return all;
}

static void check_lines(void)
{
    static const struct { const char *line; apr_size_t len; const char *want, *why; } rows[] = {
        { "A: b\r\n", 6, "A=b", "a header" },
        { "A:b\n", 4, "A=b", "no space, a bare line feed" },
        { "A: \t b c \t\r\n", 12, "A=b c", "white space around" },
        { "A:\r\n", 4, "A=", "empty" },
        { "\r\n", 2, "", "the end of the headers" },
        { "", 0, "", "nothing" },
        { "no colon\r\n", 10, "", "no colon" },
        { ": b\r\n", 5, "", "no name" },
        { "A b: c\r\n", 8, "", "a name with a space" },
        { "A : c\r\n", 7, "", "a space before the colon" },
        { "A: b\rX: c\r\n", 11, "", "a carriage return within" },
        { "A: b\0c\r\n", 8, "", "a NUL within" },
        { "A: b\x01\r\n", 7, "", "a control byte" },
        { "A: \xff\r\n", 6, "A=\xff", "a byte beyond ASCII" },
        { "A: b\tc\r\n", 8, "A=b\tc", "a tab" },
    };
    gw_hook_reply reply = { 0 };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_hook_reply one = { 0 };

        is_int(gw_hook_reply_take(&one, rows[i].line, rows[i].len, pool), 1, rows[i].why);
        is_str(headers_of(&one), rows[i].want, rows[i].why);
    }
    TAKE(&reply, "HTTP/1.1 100 Continue\r\n");
    TAKE(&reply, "A: interim\r\n");
    TAKE(&reply, "HTTP/1.1 200 OK\r\n");
    TAKE(&reply, "B: 1\r\n");
    is_str(headers_of(&reply), "B=1", "an interim answer's are forgotten");
    TAKE(&reply, "C: 2\r\n");
    TAKE(&reply, " folded: 3\r\n");
    is_str(headers_of(&reply), "B=1", "a folded one is no header at all");
    TAKE(&reply, "D: 4\r\n");
    is_str(headers_of(&reply), "B=1,D=4", "the next is one again");
    memset(&reply, 0, sizeof(reply));
    is_int(TAKE(&reply, " folded first\r\n"), 1, "a fold of nothing");
    reply.header_bytes = GW_HOOK_MAX_HEADER_BYTES - 3;
    is_int(TAKE(&reply, "A:b"), 1, "as much as may be");
    is_int(TAKE(&reply, "C"), 0, "too much");
}

static void check_lifetimes(void)
{
    static const struct { const char *control; double age, fresh, stale; const char *why; } rows[] = {
        { NULL, 0, 60, 30, "nothing said: as configured" },
        { "", 0, 60, 30, "nothing in it" },
        { "max-age=10", 0, 10, 30, "shorter" },
        { "max-age=100", 0, 60, 30, "longer does not count" },
        { "MAX-AGE = 10", 0, 10, 30, "any case, spaces" },
        { "max-age=\"10\"", 0, 10, 30, "quoted" },
        { "max-age=10", 4, 6, 30, "less its age" },
        { "max-age=10", 11, 0, 30, "past its age" },
        { "s-maxage=5, max-age=10", 0, 5, 30, "the least of two" },
        { "max-age=0", 0, 0, 30, "none" },
        { "max-age=-1", 0, 0, 30, "no number" },
        { "max-age=x", 0, 0, 30, "a word" },
        { "max-age", 0, 0, 30, "no value" },
        { "max-age=99999999999999999999999", 0, 60, 30, "a number of any size" },
        { "no-store", 0, 0, 0, "no-store" },
        { "private,no-cache", 0, 0, 0, "no-cache" },
        { "no-cache=\"Set-Cookie, max-age=1\"", 0, 0, 0, "with names" },
        { "private, max-age=10", 0, 10, 30, "private: the key is the whole question" },
        { "public", 0, 60, 30, "public" },
        { "must-revalidate", 0, 60, 0, "no stale answers" },
        { "stale-if-error=7", 0, 60, 7, "stale for less" },
        { "stale-if-error=700", 0, 60, 30, "not for more" },
        { "x-no-store, no-storex, =, ,,max-agee=1", 0, 60, 30, "other words" },
        { "ext=\"a, no-store\"", 0, 60, 30, "a word in quotes" },
        { "ext=\"a, no-store", 0, 60, 30, "in quotes that do not end" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        double fresh = 60, stale = 30;

        gw_hook_lifetime(&fresh, &stale, rows[i].control, rows[i].age);
        ok(fresh == rows[i].fresh && stale == rows[i].stale, rows[i].why);
    }
}

static void check_objects(void)
{
    static const struct { const char *body, *want, *text, *why; } rows[] = {
        { "{}", "{}", "{}", "empty" },
        { " {\"a\" : 1} ", "{\"a\":1}", "{\"a\" : 1}", "spaces" },
        { "x{\"a\":{\"b\":[1,{}]}}y}", "{\"a\":{\"b\":[1,{}]}}", "{\"a\":{\"b\":[1,{}]}}", "the first, whole" },
        { "{\"a\":\"}\"}", "{\"a\":\"}\"}", "{\"a\":\"}\"}", "a brace in a string" },
        { "", NULL, NULL, "nothing" },
        { "[1]", NULL, NULL, "no object" },
        { "{", NULL, NULL, "half an object" },
        { "{a:1}", NULL, NULL, "no JSON" },
        { "{\"a\":\"\xff\"}", NULL, NULL, "no UTF-8" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *begin = NULL, *end = NULL;

        is_str(gw_hook_object(&end, &begin, rows[i].body, strlen(rows[i].body), pool), rows[i].want, rows[i].why);
        if (rows[i].text != NULL)
            is_str(apr_pstrmemdup(pool, begin, (apr_size_t)(end - begin)), rows[i].text, "as it stands in the body");
    }
}

static void check_decisions(void)
{
    gw_arena *arena = gw_arena_make(0);
    gw_middleman_conf *conf = make_conf("{\"url\":\"http://h/\",\"cache_ttl\":10,\"cache_negative_ttl\":5,"
                                        "\"cache_stale_ttl\":3,\"upstream_headers\":[\"X-User\"]}", arena);
    static const struct { int status; apr_time_t fresh_s; const char *body; const char *why; } rows[] = {
        { 200, 10, NULL, "a yes" }, { 299, 10, NULL, "the last yes" }, { 300, 5, "{\"a\":1}", "the first no" },
        { 403, 5, "{\"a\":1}", "a no" }, { 500, 0, "{\"a\":1}", "trouble is not remembered" },
        { 599, 0, "{\"a\":1}", "whatever it is" },
    };
    gw_decision *decision;
    gw_hook_reply reply;

    for (size_t i = 0; i < COUNT(rows); i++) {
        reply = make_reply(rows[i].status, "{\"a\": 1}");
        decision = gw_decision_make(conf, &reply, NOW, pool);
        is_int(decision->status, rows[i].status, rows[i].why);
        is_str(decision->body, rows[i].body, "what the client gets");
        is_int(decision->fresh_until, rows[i].fresh_s ? NOW + apr_time_from_sec(rows[i].fresh_s) : 0, "how long");
        is_int(decision->stale_until, rows[i].fresh_s ? NOW + apr_time_from_sec(rows[i].fresh_s + 3) : 0, "and after");
        gw_decision_retain(decision);
        gw_decision_release(decision);
        is_int(decision->refs, 1, "one reference is left");
        gw_decision_release(decision);
    }
    for (int status = 0; status < 200; status += 99) {
        reply = make_reply(status, "");
        ok(gw_decision_make(conf, &reply, NOW, pool) == NULL, "no final answer");
    }
    reply = make_reply(600, "");
    ok(gw_decision_make(conf, &reply, NOW, pool) == NULL, "no status of HTTP");
    gw_decision_release(NULL);

    reply = make_reply(200, "");
    TAKE(&reply, "x-USER: a\r\n");
    TAKE(&reply, "X-Other: b\r\n");
    TAKE(&reply, "X-User: c\r\n");
    TAKE(&reply, "WWW-Authenticate: Basic\r\n");
    TAKE(&reply, "Cache-Control: max-age=2\r\n");
    TAKE(&reply, "Cache-Control: must-revalidate\r\n");
    decision = gw_decision_make(conf, &reply, NOW, pool);
    is_int(decision->nheaders, 2, "the upstream's headers");
    is_str(decision->headers[0].value, "a", "the first");
    is_str(decision->headers[1].value, "c", "the second");
    is_int(decision->fresh_until, NOW + apr_time_from_sec(2), "both lines of Cache-Control count");
    is_int(decision->stale_until, decision->fresh_until, "both");
    gw_decision_release(decision);
    reply.status = 401;
    decision = gw_decision_make(conf, &reply, NOW, pool);
    is_int(decision->nheaders, 1, "the client's headers");
    is_str(decision->headers[0].name, "WWW-Authenticate", "the default one");
    is_str(decision->body, "{}", "no body: an empty object");
    gw_decision_release(decision);
    ok(make_conf("{\"url\":\"http://h/\"}", arena)->serial != conf->serial, "each compilation has a number of its own");
    gw_arena_destroy(arena);
}

int main(void)
{
    begin();
    check_lines();
    check_lifetimes();
    check_objects();
    check_decisions();
    return end();
}
