/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counters.h - counters in memory that all processes of a node share: exact, without a lock, bounded.
 *
 *   gw_counters: | magic, layout, nrows, seed | row 0 | row 1 | ...          a row is two cache lines:
 *   row:         | hand | counter 0 | ... | counter 6 |                      a counter is tag and state
 *   state:       | end of window, seconds (32 bits) | requests (32 bits) |   one word: changed by compare-and-swap
 *
 * A counter belongs to a tag (the hash of who is counted, where, for which period) and to one window; a later window
 * starts it anew in place. A new tag takes a counter of its row that is free or over; when all seven are in use, the
 * one with the fewest requests: many strangers who come once cannot push out one who comes often. Only this taking is
 * done by one at a time, for each row by itself, and a process that dies over it holds it up for a second at most.
 *
 * Pure on APR; the memory comes from the caller. Threads: any, of any process.
 */
#ifndef GW_RATELIMIT_COUNTERS_H
#define GW_RATELIMIT_COUNTERS_H

#include <apr.h>
#include <apr_time.h>

#include "window.h"

typedef struct gw_counters gw_counters;

/* Lay out `bytes` of zeroed memory; the counters use what they can of it. NULL when it is too little. */
gw_counters *gw_counters_format(void *memory, apr_size_t bytes);
/* The counters that an earlier generation of the server laid out; NULL when they are laid out otherwise. */
gw_counters *gw_counters_attach(void *memory, apr_size_t bytes);
/* How many there are. */
apr_size_t gw_counters_room(const gw_counters *counters);

/* Count one request of this key (any bytes) against all limits of `usage` (begun): all are raised, or, when one is
 * reached already, none; usage->used and is_over are set. 1, or 0 when nothing could be counted in time. `now` is the
 * moment that usage was begun with. */
int gw_counters_take(gw_usage *usage, gw_counters *counters, const void *key, apr_size_t len, apr_time_t now);

#endif
