/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/mask.c: what of a request line is written to logs. */
#include "mask.h"

#include <apr_general.h>

#include "tap.h"

#define LONG "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz" \
    "0123456789abcdefghijklmnopqrstuvwxyz"

static const char *const own_names[] = { LONG, "my-key", "my;key", "T" };
static const gw_strings own = { 4, 1, own_names };

static const struct {
    const char *line, *want, *why;
} rows[] = {
    { "GET /a HTTP/1.1", "GET /a HTTP/1.1", "no query" },
    { "GET /a? HTTP/1.1", "GET /a? HTTP/1.1", "an empty query" },
    { "GET /a?x=1&y=2 HTTP/1.1", "GET /a?x=1&y=2 HTTP/1.1", "nothing to hide" },
    { "GET /a?apikey=k HTTP/1.1", "GET /a?apikey=*** HTTP/1.1", "a short value grows" },
    { "GET /a?apikey=0123456789 HTTP/1.1", "GET /a?apikey=*** HTTP/1.1", "a long one shrinks" },
    { "GET /a?apikey= HTTP/1.1", "GET /a?apikey= HTTP/1.1", "nothing is nothing" },
    { "GET /a?apikey HTTP/1.1", "GET /a?apikey HTTP/1.1", "a bare name" },
    { "GET /a?x=1&apikey=k&y=2&jwt=a.b.c&z HTTP/1.1", "GET /a?x=1&apikey=***&y=2&jwt=***&z HTTP/1.1",
      "several, between others" },
    { "GET /a?apikey=k&apikey=l HTTP/1.1", "GET /a?apikey=***&apikey=*** HTTP/1.1", "repeated" },
    { "GET /a?APIKEY=k HTTP/1.1", "GET /a?APIKEY=*** HTTP/1.1", "in any case" },
    { "GET /a?api%6bey=k HTTP/1.1", "GET /a?api%6bey=*** HTTP/1.1", "an encoded name" },
    { "GET /a?api%6Bey=k HTTP/1.1", "GET /a?api%6Bey=*** HTTP/1.1", "encoded in upper case" },
    { "GET /a?x=1;token=k HTTP/1.1", "GET /a?x=1;token=*** HTTP/1.1", "after a semicolon" },
    { "GET /a?my-key=k&t=l HTTP/1.1", "GET /a?my-key=***&t=*** HTTP/1.1", "a plugin's own names" },
    { "GET /a?apikey=a=b HTTP/1.1", "GET /a?apikey=*** HTTP/1.1", "a value with an equals sign" },
    { "GET /a?x=?apikey=k HTTP/1.1", "GET /a?x=?apikey=*** HTTP/1.1", "a target in a value" },
    { "GET /a?x=/b?y=1;t=k&z=2 HTTP/1.1", "GET /a?x=/b?y=1;t=***&z=2 HTTP/1.1", "deep in a value" },
    { "GET /a?apikey=k;x=1&y=2 HTTP/1.1", "GET /a?apikey=***&y=2 HTTP/1.1", "a semicolon is part of a key" },
    { "GET /a?my;key=k HTTP/1.1", "GET /a?my;key=*** HTTP/1.1", "and of a name" },
    { "GET /a?your;key=k HTTP/1.1", "GET /a?your;key=*** HTTP/1.1", "a common name behind one" },
    { "GET /a?" LONG "=k&" LONG "1=l HTTP/1.1", "GET /a?" LONG "=***&" LONG "1=l HTTP/1.1", "a long name, and a longer one" },
    { "GET /a?my-key=k&my-ke=l&my-keys=m&t%00=n HTTP/1.1", "GET /a?my-key=***&my-ke=l&my-keys=m&t%00=n HTTP/1.1",
      "names that are like others" },
    { "GET /a?my-key=k l&x=1 HTTP/1.1", "GET /a?my-key=***&x=1 HTTP/1.1", "a blank in a value" },
    { "GET /a?x y&my-key=k HTTP/1.1", "GET /a?x y&my-key=*** HTTP/1.1", "a blank before it" },
    { "GET /a?x=1&my-key=k HTTP/1.1 HTTP/1", "GET /a?x=1&my-key=***", "no version at the end" },
    { "GET /a?my-key=k HTTP/secret", "GET /a?my-key=***", "what looks like one" },
    { "G?T /a?my-key=k HTTP/1.1", "G?T /a?my-key=*** HTTP/1.1", "an odd method" },
    { "GET /a?b=my-key&=k&&; HTTP/1.1", "GET /a?b=my-key&=k&&; HTTP/1.1", "a value called so, and no names at all" },
    { "GET /a?apikey=k", "GET /a?apikey=***", "a line without a version" },
    { "GET /a?%=1&%2=1&apikey=k HTTP/1.1", "GET /a?%=1&%2=1&apikey=*** HTTP/1.1", "broken escapes stay" },
    { "GET http://h/a?jwt=k HTTP/1.1", "GET http://h/a?jwt=*** HTTP/1.1", "an absolute target" },
    { "", "", "no line at all" },
};

int main(void)
{
    char long_line[700];
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(rows); i++)
        is_str(gw_mask_request_line(rows[i].line, &own, p), rows[i].want, rows[i].why);
    is_str(gw_mask_request_line("GET /a?my-key=k HTTP/1.1", NULL, p), "GET /a?my-key=k HTTP/1.1",
           "which nobody else knows");
    memset(long_line, 'n', sizeof(long_line));
    memcpy(long_line, "GET /?", 6);
    memcpy(long_line + sizeof(long_line) - 4, "=v", 3);
    ok(gw_mask_request_line(long_line, &own, p) == long_line, "a name that is too long to be one of ours");
    apr_terminate();
    return done();
}
