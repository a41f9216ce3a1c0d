/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issuers.c - see issuers.h. An issuer's turn is `wanted` by a request, then `flying` while the thread works for it;
 * both keep it in the table.
 */
#include "issuers.h"

#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_hash.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "jwks_fetch.h"
#include "jwks_file.h"

#define REFRESH apr_time_from_sec(300)  /* older sets are fetched anew, in the background */
#define TOO_OLD apr_time_from_sec(3600) /* after so long without a try it is tried first */
#define PATIENCE (GW_FETCH_TIMEOUT + apr_time_from_sec(1))
#define MAX_TRIES 5                     /* in a row; then one each TRY_INTERVAL */
#define TRY_INTERVAL apr_time_from_sec(10)
#define MAX_ISSUERS 1024
#define MAX_FLIGHTS 16
#define IDLE_WAKE apr_time_from_sec(60)
#define LOOK_INTERVAL apr_time_from_sec(2) /* how soon a child sees what another one has fetched */
#define SLOW apr_time_from_sec(1)          /* a fetch that takes longer is one to wait for in small numbers only */

/* What an issuer's turn is to bring. */
typedef enum wish { NOTHING, LOOK, FETCH } wish; /* at the file of the node; LOOK, else ask the issuer */

typedef struct issuer {
    gw_issuers *all;
    char *url;
    gw_jwks *set;          /* NULL: none yet */
    apr_time_t fetched_at; /* of the set */
    apr_time_t tried_at;
    apr_time_t used_at;
    int ntries;            /* that may be made; refilled with time */
    apr_time_t refilled_at;
    int nwaiting;
    apr_time_t looked_at;
    wish wanted, flying;
    int has_failed;        /* the last fetch */
    int is_slow;           /* it failed, or took long */
} issuer;

struct gw_issuers {
    gw_issuers_options options;
    apr_pool_t *p;            /* used with the lock held */
    apr_pool_t *p_thread;     /* the thread's own */
    apr_thread_mutex_t *lock; /* guards all of it, and every issuer */
    apr_thread_cond_t *landed;
    apr_hash_t *by_url;
    int nwaiting, nflying;
    int is_stopping;
    gw_fetcher *fetcher;
    apr_thread_t *thread;     /* NULL: nobody has wanted anything yet */
};

/* Has so much time passed? A clock that was set back counts as yes. */
static int is_older(apr_time_t then, apr_interval_time_t age, apr_time_t now)
{
    return now < then || now - then > age;
}

/* ---- the table; with the lock held ---- */

static void drop_issuer(gw_issuers *all, issuer *is)
{
    apr_hash_set(all->by_url, is->url, APR_HASH_KEY_STRING, NULL);
    gw_jwks_release(is->set);
    free(is->url);
    free(is);
}

/* 0: all are in use. */
static int make_room(gw_issuers *all)
{
    issuer *oldest = NULL;

    if (apr_hash_count(all->by_url) < MAX_ISSUERS)
        return 1;
    for (apr_hash_index_t *at = apr_hash_first(NULL, all->by_url); at != NULL; at = apr_hash_next(at)) {
        issuer *is = apr_hash_this_val(at);

        if (!is->wanted && !is->flying && is->nwaiting == 0 && (oldest == NULL || is->used_at < oldest->used_at))
            oldest = is;
    }
    if (oldest != NULL)
        drop_issuer(all, oldest);
    return oldest != NULL;
}

/* What another child, or an earlier one, has fetched; APR_NOTFOUND: nothing that is newer. */
static apr_status_t read_file(gw_jwks **set, apr_time_t *fetched, const issuer *is, apr_pool_t *p)
{
    const char *dir = is->all->options.state_dir;
    apr_pool_t *ptemp;
    apr_status_t rv;

    if (dir == NULL)
        return APR_NOTFOUND;
    apr_pool_create(&ptemp, p);
    rv = gw_jwks_file_load(set, fetched, is->set != NULL ? is->fetched_at : 0, dir, is->url, ptemp);
    apr_pool_destroy(ptemp);
    return rv;
}

/* So that a new child need not let its first requests wait. */
static void load_file(issuer *is, apr_pool_t *p)
{
    gw_jwks *set;

    if (read_file(&set, &is->fetched_at, is, p) == APR_SUCCESS)
        is->set = set;
}

static issuer *find_issuer(gw_issuers *all, const char *url, apr_time_t now)
{
    issuer *is = apr_hash_get(all->by_url, url, APR_HASH_KEY_STRING);

    if (is == NULL && make_room(all)) {
        if ((is = calloc(1, sizeof(*is))) == NULL || (is->url = strdup(url)) == NULL)
            abort();
        is->all = all;
        is->ntries = MAX_TRIES;
        is->refilled_at = is->looked_at = now;
        load_file(is, all->p);
        apr_hash_set(all->by_url, is->url, APR_HASH_KEY_STRING, is);
    }
    if (is != NULL)
        is->used_at = now;
    return is;
}

static void refill(issuer *is, apr_time_t now)
{
    apr_int64_t n = (now - is->refilled_at) / TRY_INTERVAL;

    if (n <= 0 && now >= is->refilled_at)
        return;
    is->ntries = n < 0 || n > MAX_TRIES ? MAX_TRIES : is->ntries + (int)n;
    if (is->ntries > MAX_TRIES)
        is->ntries = MAX_TRIES;
    is->refilled_at = now;
}

/* ---- the thread ---- */

/* What came of a turn. Last what makes `is` droppable again. */
static void land(issuer *is, const gw_issuer_news *news, const char *why, int nkeys)
{
    gw_issuers *all = is->all;

    if (news != NULL)
        all->options.tell(all->options.baton, *news, is->url, why, nkeys);
    apr_thread_mutex_lock(all->lock);
    is->flying = NOTHING;
    all->nflying--;
    apr_thread_cond_broadcast(all->landed);
    apr_thread_mutex_unlock(all->lock);
}

/* `set` (taken over) is in force from now on; returns whether it says something new. */
static int replace_set(issuer *is, gw_jwks *set, apr_time_t fetched)
{
    gw_jwks *before;
    int is_new;

    apr_thread_mutex_lock(is->all->lock);
    before = is->set;
    is_new = before == NULL || gw_jwks_version(before) != gw_jwks_version(set);
    is->set = set;
    is->fetched_at = fetched;
    apr_thread_mutex_unlock(is->all->lock);
    gw_jwks_release(before);
    return is_new;
}

static void note_outcome(issuer *is, int is_good)
{
    apr_thread_mutex_lock(is->all->lock);
    is->has_failed = !is_good;
    is->is_slow = !is_good || is_older(is->tried_at, SLOW, apr_time_now());
    apr_thread_mutex_unlock(is->all->lock);
}

static void save_file(const issuer *is, const char *body, size_t len)
{
    apr_pool_t *ptemp;

    if (is->all->options.state_dir == NULL)
        return;
    apr_pool_create(&ptemp, is->all->p_thread);
    gw_jwks_file_save(is->all->options.state_dir, is->url, body, len, ptemp); /* else the next child asks itself */
    apr_pool_destroy(ptemp);
}

/* gw_fetch_done */
static void take_answer(void *baton, const char *body, size_t len, const char *why)
{
    issuer *is = baton;
    gw_jwks *set = body != NULL ? gw_jwks_parse(&why, body, len) : NULL;
    gw_issuer_news news = set == NULL ? GW_ISSUER_FAILED : is->has_failed ? GW_ISSUER_BACK : GW_ISSUER_CHANGED;
    int is_news = set != NULL ? is->has_failed : !is->has_failed;

    note_outcome(is, set != NULL);
    if (set != NULL) {
        save_file(is, body, len);
        is_news |= replace_set(is, set, apr_time_now());
    }
    land(is, is_news ? &news : NULL, why, is->set != NULL ? gw_jwks_count(is->set) : 0);
}

/* 1: another child's set will do. */
static int adopt_file(issuer *is)
{
    static const gw_issuer_news changed = GW_ISSUER_CHANGED;
    apr_time_t fetched;
    gw_jwks *set;

    if (read_file(&set, &fetched, is, is->all->p_thread) != APR_SUCCESS || !replace_set(is, set, fetched))
        return 0;
    land(is, &changed, NULL, gw_jwks_count(set));
    return 1;
}

static void fly(issuer *is)
{
    if (adopt_file(is))
        return;
    if (is->flying == LOOK)
        land(is, NULL, NULL, 0);
    else if (!gw_fetcher_begin(is->all->fetcher, is->url, take_answer, is))
        take_answer(is, NULL, 0, "out of memory");
}

/* The next that is wanted, flying from now on; NULL = none, or enough fly. */
static issuer *take_wanted(gw_issuers *all)
{
    issuer *found = NULL;
    apr_time_t now = apr_time_now();

    apr_thread_mutex_lock(all->lock);
    for (apr_hash_index_t *at = apr_hash_first(NULL, all->by_url);
         at != NULL && found == NULL && all->nflying < MAX_FLIGHTS; at = apr_hash_next(at)) {
        issuer *is = apr_hash_this_val(at);

        if (is->wanted && !is->flying)
            found = is;
    }
    if (found != NULL) {
        found->flying = found->wanted;
        found->wanted = NOTHING;
        found->looked_at = now;
        if (found->flying == FETCH)
            found->tried_at = now;
        all->nflying++;
    }
    apr_thread_mutex_unlock(all->lock);
    return found;
}

static int is_stopping(gw_issuers *all)
{
    return __atomic_load_n(&all->is_stopping, __ATOMIC_SEQ_CST);
}

/* What is under way when the child ends is left as it is: to clean up could mean to wait for a name server. */
static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *baton)
{
    gw_issuers *all = baton;
    issuer *is;

    while (!is_stopping(all)) {
        while ((is = take_wanted(all)) != NULL)
            fly(is);
        gw_fetcher_run(all->fetcher, IDLE_WAKE);
    }
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

/* With the lock held. */
static int start_thread(gw_issuers *all)
{
    if (all->thread != NULL)
        return 1;
    if (apr_thread_create(&all->thread, NULL, run, all, all->p) != APR_SUCCESS)
        all->thread = NULL;
    return all->thread != NULL;
}

/* ---- requests; with the lock held ---- */

/* 0: not possible now, or asked often enough. */
static int want(issuer *is, wish what, apr_time_t now)
{
    gw_issuers *all = is->all;

    if (is->wanted >= what || is->flying >= what)
        return 1;
    refill(is, now);
    if ((what == FETCH && is->ntries == 0) || is_stopping(all) || !start_thread(all))
        return 0;
    is->ntries -= what == FETCH;
    is->wanted = what;
    gw_fetcher_wake(all->fetcher);
    return 1;
}

/* Want a fetch, and wait until it has landed. APR_EAGAIN: too many wait. */
static apr_status_t want_and_wait(issuer *is, apr_time_t now)
{
    gw_issuers *all = is->all;
    int most = is->is_slow ? all->options.max_waiters : all->options.max_threads - all->options.max_waiters;
    apr_time_t began = now, end = now + PATIENCE;

    if (!want(is, FETCH, now))
        return APR_SUCCESS;
    if (all->nwaiting >= most)
        return APR_EAGAIN;
    all->nwaiting++;
    is->nwaiting++;
    while ((is->wanted == FETCH || is->flying == FETCH) && now < end && now >= began && !is_stopping(all)) {
        apr_thread_cond_timedwait(all->landed, all->lock, end - now);
        now = apr_time_now();
    }
    is->nwaiting--;
    all->nwaiting--;
    return APR_SUCCESS;
}

static int is_too_old(const issuer *is, apr_time_t now)
{
    return is->set == NULL || (is_older(is->fetched_at, TOO_OLD, now) && is_older(is->tried_at, TOO_OLD, now));
}

apr_status_t gw_issuers_get(gw_jwks **set, gw_issuers *all, const char *url)
{
    apr_time_t now = apr_time_now();
    apr_status_t rv = APR_EAGAIN;
    issuer *is;

    apr_thread_mutex_lock(all->lock);
    if ((is = find_issuer(all, url, now)) != NULL) {
        if (is_too_old(is, now))
            want_and_wait(is, now);
        else if (is_older(is->fetched_at, REFRESH, now))
            want(is, FETCH, now);
        else if (is_older(is->looked_at, LOOK_INTERVAL, now))
            want(is, LOOK, now);
        if (is->set != NULL) {
            gw_jwks_retain(is->set);
            *set = is->set;
            rv = APR_SUCCESS;
        }
    }
    apr_thread_mutex_unlock(all->lock);
    return rv;
}

apr_status_t gw_issuers_renew(gw_jwks **set, gw_issuers *all, const char *url, const gw_jwks *seen)
{
    apr_time_t now = apr_time_now();
    apr_status_t rv = APR_EAGAIN;
    issuer *is;

    apr_thread_mutex_lock(all->lock);
    if ((is = find_issuer(all, url, now)) != NULL) {
        rv = APR_SUCCESS;
        if (is->set == NULL || gw_jwks_version(is->set) == gw_jwks_version(seen))
            rv = want_and_wait(is, now);
        if (is->set != NULL && gw_jwks_version(is->set) != gw_jwks_version(seen)) {
            gw_jwks_retain(is->set);
            *set = is->set;
            rv = APR_SUCCESS;
        }
        else if (rv == APR_SUCCESS) {
            rv = APR_NOTFOUND;
        }
    }
    apr_thread_mutex_unlock(all->lock);
    return rv;
}

/* ---- life ---- */

gw_issuers *gw_issuers_make(const gw_issuers_options *options)
{
    gw_issuers *all = calloc(1, sizeof(*all));

    if (all == NULL || apr_pool_create_unmanaged_ex(&all->p, NULL, NULL) != APR_SUCCESS
        || apr_pool_create_unmanaged_ex(&all->p_thread, NULL, NULL) != APR_SUCCESS) {
        free(all);
        return NULL;
    }
    all->options = *options;
    all->fetcher = gw_fetcher_make(options->ca_file, GW_JWKS_MAX_BYTES);
    all->by_url = apr_hash_make(all->p);
    if (all->fetcher != NULL && apr_thread_mutex_create(&all->lock, APR_THREAD_MUTEX_DEFAULT, all->p) == APR_SUCCESS
        && apr_thread_cond_create(&all->landed, all->p) == APR_SUCCESS)
        return all;
    free(all); /* out of memory; a child without it does not live long */
    return NULL;
}

void gw_issuers_stop(gw_issuers *all)
{
    apr_status_t rv;

    apr_thread_mutex_lock(all->lock);
    __atomic_store_n(&all->is_stopping, 1, __ATOMIC_SEQ_CST);
    apr_thread_cond_broadcast(all->landed);
    apr_thread_mutex_unlock(all->lock);
    if (all->thread == NULL)
        return;
    gw_fetcher_wake(all->fetcher);
    apr_thread_join(&rv, all->thread);
}
