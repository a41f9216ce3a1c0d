/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_crew.c - one lock, one list of tasks; a task lives on the stack of the thread that waits for it.
 */
#include "hash_crew.h"

#include <apr_pools.h>
#include <apr_portable.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#define NICENESS 5

typedef enum task_state { WAITING, AT_WORK, DONE, REFUSED } task_state;

typedef struct task {
    void (*work)(void *baton);
    void *baton;
    task_state state;
    struct task *next;
} task;

struct gw_hash_crew {
    apr_thread_mutex_t *lock;  /* guards all that follows, and the tasks */
    apr_thread_cond_t *come;   /* a task waits, or the crew ends */
    apr_thread_cond_t *ended;  /* a task was done or refused, or a thread has ended */
    task *first, **last;       /* those that wait */
    int ntasks;                /* those that wait, and those at work */
    int max_waiting;
    int nthreads;              /* alive */
    apr_interval_time_t patience;
    int is_ending;
};

/* A thread of Linux has a nice value of its own. Not the lowest: on a machine that is busy for good logins would never
 * come to their end, and hold the threads that wait for them. */
static void stand_back(void)
{
#ifdef __linux__
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
#endif
}

/* NULL: the crew ends. The lock is held. */
static task *take_task(gw_hash_crew *crew)
{
    task *taken;

    while (crew->first == NULL && !crew->is_ending)
        apr_thread_cond_wait(crew->come, crew->lock);
    if ((taken = crew->first) == NULL)
        return NULL;
    crew->first = taken->next;
    if (crew->first == NULL)
        crew->last = &crew->first;
    taken->state = AT_WORK;
    return taken;
}

static void *APR_THREAD_FUNC thread_main(apr_thread_t *handle, void *data)
{
    gw_hash_crew *crew = data;
    task *taken;

    (void)handle;
    apr_setup_signal_thread();
    stand_back();
    apr_thread_mutex_lock(crew->lock);
    while ((taken = take_task(crew)) != NULL) {
        apr_thread_mutex_unlock(crew->lock);
        taken->work(taken->baton);
        apr_thread_mutex_lock(crew->lock);
        taken->state = DONE;
        crew->ntasks--;
        apr_thread_cond_broadcast(crew->ended);
    }
    crew->nthreads--;
    apr_thread_cond_broadcast(crew->ended);
    apr_thread_mutex_unlock(crew->lock);
    return NULL;
}

static int start_threads(gw_hash_crew *crew, int nthreads, apr_pool_t *p)
{
    apr_threadattr_t *attr;

    if (apr_threadattr_create(&attr, p) != APR_SUCCESS)
        return 0;
    apr_threadattr_detach_set(attr, 1);
    for (int i = 0; i < nthreads; i++) {
        apr_thread_t *thread;

        apr_thread_mutex_lock(crew->lock);
        if (apr_thread_create(&thread, attr, thread_main, crew, p) == APR_SUCCESS)
            crew->nthreads++;
        apr_thread_mutex_unlock(crew->lock);
    }
    return crew->nthreads > 0;
}

/* The pool is an unmanaged one, for the reason that gw_hash_crew_stop tells. */
gw_hash_crew *gw_hash_crew_start(int nthreads, int max_waiting, apr_interval_time_t patience)
{
    apr_pool_t *p;
    gw_hash_crew *crew;

    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS)
        return NULL;
    crew = apr_pcalloc(p, sizeof(*crew));
    crew->last = &crew->first;
    crew->max_waiting = max_waiting;
    crew->patience = patience;
    if (apr_thread_mutex_create(&crew->lock, APR_THREAD_MUTEX_DEFAULT, p) == APR_SUCCESS
        && apr_thread_cond_create(&crew->come, p) == APR_SUCCESS
        && apr_thread_cond_create(&crew->ended, p) == APR_SUCCESS && start_threads(crew, nthreads, p))
        return crew;
    apr_pool_destroy(p);
    return NULL;
}

/* The lock is held, and the task waits. */
static void withdraw(gw_hash_crew *crew, task *waiting)
{
    task **at = &crew->first;

    while (*at != waiting)
        at = &(*at)->next;
    *at = waiting->next;
    if (crew->last == &waiting->next)
        crew->last = at;
    crew->ntasks--;
    waiting->state = REFUSED;
}

/* The lock is held. Until its turn comes a task waits for `patience`, from then on to its end. */
static void wait_for(gw_hash_crew *crew, task *mine)
{
    apr_time_t now = apr_time_now(), end = now + crew->patience;

    for (; mine->state == WAITING && now < end; now = apr_time_now())
        apr_thread_cond_timedwait(crew->ended, crew->lock, end - now);
    if (mine->state == WAITING)
        withdraw(crew, mine);
    while (mine->state == AT_WORK)
        apr_thread_cond_wait(crew->ended, crew->lock);
}

apr_status_t gw_hash_crew_do(gw_hash_crew *crew, void (*work)(void *baton), void *baton)
{
    task mine = { .work = work, .baton = baton, .state = WAITING };
    apr_status_t rv = APR_EAGAIN;

    apr_thread_mutex_lock(crew->lock);
    if (!crew->is_ending && crew->ntasks < crew->max_waiting + crew->nthreads) {
        *crew->last = &mine;
        crew->last = &mine.next;
        crew->ntasks++;
        apr_thread_cond_signal(crew->come);
        wait_for(crew, &mine);
        rv = mine.state == DONE ? APR_SUCCESS : APR_EAGAIN;
    }
    apr_thread_mutex_unlock(crew->lock);
    return rv;
}

int gw_hash_crew_stop(gw_hash_crew *crew, apr_interval_time_t patience)
{
    apr_time_t now = apr_time_now(), end = now + patience;
    int nleft;

    apr_thread_mutex_lock(crew->lock);
    crew->is_ending = 1;
    for (; crew->first != NULL; crew->first = crew->first->next)
        crew->first->state = REFUSED;
    crew->last = &crew->first;
    apr_thread_cond_broadcast(crew->come);
    apr_thread_cond_broadcast(crew->ended);
    for (; crew->nthreads > 0 && now < end; now = apr_time_now())
        apr_thread_cond_timedwait(crew->ended, crew->lock, end - now);
    nleft = crew->nthreads;
    apr_thread_mutex_unlock(crew->lock);
    return nleft == 0;
}
