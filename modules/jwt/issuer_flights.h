/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issuer_flights.h - inside of issuers.h: the table, and the thread that works for it. An issuer's turn is `wanted` by
 * a request, then `flying` while the thread works for it; both keep it in the table.
 */
#ifndef GW_JWT_ISSUER_FLIGHTS_H
#define GW_JWT_ISSUER_FLIGHTS_H

#include <apr_hash.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "issuers.h"
#include "jwks_fetch.h"

/* What an issuer's turn is to bring. */
typedef enum gw_issuer_wish {
    GW_WANT_NOTHING,
    GW_WANT_LOOK, /* what another child has put into the node's file */
    GW_WANT_FETCH /* the same, else what the issuer says */
} gw_issuer_wish;

typedef struct gw_issuer {
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
    gw_issuer_wish wanted, flying;
    int has_failed;        /* the last fetch */
    int is_slow;           /* it failed, or took long */
} gw_issuer;

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
static inline int gw_issuer_is_older(apr_time_t then, apr_interval_time_t age, apr_time_t now)
{
    return now < then || now - then > age;
}

/* What another child, or an earlier one, has fetched since; *set is the caller's. APR_NOTFOUND: nothing that is newer.
 * p is for what goes at once. */
apr_status_t gw_issuer_read_file(gw_jwks **set, apr_time_t *fetched, const gw_issuer *is, apr_pool_t *p);
/* Serves what is wanted until the issuers stop; an APR thread's start function, `baton` is the gw_issuers. What is
 * under way at the end is left as it is: to clean up could mean to wait for a name server. */
void *APR_THREAD_FUNC gw_issuers_run(apr_thread_t *thread, void *baton);
/* Any thread. */
int gw_issuers_are_stopping(gw_issuers *all);

#endif
