/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/log_text.c: what stands in a log's line. */
#include "log_text.h"

#include <apr_general.h>

#include "tap.h"

static const struct {
    const char *text, *want, *why;
} rows[] = {
    { "", "", "nothing" },
    { "GET /a?b=c~ HTTP/1.1", "GET /a?b=c~ HTTP/1.1", "plain text" },
    { "a\"b", "a\\\"b", "a quote" },
    { "a\\b", "a\\\\b", "a backslash" },
    { "a\nb\rc\td", "a\\nb\\rc\\td", "a line's end is none" },
    { "\v\033[2J", "\\u000B\\u001B[2J", "other control characters, as JSON has them" },
    { "caf\xc3\xa9 \xf0\x9f\x92\xa9", "caf\\u00E9 \\uD83D\\uDCA9", "letters from elsewhere" },
    { "a\xe9\xff", "a\\uFFFD\\uFFFD", "bytes that are no UTF-8" },
    { "\xc2", "\\uFFFD", "half a letter" },
};

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(rows); i++)
        is_str(gw_log_text(rows[i].text, p), rows[i].want, rows[i].why);
    ok(gw_log_text(rows[1].text, p) == rows[1].text, "plain text is not copied");
    apr_terminate();
    return done();
}
