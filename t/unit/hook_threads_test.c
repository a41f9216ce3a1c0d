/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_threads_test.c - what threads share: the gate, remembered decisions, one flight for equal questions.
 */
#include <apr_thread_proc.h>

#include "arena.h"
#include "decision_cache.h"
#include "hook_gate.h"
#include "schema_tap.h"

DO_NOT_LOOK_FOR_LEAKS

#define THREADS 16

static gw_decisions *decisions;
static gw_hook_gate *gate;
static gw_question_key one_key;
static int ninside, most_inside, nled, nshared, nrefused;

static gw_decision *make_decision(const char *text)
{
    gw_arena *arena = gw_arena_make(0);
    gw_middleman_conf *conf = gw_arena_calloc(arena, sizeof(*conf));
    const gw_hook_reply reply = { .status = 403, .body = text, .body_len = strlen(text) };
    gw_decision *decision;

    conf->cache_negative_ttl = 60;
    decision = gw_decision_make(conf, &reply, apr_time_now(), pool);
    gw_arena_destroy(arena);
    return decision;
}

static void run_threads(apr_thread_start_t work)
{
    apr_thread_t *threads[THREADS];
    apr_status_t rv;

    for (int i = 0; i < THREADS; i++)
        if (apr_thread_create(&threads[i], NULL, work, NULL, pool) != APR_SUCCESS)
            abort();
    for (int i = 0; i < THREADS; i++)
        apr_thread_join(&rv, threads[i]);
}

/* ---- the gate ---- */

static void note_inside(void)
{
    const int n = __atomic_add_fetch(&ninside, 1, __ATOMIC_SEQ_CST);
    int most = __atomic_load_n(&most_inside, __ATOMIC_SEQ_CST);

    while (n > most && !__atomic_compare_exchange_n(&most_inside, &most, n, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
}

#define HOOK 7 /* any */
#define OTHER 8

static void *pass_gate(apr_thread_t *thread, void *unused)
{
    for (int i = 0; i < 200; i++) {
        if (!gw_hook_gate_enter(gate, (apr_uint64_t)i % 3))
            continue;
        note_inside();
        apr_sleep(50);
        __atomic_sub_fetch(&ninside, 1, __ATOMIC_SEQ_CST);
        gw_hook_gate_leave(gate, (apr_uint64_t)i % 3);
    }
    (void)thread;
    (void)unused;
    return NULL;
}

/* How many may enter one after another. */
static int enter_all(apr_uint64_t hook)
{
    int n = 0;

    while (gw_hook_gate_enter(gate, hook))
        n++;
    return n;
}

static int join_all(apr_uint64_t hook)
{
    int n = 0;

    while (gw_hook_gate_join_line(gate, hook))
        n++;
    return n;
}

static void check_shares(void)
{
    static const struct { int max, one, both; } rows[] = { { 1, 1, 1 }, { 2, 1, 2 }, { 3, 2, 3 }, { 4, 3, 4 }, { 16, 12, 16 } };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int one;

        gate = gw_hook_gate_make(rows[i].max, pool);
        one = enter_all(HOOK);
        is_int(one, rows[i].one, "one hook has three quarters of the places");
        is_int(one + enter_all(OTHER), rows[i].both, "the rest is left to others");
    }
}

static void check_gate(void)
{
    gate = gw_hook_gate_make(3, pool);
    ok(gw_hook_gate_enter(gate, HOOK) && gw_hook_gate_enter(gate, HOOK), "two of three may enter");
    ok(!gw_hook_gate_is_stuck(gate, HOOK), "at first there is hope");
    ok(!gw_hook_gate_enter(gate, HOOK), "a third is turned away when nobody leaves");
    ok(gw_hook_gate_is_stuck(gate, HOOK), "then there is none");
    ok(!gw_hook_gate_is_stuck(gate, OTHER), "for this hook, no other");
    gw_hook_gate_leave(gate, HOOK);
    ok(!gw_hook_gate_is_stuck(gate, HOOK), "somebody had an answer");
    ok(gw_hook_gate_enter(gate, HOOK), "a place is taken again");
    is_int(join_all(HOOK), 4, "twice as many may stand in line");
    ok(!gw_hook_gate_enter(gate, HOOK), "none is left to wait for a place");
    is_int(join_all(OTHER), 2, "others have a line, too, as long as there is any");
    for (int i = 0; i < 4; i++)
        gw_hook_gate_leave_line(gate, HOOK);
    for (int i = 0; i < 2; i++)
        gw_hook_gate_leave_line(gate, OTHER);
    ok(gw_hook_gate_join_line(gate, HOOK), "a place in line is taken again");
    gw_hook_gate_leave_line(gate, HOOK);
    ok(gw_hook_gate_enter(gate, OTHER), "the third place is another hook's");
    ok(!gw_hook_gate_enter(gate, OTHER), "and there is no fourth");
    gw_hook_gate_leave(gate, HOOK);
    ok(gw_hook_gate_enter(gate, OTHER), "a place that is free is anybody's");
    gw_hook_gate_leave(gate, OTHER);
    gw_hook_gate_leave(gate, OTHER);
    gw_hook_gate_leave(gate, HOOK);
    check_shares();

    gate = gw_hook_gate_make(3, pool);
    run_threads(pass_gate);
    ok(most_inside >= 1 && most_inside <= 3, "never more than may be");
    is_int(enter_all(HOOK) + enter_all(OTHER), 3, "all places are back");
}

/* ---- what is remembered ---- */

static gw_question_key make_key(apr_uint64_t serial, const char *payload, apr_size_t len)
{
    gw_question_key key;

    gw_question_key_make(&key, decisions, serial, payload, len, pool);
    return key;
}

static int is_same(gw_question_key a, gw_question_key b)
{
    return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

static void check_keys(void)
{
    enum { LONG = GW_QUESTION_WHOLE_BYTES + 1 };
    const gw_question_key key = make_key(1, "payload", 7);
    char *text = apr_palloc(pool, LONG), *other;
    gw_question_key sum;

    ok(is_same(key, make_key(1, "payload", 7)), "equal questions");
    ok(!is_same(key, make_key(2, "payload", 7)), "another row");
    ok(!is_same(key, make_key(1, "payloae", 7)), "another payload");
    ok(!is_same(key, make_key(1, "payload", 6)), "a shorter one");
    ok(!is_same(key, make_key(1, "payload\0", 8)), "one that goes on behind a NUL");

    memset(text, 'x', LONG);
    other = apr_pmemdup(pool, text, LONG);
    sum = make_key(1, text, LONG);
    ok(sum.len < GW_QUESTION_WHOLE_BYTES, "a long payload is not kept");
    ok(is_same(sum, make_key(1, other, LONG)), "equal long questions");
    ok(!is_same(sum, make_key(2, text, LONG)), "long, of another row");
    ok(!is_same(sum, make_key(1, text, LONG - 1)), "long, and as long as may be kept whole");
    other[LONG - 1] = 'y';
    ok(!is_same(sum, make_key(1, other, LONG)), "long, with another last byte");
    ok(!is_same(make_key(1, text, LONG - 1), make_key(1, other + 1, LONG - 1)), "whole, with another last byte");
    ok(!is_same(sum, make_key(1, (const char *)sum.bytes + sizeof(apr_uint64_t) + 1, 32)),
       "a payload that is another's sum");
}

static void check_memory(void)
{
    gw_decision *first = make_decision("{\"n\":1}"), *second = make_decision("{\"n\":2}"), *found;
    const gw_question_key key = make_key(1, "x", 1);

    ok(gw_decisions_find(decisions, &key) == NULL, "nothing at first");
    gw_decisions_remember(decisions, &key, first);
    gw_decision_release(first);
    found = gw_decisions_find(decisions, &key);
    is_str(found ? found->body : NULL, "{\"n\":1}", "remembered");
    gw_decisions_remember(decisions, &key, second);
    gw_decision_release(second);
    is_str(found->body, "{\"n\":1}", "who holds it keeps it");
    gw_decision_release(found);
    found = gw_decisions_find(decisions, &key);
    is_str(found ? found->body : NULL, "{\"n\":2}", "a new one takes its place");
    gw_decision_release(found);
}

/* ---- flights ---- */

static void *fly(apr_thread_t *thread, void *unused)
{
    int is_leader;
    gw_flight *flight = gw_flight_board(&is_leader, decisions, &one_key);
    gw_decision *decision = NULL;

    if (is_leader) {
        __atomic_add_fetch(&nled, 1, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(&nrefused, __ATOMIC_SEQ_CST) < THREADS - 1) /* until all others are aboard */
            apr_sleep(1000);
        decision = make_decision("{\"n\":3}");
        gw_flight_land(decisions, flight, GW_LANDED_SHARED, decision);
    } else {
        __atomic_add_fetch(&nrefused, 1, __ATOMIC_SEQ_CST);
        if (gw_flight_await(&decision, decisions, flight, apr_time_from_sec(60)) == GW_LANDED_SHARED
            && strcmp(decision->body, "{\"n\":3}") == 0)
            __atomic_add_fetch(&nshared, 1, __ATOMIC_SEQ_CST);
    }
    gw_flight_leave(decisions, flight);
    gw_decision_release(decision);
    (void)thread;
    (void)unused;
    return NULL;
}

static void check_flights(void)
{
    gw_decision *decision = NULL;
    gw_flight *first, *other;
    const gw_question_key key = make_key(9, "other", 5);
    int is_leader;

    run_threads(fly);
    is_int(nled, 1, "one asks");
    is_int(nshared, THREADS - 1, "all others share its answer");

    first = gw_flight_board(&is_leader, decisions, &one_key);
    ok(is_leader, "the next flight has a leader of its own");
    other = gw_flight_board(&is_leader, decisions, &key);
    ok(is_leader && other != first, "another question is another flight");
    gw_flight_land(decisions, other, GW_LANDED_FAILED, NULL);
    gw_flight_leave(decisions, other);
    ok(gw_flight_board(&is_leader, decisions, &one_key) == first && !is_leader, "who comes later is aboard");
    is_int(gw_flight_await(&decision, decisions, first, 1000), GW_LANDED_FAILED, "who waits too long goes");
    gw_flight_leave(decisions, first);
    gw_flight_land(decisions, first, GW_LANDED_ALONE, NULL);
    is_int(gw_flight_await(&decision, decisions, first, 1000), GW_LANDED_ALONE, "landed is landed");
    gw_flight_leave(decisions, first);
    ok(decision == NULL, "no decision comes of it");
}

int main(void)
{
    begin();
    decisions = gw_decisions_make(1024 * 1024, pool);
    one_key = make_key(1, "one", 3);
    check_gate();
    check_keys();
    check_memory();
    check_flights();
    gw_decisions_destroy(decisions);
    return end();
}
