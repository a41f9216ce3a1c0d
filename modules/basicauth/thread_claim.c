/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread_claim.c - see thread_claim.h. In Linux a thread has a class and a nice value of its own.
 *
 * Why not a high nice value alone: the scheduler weighs what each thread has had, so that a thread that wakes up now
 * and then waits for one with a small claim to reach the end of its slice of a few milliseconds (measured with nice 10:
 * p99 of other requests seven times its quiet self). Only the idle class gives way at once, always.
 */
#include "thread_claim.h"

#include <time.h>

#ifdef __linux__
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define LITTLE_NICENESS 15
/* So many times its own time went by. A thread of the idle class gets a 340th of what one of nice 0 gets, and a
 * twelfth of what gw_claim_little leaves: a few of those do not starve it, or two children would starve each other for
 * good. */
#define STARVED 50
#define TRY apr_time_from_msec(5) /* more than the first slice of a thread that has slept */

static void set_niceness(int niceness)
{
#ifdef __linux__
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), niceness);
#else
    (void)niceness;
#endif
}

void gw_claim_rest(void)
{
#ifdef __linux__
    const struct sched_param none = { .sched_priority = 0 };

    if (syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none) == 0)
        return;
#endif
    set_niceness(LITTLE_NICENESS);
}

void gw_claim_little(void)
{
    set_niceness(LITTLE_NICENESS);
}

/* -1: nobody can tell. */
static apr_interval_time_t own_time(void)
{
#ifdef CLOCK_THREAD_CPUTIME_ID
    struct timespec spent;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) == 0)
        return apr_time_from_sec(spent.tv_sec) + spent.tv_nsec / 1000;
#endif
    return -1;
}

gw_claim_watch gw_claim_watch_begin(void)
{
    return (gw_claim_watch){ .began = apr_time_now(), .cpu = own_time() };
}

int gw_claim_watch_is_starved(const gw_claim_watch *watch)
{
    const apr_interval_time_t spent = own_time() - watch->cpu;

    return watch->cpu >= 0 && apr_time_now() - watch->began > STARVED * (spent > TRY ? spent : TRY);
}

int gw_claim_is_starved(void)
{
    gw_claim_watch watch = gw_claim_watch_begin();

    while (watch.cpu >= 0 && own_time() - watch.cpu < TRY)
        if (gw_claim_watch_is_starved(&watch))
            return 1;
    return 0;
}
