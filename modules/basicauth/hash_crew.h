/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_crew.h - a few threads for slow work, and a bounded queue before them.
 *
 * Whoever brings work waits for its end, and holds a thread of the server meanwhile: the queue is short, and longer
 * only while nobody else needs those threads. What does not fit is refused at once. So guesses can fill neither the
 * server's threads nor its memory, and while there is room each waits for the hash before it, which keeps whoever
 * guesses from asking as fast as refusals could be written. The threads take what others leave of the
 * processors (thread_claim.h): a request that needs no slow work is served before them. One crew a child, made after
 * the fork; crews of several children may share places, so that all of them together do not more at once. Pure.
 */
#ifndef GW_BASICAUTH_HASH_CREW_H
#define GW_BASICAUTH_HASH_CREW_H

#include <apr_errno.h>
#include <apr_proc_mutex.h>
#include <apr_time.h>

typedef struct gw_hash_crew gw_hash_crew;

typedef struct gw_hash_crew_options {
    int nthreads;
    int max_waiting;  /* work that may wait beside what the threads are at, in any case */
    int max_patient;  /* and so much of it while has_room() says so; 0 = no more */
    apr_interval_time_t patience; /* how long work waits for its turn */
    int (*has_room)(void); /* NULL = there is none; asked in the threads that bring work, must not block */
    apr_proc_mutex_t **places; /* one for each thread, which works while it has it; NULL = it needs none */
} gw_hash_crew_options;

/* NULL: the system gives no thread. In memory of its own. */
gw_hash_crew *gw_hash_crew_start(const gw_hash_crew_options *options);
/* Have `work(baton)` done by one of the threads, and wait for it. APR_EAGAIN: it was not done; the queue is full
 * (or has become too long since), its turn did not come in time, or the crew ends. Threads: any but the crew's own. */
apr_status_t gw_hash_crew_do(gw_hash_crew *crew, void (*work)(void *baton), void *baton);
/* Take no more work, refuse what waits, wait at most `patience` for what is being done. Nothing is freed: a request may
 * still be in gw_hash_crew_do, and the process ends anyway. 1: no thread is left. */
int gw_hash_crew_stop(gw_hash_crew *crew, apr_interval_time_t patience);

#endif
