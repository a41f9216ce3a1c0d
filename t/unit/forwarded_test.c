/* SPDX-License-Identifier: Apache-2.0 */
/* Unit test of core/forwarded.c: the table "Upstream request headers" of docs/routing.md, row by row. */
#include "forwarded.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "tap.h"

/* What every row starts from: a plain request to port 8000 from 203.0.113.9. */
static const gw_connection_facts plain = {
    .peer_ip = "203.0.113.9", .host = "Shop.Example.com:8000", .port = 8001, .path = "/a%2Fb/../c",
};

enum { REAL_IP, CHAIN, PROTO, HOST, PORT, PATH, PREFIX };

static const char **member(gw_forwarded *f, int which)
{
    const char **const members[] = { &f->real_ip, &f->chain, &f->proto, &f->host, &f->port, &f->path, &f->prefix };

    return members[which];
}

static const struct {
    int which;
    const char *sent;    /* by the client, in the same header; NULL = not sent */
    int is_trusted, is_tls;
    const char *prefix;  /* stripped */
    const char *want;
    const char *why;
} rows[] = {
    { REAL_IP, NULL,             0, 0, NULL, "203.0.113.9",              "X-Real-IP: the peer" },
    { REAL_IP, "198.51.100.1",   0, 0, NULL, "203.0.113.9",              "X-Real-IP: a stranger's word is replaced" },
    { REAL_IP, "198.51.100.1",   1, 0, NULL, "198.51.100.1",             "X-Real-IP: a trusted peer's word is kept" },
    { REAL_IP, "2001:db8::1",    1, 0, NULL, "2001:db8::1",              "X-Real-IP: IPv6 is an address too" },
    { REAL_IP, "unknown",        1, 0, NULL, "203.0.113.9",              "X-Real-IP: but only an address is one" },
    { REAL_IP, "1.2.3.4, 5.6.7.8", 1, 0, NULL, "203.0.113.9",            "X-Real-IP: and only a single one" },
    { REAL_IP, "",               1, 0, NULL, "203.0.113.9",              "X-Real-IP: an empty value says nothing" },
    { CHAIN,   NULL,             0, 0, NULL, "203.0.113.9",              "X-Forwarded-For: begins with the peer" },
    { CHAIN, "10.1.1.1", 0, 0, NULL, "10.1.1.1, 203.0.113.9", "X-Forwarded-For: a stranger's is appended to" },
    { CHAIN,   "10.1.1.1",       1, 0, NULL, "10.1.1.1, 203.0.113.9",    "X-Forwarded-For: so is a trusted peer's" },
    { CHAIN,   "",               0, 0, NULL, "203.0.113.9",              "X-Forwarded-For: an empty one is as none" },
    { PROTO,   NULL,             0, 0, NULL, "http",                     "X-Forwarded-Proto: of this connection" },
    { PROTO,   NULL,             0, 1, NULL, "https",                    "X-Forwarded-Proto: by TLS" },
    { PROTO, "https", 0, 0, NULL, "http", "X-Forwarded-Proto: a stranger's is replaced" },
    { PROTO,   "https",          1, 0, NULL, "https",                    "X-Forwarded-Proto: a trusted one is kept" },
    { PROTO,   "http",           1, 1, NULL, "http",                     "X-Forwarded-Proto: also when it says less" },
    { HOST,    NULL,             0, 0, NULL, "shop.example.com",         "X-Forwarded-Host: lower case, without port" },
    { HOST,    "evil.example",   0, 0, NULL, "shop.example.com",         "X-Forwarded-Host: a stranger's is replaced" },
    { HOST, "Front.example:1", 1, 0, NULL, "Front.example:1", "X-Forwarded-Host: a trusted one is kept as it is" },
    { PORT, NULL, 0, 0, NULL, "8001", "X-Forwarded-Port: the listening port, not Host's" },
    { PORT,    "443",            0, 0, NULL, "8001",                     "X-Forwarded-Port: a stranger's is replaced" },
    { PORT,    "443",            1, 0, NULL, "443",                      "X-Forwarded-Port: a trusted one is kept" },
    { PATH,    NULL,             0, 0, NULL, "/a%2Fb/../c",              "X-Forwarded-Path: the path as it came" },
    { PATH,    "/other",         0, 0, NULL, "/a%2Fb/../c",              "X-Forwarded-Path: a stranger's is replaced" },
    { PATH,    "/other",         1, 0, NULL, "/other",                   "X-Forwarded-Path: a trusted one is kept" },
    { PREFIX, NULL, 0, 0, NULL, NULL, "X-Forwarded-Prefix: absent if nothing was stripped" },
    { PREFIX,  NULL,             0, 0, "/api", "/api",                   "X-Forwarded-Prefix: what was stripped" },
    { PREFIX, "/evil", 0, 0, NULL, NULL, "X-Forwarded-Prefix: a stranger's is removed" },
    { PREFIX,  "/evil",          0, 0, "/api", "/api",                   "X-Forwarded-Prefix: or replaced" },
    { PREFIX, "/front", 1, 0, NULL, "/front", "X-Forwarded-Prefix: a trusted one is kept even then" },
    { PREFIX,  "/front",         1, 0, "/api", "/front",                 "X-Forwarded-Prefix: and before ours" },
};

static const struct { const char *host, *want, *why; } hosts[] = {
    { "example.com",     "example.com", "a host without port" },
    { "EXAMPLE.com:80",  "example.com", "a host with one" },
    { "[2001:DB8::1]:8000", "[2001:db8::1]", "an IPv6 literal keeps its brackets" },
    { "[2001:db8::1]",   "[2001:db8::1]", "also without port" },
    { "[broken:1",       "[broken", "a bracket that is never closed" },
    { "",                "", "no host" },
};

static const struct { const char *proto; int is_trusted, is_tls, want; const char *why; } schemes[] = {
    { NULL,    0, 0, 0, "no TLS, no word: http" },
    { NULL,    0, 1, 1, "TLS: https" },
    { "https", 0, 0, 0, "a stranger cannot claim https" },
    { "https", 1, 0, 1, "a trusted peer can" },
    { "HTTPS", 1, 0, 1, "in any case" },
    { "http",  1, 1, 0, "and can tell that the client came without" },
    { "",      1, 1, 1, "an empty word says nothing" },
};

static const struct { const char *address; int want; const char *why; } members[] = {
    { "10.2.3.4",        1, "inside an IPv4 net" },
    { "11.2.3.4",        0, "outside of it" },
    { "::ffff:10.2.3.4", 1, "IPv4 mapped into IPv6" },
    { "2001:db8::5",     1, "inside an IPv6 net" },
    { "2001:db9::5",     0, "outside of it" },
};

static void test_membership(apr_pool_t *p)
{
    apr_array_header_t *subnets = apr_array_make(p, 2, sizeof(apr_ipsubnet_t *));
    apr_sockaddr_t *address;
    size_t i;

    apr_ipsubnet_create(apr_array_push(subnets), "10.0.0.0", "8", p);
    apr_ipsubnet_create(apr_array_push(subnets), "2001:db8::", "32", p);
    for (i = 0; i < COUNT(members); i++) {
        apr_sockaddr_info_get(&address, members[i].address, APR_UNSPEC, 0, 0, p);
        is_int(gw_address_is_in(address, subnets), members[i].want, members[i].why);
        is_int(gw_address_is_in(address, NULL), 0, "nobody is trusted without a list");
    }
}

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(rows); i++) {
        gw_connection_facts facts = plain;
        gw_forwarded in = { 0 }, out = { 0 };

        facts.is_trusted = rows[i].is_trusted;
        facts.is_tls = rows[i].is_tls;
        facts.prefix = rows[i].prefix;
        *member(&in, rows[i].which) = rows[i].sent;
        gw_forwarded_compute(&out, &in, &facts, p);
        is_str(*member(&out, rows[i].which), rows[i].want, rows[i].why);
    }
    for (i = 0; i < COUNT(hosts); i++)
        is_str(gw_host_without_port(hosts[i].host, p), hosts[i].want, hosts[i].why);
    for (i = 0; i < COUNT(schemes); i++) {
        gw_connection_facts facts = { .is_trusted = schemes[i].is_trusted, .is_tls = schemes[i].is_tls };

        is_int(gw_forwarded_is_https(schemes[i].proto, &facts), schemes[i].want, schemes[i].why);
    }
    test_membership(p);
    apr_terminate();
    return done();
}
