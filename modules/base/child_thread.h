/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child_thread.h - threads of a child beside those of the MPM: signals blocked, memory of their own, joined with
 * patience but not without end.
 */
#ifndef GW_BASE_CHILD_THREAD_H
#define GW_BASE_CHILD_THREAD_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct gw_child_thread gw_child_thread;

/* Run `run(baton, p)` in a thread of its own; p is a pool of its own, which no other pool's end destroys. NULL when
 * the system gives no thread. After the fork only. */
gw_child_thread *gw_child_thread_start(void (*run)(void *baton, apr_pool_t *p), void *baton);
/* 1 when run() has returned. */
int gw_child_thread_is_done(gw_child_thread *thread);
/* Wait at most `timeout` for the end: 1, everything of the thread is freed; 0, it goes on and nothing is freed. */
int gw_child_thread_join(gw_child_thread *thread, apr_interval_time_t timeout);

#endif
