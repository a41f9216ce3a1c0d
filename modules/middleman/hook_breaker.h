/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_breaker.h - a circuit breaker: after so many failures in a row a hook is left alone for a while, then tried by
 * one request at a time until it answers.
 *
 *   closed --failures--> open --reset_ms--> half open (one probe) --answer--> closed
 *                          ^------------------failure--'
 *
 * Lock-free; threads: any. Times are given, not read. Pure.
 */
#ifndef GW_MIDDLEMAN_HOOK_BREAKER_H
#define GW_MIDDLEMAN_HOOK_BREAKER_H

#include <apr_time.h>

#include "gw_schema.h"

typedef struct gw_breaker gw_breaker;

typedef struct gw_breaker_limits {
    apr_int64_t failures; /* in a row; 0 = it never opens */
    apr_int64_t reset_ms;
} gw_breaker_limits;

typedef enum gw_breaker_word {
    GW_BREAKER_ASK,  /* closed: ask, and report */
    GW_BREAKER_PROBE, /* half open: this one asks, and reports or withdraws */
    GW_BREAKER_OPEN  /* do not ask */
} gw_breaker_word;

/* Arena-owned. */
gw_breaker *gw_breaker_make(gw_arena *arena);
gw_breaker_word gw_breaker_admit(gw_breaker *breaker, const gw_breaker_limits *limits, apr_time_t now);
/* The hook answered; 1 when this closed the breaker. */
int gw_breaker_succeed(gw_breaker *breaker);
/* It did not; 1 when this opened it. */
int gw_breaker_fail(gw_breaker *breaker, const gw_breaker_limits *limits, apr_time_t now);
/* A probe was not made after all. */
void gw_breaker_withdraw(gw_breaker *breaker);

#endif
