/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_breaker_test.c - the breaker, step by step: what happens, at which millisecond, and what it says then.
 */
#include "arena.h"
#include "hook_breaker.h"
#include "schema_tap.h"

typedef enum event { ADMIT, FAIL, SUCCEED, WITHDRAW } event;

typedef struct step {
    event event;
    int at_ms;
    int want; /* the word, or whether it opened or closed */
    const char *why;
} step;

static void run(const step *steps, size_t n, apr_int64_t failures)
{
    const gw_breaker_limits limits = { failures, 1000 };
    gw_arena *arena = gw_arena_make(0);
    gw_breaker *breaker = gw_breaker_make(arena);

    for (size_t i = 0; i < n; i++) {
        const apr_time_t now = NOW + apr_time_from_msec(steps[i].at_ms);
        int got = 0;

        switch (steps[i].event) {
        case ADMIT:
            got = (int)gw_breaker_admit(breaker, &limits, now);
            break;
        case FAIL:
            got = gw_breaker_fail(breaker, &limits, now);
            break;
        case SUCCEED:
            got = gw_breaker_succeed(breaker);
            break;
        case WITHDRAW:
            gw_breaker_withdraw(breaker);
            break;
        }
        is_int(got, steps[i].want, steps[i].why);
    }
    gw_arena_destroy(arena);
}

static const step opens[] = {
    { ADMIT, 0, GW_BREAKER_ASK, "closed at first" },
    { FAIL, 0, 0, "one failure" },
    { ADMIT, 1, GW_BREAKER_ASK, "is not enough" },
    { FAIL, 1, 0, "two" },
    { SUCCEED, 2, 0, "an answer in between" },
    { FAIL, 3, 0, "they count in a row" },
    { FAIL, 3, 0, "only" },
    { FAIL, 4, 1, "the third in a row opens it" },
    { FAIL, 5, 0, "a late one does not open it again" },
    { ADMIT, 6, GW_BREAKER_OPEN, "open" },
    { ADMIT, 1004, GW_BREAKER_OPEN, "until the last failure's time is over" },
    { ADMIT, 1005, GW_BREAKER_PROBE, "then one may try" },
    { ADMIT, 1006, GW_BREAKER_OPEN, "no second" },
    { FAIL, 1010, 0, "the probe fails: open as before" },
    { ADMIT, 1011, GW_BREAKER_OPEN, "for as long again" },
    { ADMIT, 2010, GW_BREAKER_PROBE, "the next probe" },
    { WITHDRAW, 2010, 0, "is not made" },
    { ADMIT, 2010, GW_BREAKER_PROBE, "so another may" },
    { SUCCEED, 2011, 1, "it is answered: closed" },
    { ADMIT, 2011, GW_BREAKER_ASK, "for all" },
    { FAIL, 2012, 0, "failures count from nought" },
    { ADMIT, 2012, GW_BREAKER_ASK, "again" },
};

static const step late_success[] = {
    { FAIL, 0, 1, "the first opens it" },
    { SUCCEED, 1, 1, "an answer to an earlier question closes it" },
    { ADMIT, 2, GW_BREAKER_ASK, "it lives, after all" },
};

static const step clock_set_back[] = {
    { FAIL, 0, 1, "open" },
    { ADMIT, -5000, GW_BREAKER_PROBE, "a clock that was set back does not keep it open" },
};

static const step never[] = {
    { FAIL, 0, 0, "0: it never opens" },
    { FAIL, 0, 0, "never" },
    { ADMIT, 0, GW_BREAKER_ASK, "always asked" },
};

int main(void)
{
    begin();
    run(opens, COUNT(opens), 3);
    run(late_success, COUNT(late_success), 1);
    run(clock_set_back, COUNT(clock_set_back), 1);
    run(never, COUNT(never), 0);
    return end();
}
