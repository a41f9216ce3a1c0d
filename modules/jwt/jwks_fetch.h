/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwks_fetch.h - gets issuers' key sets over https, several at once in one thread.
 *
 * Bounded in time, bytes and redirects; those go to the same host and port only. No proxies of the environment, no
 * other protocols, certificates always verified. Knows no httpd and no keys: bytes come out.
 */
#ifndef GW_JWT_JWKS_FETCH_H
#define GW_JWT_JWKS_FETCH_H

#include <apr_time.h>

typedef struct gw_fetcher gw_fetcher;

#define GW_FETCH_TIMEOUT apr_time_from_sec(5) /* a whole fetch, redirects too */

/* Called by gw_fetcher_run when a fetch has ended: `body` (len bytes, borrowed for the call) or, when that is NULL,
 * `why` not. */
typedef void gw_fetch_done(void *baton, const char *body, size_t len, const char *why);

/* At start of a child, before its threads. `ca_file`: whom to trust, borrowed; NULL = whom the system trusts.
 * `max_bytes` of a body. NULL when out of memory. */
gw_fetcher *gw_fetcher_make(const char *ca_file, size_t max_bytes);
/* 0: out of memory. `url` is copied. The thread that runs it. */
int gw_fetcher_begin(gw_fetcher *fetcher, const char *url, gw_fetch_done *done, void *baton);
/* Go on with all that is under way; waits at most `patience`, less when woken or when there is something to do. */
void gw_fetcher_run(gw_fetcher *fetcher, apr_interval_time_t patience);
/* Any thread. */
void gw_fetcher_wake(gw_fetcher *fetcher);

#endif
