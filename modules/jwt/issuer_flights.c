/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issuer_flights.c - the thread that fetches for issuers.c: takes what is wanted, looks first whether another child has
 * brought it, asks the issuer, and puts what came in force. See issuer_flights.h.
 */
#include "issuer_flights.h"

#include "jwks_file.h"

#define MAX_FLIGHTS 16
#define IDLE_WAKE apr_time_from_sec(60)
#define SLOW apr_time_from_sec(1) /* a fetch that takes longer is one to wait for in small numbers only */

apr_status_t gw_issuer_read_file(gw_jwks **set, apr_time_t *fetched, const gw_issuer *is, apr_pool_t *p)
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

/* What came of a turn. Last what makes `is` droppable again. */
static void land(gw_issuer *is, const gw_issuer_news *news, const char *why, int nkeys)
{
    gw_issuers *all = is->all;

    if (news != NULL)
        all->options.tell(all->options.baton, *news, is->url, why, nkeys);
    apr_thread_mutex_lock(all->lock);
    is->flying = GW_WANT_NOTHING;
    all->nflying--;
    apr_thread_cond_broadcast(all->landed);
    apr_thread_mutex_unlock(all->lock);
}

/* `set` (taken over) is in force from now on; returns whether it says something new. */
static int replace_set(gw_issuer *is, gw_jwks *set, apr_time_t fetched)
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

static void note_outcome(gw_issuer *is, int is_good)
{
    apr_thread_mutex_lock(is->all->lock);
    is->has_failed = !is_good;
    is->is_slow = !is_good || gw_issuer_is_older(is->tried_at, SLOW, apr_time_now());
    apr_thread_mutex_unlock(is->all->lock);
}

static void save_file(const gw_issuer *is, const char *body, size_t len)
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
    gw_issuer *is = baton;
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
static int adopt_file(gw_issuer *is)
{
    static const gw_issuer_news changed = GW_ISSUER_CHANGED;
    apr_time_t fetched;
    gw_jwks *set;

    if (gw_issuer_read_file(&set, &fetched, is, is->all->p_thread) != APR_SUCCESS || !replace_set(is, set, fetched))
        return 0;
    land(is, &changed, NULL, gw_jwks_count(set));
    return 1;
}

static void fly(gw_issuer *is)
{
    if (adopt_file(is))
        return;
    if (is->flying == GW_WANT_LOOK)
        land(is, NULL, NULL, 0);
    else if (!gw_fetcher_begin(is->all->fetcher, is->url, take_answer, is))
        take_answer(is, NULL, 0, "out of memory");
}

/* The next that is wanted, flying from now on; NULL = none, or enough fly. */
static gw_issuer *take_wanted(gw_issuers *all)
{
    gw_issuer *found = NULL;
    apr_time_t now = apr_time_now();

    apr_thread_mutex_lock(all->lock);
    for (apr_hash_index_t *at = apr_hash_first(NULL, all->by_url);
         at != NULL && found == NULL && all->nflying < MAX_FLIGHTS; at = apr_hash_next(at)) {
        gw_issuer *is = apr_hash_this_val(at);

        if (is->wanted && !is->flying)
            found = is;
    }
    if (found != NULL) {
        found->flying = found->wanted;
        found->wanted = GW_WANT_NOTHING;
        found->looked_at = now;
        if (found->flying == GW_WANT_FETCH)
            found->tried_at = now;
        all->nflying++;
    }
    apr_thread_mutex_unlock(all->lock);
    return found;
}

int gw_issuers_are_stopping(gw_issuers *all)
{
    return __atomic_load_n(&all->is_stopping, __ATOMIC_SEQ_CST);
}

void *APR_THREAD_FUNC gw_issuers_run(apr_thread_t *thread, void *baton)
{
    gw_issuers *all = baton;
    gw_issuer *is;

    while (!gw_issuers_are_stopping(all)) {
        while ((is = take_wanted(all)) != NULL)
            fly(is);
        gw_fetcher_run(all->fetcher, IDLE_WAKE);
    }
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}
