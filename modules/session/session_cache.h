/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_cache.h - cookies that were found good: verification is cached, decisions never.
 *
 * Maps the exact bytes of a cookie, under the keys that it was opened with, to what stands in it and, for sessions with
 * a row, in that row's sealed part, which never changes. Times, rows, credentials and consumers are judged anew on each
 * request. One per child; threads: any. Pure.
 */
#ifndef GW_SESSION_CACHE_H
#define GW_SESSION_CACHE_H

#include "cache.h"
#include "session_cookie.h"

typedef struct gw_session_cache gw_session_cache;

typedef struct gw_opened_cookie {
    gw_session_stamp stamp;
    gw_session_data data;
    const char *id_text; /* gw_session_id_text */
    const char *row_key; /* gw_session_row_key; "" where there is no row */
} gw_opened_cookie;

/* At most about `entries` cookies. In p. */
gw_session_cache *gw_session_cache_make(int entries, apr_pool_t *p);
/* Held until p dies; NULL when it is not known, then *ticket is for gw_session_cache_put. */
const gw_opened_cookie *gw_session_cache_get(apr_uint64_t *ticket, gw_session_cache *cache,
                                             const gw_session_keys *keys, const char *value, apr_size_t len,
                                             apr_pool_t *p);
/* Strings are copied. */
void gw_session_cache_put(gw_session_cache *cache, const gw_session_keys *keys, const char *value, apr_size_t len,
                          const gw_opened_cookie *opened, apr_uint64_t ticket);

#endif
