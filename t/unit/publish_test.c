/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish_test.c - one publisher, many readers: nobody reads what was retired, everything is retired in the end.
 * A "snapshot" here is a counter that says whether it was destroyed.
 */
#include <stdlib.h>

#include <apr_general.h>
#include <apr_thread_proc.h>

#include "publish.h"
#include "tap.h"

struct gw_snapshot {
    apr_uint64_t generation;
    int is_dead; /* atomic */
};

enum { NREADERS = 4, NEDITIONS = 3000 };

static gw_publisher *publisher;
static gw_snapshot snapshots[NEDITIONS + 1];
static int is_over, nreads, nbroken; /* atomics */

/* Reads until the publisher is through; each reader holds a few editions at a time, as pipelined requests do. */
static void *APR_THREAD_FUNC reader(apr_thread_t *thread, void *data)
{
    apr_uint64_t last = 0;
    gw_edition *held[3] = { NULL };

    (void)thread;
    (void)data;
    for (unsigned i = 0; !__atomic_load_n(&is_over, __ATOMIC_SEQ_CST); i++) {
        gw_edition *edition = gw_edition_acquire(publisher);
        const gw_snapshot *snapshot = gw_edition_snapshot(edition);
        int is_broken = snapshot->generation < last || __atomic_load_n(&snapshot->is_dead, __ATOMIC_SEQ_CST);

        last = snapshot->generation;
        if (held[i % 3] != NULL) {
            is_broken |= __atomic_load_n(&gw_edition_snapshot(held[i % 3])->is_dead, __ATOMIC_SEQ_CST);
            gw_edition_release(held[i % 3]);
        }
        held[i % 3] = edition;
        __atomic_add_fetch(&nbroken, is_broken, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&nreads, 1, __ATOMIC_SEQ_CST);
    }
    for (int i = 0; i < 3; i++)
        if (held[i] != NULL)
            gw_edition_release(held[i]);
    return NULL;
}

static int destroy_retired(void)
{
    gw_snapshot *snapshot;
    int n = 0;

    for (; (snapshot = gw_publisher_take_retired(publisher)) != NULL; n++)
        __atomic_store_n(&snapshot->is_dead, 1, __ATOMIC_SEQ_CST);
    return n;
}

static void test_one_thread(apr_pool_t *p)
{
    gw_snapshot a = { .generation = 1 }, b = { .generation = 2 };
    gw_edition *first, *again;

    publisher = gw_publisher_make(p);
    ok(gw_edition_acquire(publisher) == NULL, "before the first there is none");
    gw_publish(publisher, &a);
    first = gw_edition_acquire(publisher);
    again = gw_edition_acquire(publisher);
    ok(first == again && gw_edition_snapshot(first) == &a, "readers share an edition");
    gw_publish(publisher, &b);
    ok(gw_publisher_take_retired(publisher) == NULL, "what is still read is not retired");
    gw_edition_release(again);
    ok(gw_publisher_take_retired(publisher) == NULL, "not until the last reader is done");
    gw_edition_release(first);
    ok(gw_publisher_take_retired(publisher) == &a, "then it is");
    ok(gw_publisher_take_retired(publisher) == NULL, "once");
    first = gw_edition_acquire(publisher);
    ok(gw_edition_snapshot(first) == &b, "new readers read the new one");
    gw_edition_release(first);
    ok(gw_publisher_take_retired(publisher) == NULL, "the current one is never retired");
}

static void test_many_threads(apr_pool_t *p)
{
    apr_thread_t *threads[NREADERS];
    apr_status_t rv;
    int ndestroyed = 0;

    publisher = gw_publisher_make(p);
    gw_publish(publisher, &snapshots[0]);
    for (int i = 0; i < NREADERS; i++)
        if (apr_thread_create(&threads[i], NULL, reader, NULL, p) != APR_SUCCESS)
            abort();
    for (int i = 1; i <= NEDITIONS; i++) {
        snapshots[i].generation = (apr_uint64_t)i;
        gw_publish(publisher, &snapshots[i]);
        ndestroyed += destroy_retired();
        if (i % 50 == 0)
            apr_thread_yield();
    }
    while (__atomic_load_n(&nreads, __ATOMIC_SEQ_CST) < 1000)
        apr_thread_yield();
    __atomic_store_n(&is_over, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < NREADERS; i++)
        apr_thread_join(&rv, threads[i]);
    ndestroyed += destroy_retired();
    is_int(nbroken, 0, "no reader sees a dead snapshot, nor an older one than before");
    is_int(ndestroyed, NEDITIONS, "every edition but the last is retired, once");
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_one_thread(p);
    test_many_threads(p);
    apr_pool_destroy(p);
    return done();
}
