/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issuers.h - the issuers whose keys tokens are checked with, and the set that each last published.
 *
 * One thread in each child fetches, off the path of requests. These wait (bounded in time and number) only for what is
 * not there yet: an issuer's first set, or one with a key that the present one does not have. A set that is in force is
 * replaced by a good one and by nothing else: an issuer that is down, or answers rubbish, changes nothing. Each issuer
 * is asked at a bounded rate, whatever the tokens say. Knows no httpd.
 *
 *   present, younger than 5 minutes   used; what another child has fetched is taken over within 2 seconds
 *   older                             used, and fetched anew meanwhile
 *   older than an hour, idle          fetched first; used if that fails
 */
#ifndef GW_JWT_ISSUERS_H
#define GW_JWT_ISSUERS_H

#include <apr_errno.h>
#include <apr_pools.h>

#include "jwks.h"

typedef struct gw_issuers gw_issuers;

typedef enum gw_issuer_news {
    GW_ISSUER_FAILED, /* the first fetch after a good one (or ever) that failed; `why` says it */
    GW_ISSUER_BACK,   /* the first good one after failures */
    GW_ISSUER_CHANGED /* another set than before */
} gw_issuer_news;

typedef struct gw_issuers_options {
    const char *ca_file;   /* NULL = whom the system trusts */
    const char *state_dir; /* where sets are kept; NULL = nowhere */
    int max_threads;       /* of the child */
    int max_waiters;       /* so many of them may wait for an issuer in trouble, and as many never wait for any */
    /* Told by the fetching thread. `nkeys`: of the set in force, 0 = there is none. */
    void (*tell)(void *baton, gw_issuer_news news, const char *url, const char *why, int nkeys);
    void *baton;
} gw_issuers_options;

/* In child_init. Lives as long as the process: a thread that fetches may outlive every pool. Options are copied, what
 * they point to is borrowed. NULL: out of memory. */
gw_issuers *gw_issuers_make(const gw_issuers_options *options);
/* The child ends: the thread too. */
void gw_issuers_stop(gw_issuers *issuers);

/* The issuer's set, retained for the caller. APR_EAGAIN: there is none, and none can be had now. */
apr_status_t gw_issuers_get(gw_jwks **set, gw_issuers *issuers, const char *url);
/* `seen` has not the key that is looked for: another set, retained, if there is one by now. APR_NOTFOUND: there is
 * not; APR_EAGAIN: too many requests wait to know. */
apr_status_t gw_issuers_renew(gw_jwks **set, gw_issuers *issuers, const char *url, const gw_jwks *seen);

#endif
