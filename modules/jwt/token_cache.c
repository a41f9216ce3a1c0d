/* SPDX-License-Identifier: Apache-2.0 */
/* token_cache.c - base's bounded cache with reference-counted token parts as values. */
#include "token_cache.h"

#include <stdlib.h>
#include <string.h>
#include <apr_atomic.h>

/* What a token of usual size costs: its bytes as the key, and about as much again, twice, as JSON. */
#define USUAL_BYTES 2048

struct gw_token_cache {
    gw_cache *cache;
};

typedef struct entry {
    gw_verified_token token;
    volatile apr_uint32_t refs;
    char credential_id[];
} entry;

static void retain(void *value)
{
    apr_atomic_inc32(&((entry *)value)->refs);
}

static void release(void *value)
{
    entry *e = value;

    if (apr_atomic_dec32(&e->refs) != 0)
        return;
    json_decref(e->token.header);
    json_decref(e->token.payload);
    free(e);
}

static apr_status_t release_cleanup(void *value)
{
    release(value);
    return APR_SUCCESS;
}

gw_token_cache *gw_token_cache_make(int entries, apr_pool_t *p)
{
    gw_token_cache *cache = apr_palloc(p, sizeof(*cache));
    gw_cache_options options = { .max_bytes = (apr_size_t)entries * USUAL_BYTES, .retain = retain, .release = release };

    cache->cache = gw_cache_make(&options, p);
    return cache;
}

const gw_verified_token *gw_token_cache_get(apr_uint64_t *ticket, gw_token_cache *cache, const char *token,
                                            size_t len, apr_pool_t *p)
{
    void *value;

    if (gw_cache_get(&value, ticket, cache->cache, token, len, 0) != APR_SUCCESS)
        return NULL;
    apr_pool_cleanup_register(p, value, release_cleanup, apr_pool_cleanup_null);
    return &((entry *)value)->token;
}

apr_uint64_t gw_token_cache_drop(gw_token_cache *cache, const char *token, size_t len)
{
    apr_uint64_t ticket = 0;
    void *value;

    gw_cache_drop_key(cache->cache, token, len);
    if (gw_cache_get(&value, &ticket, cache->cache, token, len, 0) == APR_SUCCESS)
        release(value); /* another thread was quicker; its entry is as good as ours */
    return ticket;
}

void gw_token_cache_put(gw_token_cache *cache, const char *token, size_t len, const gw_verified_token *verified,
                        apr_uint64_t ticket)
{
    size_t id_bytes = strlen(verified->credential_id) + 1;
    entry *e = malloc(sizeof(*e) + id_bytes);

    if (e == NULL)
        return; /* only a cache */
    e->token = *verified;
    json_incref(e->token.header);
    json_incref(e->token.payload);
    memcpy(e->credential_id, verified->credential_id, id_bytes);
    e->token.credential_id = e->credential_id;
    e->refs = 1;
    gw_cache_put(cache->cache, token, len, NULL, e, sizeof(*e) + id_bytes + 2 * len, ticket, 0);
    release(e);
}
