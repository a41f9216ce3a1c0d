/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit_redis.h - requests counted in Redis, by one script, so that all nodes count together.
 *
 * As Kong does it: the question itself counts, refused requests too. Keys are Kong's,
 * ratelimit:ROUTE:SERVICE:IDENTIFIER:START_MS:PERIOD, and go when their window is over. Pure.
 */
#ifndef GW_RATELIMIT_REDIS_H
#define GW_RATELIMIT_REDIS_H

#include "limit_key.h"
#include "redis_pool.h"

/* Count one request against all limits of `usage` (begun): used and is_over are set. Not APR_SUCCESS: not counted, *why
 * says why, for the log. */
apr_status_t gw_limit_redis_take(gw_usage *usage, const char **why, gw_redis_pool *pool, const gw_redis_target *target,
                                 const gw_limit_key *key, apr_pool_t *p);

#endif
