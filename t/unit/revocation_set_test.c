/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation_set_test.c - what a set of revocations covers, and that loads and events leave it whole.
 */
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "revocation_set.h"
#include "tap.h"

#define ALICE "aaaaaaaa-0000-4000-8000-000000000001"
#define BOB "bbbbbbbb-0000-4000-8000-000000000002"
#define SEC(n) apr_time_from_sec(n)

static const char *const rows[] = {
    "{\"id\":\"1\",\"jti\":\"t1\",\"until\":1000}",
    "{\"id\":\"2\",\"session\":\"s1\",\"jti\":null,\"until\":1000,\"consumer\":null}",
    "{\"id\":\"3\",\"consumer\":{\"id\":\"" ALICE "\"},\"issued_before\":500,\"until\":null}",
    "{\"id\":\"4\",\"consumer\":{\"id\":\"" BOB "\"},\"issued_before\":null,\"until\":1000}",
    "{\"id\":\"5\",\"jti\":\"twice\",\"until\":100}",
    "{\"id\":\"6\",\"jti\":\"twice\",\"until\":1000}",
    "{\"id\":\"7\",\"until\":1000}",
    "{\"id\":\"8\",\"jti\":\"late\",\"until\":9007199254740993}",
    "{\"id\":\"9\",\"jti\":\"early\",\"until\":-9007199254740993}",
    "{\"jti\":\"nobody's\",\"until\":1000}",
};

static const struct {
    gw_proof proof;
    int now_s, want;
    const char *why;
} cases[] = {
    { { .jti = "t1" }, 10, 1, "a token by its jti" },
    { { .jti = "t2" }, 10, 0, "not another" },
    { { .session = "t1" }, 10, 0, "a session of the same name is something else" },
    { { .session = "s1" }, 10, 1, "a session by its id" },
    { { .jti = "s1" }, 10, 0, "which is no jti" },
    { { .jti = "t2", .consumer_id = ALICE, .issued_at = SEC(499) }, 10, 1, "a consumer's token from before" },
    { { .jti = "t2", .consumer_id = ALICE, .issued_at = SEC(500) }, 10, 0, "one from then on is good" },
    { { .consumer_id = ALICE }, 10, 1, "one that does not say when counts as old" },
    { { .jti = "t1", .consumer_id = ALICE, .issued_at = SEC(501) }, 10, 1, "one name is enough" },
    { { .consumer_id = BOB, .issued_at = SEC(2000000000) }, 10, 1, "a consumer whenever it was issued" },
    { { .jti = "early" }, 10, 0, "an end before them" },
    { { .jti = "nobody's" }, 10, 0, "a row without an id is none" },
    { { .jti = "" }, 10, 0, "an empty name" },
    { { .jti = NULL }, 10, 0, "no name at all" },
    { { .jti = "twice" }, 101, 1, "of two rows the longer one holds" },
    { { .jti = "t1" }, 999, 1, "until the end" },
    { { .jti = "t1" }, 1000, 0, "and no longer" },
    { { .consumer_id = ALICE }, 2000, 1, "what has no end holds on" },
    { { .jti = "t1" }, 10, 0, "a clock that was set back revives nothing" },
    { { .jti = "late" }, 2000000000, 1, "an end beyond all clocks" },
};

static void put(gw_revocation_set *set, const char *text)
{
    json_t *row = json_loads(text, 0, NULL);

    gw_revocation_set_put(set, row);
    json_decref(row);
}

static int covers_jti(gw_revocation_set *set, const char *jti)
{
    gw_proof proof = { .jti = jti };

    return gw_revocation_set_covers(set, &proof, SEC(10));
}

static void test_rules(apr_pool_t *p)
{
    gw_revocation_set *set = gw_revocation_set_make(p);
    apr_size_t i;

    is_int(covers_jti(set, "t1"), 0, "an empty set covers nothing");
    gw_revocation_set_remove(set, "1");
    for (i = 0; i < COUNT(rows); i++)
        put(set, rows[i]);
    is_int((long long)gw_revocation_set_count(set, NULL), 8, "rows that revoke something are counted");
    for (i = 0; i < COUNT(cases); i++)
        is_int(gw_revocation_set_covers(set, &cases[i].proof, SEC(cases[i].now_s)), cases[i].want, cases[i].why);
    gw_revocation_set_destroy(set);
}

static void test_loads(apr_pool_t *p)
{
    gw_revocation_set *set = gw_revocation_set_make(p);
    apr_size_t nbytes;

    put(set, "{\"id\":\"1\",\"jti\":\"old\",\"until\":1000}");
    gw_revocation_set_begin_load(set);
    is_int(covers_jti(set, "old"), 1, "while a load is under way, what was known holds");
    put(set, "{\"id\":\"2\",\"jti\":\"new\",\"until\":1000}");
    is_int(covers_jti(set, "new"), 0, "and what is loaded does not yet");
    gw_revocation_set_end_load(set, 0);
    is_int(covers_jti(set, "old") && !covers_jti(set, "new"), 1, "a load that failed changes nothing");
    gw_revocation_set_begin_load(set);
    put(set, "{\"id\":\"2\",\"jti\":\"new\",\"until\":1000}");
    gw_revocation_set_end_load(set, 1);
    is_int(covers_jti(set, "new") && !covers_jti(set, "old"), 1, "a good one replaces all");
    put(set, "{\"id\":\"2\",\"jti\":\"other\",\"until\":1000}");
    is_int(covers_jti(set, "other") && !covers_jti(set, "new"), 1, "a row that is changed revokes what it now says");
    put(set, "{\"id\":\"2\",\"until\":1000}");
    is_int((long long)gw_revocation_set_count(set, &nbytes), 0, "and nothing when it says nothing");
    is_int((long long)nbytes, 0, "no bytes are counted then");
    gw_revocation_set_destroy(set);
}

/* Against a plain array, through many changes. */
static void test_churn(apr_pool_t *p)
{
    enum { NIDS = 700, NNAMES = 150 };
    static int name_of[NIDS]; /* 0 = not there */
    gw_revocation_set *set = gw_revocation_set_make(p);
    unsigned seed = 20261121;
    int wrong = 0, count = 0;

    for (int i = 0; i < 40 * NIDS; i++) {
        unsigned id = (seed = seed * 1103515245u + 12345u) >> 8 & 0xffff;
        int name = (int)((seed = seed * 1103515245u + 12345u) >> 8 & 0xffff) % NNAMES, is_there = 0;
        char text[100], jti[20];

        id %= NIDS;
        name_of[id] = i % 3 ? name + 1 : 0;
        snprintf(text, sizeof(text), "{\"id\":\"%u\",\"jti\":\"n%d\",\"until\":1000}", id, name + 1);
        if (name_of[id])
            put(set, text);
        else
            gw_revocation_set_remove(set, apr_psprintf(p, "%u", id));
        snprintf(jti, sizeof(jti), "n%d", i % NNAMES + 1);
        for (int k = 0; k < NIDS; k++)
            is_there |= name_of[k] == i % NNAMES + 1;
        wrong += covers_jti(set, jti) != is_there;
    }
    for (int k = 0; k < NIDS; k++)
        count += name_of[k] != 0;
    is_int(wrong, 0, "through many changes the set says what a plain list says");
    is_int((long long)gw_revocation_set_count(set, NULL), count, "and counts what is left");
    gw_revocation_set_destroy(set);
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_rules(p);
    test_loads(p);
    test_churn(p);
    apr_pool_destroy(p);
    apr_terminate();
    return done();
}
