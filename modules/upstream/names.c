/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - see names.h. A few threads share one list under one lock; the lock is not held while the resolver works.
 */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <apr_hash.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "child_thread.h"
#include "must.h"

#define INTERVAL apr_time_from_sec(10)
#define AFTER_FAILURE apr_time_from_sec(2)
#define HURRY apr_time_from_sec(1) /* at most so often */
#define MAX_THREADS 4              /* a name whose servers are dead keeps one of them busy */

typedef struct name_entry {
    int n;                       /* addresses */
    gw_address_text *ips;
    char *shown;                 /* what the last view borrowed; only the asking thread's */
    int is_known, is_busy, is_wanted, is_awaited;
    apr_time_t began, due;
    char name[];
} name_entry;

struct gw_names {
    gw_names_hooks hooks;
    apr_pool_t *p;
    apr_thread_mutex_t *lock;    /* everything below */
    apr_thread_cond_t *work, *known;
    apr_hash_t *entries;         /* by name */
    int is_stopping;
    int nthreads, nidle;
    gw_child_thread *threads[MAX_THREADS];
    apr_uint64_t version;        /* atomic */
};

/* ---- the system's resolver ---- */

static int add_addresses(gw_address_text *found, int n, const struct addrinfo *list, int family)
{
    for (; list != NULL && n < GW_NAME_ADDRESSES; list = list->ai_next)
        if (list->ai_family == family &&
            getnameinfo(list->ai_addr, list->ai_addrlen, found[n], GW_ADDRESS_SIZE, NULL, 0, NI_NUMERICHOST) == 0)
            n++;
    return n;
}

static int resolve_by_system(void *baton, const char *name, gw_address_text found[GW_NAME_ADDRESSES])
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *list;
    int n;

    (void)baton;
    if (getaddrinfo(name, NULL, &hints, &list) != 0)
        return 0;
    n = add_addresses(found, 0, list, AF_INET);
    if (n == 0)
        n = add_addresses(found, 0, list, AF_INET6);
    freeaddrinfo(list);
    return n;
}

static int cmp_addresses(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Sorted and without doubles, so that the order of an answer is no change. */
static int tidy(gw_address_text *found, int n)
{
    int i, kept = 0;

    qsort(found, (size_t)n, sizeof(*found), cmp_addresses);
    for (i = 0; i < n; i++)
        if (kept == 0 || strcmp(found[kept - 1], found[i]) != 0) {
            if (kept != i)
                memcpy(found[kept], found[i], sizeof(*found));
            kept++;
        }
    return kept;
}

/* ---- threads ---- */

static void free_entry(name_entry *entry)
{
    free(entry->ips);
    free(entry->shown);
    free(entry);
}

/* The lock is held. *wait: until the next is due; -1 = none is. */
static name_entry *find_due(const gw_names *names, apr_time_t now, apr_interval_time_t *wait)
{
    apr_hash_index_t *at;
    name_entry *due = NULL;

    *wait = -1;
    for (at = apr_hash_first(NULL, names->entries); at != NULL; at = apr_hash_next(at)) {
        name_entry *entry = apr_hash_this_val(at);
        apr_interval_time_t left = entry->due - now;

        if (entry->is_busy)
            continue;
        if (left > INTERVAL) /* the clock was set back */
            left = 0;
        if (left <= 0 && (due == NULL || entry->due < due->due))
            due = entry;
        if (*wait < 0 || left < *wait)
            *wait = left;
    }
    return due;
}

/* The lock is held. 1 when the addresses are others than before. */
static int take_answer(gw_names *names, name_entry *entry, gw_address_text *found, int n)
{
    const size_t size = (size_t)n * sizeof(*found);
    const apr_interval_time_t usual = names->hooks.interval > 0 ? names->hooks.interval : INTERVAL;

    entry->is_busy = 0;
    entry->is_known = 1;
    entry->due = apr_time_now() + (n > 0 || usual < AFTER_FAILURE ? usual : AFTER_FAILURE);
    if (n == 0 || (n == entry->n && memcmp(entry->ips, found, size) == 0))
        return 0;
    free(entry->ips);
    entry->ips = gw_must(malloc(size));
    memcpy(entry->ips, found, size);
    entry->n = n;
    return 1;
}

/* The lock is held, but for the look-up itself. */
static void look_up(gw_names *names, name_entry *entry)
{
    gw_address_text found[GW_NAME_ADDRESSES];
    int n, is_changed;

    memset(found, 0, sizeof(found)); /* compared as bytes */
    entry->is_busy = 1;
    entry->began = apr_time_now();
    apr_thread_mutex_unlock(names->lock);
    n = tidy(found, names->hooks.resolve(names->hooks.baton, entry->name, found));
    apr_thread_mutex_lock(names->lock);
    is_changed = take_answer(names, entry, found, n);
    apr_thread_cond_broadcast(names->known);
    if (!is_changed)
        return;
    __atomic_add_fetch(&names->version, 1, __ATOMIC_SEQ_CST);
    if (names->is_stopping)
        return;
    apr_thread_mutex_unlock(names->lock);
    names->hooks.changed(names->hooks.baton);
    apr_thread_mutex_lock(names->lock);
}

/* The lock is held. */
static void call_for_work(gw_names *names, void (*run)(void *baton, apr_pool_t *p))
{
    if (names->is_stopping)
        return;
    if (names->nidle > 0)
        apr_thread_cond_signal(names->work);
    else if (names->nthreads < MAX_THREADS &&
             (names->threads[names->nthreads] = gw_child_thread_start(run, names)) != NULL)
        names->nthreads++;
}

static void run_resolver(void *baton, apr_pool_t *p)
{
    gw_names *names = baton;

    (void)p;
    apr_thread_mutex_lock(names->lock);
    while (!names->is_stopping) {
        apr_interval_time_t wait;
        name_entry *entry = find_due(names, apr_time_now(), &wait);

        if (entry != NULL) {
            if (names->nidle == 0)
                call_for_work(names, run_resolver); /* this one may hang: others are not to wait for it */
            look_up(names, entry);
            continue;
        }
        names->nidle++;
        if (wait < 0)
            apr_thread_cond_wait(names->work, names->lock);
        else
            apr_thread_cond_timedwait(names->work, names->lock, wait);
        names->nidle--;
    }
    apr_thread_mutex_unlock(names->lock);
}

/* ---- entry points ---- */

gw_names *gw_names_make(const gw_names_hooks *hooks)
{
    gw_names *names = gw_must(calloc(1, sizeof(*names)));

    names->hooks = *hooks;
    if (names->hooks.resolve == NULL)
        names->hooks.resolve = resolve_by_system;
    if (apr_pool_create_unmanaged_ex(&names->p, NULL, NULL) != APR_SUCCESS) {
        free(names);
        return NULL;
    }
    names->entries = apr_hash_make(names->p);
    if (apr_thread_mutex_create(&names->lock, APR_THREAD_MUTEX_DEFAULT, names->p) == APR_SUCCESS &&
        apr_thread_cond_create(&names->work, names->p) == APR_SUCCESS &&
        apr_thread_cond_create(&names->known, names->p) == APR_SUCCESS)
        return names;
    apr_pool_destroy(names->p);
    free(names);
    return NULL;
}

int gw_names_stop(gw_names *names, apr_interval_time_t timeout)
{
    const apr_time_t end = apr_time_now() + timeout;
    int i, is_left = 0;

    apr_thread_mutex_lock(names->lock);
    names->is_stopping = 1;
    apr_thread_cond_broadcast(names->work);
    apr_thread_mutex_unlock(names->lock);
    for (i = 0; i < names->nthreads; i++)
        is_left |= !gw_child_thread_join(names->threads[i], end - apr_time_now());
    return !is_left;
}

void gw_names_end(gw_names *names, apr_interval_time_t timeout)
{
    apr_hash_index_t *at;

    if (!gw_names_stop(names, timeout))
        return;
    for (at = apr_hash_first(NULL, names->entries); at != NULL; at = apr_hash_next(at))
        free_entry(apr_hash_this_val(at));
    apr_pool_destroy(names->p);
    free(names);
}

static name_entry *find_entry(const gw_names *names, const char *name)
{
    return apr_hash_get(names->entries, name, APR_HASH_KEY_STRING);
}

void gw_names_get(gw_name_view *view, gw_names *names, const char *name)
{
    name_entry *entry;
    int i;

    apr_thread_mutex_lock(names->lock);
    if ((entry = find_entry(names, name)) == NULL) {
        entry = gw_must(calloc(1, sizeof(*entry) + strlen(name) + 1));
        memcpy(entry->name, name, strlen(name) + 1);
        apr_hash_set(names->entries, entry->name, APR_HASH_KEY_STRING, entry);
        call_for_work(names, run_resolver);
    }
    entry->is_wanted = 1;
    view->is_known = entry->is_known;
    view->n = entry->n;
    free(entry->shown);
    entry->shown = gw_must(malloc((size_t)entry->n * sizeof(*entry->ips) + 1));
    if (entry->n > 0)
        memcpy(entry->shown, entry->ips, (size_t)entry->n * sizeof(*entry->ips));
    for (i = 0; i < entry->n; i++)
        view->ips[i] = entry->shown + (size_t)i * sizeof(*entry->ips);
    apr_thread_mutex_unlock(names->lock);
}

/* Names that somebody has waited for in vain are not waited for again. */
static int has_unknown(const gw_names *names, int give_up)
{
    apr_hash_index_t *at;
    int n = 0;

    for (at = apr_hash_first(NULL, names->entries); at != NULL; at = apr_hash_next(at)) {
        name_entry *entry = apr_hash_this_val(at);

        n += !entry->is_known && !entry->is_awaited;
        entry->is_awaited |= give_up;
    }
    return n > 0;
}

void gw_names_await(gw_names *names, apr_interval_time_t timeout)
{
    const apr_time_t began = apr_time_now();
    apr_time_t now = began;

    apr_thread_mutex_lock(names->lock);
    for (; has_unknown(names, 0) && now >= began && now - began < timeout; now = apr_time_now())
        apr_thread_cond_timedwait(names->known, names->lock, timeout - (now - began));
    has_unknown(names, 1);
    apr_thread_mutex_unlock(names->lock);
}

void gw_names_sweep(gw_names *names)
{
    apr_hash_index_t *at;

    apr_thread_mutex_lock(names->lock);
    for (at = apr_hash_first(NULL, names->entries); at != NULL; at = apr_hash_next(at)) {
        name_entry *entry = apr_hash_this_val(at);

        if (entry->is_wanted || entry->is_busy) {
            entry->is_wanted = 0;
            continue;
        }
        apr_hash_set(names->entries, entry->name, APR_HASH_KEY_STRING, NULL);
        free_entry(entry);
    }
    apr_thread_mutex_unlock(names->lock);
}

apr_uint64_t gw_names_version(const gw_names *names)
{
    return __atomic_load_n(&names->version, __ATOMIC_SEQ_CST);
}

void gw_names_hurry(gw_names *names, const char *name)
{
    const apr_time_t now = apr_time_now();
    name_entry *entry;

    apr_thread_mutex_lock(names->lock);
    entry = find_entry(names, name);
    if (entry != NULL && !entry->is_busy && (now - entry->began >= HURRY || now < entry->began) && entry->due > now) {
        entry->due = now;
        call_for_work(names, run_resolver);
    }
    apr_thread_mutex_unlock(names->lock);
}
