/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/target.c: request targets and Host headers. */
#include "match.h"

#include <apr_general.h>

#include "tap.h"

static const struct {
    const char *target, *path, *path_and_query, *why;
} targets[] = {
    { "/a/b", "/a/b", "/a/b", "origin form" },
    { "/a?x=1", "/a", "/a?x=1", "with a query" },
    { "/a?", "/a", "/a?", "a lone question mark" },
    { "/a#f", "/a", "/a#f", "a fragment is no path" },
    { "//a/b", "//a/b", "//a/b", "two slashes are no authority" },
    { "http://h/a?x", "/a", "/a?x", "absolute form" },
    { "http://h:80", "/", "/", "absolute form without a path" },
    { "http://h?x=/y", "/", "/", "a slash in the query is no path" },
    { "HTTP://u@[::1]:1/a", "/a", "/a", "an authority with everything" },
    { "*", "/", "/", "asterisk form" },
    { "h:443", "/", "/", "authority form" },
    { "", "/", "/", "nothing" },
};

static const struct {
    const char *header, *host;
    int port;
    const char *why;
} hosts[] = {
    { NULL, "", 0, "no header" },
    { "", "", 0, "an empty one" },
    { "a.example", "a.example", 0, "no port" },
    { "a.example:8000", "a.example", 8000, "a port" },
    { "a.example:", "a.example", 0, "a colon without a number" },
    { "a.example.", "a.example", 0, "a dot at its end" },
    { "a.example.:8000", "a.example", 8000, "a dot before the port" },
    { "a.example.:", "a.example", 0, "a dot and a colon" },
    { "a.example..", "a.example.", 0, "one dot only" },
    { ".", ".", 0, "a dot alone" },
    { ":", "", 0, "a colon alone" },
    { "a.example:80x", "a.example:80x", 0, "what is no number is no port" },
    { "a.example:65535", "a.example", 65535, "the last port" },
    { "a.example:65536", "a.example:65536", 0, "beyond the last" },
    { "a.example:99999999999999999999", "a.example:99999999999999999999", 0, "far beyond" },
    { "[::1]", "[::1]", 0, "IPv6" },
    { "[::1]:8000", "[::1]", 8000, "IPv6 with a port" },
    { "[::1", "[::1", 0, "IPv6 without an end" },
    { "::1", "::1", 0, "IPv6 without brackets is not split" },
    { "a:0", "a", 0, "port zero is none" },
};

int main(void)
{
    apr_pool_t *p;
    const char *host;
    int port;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(targets); i++) {
        is_str(gw_target_path(targets[i].target, p), targets[i].path, targets[i].why);
        is_str(gw_target_path_and_query(targets[i].target), targets[i].path_and_query, targets[i].why);
    }
    for (i = 0; i < COUNT(hosts); i++) {
        gw_host_split(&host, &port, hosts[i].header, p);
        is_str(host, hosts[i].host, hosts[i].why);
        is_int(port, hosts[i].port, hosts[i].why);
    }
    apr_terminate();
    return done();
}
