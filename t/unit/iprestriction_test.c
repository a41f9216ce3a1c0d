/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iprestriction_test.c - who is in a set of networks, what allow and deny make of it, and the field table.
 */
#include "iprestriction_schema.h"
#include "schema_tap.h"

#define MANY 1000

static void check_sets(void)
{
    static const char *const v4[] = { "10.0.0.0/8", "192.168.1.7", "10.1.2.0/24", "172.16.99.1/12", "0.0.0.1/32" };
    static const char *const v6[] = { "2001:db8::/32", "::1", "fe80::1/10" };
    static const char *const mixed[] = { "::/0", "garbage", "1.2.3.4/33", "1.2.3.4/-1" };
    static const char *const all[] = { "0.0.0.0/0" };
    static const char *const mapped[] = { "::ffff:192.0.2.0/120", "::ffff:10.1.1.1", "::ffff:0.0.0.0/95" };
    static const struct { const char *const *v; int n; const char *ip; int want; const char *why; } rows[] = {
        { v4, 5, "10.0.0.0", 1, "the first of a network" },
        { v4, 5, "10.255.255.255", 1, "the last" },
        { v4, 5, "11.0.0.0", 0, "behind it" },
        { v4, 5, "9.255.255.255", 0, "before it" },
        { v4, 5, "10.1.2.3", 1, "in a network within a network" },
        { v4, 5, "10.1.3.0", 1, "behind the inner one, within the outer" },
        { v4, 5, "192.168.1.7", 1, "an address" },
        { v4, 5, "192.168.1.6", 0, "its neighbour" },
        { v4, 5, "192.168.1.8", 0, "the other one" },
        { v4, 5, "172.31.0.1", 1, "bits behind the mask do not matter" },
        { v4, 5, "172.32.0.1", 0, "beyond that mask" },
        { v4, 5, "0.0.0.1", 1, "the smallest member" },
        { v4, 5, "255.255.255.255", 0, "the largest address" },
        { v4, 5, "::ffff:10.0.0.1", 1, "a mapped address counts as IPv4" },
        { v4, 5, "::1", 0, "no IPv6 in a set of IPv4" },
        { v6, 3, "2001:db8:ffff::1", 1, "IPv6" },
        { v6, 3, "2001:db9::", 0, "another IPv6" },
        { v6, 3, "::1", 1, "an IPv6 address" },
        { v6, 3, "febf::1", 1, "a mask within a byte" },
        { v6, 3, "fec0::1", 0, "beyond it" },
        { v6, 3, "0.0.0.1", 0, "no IPv4 in a set of IPv6" },
        { mixed, 4, "1.2.3.4", 0, "what is no network is nothing; ::/0 is IPv6" },
        { mixed, 4, "::2", 1, "all of IPv6" },
        { all, 1, "1.2.3.4", 1, "all of IPv4" },
        { all, 1, "::2", 0, "but no IPv6" },
        { all, 0, "1.2.3.4", 0, "nobody is in an empty set" },
        { v6, 3, "fe80::1%eth0", 1, "a link's name is no part of the address" },
        { v6, 3, "2001:db9::1%1", 0, "nor of another" },
        { mapped, 3, "192.0.2.9", 1, "a mapped network is one of IPv4" },
        { mapped, 3, "192.0.3.0", 0, "as large as it says" },
        { mapped, 3, "::ffff:10.1.1.1", 1, "mapped both" },
        { mapped, 3, "10.1.1.1", 1, "a mapped address" },
        { mapped, 3, "10.1.1.2", 0, "alone" },
        { mapped, 3, "1.2.3.4", 0, "a network that is more than the mapped ones is IPv6" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_arena *arena = gw_arena_make(0);
        gw_strings members = { .n = rows[i].n, .set = 1, .v = rows[i].v };
        gw_ip ip;

        ok(gw_ip_parse(&ip, rows[i].ip), rows[i].ip);
        is_int(gw_ip_set_has(gw_ip_set_make(&members, arena), &ip), rows[i].want, rows[i].why);
        gw_arena_destroy(arena);
    }
}

static void check_addresses(void)
{
    static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", "x", "::g", "1.2.3.256", "[::1]", "/run/s",
                                        "fe80::1%", "%eth0", "1.2.3.4%eth0" };
    gw_ip ip;

    for (size_t i = 0; i < COUNT(bad); i++)
        ok(!gw_ip_parse(&ip, bad[i]), bad[i]);
}

/* Every second address of a large set, in an order that is none. */
static void check_many(void)
{
    const char *v[MANY];
    gw_strings members = { .n = MANY, .set = 1, .v = v };
    gw_arena *arena = gw_arena_make(0);
    const gw_ip_set *set;
    int wrong = 0;

    for (int i = 0; i < MANY; i++) {
        int n = (i * 7 % MANY) * 2;

        v[i] = apr_psprintf(pool, "10.0.%d.%d", n / 256, n % 256);
    }
    set = gw_ip_set_make(&members, arena);
    for (int n = 0; n < 2 * MANY; n++) {
        gw_ip ip;

        gw_ip_parse(&ip, apr_psprintf(pool, "10.0.%d.%d", n / 256, n % 256));
        wrong += gw_ip_set_has(set, &ip) != (n % 2 == 0);
    }
    is_int(wrong, 0, "a thousand single addresses");
    gw_arena_destroy(arena);
}

static void check_verdicts(void)
{
    static const struct { const char *config, *ip; int want; } rows[] = {
        { "{\"allow\":[\"10.0.0.0/8\"]}", "10.1.1.1", 1 },
        { "{\"allow\":[\"10.0.0.0/8\"]}", "11.1.1.1", 0 },
        { "{\"deny\":[\"10.0.0.0/8\"]}", "10.1.1.1", 0 },
        { "{\"deny\":[\"10.0.0.0/8\"]}", "11.1.1.1", 1 },
        { "{\"allow\":[\"10.0.0.0/8\"],\"deny\":[\"10.1.0.0/16\"]}", "10.1.1.1", 0 },
        { "{\"allow\":[\"10.0.0.0/8\"],\"deny\":[\"10.1.0.0/16\"]}", "10.2.1.1", 1 },
        { "{\"allow\":[\"10.0.0.0/8\"],\"deny\":[\"10.1.0.0/16\"]}", "11.1.1.1", 0 },
        { "{\"allow\":[],\"deny\":[\"10.0.0.0/8\"]}", "11.1.1.1", 1 },
        { "{\"whitelist\":[\"10.0.0.0/8\"]}", "11.1.1.1", 0 },
        { "{\"blacklist\":[\"10.0.0.0/8\"]}", "10.1.1.1", 0 },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        gw_arena *arena = gw_arena_make(0);
        gw_iprestriction_conf conf = { 0 };
        gw_ip ip;

        ok(gw_schema_process(&gw_iprestriction_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW,
                             pool) == NULL, rows[i].config);
        gw_schema_compile(&gw_iprestriction_conf_schema, config, &conf, arena);
        gw_iprestriction_conf_prepare(&conf, arena, pool);
        gw_ip_parse(&ip, rows[i].ip);
        is_int(gw_iprestriction_admits(&conf, &ip), rows[i].want, rows[i].config);
        json_decref(config);
        gw_arena_destroy(arena);
    }
}

int main(void)
{
    begin();
    check_sets();
    check_addresses();
    check_many();
    check_verdicts();
    return end();
}
