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
/* What may become of a question whose answer is lost with a link that was kept. */
typedef enum gw_redis_repeat {
    GW_REDIS_ONCE, /* it fails: asking again might do it twice */
    GW_REDIS_AGAIN /* it is asked again over a new link: it only looks */
} gw_redis_repeat;

/* Ask one command of n words, before target->timeout is over. *reply in p. A kept link that is seen to be closed before
 * anything is sent costs nothing, whatever `repeat` is.
 * APR_SUCCESS  *reply is anything but an error
 * APR_EGENERAL Redis refused: *why is what it said (in p)
 * others       Redis is away, too slow, or none: *why is why, for the log */
apr_status_t gw_redis_ask(gw_redis_reply *reply, const char **why, gw_redis_pool *pool, const gw_redis_target *target,
                          const char *const *words, int n, gw_redis_repeat repeat, apr_pool_t *p);

#endif
