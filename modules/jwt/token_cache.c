/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_cache.c - base's bounded cache with reference-counted token parts as values. What a part costs is the heap that
 * its tree takes, not the length of its text: `{}` in a list is 3 bytes of the one and over 200 of the other.
 */
#include "token_cache.h"

#include <stdlib.h>
#include <string.h>
#include <apr_atomic.h>

/* What a token of usual size costs: half a KiB as the key, a header of two members and a payload of eight. */
#define USUAL_BYTES 2560

/* What jansson's values take of glibc's heap, its rounding included (token_cache_test.c measures them). */
#define OBJECT_BYTES 240
#define MEMBER_BYTES 104 /* and the name */
#define ARRAY_BYTES 128
#define ELEMENT_BYTES 16
#define STRING_BYTES 80 /* and the text */
#define NUMBER_BYTES 32

struct gw_token_cache {
    gw_cache *cache;
};

typedef struct entry {
    gw_verified_token token;
    volatile apr_uint32_t refs;
    char credential_id[];
} entry;

/* The heap bytes of a value. Recursion ends where the parser's limit on depth does. */
static size_t cost_of(const json_t *value)
{
    const char *name;
    const json_t *one;
    size_t bytes, i;

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        bytes = OBJECT_BYTES;
        json_object_foreach((json_t *)value, name, one)
            bytes += MEMBER_BYTES + strlen(name) + cost_of(one);
        return bytes;
    case JSON_ARRAY:
        bytes = ARRAY_BYTES;
        json_array_foreach(value, i, one)
            bytes += ELEMENT_BYTES + cost_of(one);
        return bytes;
    case JSON_STRING:
        return STRING_BYTES + json_string_length(value);
    case JSON_INTEGER:
    case JSON_REAL:
        return NUMBER_BYTES;
    default: /* true, false, null: there is one of each */
        return 0;
    }
}

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
    size_t id_bytes = strlen(verified->credential_id) + 1, bytes = sizeof(entry) + id_bytes;
    entry *e = malloc(bytes);

    if (e == NULL)
        return; /* only a cache */
    e->token = *verified;
    json_incref(e->token.header);
    json_incref(e->token.payload);
    memcpy(e->credential_id, verified->credential_id, id_bytes);
    e->token.credential_id = e->credential_id;
    e->refs = 1;
    bytes += cost_of(verified->header) + cost_of(verified->payload);
    gw_cache_put(cache->cache, token, len, NULL, e, bytes, ticket, 0);
    release(e);
}
