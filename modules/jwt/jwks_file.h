/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwks_file.h - the last good key set of each issuer on disk: children share what one has fetched, and those born while
 * the issuer is down have it. One file an issuer below GwStateDir, whose modification time says when it was fetched.
 */
#ifndef GW_JWT_JWKS_FILE_H
#define GW_JWT_JWKS_FILE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

#include "jwks.h"

/* The set of `url`, if it was fetched later than `after`; *fetched: when. APR_NOTFOUND: there is none, or no good one.
 * *set: new. */
apr_status_t gw_jwks_file_load(gw_jwks **set, apr_time_t *fetched, apr_time_t after, const char *dir, const char *url,
                               apr_pool_t *ptemp);
/* Keep these bytes; a reader sees the old or the new ones whole. */
apr_status_t gw_jwks_file_save(const char *dir, const char *url, const char *body, apr_size_t len, apr_pool_t *ptemp);
/* Remove what was last fetched before then. */
void gw_jwks_file_sweep(const char *dir, apr_time_t before, apr_pool_t *ptemp);

#endif
