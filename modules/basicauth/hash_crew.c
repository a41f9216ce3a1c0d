/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_crew.c - one lock, one list of tasks; a task lives on the stack of the thread that waits for it.
 *
 * The crew's threads take what is left of the processors. Where others leave nothing, logins would never come to an
 * end: threads that are starved stand back, and one more with a small claim, the reserve, works instead until there is
 * something left again. The reserve also looks after the long queue: if each who waits looked around, they would wake
 * up together, and others would wait for all of them.
 *
 * A thread works in a place that it shares with a thread of each other crew. One that takes what is left gives way to
 * a request at once; of two on one processor the kernel may choose the other instead, until its next tick (measured
 * with Linux 6.18: one request in twenty waited for 1 to 4 ms).
 */
#include "hash_crew.h"

#include <apr_pools.h>
#include <apr_portable.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "thread_claim.h"

#define LOOK_AROUND apr_time_from_msec(100) /* how often a long queue is asked whether there is room for it still */
#define TRUE_FOR apr_time_from_sec(1)      /* how long it is taken for granted that the crew is starved, or not */

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
    apr_thread_cond_t *come;   /* a task waits for the threads, or the crew is starved no more, or ends */
    apr_thread_cond_t *relieve; /* the reserve has something to do, or the crew ends */
    apr_thread_cond_t *ended;  /* a thread has ended */
    apr_thread_cond_t **turns; /* those that no task has; one each, so that nobody is woken for others */
    int nturns;
    task *first, **last;       /* those that wait */
    int ntasks;                /* those that wait, and those at work */
    int nthreads;              /* alive, the reserve among them */
    int nseated;               /* threads that have been given their place */
    int is_starved;            /* the reserve works, the others find out now and then whether they could */
    apr_time_t learnt;         /* when that was found out */
    gw_hash_crew_options options;
    int is_ending;
};

static int is_short(const gw_hash_crew *crew, int ntasks)
{
    return ntasks <= crew->options.nthreads + crew->options.max_waiting;
}

static int has_room(const gw_hash_crew *crew)
{
    return crew->options.has_room != NULL && crew->options.has_room();
}

/* NULL: the crew ends, or it is not theirs to work. The lock is held. */
static task *take_task(gw_hash_crew *crew, int starved)
{
    task *taken = crew->first;

    if (taken == NULL || crew->is_starved != starved)
        return NULL;
    crew->first = taken->next;
    if (crew->first == NULL)
        crew->last = &crew->first;
    taken->state = AT_WORK;
    return taken;
}

/* The lock is held. */
static void call_thread(gw_hash_crew *crew)
{
    if (!crew->is_starved)
        apr_thread_cond_signal(crew->come);
    if (crew->is_starved || !is_short(crew, crew->ntasks))
        apr_thread_cond_signal(crew->relieve);
}

/* The lock is held. What one of the threads has found out about all of them. */
static void learn(gw_hash_crew *crew, int is_starved)
{
    crew->learnt = apr_time_now();
    if (is_starved == crew->is_starved)
        return;
    crew->is_starved = is_starved;
    apr_thread_cond_broadcast(is_starved ? crew->relieve : crew->come);
}

/* The lock is held, but not meanwhile. */
static void find_out(gw_hash_crew *crew)
{
    int is_starved;

    apr_thread_mutex_unlock(crew->lock);
    is_starved = gw_claim_is_starved();
    apr_thread_mutex_lock(crew->lock);
    learn(crew, is_starved);
}

/* The lock is held, but not during the work. 1: the thread was starved. */
static int do_task(gw_hash_crew *crew, task *taken)
{
    const gw_claim_watch watch = gw_claim_watch_begin();
    int was_starved;

    apr_thread_mutex_unlock(crew->lock);
    taken->work(taken->baton);
    was_starved = gw_claim_watch_is_starved(&watch);
    apr_thread_mutex_lock(crew->lock);
    taken->state = DONE;
    crew->ntasks--;
    apr_thread_cond_signal(taken->turn);
    return was_starved;
}

/* The lock is held: one thread less. */
static void end_thread(gw_hash_crew *crew)
{
    crew->nthreads--;
    apr_thread_cond_broadcast(crew->ended);
    apr_thread_mutex_unlock(crew->lock);
}

/* The lock is held. A thread's own place for as long as it lives; NULL: it needs none. */
static apr_proc_mutex_t *be_seated(gw_hash_crew *crew)
{
    const int seat = crew->nseated++;

    return crew->options.places != NULL ? crew->options.places[seat] : NULL;
}

/* The lock is held, but neither during the wait for the place nor during the work. Whoever has the place may be starved
 * and keep it: then nothing is done, and there is time to find that out. Places that are gone (httpd was restarted, and
 * this child is on its way out) keep nobody from work. */
static void work_at(gw_hash_crew *crew, apr_proc_mutex_t *place)
{
    apr_status_t rv = APR_SUCCESS;
    task *taken = NULL;

    if (place != NULL) {
        apr_thread_mutex_unlock(crew->lock);
        rv = apr_proc_mutex_timedlock(place, TRUE_FOR);
        apr_thread_mutex_lock(crew->lock);
    }
    if (!APR_STATUS_IS_TIMEUP(rv) && (taken = take_task(crew, 0)) != NULL)
        learn(crew, do_task(crew, taken));
    if (place != NULL && rv == APR_SUCCESS)
        apr_proc_mutex_unlock(place);
}

static void *APR_THREAD_FUNC thread_main(apr_thread_t *handle, void *data)
{
    gw_hash_crew *crew = data;
    apr_proc_mutex_t *place;

    (void)handle;
    apr_setup_signal_thread();
    gw_claim_rest();
    apr_thread_mutex_lock(crew->lock);
    place = be_seated(crew);
    while (!crew->is_ending) {
        if (crew->first == NULL && !crew->is_starved)
            apr_thread_cond_wait(crew->come, crew->lock);
        else if (apr_time_now() - crew->learnt > TRUE_FOR)
            find_out(crew);
        else if (crew->is_starved)
            apr_thread_cond_timedwait(crew->come, crew->lock, TRUE_FOR);
        else
            work_at(crew, place);
    }
    end_thread(crew);
    return NULL;
}

/* The lock is held: those who came last go, until the queue is short. */
static void send_away(gw_hash_crew *crew)
{
    int nkept = crew->options.nthreads + crew->options.max_waiting - crew->ntasks;
    task **at = &crew->first, *gone;

    for (gone = crew->first; gone != NULL; gone = gone->next)
        nkept++;
    for (; nkept > 0; nkept--)
        at = &(*at)->next;
    for (gone = *at; gone != NULL; gone = gone->next) {
        gone->state = REFUSED;
        crew->ntasks--;
        apr_thread_cond_signal(gone->turn);
    }
    *at = NULL;
    crew->last = at;
}

static void *APR_THREAD_FUNC reserve_main(apr_thread_t *handle, void *data)
{
    gw_hash_crew *crew = data;
    task *taken;

    (void)handle;
    apr_setup_signal_thread();
    gw_claim_little();
    apr_thread_mutex_lock(crew->lock);
    while (!crew->is_ending) {
        if (!is_short(crew, crew->ntasks) && !has_room(crew))
            send_away(crew);
        if ((taken = take_task(crew, 1)) != NULL)
            do_task(crew, taken);
        else if (is_short(crew, crew->ntasks))
            apr_thread_cond_wait(crew->relieve, crew->lock);
        else
            apr_thread_cond_timedwait(crew->relieve, crew->lock, LOOK_AROUND);
    }
    end_thread(crew);
    return NULL;
}

static int start_thread(gw_hash_crew *crew, apr_thread_start_t run, apr_threadattr_t *attr, apr_pool_t *p)
{
    apr_thread_t *thread;
    int is_there;

    apr_thread_mutex_lock(crew->lock);
    is_there = apr_thread_create(&thread, attr, run, crew, p) == APR_SUCCESS;
    crew->nthreads += is_there;
    apr_thread_mutex_unlock(crew->lock);
    return is_there;
}

/* 1: there is the reserve, and a thread at least. */
static int start_threads(gw_hash_crew *crew, apr_pool_t *p)
{
    apr_threadattr_t *attr;
    int nstarted = 0;

    if (apr_threadattr_create(&attr, p) != APR_SUCCESS)
        return 0;
    apr_threadattr_detach_set(attr, 1);
    if (!start_thread(crew, reserve_main, attr, p))
        return 0;
    for (int i = 0; i < crew->options.nthreads; i++)
        nstarted += start_thread(crew, thread_main, attr, p);
    return nstarted > 0;
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

    for (; mine->state == WAITING && now < end; now = apr_time_now())
        apr_thread_cond_timedwait(mine->turn, crew->lock, end - now);
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
        call_thread(crew);
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
    apr_thread_cond_broadcast(crew->relieve);
    for (; crew->nthreads > 0 && now < end; now = apr_time_now())
        apr_thread_cond_timedwait(crew->ended, crew->lock, end - now);
    nleft = crew->nthreads;
    apr_thread_mutex_unlock(crew->lock);
    return nleft == 0;
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
        && apr_thread_cond_create(&crew->relieve, p) == APR_SUCCESS
        && apr_thread_cond_create(&crew->ended, p) == APR_SUCCESS && make_turns(crew, p)) {
        if (start_threads(crew, p))
            return crew;
        if (!gw_hash_crew_stop(crew, 0))
            return NULL; /* the reserve is about to end, and needs the memory for that */
    }
    apr_pool_destroy(p);
    return NULL;
}
