/* SPDX-License-Identifier: Apache-2.0 */
/* session_cache.c - base's bounded cache with reference-counted cookies as values. */
#include "session_cache.h"

#include <stdlib.h>
#include <string.h>
#include <apr_atomic.h>
#include <apr_strings.h>

#define USUAL_BYTES 768 /* what a cookie of usual size costs */

struct gw_session_cache {
    gw_cache *cache;
};

typedef struct entry {
    gw_opened_cookie opened; /* its strings lie behind the entry */
    volatile apr_uint32_t refs;
    char text[];
} entry;

typedef struct cookie_key {
    apr_size_t len;
    char bytes[sizeof(((gw_session_keys *)0)->name) + GW_SESSION_COOKIE_MAX];
} cookie_key;

static void retain(void *value)
{
    apr_atomic_inc32(&((entry *)value)->refs);
}

static void release(void *value)
{
    if (apr_atomic_dec32(&((entry *)value)->refs) == 0)
        free(value);
}

static apr_status_t release_cleanup(void *value)
{
    release(value);
    return APR_SUCCESS;
}

/* 0: too long for any cookie of ours. */
static int make_key(cookie_key *key, const gw_session_keys *keys, const char *value, apr_size_t len)
{
    if (len > GW_SESSION_COOKIE_MAX)
        return 0;
    memcpy(key->bytes, keys->name, sizeof(keys->name));
    memcpy(key->bytes + sizeof(keys->name), value, len);
    key->len = sizeof(keys->name) + len;
    return 1;
}

/* Copies *text to *at; *at moves behind it. */
static const char *put_text(char **at, const char *text)
{
    apr_size_t bytes = strlen(text) + 1;
    char *copy = memcpy(*at, text, bytes);

    *at += bytes;
    return copy;
}

gw_session_cache *gw_session_cache_make(int entries, apr_pool_t *p)
{
    gw_session_cache *cache = apr_palloc(p, sizeof(*cache));
    gw_cache_options options = { .max_bytes = (apr_size_t)entries * USUAL_BYTES, .retain = retain, .release = release };

    cache->cache = gw_cache_make(&options, p);
    return cache->cache != NULL ? cache : NULL;
}

const gw_opened_cookie *gw_session_cache_get(apr_uint64_t *ticket, gw_session_cache *cache,
                                             const gw_session_keys *keys, const char *value, apr_size_t len,
                                             apr_pool_t *p)
{
    cookie_key key;
    void *found;

    if (!make_key(&key, keys, value, len) ||
        gw_cache_get(&found, ticket, cache->cache, key.bytes, key.len, 0) != APR_SUCCESS)
        return NULL;
    apr_pool_cleanup_register(p, found, release_cleanup, apr_pool_cleanup_null);
    return &((entry *)found)->opened;
}

void gw_session_cache_put(gw_session_cache *cache, const gw_session_keys *keys, const char *value, apr_size_t len,
                          const gw_opened_cookie *opened, apr_uint64_t ticket)
{
    const gw_session_data *data = &opened->data;
    apr_size_t bytes = strlen(opened->id_text) + strlen(opened->row_key) + strlen(data->consumer_id) +
                       strlen(data->entity) + strlen(data->credential_id) + 5;
    cookie_key key;
    entry *e;
    char *at;

    if (!make_key(&key, keys, value, len) || (e = malloc(sizeof(*e) + bytes)) == NULL)
        return; /* only a cache */
    e->opened.stamp = opened->stamp;
    at = e->text;
    e->opened.id_text = put_text(&at, opened->id_text);
    e->opened.row_key = put_text(&at, opened->row_key);
    e->opened.data.consumer_id = put_text(&at, data->consumer_id);
    e->opened.data.entity = put_text(&at, data->entity);
    e->opened.data.credential_id = put_text(&at, data->credential_id);
    e->refs = 1;
    gw_cache_put(cache->cache, key.bytes, key.len, NULL, e, sizeof(*e) + bytes, ticket, 0);
    release(e);
}
