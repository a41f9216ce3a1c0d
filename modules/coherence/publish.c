/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.c - see publish.h.
 */
#include "publish.h"

#include <stdlib.h>

#include <apr_thread_mutex.h>

struct gw_edition {
    gw_snapshot *snapshot;
    gw_publisher *publisher;
    unsigned refs; /* atomic; the publisher holds one while it is the current edition */
    gw_edition *next; /* on the retired list */
};

struct gw_publisher {
    apr_thread_mutex_t *lock; /* guards current and retired */
    gw_edition *current;
    gw_edition *retired;
};

gw_snapshot *gw_publisher_take_retired(gw_publisher *publisher)
{
    gw_edition *edition;
    gw_snapshot *snapshot;

    apr_thread_mutex_lock(publisher->lock);
    if ((edition = publisher->retired) != NULL)
        publisher->retired = edition->next;
    apr_thread_mutex_unlock(publisher->lock);
    if (edition == NULL)
        return NULL;
    snapshot = edition->snapshot;
    free(edition);
    return snapshot;
}

/* The editions; what they hold belongs to the workshop, whose end is that of the process. */
static apr_status_t free_editions(void *data)
{
    gw_publisher *publisher = data;

    while (gw_publisher_take_retired(publisher) != NULL)
        ;
    free(publisher->current);
    publisher->current = NULL;
    return APR_SUCCESS;
}

gw_publisher *gw_publisher_make(apr_pool_t *p)
{
    gw_publisher *publisher = apr_pcalloc(p, sizeof(*publisher));

    if (apr_thread_mutex_create(&publisher->lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS)
        abort();
    apr_pool_cleanup_register(p, publisher, free_editions, apr_pool_cleanup_null);
    return publisher;
}

void gw_publish(gw_publisher *publisher, gw_snapshot *snapshot)
{
    gw_edition *edition = calloc(1, sizeof(*edition)), *old;

    if (edition == NULL)
        abort();
    *edition = (gw_edition){ .snapshot = snapshot, .publisher = publisher, .refs = 1 };
    apr_thread_mutex_lock(publisher->lock);
    old = publisher->current;
    publisher->current = edition;
    apr_thread_mutex_unlock(publisher->lock);
    if (old != NULL)
        gw_edition_release(old);
}

gw_edition *gw_edition_acquire(gw_publisher *publisher)
{
    gw_edition *edition;

    apr_thread_mutex_lock(publisher->lock);
    if ((edition = publisher->current) != NULL)
        __atomic_add_fetch(&edition->refs, 1, __ATOMIC_RELAXED);
    apr_thread_mutex_unlock(publisher->lock);
    return edition;
}

gw_edition *gw_edition_hold(gw_edition *edition)
{
    __atomic_add_fetch(&edition->refs, 1, __ATOMIC_RELAXED);
    return edition;
}

void gw_edition_release(gw_edition *edition)
{
    gw_publisher *publisher = edition->publisher;

    if (__atomic_sub_fetch(&edition->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    apr_thread_mutex_lock(publisher->lock);
    edition->next = publisher->retired;
    publisher->retired = edition;
    apr_thread_mutex_unlock(publisher->lock);
}

const gw_snapshot *gw_edition_snapshot(const gw_edition *edition)
{
    return edition->snapshot;
}
