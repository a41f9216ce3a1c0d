/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verified_pairs.h - names and passwords that were found good a moment ago, so that a login hashes once.
 *
 * What is remembered is a digest, keyed by a random number of this process, of credential, its version and password:
 * the memory of a server tells no password, and a changed or deleted credential has another version or none, so nothing
 * needs to be invalidated. Wrong passwords are not remembered. One per child; threads: any. Pure.
 */
#ifndef GW_BASICAUTH_VERIFIED_PAIRS_H
#define GW_BASICAUTH_VERIFIED_PAIRS_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct gw_verified_pairs gw_verified_pairs;

/* What a pair is known by. */
typedef struct gw_pair_mark {
    unsigned char bytes[32];
} gw_pair_mark;

/* At most about `max` pairs, each for `ttl` from when it was put. In p; never freed, for requests may look
 * things up until the process ends. */
gw_verified_pairs *gw_verified_pairs_make(apr_size_t max, apr_interval_time_t ttl, apr_pool_t *p);
void gw_pair_mark_make(gw_pair_mark *mark, const gw_verified_pairs *pairs, const char *credential_id,
                       apr_uint64_t version, const char *password);
int gw_verified_pairs_has(gw_verified_pairs *pairs, const gw_pair_mark *mark, apr_time_t now);
void gw_verified_pairs_put(gw_verified_pairs *pairs, const gw_pair_mark *mark, apr_time_t now);

#endif
