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

#define NICENESS 10
#define LOOK_AROUND apr_time_from_msec(100) /* how often those of the long queue ask whether there is room still */

typedef enum task_state { WAITING, AT_WORK, DONE, REFUSED } task_state;

typedef struct task {
    void (*work)(void *baton);
    void *baton;
    task_state state;
    struct task *next;
    apr_thread_cond_t *turn; /* its state has changed */
} task;

struct gw_hash_crew {
    apr_thread_mutex_t *lock;  /* guards all that follows, and the tasks */
    apr_thread_cond_t *come;   /* a task waits, or the crew ends */
    apr_thread_cond_t *ended;  /* a thread has ended */
    apr_thread_cond_t **turns; /* those that no task has; one each, so that nobody is woken for others */
    int nturns;
    task *first, **last;       /* those that wait */
    int ntasks;                /* those that wait, and those at work */
    int nthreads;              /* alive */
    gw_hash_crew_options options;
    int is_ending;
};

/* A thread of Linux has a nice value of its own. Not the lowest: on a machine that is busy for good logins would never
 * come to their end, and hold the threads that wait for them; this one leaves a tenth of a processor. */
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
        apr_thread_cond_signal(taken->turn);
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

static int make_turns(gw_hash_crew *crew, apr_pool_t *p)
{
    const int n = crew->options.max_patient + crew->options.nthreads;

    crew->turns = apr_pcalloc(p, sizeof(*crew->turns) * (apr_size_t)n);
    for (; crew->nturns < n; crew->nturns++)
        if (apr_thread_cond_create(&crew->turns[crew->nturns], p) != APR_SUCCESS)
            return 0;
    return 1;
}

/* The pool is an unmanaged one, for the reason that gw_hash_crew_stop tells. */
gw_hash_crew *gw_hash_crew_start(const gw_hash_crew_options *options)
{
    apr_pool_t *p;
    gw_hash_crew *crew;

    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS)
        return NULL;
    crew = apr_pcalloc(p, sizeof(*crew));
    crew->last = &crew->first;
    crew->options = *options;
    if (crew->options.max_patient < crew->options.max_waiting)
        crew->options.max_patient = crew->options.max_waiting;
    if (apr_thread_mutex_create(&crew->lock, APR_THREAD_MUTEX_DEFAULT, p) == APR_SUCCESS
        && apr_thread_cond_create(&crew->come, p) == APR_SUCCESS
        && apr_thread_cond_create(&crew->ended, p) == APR_SUCCESS && make_turns(crew, p)
        && start_threads(crew, options->nthreads, p))
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

static int is_short(const gw_hash_crew *crew, int ntasks)
{
    return ntasks <= crew->nthreads + crew->options.max_waiting;
}

static int has_room(const gw_hash_crew *crew)
{
    return crew->options.has_room != NULL && crew->options.has_room();
}

/* The lock is held. */
static int may_come(const gw_hash_crew *crew)
{
    if (crew->is_ending || crew->nturns == 0)
        return 0;
    return is_short(crew, crew->ntasks + 1) || has_room(crew);
}

/* The lock is held. Until its turn comes a task waits for `patience`, from then on to its end. */
static void wait_for(gw_hash_crew *crew, task *mine)
{
    apr_time_t now = apr_time_now(), end = now + crew->options.patience;

    while (mine->state == WAITING && now < end && (is_short(crew, crew->ntasks) || has_room(crew))) {
        apr_thread_cond_timedwait(mine->turn, crew->lock, end - now < LOOK_AROUND ? end - now : LOOK_AROUND);
        now = apr_time_now();
    }
    if (mine->state == WAITING)
        withdraw(crew, mine);
    while (mine->state == AT_WORK)
        apr_thread_cond_wait(mine->turn, crew->lock);
}

apr_status_t gw_hash_crew_do(gw_hash_crew *crew, void (*work)(void *baton), void *baton)
{
    task mine = { .work = work, .baton = baton, .state = WAITING };
    apr_status_t rv = APR_EAGAIN;

    apr_thread_mutex_lock(crew->lock);
    if (may_come(crew)) {
        mine.turn = crew->turns[--crew->nturns];
        *crew->last = &mine;
        crew->last = &mine.next;
        crew->ntasks++;
        apr_thread_cond_signal(crew->come);
        wait_for(crew, &mine);
        crew->turns[crew->nturns++] = mine.turn;
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
    for (; crew->first != NULL; crew->first = crew->first->next) {
        crew->first->state = REFUSED;
        apr_thread_cond_signal(crew->first->turn);
        crew->ntasks--;
    }
    crew->last = &crew->first;
    apr_thread_cond_broadcast(crew->come);
    for (; crew->nthreads > 0 && now < end; now = apr_time_now())
        apr_thread_cond_timedwait(crew->ended, crew->lock, end - now);
    nleft = crew->nthreads;
    apr_thread_mutex_unlock(crew->lock);
    return nleft == 0;
}
