/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_gate.h - how many threads of a child hooks may occupy, so that a slow one cannot starve other routes.
 *
 * `max` threads ask at once, three quarters of them one hook at most: one that hangs leaves places to the others. Who
 * comes then waits in a line for a place, twice as long as that at most, and only while places become free: when there
 * was no answer for a moment, waiting leads nowhere and whoever comes is turned away at once. A quick hook therefore
 * serves bursts; one that hangs holds its threads and a short line, no more.
 * Threads: any. Pure.
 */
#ifndef GW_MIDDLEMAN_HOOK_GATE_H
#define GW_MIDDLEMAN_HOOK_GATE_H

#include <apr_pools.h>

typedef struct gw_hook_gate gw_hook_gate;

/* `hook`: a hash of whom is asked. Few share a hash's place in here, and then also their threads. */
gw_hook_gate *gw_hook_gate_make(int max, apr_pool_t *p);
/* 1: a place, gw_hook_gate_leave gives it back. 0: turned away. */
int gw_hook_gate_enter(gw_hook_gate *gate, apr_uint64_t hook);
void gw_hook_gate_leave(gw_hook_gate *gate, apr_uint64_t hook);
/* 1: somebody asks this hook, and for a moment nobody has had an answer. 0: it is only in demand, if at all. */
int gw_hook_gate_is_stuck(gw_hook_gate *gate, apr_uint64_t hook);
/* A place in the line for who waits for another's answer: 1, then gw_hook_gate_leave_line; 0: the line is full. */
int gw_hook_gate_join_line(gw_hook_gate *gate, apr_uint64_t hook);
void gw_hook_gate_leave_line(gw_hook_gate *gate, apr_uint64_t hook);

#endif
