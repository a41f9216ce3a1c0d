/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread_claim.h - how much of a processor a thread lays claim to, and whether it gets any. Pure.
 */
#ifndef GW_BASICAUTH_THREAD_CLAIM_H
#define GW_BASICAUTH_THREAD_CLAIM_H

#include <apr_time.h>

/* The calling thread runs when nobody else wants to, and stops at once when somebody does (Linux; elsewhere nothing
 * changes). There is no way back for a thread without privileges. Threads that it starts are the same. */
void gw_claim_rest(void);
/* The calling thread gets about a thirtieth of what others get (Linux): enough to come to an end on a busy machine,
 * and too much for others not to feel it. */
void gw_claim_little(void);

/* Whether a thread that wanted to run without a pause was let. */
typedef struct gw_claim_watch {
    apr_time_t began;
    apr_interval_time_t cpu;  /* of the thread until then */
} gw_claim_watch;

gw_claim_watch gw_claim_watch_begin(void);
/* In the same thread: 1 when it ran for less than a fiftieth of the time since. 0 too where nobody can tell. */
int gw_claim_watch_is_starved(const gw_claim_watch *watch);
/* Run for a few milliseconds of the processor's time, and tell the same of it. */
int gw_claim_is_starved(void);

#endif
