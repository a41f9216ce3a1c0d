/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.h - the attempt that this thread is making to reach an upstream.
 *
 * mod_proxy connects, speaks TLS and logs without telling hooks which request it is for; all of it happens in the
 * request's thread, so the attempt stands in a thread-local pointer while mod_proxy_http runs. Beside that pointer
 * there is nothing per thread.
 */
#ifndef GW_PROXY_ATTEMPT_H
#define GW_PROXY_ATTEMPT_H

#include "worker.h"

typedef struct gw_attempt {
    const gw_worker *worker;         /* NULL: mod_proxy's own, of a static Location */
    unsigned is_new : 1;             /* a connection was made */
    apr_status_t rv;                 /* the last error that mod_proxy told the error log; APR_SUCCESS = none */
    const char *certificate_problem; /* why the upstream's certificate was refused; NULL = it was not. Static */
    struct gw_attempt *outer;        /* of a request that this one is a subrequest of */
} gw_attempt;

/* What this thread does from here to gw_attempt_end is this attempt (the caller's, on its stack). Attempts nest. */
void gw_attempt_begin(gw_attempt *attempt, const gw_worker *worker);
void gw_attempt_end(gw_attempt *attempt);
/* NULL outside of any. */
gw_attempt *gw_attempt_current(void);

void gw_attempt_register(apr_pool_t *p);

#endif
