/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_port_test.c - hosts with and without ports: what they are, and what is written again.
 */
#include <apr_general.h>

#include "host_port.h"
#include "tap.h"

static const struct { const char *text; gw_host_kind kind; const char *host; int port; const char *why; } rows[] = {
    { "api.example.com", GW_HOST_NAME, "api.example.com", -1, "a name" },
    { "api.example.com:80", GW_HOST_NAME, "api.example.com", 80, "with a port" },
    { "a_b-c.d", GW_HOST_NAME, "a_b-c.d", -1, "all characters of a name" },
    { "10.0.0.1", GW_HOST_IPV4, "10.0.0.1", -1, "IPv4" },
    { "10.0.0.1:65535", GW_HOST_IPV4, "10.0.0.1", 65535, "with the last port" },
    { "10.0.0.1:0", GW_HOST_IPV4, "10.0.0.1", 0, "with the first" },
    { "::1", GW_HOST_IPV6, "::1", -1, "IPv6" },
    { "[::1]", GW_HOST_IPV6, "::1", -1, "in brackets" },
    { "[fe80::1]:8000", GW_HOST_IPV6, "fe80::1", 8000, "with a port" },
    { "h:65536", GW_HOST_NAME, "h", -2, "no port" },
    { "h:", GW_HOST_NAME, "h", -2, "an empty one" },
    { "h:8x", GW_HOST_NAME, "h", -2, "one with a letter" },
    { "h:-1", GW_HOST_NAME, "h", -2, "a negative one" },
    { "h:0000080", GW_HOST_NAME, "h", -2, "a long one" },
    { "[::1]x", GW_HOST_IPV6, "::1", -2, "something behind the bracket" },
    { "", GW_HOST_INVALID, NULL, 0, "nothing" },
    { ":80", GW_HOST_INVALID, NULL, 0, "only a port" },
    { "[::1", GW_HOST_INVALID, NULL, 0, "an open bracket" },
    { "[10.0.0.1]", GW_HOST_INVALID, NULL, 0, "IPv4 in brackets" },
    { "[]:80", GW_HOST_INVALID, NULL, 0, "empty brackets" },
    { "a b", GW_HOST_INVALID, NULL, 0, "a blank" },
    { "a/b", GW_HOST_INVALID, NULL, 0, "a path" },
    { "a..b", GW_HOST_INVALID, NULL, 0, "an empty label" },
    { "1:2:3", GW_HOST_INVALID, NULL, 0, "too many colons" },
    { "a\r\nb", GW_HOST_INVALID, NULL, 0, "a line break" },
};

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(rows); i++) {
        gw_host_port got = gw_host_port_parse(rows[i].text, p), again;

        is_int(got.kind, rows[i].kind, rows[i].why);
        if (rows[i].kind == GW_HOST_INVALID)
            continue;
        is_str(got.host, rows[i].host, rows[i].why);
        is_int(got.port, rows[i].port, rows[i].why);
        if (got.port < 0)
            continue;
        again = gw_host_port_parse(gw_host_port_format(&got, p), p);
        ok(again.kind == got.kind && again.port == got.port && strcmp(again.host, got.host) == 0,
           "what is written is read again");
    }
    return done();
}
