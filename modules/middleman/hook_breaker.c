/* SPDX-License-Identifier: Apache-2.0 */
/* hook_breaker.c - see hook_breaker.h. */
#include "hook_breaker.h"

#include "arena.h"

struct gw_breaker {
    apr_uint32_t failures;   /* in a row, while closed */
    apr_uint32_t is_probing; /* one request is finding out */
    apr_time_t open_until;   /* 0 = closed */
};

gw_breaker *gw_breaker_make(gw_arena *arena)
{
    return gw_arena_calloc(arena, sizeof(gw_breaker));
}

gw_breaker_word gw_breaker_admit(gw_breaker *breaker, const gw_breaker_limits *limits, apr_time_t now)
{
    const apr_time_t until = __atomic_load_n(&breaker->open_until, __ATOMIC_ACQUIRE);
    apr_uint32_t free_place = 0;

    if (until == 0)
        return GW_BREAKER_ASK;
    /* A clock that was set back must not keep it open. */
    if (now < until && until - now <= apr_time_from_msec(limits->reset_ms))
        return GW_BREAKER_OPEN;
    if (!__atomic_compare_exchange_n(&breaker->is_probing, &free_place, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return GW_BREAKER_OPEN;
    return GW_BREAKER_PROBE;
}

int gw_breaker_succeed(gw_breaker *breaker)
{
    const int was_open = __atomic_exchange_n(&breaker->open_until, 0, __ATOMIC_ACQ_REL) != 0;

    if (__atomic_load_n(&breaker->failures, __ATOMIC_RELAXED) != 0)
        __atomic_store_n(&breaker->failures, 0, __ATOMIC_RELAXED);
    if (was_open)
        __atomic_store_n(&breaker->is_probing, 0, __ATOMIC_RELEASE);
    return was_open;
}

int gw_breaker_fail(gw_breaker *breaker, const gw_breaker_limits *limits, apr_time_t now)
{
    const apr_int64_t n = __atomic_add_fetch(&breaker->failures, 1, __ATOMIC_RELAXED);
    int was_closed;

    if (limits->failures == 0 || n < limits->failures)
        return 0;
    was_closed = __atomic_exchange_n(&breaker->open_until, now + apr_time_from_msec(limits->reset_ms),
                                     __ATOMIC_ACQ_REL) == 0;
    __atomic_store_n(&breaker->is_probing, 0, __ATOMIC_RELEASE);
    return was_closed;
}

void gw_breaker_withdraw(gw_breaker *breaker)
{
    __atomic_store_n(&breaker->is_probing, 0, __ATOMIC_RELEASE);
}
