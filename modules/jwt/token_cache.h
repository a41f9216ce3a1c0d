/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_cache.h - tokens whose signature was found good: verification is cached, decisions never.
 *
 * Maps the exact bytes of a token to its parsed parts and to the credential (id, version) under which its signature
 * was good. A changed or deleted credential has another version or none, so nothing needs to be invalidated. Expiry,
 * consumer and config are judged anew on each request. One per child; threads: any.
 */
#ifndef GW_JWT_TOKEN_CACHE_H
#define GW_JWT_TOKEN_CACHE_H

#include "cache.h"
#include "jwt_token.h"

typedef struct gw_token_cache gw_token_cache;

typedef struct gw_verified_token {
    json_t *header, *payload;
    const char *credential_id;
    apr_uint64_t credential_version;
    int secret_is_base64;
} gw_verified_token;

/* At most about `entries` tokens of usual size, or fewer that take as much memory. In p. */
gw_token_cache *gw_token_cache_make(int entries, apr_pool_t *p);
/* The entry for these bytes, held until p dies; NULL when there is none, then *ticket is for gw_token_cache_put. */
const gw_verified_token *gw_token_cache_get(apr_uint64_t *ticket, gw_token_cache *cache, const char *token,
                                            size_t len, apr_pool_t *p);
/* Forget these bytes; returns the ticket for putting them anew. */
apr_uint64_t gw_token_cache_drop(gw_token_cache *cache, const char *token, size_t len);
/* Remember that this token's signature is good. Strings are copied; JSON is shared, and walked here for what memory it
 * takes. */
void gw_token_cache_put(gw_token_cache *cache, const char *token, size_t len, const gw_verified_token *verified,
                        apr_uint64_t ticket);

#endif
