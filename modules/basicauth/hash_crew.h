/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_crew.h - a few threads for slow work, and a short queue before them.
 *
 * Whoever brings work waits for its end; when the queue is full the work is refused at once, so that guesses can fill
 * neither the server's threads nor its memory. The threads have less claim to the processor than others (Linux): a
 * request that needs no slow work is served before them. One crew a child, made after the fork. Pure.
 */
#ifndef GW_BASICAUTH_HASH_CREW_H
#define GW_BASICAUTH_HASH_CREW_H

#include <apr_errno.h>
#include <apr_time.h>

typedef struct gw_hash_crew gw_hash_crew;

/* `max_waiting`: work that may wait beside what `nthreads` are at; `patience`: for how long. NULL: the system gives no
 * thread. In memory of its own. */
gw_hash_crew *gw_hash_crew_start(int nthreads, int max_waiting, apr_interval_time_t patience);
/* Have `work(baton)` done by one of the threads, and wait for it. APR_EAGAIN: it was not done; the queue is full,
 * its turn did not come in time, or the crew ends. Threads: any but the crew's own. */
apr_status_t gw_hash_crew_do(gw_hash_crew *crew, void (*work)(void *baton), void *baton);
/* Take no more work, refuse what waits, wait at most `patience` for what is being done. Nothing is freed: a request may
 * still be in gw_hash_crew_do, and the process ends anyway. 1: no thread is left. */
int gw_hash_crew_stop(gw_hash_crew *crew, apr_interval_time_t patience);

#endif
