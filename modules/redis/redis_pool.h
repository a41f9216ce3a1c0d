/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_pool.h - questions to Redis: connections that are kept for the next one, and a breaker, so that a Redis that is
 * away costs a few requests their timeout, and all others nothing.
 *
 * One pool in each child, for all targets. Threads: any. Pure: what fails is told, not logged.
 */
#ifndef GW_REDIS_POOL_H
#define GW_REDIS_POOL_H

#include "redis_link.h"

typedef struct gw_redis_pool gw_redis_pool;

/* Lives as long as p; no thread may be in it when p goes. NULL: no lock to be had. */
gw_redis_pool *gw_redis_pool_make(apr_pool_t *p);
/* Ask one command of n words, before target->timeout is over. *reply in p.
 * APR_SUCCESS  *reply is anything but an error
 * APR_EGENERAL Redis refused: *why is what it said (in p)
 * others       Redis is away, too slow, or none: *why is why, for the log */
apr_status_t gw_redis_ask(gw_redis_reply *reply, const char **why, gw_redis_pool *pool, const gw_redis_target *target,
                          const char *const *words, int n, apr_pool_t *p);

#endif
