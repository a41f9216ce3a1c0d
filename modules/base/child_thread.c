/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child_thread.c - see child_thread.h.
 *
 * The pool is an unmanaged one: a thread that outlives our patience at the child's end may be in the middle of a
 * database call, and apr_terminate must not pull its memory away.
 */
#include "child_thread.h"

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

struct gw_child_thread {
    apr_pool_t *pool; /* the thread's own; this struct lives in `keep` */
    apr_pool_t *keep;
    apr_thread_t *thread;
    apr_thread_mutex_t *lock; /* guards is_done */
    apr_thread_cond_t *ended;
    int is_done;
    void (*run)(void *baton, apr_pool_t *p);
    void *baton;
};

static void *APR_THREAD_FUNC thread_main(apr_thread_t *handle, void *data)
{
    gw_child_thread *thread = data;

    (void)handle;
    apr_setup_signal_thread();
    thread->run(thread->baton, thread->pool);
    apr_thread_mutex_lock(thread->lock);
    thread->is_done = 1;
    apr_thread_cond_broadcast(thread->ended);
    apr_thread_mutex_unlock(thread->lock);
    return NULL; /* not by apr_thread_exit: leaving a stack by force confuses sanitizers */
}

gw_child_thread *gw_child_thread_start(void (*run)(void *baton, apr_pool_t *p), void *baton)
{
    apr_pool_t *keep, *pool;
    gw_child_thread *thread;

    if (apr_pool_create_unmanaged_ex(&keep, NULL, NULL) != APR_SUCCESS)
        return NULL;
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS) {
        apr_pool_destroy(keep);
        return NULL;
    }
    thread = apr_pcalloc(keep, sizeof(*thread));
    *thread = (gw_child_thread){ .pool = pool, .keep = keep, .run = run, .baton = baton };
    if (apr_thread_mutex_create(&thread->lock, APR_THREAD_MUTEX_DEFAULT, keep) == APR_SUCCESS
        && apr_thread_cond_create(&thread->ended, keep) == APR_SUCCESS
        && apr_thread_create(&thread->thread, NULL, thread_main, thread, keep) == APR_SUCCESS)
        return thread;
    apr_pool_destroy(pool);
    apr_pool_destroy(keep);
    return NULL;
}

int gw_child_thread_is_done(gw_child_thread *thread)
{
    int is_done;

    apr_thread_mutex_lock(thread->lock);
    is_done = thread->is_done;
    apr_thread_mutex_unlock(thread->lock);
    return is_done;
}

int gw_child_thread_join(gw_child_thread *thread, apr_interval_time_t timeout)
{
    apr_time_t now = apr_time_now(), end = now + timeout;
    apr_status_t rv;

    apr_thread_mutex_lock(thread->lock);
    for (; !thread->is_done && now < end; now = apr_time_now())
        apr_thread_cond_timedwait(thread->ended, thread->lock, end - now);
    if (!thread->is_done) {
        apr_thread_mutex_unlock(thread->lock);
        return 0;
    }
    apr_thread_mutex_unlock(thread->lock);
    apr_thread_join(&rv, thread->thread);
    apr_pool_destroy(thread->pool);
    apr_pool_destroy(thread->keep);
    return 1;
}
