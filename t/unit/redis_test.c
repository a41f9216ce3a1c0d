/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_test.c - what Redis says, whole, in pieces and wrong; what it is told.
 */
#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "resp.h"
#include "tap.h"

static apr_pool_t *pool;

/* "T:text", "N:7", "E:text", "-" for nil, "[...]"; "?" for more, "!" for garbage. */
static const char *show(const gw_redis_reply *reply)
{
    const char *list = "[";

    switch (reply->type) {
    case GW_REDIS_NIL:
        return "-";
    case GW_REDIS_TEXT:
        return apr_psprintf(pool, "T%d:%s", (int)reply->len, reply->text);
    case GW_REDIS_NUMBER:
        return apr_psprintf(pool, "N:%" APR_INT64_T_FMT, reply->number);
    case GW_REDIS_ERROR:
        return apr_pstrcat(pool, "E:", reply->text, NULL);
    case GW_REDIS_LIST:
        break;
    }
    for (int i = 0; i < reply->n; i++)
        list = apr_pstrcat(pool, list, i ? " " : "", show(&reply->items[i]), NULL);
    return apr_pstrcat(pool, list, "]", NULL);
}

static const char *parse(const char *bytes, size_t len, size_t *used)
{
    /* Where a read beyond the end is noticed. */
    char *exact = memcpy(malloc(len ? len : 1), bytes, len);
    gw_redis_reply reply;
    int rc = gw_redis_parse(&reply, used, exact, len, pool);

    free(exact);
    return rc == 1 ? show(&reply) : rc == 0 ? "?" : "!";
}

static void check_replies(void)
{
    static const struct { const char *bytes, *want, *why; } rows[] = {
        { "+OK\r\n", "T2:OK", "a status" },
        { "+\r\n", "T0:", "an empty one" },
        { "-ERR no\r\n", "E:ERR no", "an error" },
        { ":42\r\n", "N:42", "a number" },
        { ":-9223372036854775807\r\n", "N:-9223372036854775807", "a small one" },
        { "$5\r\nhe\r\no\r\n", "T5:he\r\no", "a bulk may hold line ends" },
        { "$0\r\n\r\n", "T0:", "an empty bulk" },
        { "$-1\r\n", "-", "nil" },
        { "*0\r\n", "[]", "an empty list" },
        { "*-1\r\n", "-", "a nil list" },
        { "*3\r\n:1\r\n$-1\r\n$1\r\nx\r\n", "[N:1 - T1:x]", "a list" },
        { "*1\r\n-ERR\r\n", "[E:ERR]", "a list with an error" },
    };
    static const struct { const char *bytes, *why; } bad[] = {
        { "HTTP/1.1 400\r\n", "another protocol" },     { "x", "no kind" },
        { ":\r\n", "no number" },                       { ":1x\r\n", "no number, either" },
        { ":--1\r\n", "two signs" },                    { ":99999999999999999999\r\n", "too large a number" },
        { ":9223372036854775808\r\n", "by one" },       { "+OK\rx", "half a line end" },
        { "$-2\r\n", "a negative length" },             { "$65537\r\n", "too long" },
        { "$1\r\nxy\r\n", "longer than it says" },      { "*65\r\n", "too many" },
        { "*-2\r\n", "a negative count" },              { "*1\r\n*1\r\n:1\r\n", "a list in a list" },
        { "*\r\n", "no count" },                        { "$4294967297\r\nx\r\n", "a length that would wrap" },
    };
    size_t used;

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].bytes);
        int nearly = 0;

        is_str(parse(rows[i].bytes, len, &used), rows[i].want, rows[i].why);
        is_int((long long)used, (long long)len, "all of it");
        parse(apr_pstrcat(pool, rows[i].bytes, "+next\r\n", NULL), len + 7, &used);
        is_int((long long)used, (long long)len, "and no more");
        for (size_t k = 0; k < len; k++)
            nearly += strcmp(parse(rows[i].bytes, k, &used), "?") != 0;
        is_int(nearly, 0, "what is cut off wants more");
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        is_str(parse(bad[i].bytes, strlen(bad[i].bytes), &used), "!", bad[i].why);
}

static void check_bounds(void)
{
    char *line = memset(malloc(200000), 'x', 200000);
    size_t used;

    line[0] = '+';
    is_str(parse(line, 60000, &used), "?", "a long line goes on");
    is_str(parse(line, 200000, &used), "!", "but not for ever");
    free(line);
    is_str(parse("\0\0", 2, &used), "!", "zeroes");
}

static void check_commands(void)
{
    const char *const words[] = { "SET", "a key", "" };
    size_t len;
    const char *bytes = gw_redis_format(&len, words, 3, pool);

    is_str(apr_pstrmemdup(pool, bytes, len), "*3\r\n$3\r\nSET\r\n$5\r\na key\r\n$0\r\n\r\n", "a command");
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    check_replies();
    check_bounds();
    check_commands();
    apr_pool_destroy(pool);
    apr_terminate();
    return done();
}
