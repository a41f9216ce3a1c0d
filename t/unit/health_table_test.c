/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_table_test.c - counting to thresholds, who makes a probe, cells that are found again, taken over, shared.
 */
#include <sched.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "health_rules.h"
#include "tap.h"

#define NOW ((apr_time_t)1700000000 * APR_USEC_PER_SEC)
#define SECONDS(n) apr_time_from_sec(n)

/* ---- thresholds ---- */

/* Events, one letter each: s success (limit 2), t TCP failure (3), o timeout (2), h HTTP failure (2), S/T/O/H the same
 * with the limit 0; then: u up, d down. */
static const struct { const char *events; char want; const char *why; } stories[] = {
    { "", 'u', "at first" },
    { "tt", 'u', "fewer failures than the limit" },
    { "ttt", 'd', "as many" },
    { "oo", 'd', "timeouts" },
    { "hh", 'd', "answers" },
    { "toh", 'u', "each kind is counted alone" },
    { "ttsttsttstt", 'u', "a success in between sets them back" },
    { "ttStttSS", 'd', "not if successes have no limit: they are not looked at" },
    { "TTTTTTTTTT", 'u', "failures without a limit" },
    { "OOOOHHHH", 'u', "all kinds of them" },
    { "ttts", 'd', "one success of two" },
    { "tttss", 'u', "both" },
    { "tttstss", 'u', "a failure in between sets successes back" },
    { "tttsts", 'd', "so that this is one" },
    { "tttSSSS", 'd', "without a limit it never recovers by itself" },
    { "tttssttt", 'd', "counts begin anew" },
    { "ssssssssssttt", 'd', "successes of a healthy target are no merit" },
    { "tttttttttttttttttttttttttttttttttttttttttss", 'u', "failures of an unhealthy one are no guilt" },
};

static void report(gw_health_cell *cell, char event)
{
    switch (event) {
    case 's': case 'S': gw_health_report(cell, GW_HEALTH_SUCCESS, event == 's' ? 2 : 0); break;
    case 't': case 'T': gw_health_report(cell, GW_HEALTH_TCP_FAILURE, event == 't' ? 3 : 0); break;
    case 'o': case 'O': gw_health_report(cell, GW_HEALTH_TIMEOUT, event == 'o' ? 2 : 0); break;
    default: gw_health_report(cell, GW_HEALTH_HTTP_FAILURE, event == 'h' ? 2 : 0); break;
    }
}

static void test_stories(void)
{
    size_t i;

    for (i = 0; i < COUNT(stories); i++) {
        gw_health_cell cell = { .key = 1 };
        const char *e;

        for (e = stories[i].events; *e != '\0'; e++)
            report(&cell, *e);
        is_int(gw_health_is_up(&cell), stories[i].want == 'u', stories[i].why);
    }
}

static void test_turns(void)
{
    gw_health_cell cell = { .key = 1 };
    int i;

    is_int(gw_health_report(&cell, GW_HEALTH_TIMEOUT, 2), GW_HEALTH_SAME, "nothing to tell yet");
    is_int(gw_health_report(&cell, GW_HEALTH_TIMEOUT, 2), GW_HEALTH_NOW_UNHEALTHY, "the turn is told once");
    is_int(gw_health_report(&cell, GW_HEALTH_TIMEOUT, 2), GW_HEALTH_SAME, "not again");
    is_int(gw_health_report(&cell, GW_HEALTH_SUCCESS, 1), GW_HEALTH_NOW_HEALTHY, "and the turn back");
    for (i = 1; i < 255; i++)
        gw_health_report(&cell, GW_HEALTH_HTTP_FAILURE, 255);
    is_int(gw_health_is_up(&cell), 1, "254 of the largest limit");
    is_int(gw_health_report(&cell, GW_HEALTH_HTTP_FAILURE, 255), GW_HEALTH_NOW_UNHEALTHY, "255 of it");
    gw_health_set(&cell, 1);
    is_int(gw_health_is_up(&cell), 1, "somebody says it is up");
    gw_health_set(&cell, 0);
    is_int(gw_health_is_up(&cell), 0, "or down");
    is_int(gw_health_report(NULL, GW_HEALTH_TIMEOUT, 1), GW_HEALTH_SAME, "nothing is known of nobody");
    is_int(gw_health_is_up(NULL), 1, "who is taken for healthy");
}

/* ---- rules ---- */

static const struct { const char *type; int status, is_down; const char *why; } answers[] = {
    { "http", 200, 0, "an answer that speaks for it" },      { "http", 500, 1, "against it" },
    { "http", 404, 0, "neither" },                           { "tcp", 500, 0, "tcp does not look at answers" },
    { "https", 503, 1, "https does" },
};

static void test_rules(void)
{
    static const apr_int64_t good[] = { 200, 302 }, bad[] = { 500, 503 };
    gw_health_side side = { .timeout = 1, .healthy = { .http_statuses = { 2, 1, good }, .successes = 1, .interval = 2 },
                            .unhealthy = { .http_statuses = { 2, 1, bad }, .http_failures = 1, .timeouts = 1,
                                           .interval = 0.5 } };
    size_t i;

    for (i = 0; i < COUNT(answers); i++) {
        gw_health_cell cell = { .key = 1 };

        side.type = answers[i].type;
        gw_health_answered(&cell, &side, answers[i].status);
        is_int(!gw_health_is_up(&cell), answers[i].is_down, answers[i].why);
    }
    {
        gw_health_cell cell = { .key = 1 };

        is_int(gw_health_interval(&cell, &side), SECONDS(2), "a healthy target's interval");
        gw_health_failed(&cell, &side, 0);
        is_int(gw_health_is_up(&cell), 1, "tcp_failures 0: they do not count");
        gw_health_failed(&cell, &side, 1);
        is_int(gw_health_is_up(&cell), 0, "timeouts 1: they do");
        is_int(gw_health_interval(&cell, &side), SECONDS(1) / 2, "an unhealthy one's");
        gw_health_connected(&cell, &side);
        is_int(gw_health_is_up(&cell), 1, "a connection is a success");
    }
}

/* ---- probes ---- */

static void test_probes(void)
{
    gw_health_cell cell = { .key = 1 };

    is_int(gw_health_take_probe(&cell, NOW, SECONDS(5)), 1, "the first is due at once");
    is_int(gw_health_take_probe(&cell, NOW, SECONDS(5)), 0, "and made once");
    is_int(gw_health_probe_left(&cell, NOW + SECONDS(2), SECONDS(5)), SECONDS(3), "what is left");
    is_int(gw_health_take_probe(&cell, NOW + SECONDS(4), SECONDS(5)), 0, "too early");
    is_int(gw_health_take_probe(&cell, NOW + SECONDS(5), SECONDS(5)), 1, "due");
    is_int(gw_health_take_probe(&cell, NOW - SECONDS(3600), SECONDS(5)), 1, "a clock that was set back");
    is_int(gw_health_take_probe(NULL, NOW, SECONDS(5)), 0, "none of what is not tracked");
}

/* ---- cells ---- */

static void test_cells(void)
{
    void *memory = calloc(1, gw_health_table_bytes(64));
    gw_health_table *table = gw_health_table_format(memory, 64);
    apr_uint64_t a = gw_health_key("u", "h:80", "10.0.0.1", 80), b = gw_health_key("u", "h:80", "10.0.0.2", 80);
    gw_health_cell *cell = gw_health_cell_get(table, a, NOW), *other;
    int i, n = 0;

    ok(cell != NULL && gw_health_cell_get(table, a, NOW) == cell, "found again");
    ok(gw_health_cell_get(table, b, NOW) != cell, "another address, another cell");
    ok(a != gw_health_key("v", "h:80", "10.0.0.1", 80) && a != gw_health_key("u", "h:81", "10.0.0.1", 80) &&
       a != gw_health_key("u", "h:80", "10.0.0.1", 81), "so for another upstream, target, port");
    gw_health_set(cell, 0);
    ok(gw_health_table_attach(memory, gw_health_table_bytes(64)) == table, "the next generation finds the table");
    ok(!gw_health_is_up(gw_health_cell_get(table, a, NOW)), "and what is known");
    ok(gw_health_table_attach(memory, gw_health_table_bytes(64) - 1) == NULL, "not one that is cut off");
    for (i = 0; i < 200; i++)
        n += gw_health_cell_get(table, gw_health_key("x", "y", "z", i), NOW) != NULL;
    is_int(n, 62, "a full table: the others are not tracked");
    gw_health_cell_touch(cell, NOW + SECONDS(700));
    other = gw_health_cell_get(table, gw_health_key("new", "y", "z", 1), NOW + SECONDS(701));
    ok(other != NULL && other != cell, "a cell that nobody asked for goes to somebody else");
    ok(other != NULL && gw_health_is_up(other), "and begins anew");
    ok(!gw_health_is_up(gw_health_cell_get(table, a, NOW + SECONDS(701))), "one that is in use stays");
    free(memory);
}

/* ---- many at once ---- */

static gw_health_cell shared = { .key = 1 };
static int nturns, nprobes;

static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *unused)
{
    int i;

    (void)thread;
    (void)unused;
    for (i = 0; i < 20000; i++) {
        if (gw_health_report(&shared, GW_HEALTH_TCP_FAILURE, 5) == GW_HEALTH_NOW_UNHEALTHY)
            __atomic_add_fetch(&nturns, 1, __ATOMIC_SEQ_CST);
        if (gw_health_take_probe(&shared, NOW + i / 1000 * SECONDS(1), SECONDS(1)))
            __atomic_add_fetch(&nprobes, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void test_threads(apr_pool_t *p)
{
    apr_thread_t *threads[4];
    apr_status_t rv;
    int i;

    for (i = 0; i < 4; i++)
        apr_thread_create(&threads[i], NULL, hammer, NULL, p);
    for (i = 0; i < 4; i++)
        apr_thread_join(&rv, threads[i]);
    is_int(nturns, 1, "four threads: one of them turned it");
    ok(nprobes >= 20, "every probe was made");
}

/* Two that want the cell of one new key at the same moment, again and again. */
enum { RACES = 20000 };

static struct {
    gw_health_table *table;
    gw_health_cell *got[2];
    int nready, ndifferent;
} race;

static void wait_for_both(int round, int point)
{
    const int want = 4 * round + 2 * point;

    __atomic_add_fetch(&race.nready, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&race.nready, __ATOMIC_SEQ_CST) < want)
        sched_yield();
}

static void *APR_THREAD_FUNC run_races(apr_thread_t *thread, void *mine)
{
    gw_health_cell **got = mine;

    (void)thread;
    for (int round = 0; round < RACES; round++) {
        wait_for_both(round, 1);
        *got = gw_health_cell_get(race.table, 1 + (apr_uint64_t)round % 16, NOW);
        wait_for_both(round, 2);
        if (got == &race.got[0]) {
            race.ndifferent += race.got[0] != race.got[1];
            if (round % 16 == 15)
                gw_health_table_format(race.table, 64);
        }
    }
    return NULL;
}

static void test_races(apr_pool_t *p)
{
    apr_thread_t *threads[2];
    apr_status_t rv;

    race.table = gw_health_table_format(calloc(1, gw_health_table_bytes(64)), 64);
    for (int i = 0; i < 2; i++)
        apr_thread_create(&threads[i], NULL, run_races, &race.got[i], p);
    for (int i = 0; i < 2; i++)
        apr_thread_join(&rv, threads[i]);
    is_int(race.ndifferent, 0, "whoever asks for a key at the same moment has the same cell");
    free(race.table);
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_stories();
    test_turns();
    test_rules();
    test_probes();
    test_cells();
    test_threads(p);
    test_races(p);
    return done();
}
