/* SPDX-License-Identifier: Apache-2.0 */
/*
 * balancer_test.c - who is chosen: shares by weight, little that moves when peers come and go, failover, thresholds.
 */
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "balancer.h"
#include "mix_hash.h"
#include "tap.h"

#define MAX_PEERS 64

static apr_pool_t *pool;
static gw_health_table *health;

/* An upstream with targets t0:80, t1:80 ... at 10.0.0.n; weights end with -1. */
static gw_balancer *make_with(json_t *upstream_row, const int *weights)
{
    gw_upstream *upstream = gw_upstream_make(upstream_row);
    gw_target *targets[MAX_PEERS];
    gw_balancer_input input = { .upstream = upstream, .targets = targets, .health = health };
    gw_balancer *made;
    int i;

    for (i = 0; weights[i] >= 0; i++) {
        char address[32];
        json_t *row;

        apr_snprintf(address, sizeof(address), "10.0.0.%d:80", i + 1);
        row = json_pack("{s:s, s:s, s:i, s:{s:s}}", "id", address, "target", address, "weight", weights[i], "upstream",
                        "id", "u");
        targets[input.ntargets++] = gw_target_make(row);
        json_decref(row);
    }
    made = gw_balancer_make(&input);
    for (i = 0; i < input.ntargets; i++)
        gw_target_release(targets[i]);
    gw_upstream_release(upstream);
    json_decref(upstream_row);
    return made;
}

static gw_balancer *make(const char *algorithm, const int *weights)
{
    static int nth;
    char id[16];

    apr_snprintf(id, sizeof(id), "u%d", ++nth); /* cells of its own */
    return make_with(json_pack("{s:s, s:s, s:s}", "id", id, "name", "up", "algorithm", algorithm), weights);
}

static void count_picks(int *counts, gw_balancer *b, int n, int has_hash)
{
    int i;

    memset(counts, 0, MAX_PEERS * sizeof(*counts));
    for (i = 0; i < n; i++) {
        gw_pick pick = { .has_hash = has_hash, .hash = gw_mix_bytes(7, (const char *)&i, sizeof(i)) };
        int at = gw_balancer_pick(b, &pick);

        if (at >= 0)
            counts[at]++;
    }
}

/* Within `percent` of what its weight says. */
static int is_fair(const gw_balancer *b, const int *counts, int n, int percent)
{
    apr_int64_t sum = 0;
    int i;

    for (i = 0; i < b->npeers; i++)
        sum += b->peers[i].target->weight;
    for (i = 0; i < b->npeers; i++) {
        double want = (double)n * (double)b->peers[i].target->weight / (double)sum;

        if (abs(counts[i] - (int)want) > want * percent / 100 + 1) {
            printf("# peer %d: %d instead of %.0f\n", i, counts[i], want);
            return 0;
        }
    }
    return 1;
}

static const struct { const char *algorithm; int weights[6]; int has_hash, percent; const char *why; } shares[] = {
    { "round-robin", { 100, 100, 100, -1 }, 0, 0, "round-robin, equal" },
    { "round-robin", { 1, 2, 3, 4, -1 }, 0, 0, "round-robin, small weights" },
    { "round-robin", { 100, 0, 300, -1 }, 0, 0, "round-robin, one without weight" },
    { "round-robin", { 65535, 65534, 32768, -1 }, 0, 1, "round-robin, weights that do not fit on the wheel" },
    { "latency", { 100, 300, -1 }, 0, 0, "latency is served as round-robin" },
    { "least-connections", { 100, 100, 100, -1 }, 0, 0, "least-connections, all idle" },
    { "consistent-hashing", { 100, 100, 100, 100, -1 }, 1, 10, "hashing, equal" },
    { "consistent-hashing", { 100, 200, 400, -1 }, 1, 10, "hashing, weighted" },
    { "consistent-hashing", { 1, 65535, -1 }, 1, 10, "hashing, very unequal" },
    { "consistent-hashing", { 100, 300, -1 }, 0, 0, "hashing without anything to hash: in turn" },
};

static void test_shares(void)
{
    int counts[MAX_PEERS];
    size_t i;

    for (i = 0; i < COUNT(shares); i++) {
        gw_balancer *b = make(shares[i].algorithm, shares[i].weights);
        int n = shares[i].has_hash || shares[i].percent > 0 ? 40000 : 1200;

        count_picks(counts, b, n, shares[i].has_hash);
        ok(is_fair(b, counts, n, shares[i].percent), shares[i].why);
        gw_balancer_destroy(b);
    }
}

/* No peer waits for a whole round of another's. */
static void test_evenness(void)
{
    static const int weights[] = { 50, 100, -1 };
    gw_balancer *b = make("round-robin", weights);
    int i, last = -1, run = 0, longest = 0;

    for (i = 0; i < 300; i++) {
        int at = gw_balancer_pick(b, &(gw_pick){ 0 });

        run = at == last ? run + 1 : 1;
        last = at;
        longest = run > longest ? run : longest;
    }
    is_int(longest, 2, "a peer of twice the weight comes twice in a row, not more often");
    gw_balancer_destroy(b);
}

/* ---- hashing: what moves ---- */

static void note_choices(int *to, gw_balancer *b, int n)
{
    int i;

    for (i = 0; i < n; i++) {
        gw_pick pick = { .has_hash = 1, .hash = gw_mix_bytes(3, (const char *)&i, sizeof(i)) };

        to[i] = gw_balancer_pick(b, &pick);
    }
}

enum { KEYS = 20000 };

static void test_remapping(void)
{
    static const int ten[] = { 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, -1 };
    static const int eleven[] = { 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, -1 };
    static const int heavier[] = { 100, 100, 100, 100, 100, 100, 100, 100, 100, 200, -1 };
    static int before[KEYS], after[KEYS];
    gw_balancer *a = make("consistent-hashing", ten), *b = make("consistent-hashing", eleven),
                *c = make("consistent-hashing", heavier);
    int i, moved = 0, astray = 0, shifted = 0, lost = 0;

    note_choices(before, a, KEYS);
    note_choices(after, b, KEYS);
    for (i = 0; i < KEYS; i++) {
        /* places are by text: the eleventh (10.0.0.11) stands behind the tenth (10.0.0.10), before 10.0.0.2 */
        const char *was = a->peers[before[i]].ip, *is = b->peers[after[i]].ip;

        moved += strcmp(was, is) != 0;
        astray += strcmp(was, is) != 0 && strcmp(is, "10.0.0.11") != 0;
    }
    is_int(astray, 0, "a new peer: what moves goes there and nowhere else");
    ok(moved > KEYS / 11 * 8 / 10 && moved < KEYS / 11 * 12 / 10, "and it is its share");
    note_choices(after, c, KEYS);
    for (i = 0; i < KEYS; i++) {
        const char *was = a->peers[before[i]].ip, *is = c->peers[after[i]].ip;

        shifted += strcmp(was, is) != 0 && strcmp(is, "10.0.0.10") == 0;
        lost += strcmp(was, is) != 0 && strcmp(is, "10.0.0.10") != 0;
    }
    ok(shifted > 0 && lost == 0, "more weight: others give, none of them to each other");
    gw_health_set(a->peers[4].cell, 0);
    note_choices(after, a, KEYS);
    for (i = 0, moved = 0; i < KEYS; i++)
        moved += before[i] != 4 && before[i] != after[i];
    is_int(moved, 0, "a peer that is down moves its own keys only");
    gw_health_set(a->peers[4].cell, 1);
    note_choices(after, a, KEYS);
    ok(memcmp(before, after, sizeof(before)) == 0, "and gets them back");
    gw_balancer_destroy(a);
    gw_balancer_destroy(b);
    gw_balancer_destroy(c);
}

/* ---- who is not chosen ---- */

static void test_down(void)
{
    static const char *const algorithms[] = { "round-robin", "least-connections", "consistent-hashing" };
    static const int weights[] = { 100, 100, 100, 300, -1 };
    int counts[MAX_PEERS];
    size_t i;

    for (i = 0; i < COUNT(algorithms); i++) {
        gw_balancer *b = make(algorithms[i], weights);
        int k;

        gw_health_set(b->peers[1].cell, 0);
        count_picks(counts, b, 6000, 1);
        is_int(counts[1], 0, "a peer that is down gets nothing");
        if (b->upstream->algorithm == GW_LEAST_CONNECTIONS)
            is_int(counts[3], 6000, "of idle peers the one with the most weight is the least busy");
        else
            ok(counts[0] > 800 && counts[2] > 800 && counts[0] < 1600 && counts[2] < 1600 && counts[3] > 2000,
               "its requests go to all others, by weight");
        for (k = 0; k < 4; k++)
            gw_health_set(b->peers[k].cell, 0);
        is_int(gw_balancer_pick(b, &(gw_pick){ .has_hash = 1 }), -1, "all down: nobody");
        is_int(gw_balancer_is_up(b), 0, "and it says so");
        gw_balancer_destroy(b);
    }
}

static void test_tried(void)
{
    static const char *const algorithms[] = { "round-robin", "least-connections", "consistent-hashing" };
    static const int weights[] = { 100, 1, 1, -1 };
    size_t i;

    for (i = 0; i < COUNT(algorithms); i++) {
        gw_balancer *b = make(algorithms[i], weights);
        unsigned char tried[3] = { 0 };
        gw_pick pick = { .has_hash = 1, .hash = 42, .tried = tried };
        int n;

        for (n = 0; n < 3; n++) {
            int at = gw_balancer_pick(b, &pick);

            ok(at >= 0 && !tried[at], "one that was not tried");
            if (at >= 0)
                tried[at] = 1;
        }
        ok(gw_balancer_pick(b, &pick) >= 0, "when all were, any that is up");
        gw_balancer_destroy(b);
    }
}

static void test_least_busy(void)
{
    static const int weights[] = { 100, 200, -1 };
    gw_balancer *b = make("least-connections", weights);

    b->peers[0].nactive = 3;
    b->peers[1].nactive = 6;
    is_int(gw_balancer_pick(b, &(gw_pick){ 0 }), 1, "7 for a weight of 200 are less than 4 for 100");
    b->peers[1].nactive = 8;
    is_int(gw_balancer_pick(b, &(gw_pick){ 0 }), 0, "9 are more");
    gw_balancer_destroy(b);
}

static const struct { double threshold; int ndown, is_up; const char *why; } thresholds[] = {
    { 0, 2, 1, "no threshold: one is enough" },   { 50, 1, 1, "above it" },
    { 75, 1, 1, "exactly at it" },                { 75.5, 1, 0, "below it" },
    { 100, 0, 1, "all, and all are there" },      { 100, 1, 0, "all, and one is missing" },
};

static void test_thresholds(void)
{
    static const int weights[] = { 100, 100, 100, 100, -1 };
    size_t i;
    int k;

    for (i = 0; i < COUNT(thresholds); i++) {
        gw_balancer *b = make_with(json_pack("{s:s, s:s, s:{s:f}}", "id", apr_psprintf(pool, "t%d", (int)i), "name",
                                             "up", "healthchecks", "threshold", thresholds[i].threshold), weights);

        for (k = 0; k < thresholds[i].ndown; k++)
            gw_health_set(b->peers[k].cell, 0);
        is_int(gw_balancer_pick(b, &(gw_pick){ 0 }) >= 0, thresholds[i].is_up, thresholds[i].why);
        is_int(gw_balancer_is_up(b), thresholds[i].is_up, thresholds[i].why);
        gw_balancer_destroy(b);
    }
}

static void test_nothing(void)
{
    static const int none[] = { -1 }, weightless[] = { 0, 0, -1 };
    gw_balancer *a = make("round-robin", none), *b = make("consistent-hashing", weightless);

    is_int(gw_balancer_pick(a, &(gw_pick){ 0 }), -1, "no target: nobody");
    is_int(gw_balancer_pick(b, &(gw_pick){ .has_hash = 1 }), -1, "no weight: nobody");
    gw_balancer_destroy(a);
    gw_balancer_destroy(b);
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    health = gw_health_table_format(calloc(1, gw_health_table_bytes(1024)), 1024);
    test_shares();
    test_evenness();
    test_remapping();
    test_down();
    test_tried();
    test_least_busy();
    test_thresholds();
    test_nothing();
    free(health);
    return done();
}
