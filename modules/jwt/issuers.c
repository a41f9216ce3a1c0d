/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issuers.c - see issuers.h: the table of issuers and the requests that want something of them. What they want is
 * fetched by a thread of the child (issuer_flights.c).
 */
#include "issuers.h"

#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "issuer_flights.h"
#include "must.h"

#define REFRESH apr_time_from_sec(300)  /* older sets are fetched anew, in the background */
#define TOO_OLD apr_time_from_sec(3600) /* after so long without a try it is tried first */
#define PATIENCE (GW_FETCH_TIMEOUT + apr_time_from_sec(1))
#define MAX_TRIES 5                     /* in a row; then one each TRY_INTERVAL */
#define TRY_INTERVAL apr_time_from_sec(10)
#define MAX_ISSUERS 1024
#define LOOK_INTERVAL apr_time_from_sec(2) /* how soon a child sees what another one has fetched */

/* ---- the table; with the lock held ---- */

static void drop_issuer(gw_issuers *all, gw_issuer *is)
{
    apr_hash_set(all->by_url, is->url, APR_HASH_KEY_STRING, NULL);
    gw_jwks_release(is->set);
    free(is->url);
    free(is);
}

/* 0: all are in use. */
static int make_room(gw_issuers *all)
{
    gw_issuer *oldest = NULL;

    if (apr_hash_count(all->by_url) < MAX_ISSUERS)
        return 1;
    for (apr_hash_index_t *at = apr_hash_first(NULL, all->by_url); at != NULL; at = apr_hash_next(at)) {
        gw_issuer *is = apr_hash_this_val(at);

        if (!is->wanted && !is->flying && is->nwaiting == 0 && (oldest == NULL || is->used_at < oldest->used_at))
            oldest = is;
    }
    if (oldest != NULL)
        drop_issuer(all, oldest);
    return oldest != NULL;
}

/* So that a new child need not let its first requests wait. */
static void load_file(gw_issuer *is, apr_pool_t *p)
{
    gw_jwks *set;

    if (gw_issuer_read_file(&set, &is->fetched_at, is, p) == APR_SUCCESS)
        is->set = set;
}

static gw_issuer *find_issuer(gw_issuers *all, const char *url, apr_time_t now)
{
    gw_issuer *is = apr_hash_get(all->by_url, url, APR_HASH_KEY_STRING);

    if (is == NULL && make_room(all)) {
        is = gw_must(calloc(1, sizeof(*is)));
        is->url = gw_must(strdup(url));
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

static void refill(gw_issuer *is, apr_time_t now)
{
    apr_int64_t n = (now - is->refilled_at) / TRY_INTERVAL;

    if (n <= 0 && now >= is->refilled_at)
        return;
    is->ntries = n < 0 || n > MAX_TRIES ? MAX_TRIES : is->ntries + (int)n;
    if (is->ntries > MAX_TRIES)
        is->ntries = MAX_TRIES;
    is->refilled_at = now;
}

/* With the lock held. */
static int start_thread(gw_issuers *all)
{
    if (all->thread != NULL)
        return 1;
    if (apr_thread_create(&all->thread, NULL, gw_issuers_run, all, all->p) != APR_SUCCESS)
        all->thread = NULL;
    return all->thread != NULL;
}

/* ---- requests; with the lock held ---- */

/* 0: not possible now, or asked often enough. */
static int want(gw_issuer *is, gw_issuer_wish what, apr_time_t now)
{
    gw_issuers *all = is->all;

    if (is->wanted >= what || is->flying >= what)
        return 1;
    refill(is, now);
    if ((what == GW_WANT_FETCH && is->ntries == 0) || gw_issuers_are_stopping(all) || !start_thread(all))
        return 0;
    is->ntries -= what == GW_WANT_FETCH;
    is->wanted = what;
    gw_fetcher_wake(all->fetcher);
    return 1;
}

/* Want a fetch, and wait until it has landed. APR_EAGAIN: too many wait. */
static apr_status_t want_and_wait(gw_issuer *is, apr_time_t now)
{
    gw_issuers *all = is->all;
    int most = is->is_slow ? all->options.max_waiters : all->options.max_threads - all->options.max_waiters;
    apr_time_t began = now, end = now + PATIENCE;

    if (!want(is, GW_WANT_FETCH, now))
        return APR_SUCCESS;
    if (all->nwaiting >= most)
        return APR_EAGAIN;
    all->nwaiting++;
    is->nwaiting++;
    while ((is->wanted == GW_WANT_FETCH || is->flying == GW_WANT_FETCH) && now < end && now >= began
           && !gw_issuers_are_stopping(all)) {
        apr_thread_cond_timedwait(all->landed, all->lock, end - now);
        now = apr_time_now();
    }
    is->nwaiting--;
    all->nwaiting--;
    return APR_SUCCESS;
}

static int is_too_old(const gw_issuer *is, apr_time_t now)
{
    return is->set == NULL
           || (gw_issuer_is_older(is->fetched_at, TOO_OLD, now) && gw_issuer_is_older(is->tried_at, TOO_OLD, now));
}

apr_status_t gw_issuers_get(gw_jwks **set, gw_issuers *all, const char *url)
{
    apr_time_t now = apr_time_now();
    apr_status_t rv = APR_EAGAIN;
    gw_issuer *is;

    apr_thread_mutex_lock(all->lock);
    if ((is = find_issuer(all, url, now)) != NULL) {
        if (is_too_old(is, now))
            want_and_wait(is, now);
        else if (gw_issuer_is_older(is->fetched_at, REFRESH, now))
            want(is, GW_WANT_FETCH, now);
        else if (gw_issuer_is_older(is->looked_at, LOOK_INTERVAL, now))
            want(is, GW_WANT_LOOK, now);
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
    gw_issuer *is;

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
