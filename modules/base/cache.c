/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - locks, tickets and references around shards (cache_shard.c), which hold values and keys known to be absent.
 *
 *   cache --- sequence, tag_drops[], cleared           tickets are positions of `sequence`
 *     +-- shard (chosen by the hash's upper bits), one lock each
 *           +-- by_key[]: chains of entries            +-- key_drops[]
 *           +-- by_tag[]: chains of tagged entries
 *           +-- values, misses: lists, latest use first
 *
 * Why no old row survives its change: a drop raises `sequence` and writes it down (key_drops, tag_drops, cleared)
 * before it leaves the shard's lock; a fill looks there under the same lock and is refused when something is newer
 * than its ticket. So a fill either comes first and is removed, or comes later and sees the drop. The tables of drops
 * are hashed: two keys may share a place, which refuses a fill too many, never one too few.
 */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "cache_shard.h"
#include "keyed_hash.h"

#define MAX_SHARDS 64
#define SHARD_BYTES (64 * 1024) /* a smaller share would refuse ordinary values: then there are fewer shards */
#define TAG_DROPS 1024

struct gw_cache {
    gw_cache_options options;
    gw_hash_seed seed;
    apr_size_t nshards; /* a power of two */
    gw_cache_shard *shards;
    apr_uint64_t sequence;             /* atomic */
    apr_thread_mutex_t *drops_lock;    /* writers of the next two; never taken inside a shard's lock */
    apr_uint64_t tag_drops[TAG_DROPS]; /* atomic */
    apr_uint64_t cleared;              /* atomic */
};

/* ---- outside the locks ---- */

static void free_entries(const gw_cache *cache, gw_cache_entry *dead)
{
    while (dead != NULL) {
        gw_cache_entry *next = dead->older;

        if (dead->value != NULL && cache->options.release != NULL)
            cache->options.release(dead->value);
        free(dead);
        dead = next;
    }
}

static gw_cache_shard *shard_of(const gw_cache *cache, apr_uint64_t hash)
{
    return &cache->shards[hash >> 48 & (cache->nshards - 1)];
}

/* Where drops of this key are noted; other bits than bucket and shard use. */
static apr_size_t drop_slot(apr_uint64_t hash, apr_size_t slots)
{
    return hash >> 32 & (slots - 1);
}

static apr_uint64_t next_position(gw_cache *cache)
{
    return __atomic_add_fetch(&cache->sequence, 1, __ATOMIC_ACQ_REL);
}

/* With the shard locked. */
static int is_outdated(const gw_cache *cache, const gw_cache_shard *sh, const gw_cache_entry *e, apr_uint64_t ticket)
{
    if (sh->key_drops[drop_slot(e->key_hash, GW_SHARD_KEY_DROPS)] > ticket)
        return 1;
    if (__atomic_load_n(&cache->cleared, __ATOMIC_ACQUIRE) > ticket)
        return 1;
    return e->tag_len > 0 &&
           __atomic_load_n(&cache->tag_drops[drop_slot(e->tag_hash, TAG_DROPS)], __ATOMIC_ACQUIRE) > ticket;
}

static gw_cache_entry *make_entry(const gw_cache *cache, const void *key, apr_size_t len, const char *tag, void *value,
                         apr_size_t bytes, apr_time_t now)
{
    apr_interval_time_t ttl = value != NULL ? cache->options.ttl : cache->options.miss_ttl;
    apr_size_t tag_len = tag != NULL ? strlen(tag) : 0;
    gw_cache_entry *e = calloc(1, sizeof(*e) + len + tag_len);

    if (e == NULL)
        return NULL;
    e->key_hash = gw_keyed_hash(&cache->seed, key, len);
    e->tag_hash = gw_keyed_hash(&cache->seed, tag, tag_len);
    e->value = value;
    e->expires = ttl > 0 ? now + ttl : 0;
    e->bytes = sizeof(*e) + len + tag_len + bytes;
    e->key_len = (apr_uint32_t)len;
    e->tag_len = tag_len;
    memcpy(e->text, key, len);
    if (tag_len > 0)
        memcpy(e->text + len, tag, tag_len);
    return e;
}

/* ---- entry points ---- */

gw_cache *gw_cache_make(const gw_cache_options *options, apr_pool_t *p)
{
    gw_cache *cache = calloc(1, sizeof(*cache));
    apr_size_t i;
    int good;

    if (cache == NULL)
        return NULL;
    cache->options = *options;
    gw_hash_seed_make(&cache->seed);
    cache->nshards = 1;
    while (cache->nshards < MAX_SHARDS && options->max_bytes / cache->nshards / 2 >= SHARD_BYTES)
        cache->nshards *= 2;
    good = apr_thread_mutex_create(&cache->drops_lock, APR_THREAD_MUTEX_DEFAULT, p) == APR_SUCCESS;
    cache->shards = aligned_alloc(64, cache->nshards * sizeof(gw_cache_shard));
    if (cache->shards == NULL) {
        free(cache);
        return NULL;
    }
    memset(cache->shards, 0, cache->nshards * sizeof(gw_cache_shard));
    for (i = 0; i < cache->nshards; i++)
        good &= gw_shard_init(&cache->shards[i], options, cache->nshards, p);
    if (!good) {
        gw_cache_destroy(cache);
        return NULL;
    }
    return cache;
}

void gw_cache_destroy(gw_cache *cache)
{
    apr_size_t i;

    for (i = 0; i < cache->nshards; i++) {
        gw_cache_shard *sh = &cache->shards[i];
        gw_cache_entry *dead = NULL;

        gw_shard_remove_all(sh, &dead);
        free_entries(cache, dead);
        gw_shard_close(sh);
    }
    if (cache->drops_lock != NULL)
        apr_thread_mutex_destroy(cache->drops_lock);
    free(cache->shards);
    free(cache);
}

apr_status_t gw_cache_get(void **value, apr_uint64_t *ticket, gw_cache *cache, const void *key, apr_size_t len,
                          apr_time_t now)
{
    apr_uint64_t hash = gw_keyed_hash(&cache->seed, key, len);
    gw_cache_shard *sh = shard_of(cache, hash);
    apr_status_t rv;
    gw_cache_entry *e, *dead = NULL;

    apr_thread_mutex_lock(sh->lock);
    e = gw_shard_find(sh, hash, key, len);
    if (e != NULL && e->expires != 0 && e->expires <= now) {
        gw_shard_remove(sh, e, &dead);
        e = NULL;
    }
    if (e == NULL) {
        *ticket = __atomic_load_n(&cache->sequence, __ATOMIC_ACQUIRE);
        sh->unknown++;
        rv = APR_INCOMPLETE;
    }
    else {
        gw_shard_touch(sh, e);
        sh->hits++;
        rv = e->value != NULL ? APR_SUCCESS : APR_NOTFOUND;
        if (e->value != NULL) {
            if (cache->options.retain != NULL)
                cache->options.retain(e->value);
            *value = e->value;
        }
    }
    apr_thread_mutex_unlock(sh->lock);
    free_entries(cache, dead);
    return rv;
}

apr_status_t gw_cache_put(gw_cache *cache, const void *key, apr_size_t len, const char *tag, void *value,
                          apr_size_t bytes, apr_uint64_t ticket, apr_time_t now)
{
    gw_cache_entry *dead = NULL, *e = make_entry(cache, key, len, tag, value, bytes, now);
    gw_cache_list *list;
    gw_cache_shard *sh;
    int is_refused;

    if (e == NULL)
        return APR_ENOMEM;
    sh = shard_of(cache, e->key_hash);
    list = gw_shard_list(sh, e);
    if (e->bytes > list->max_bytes || list->max_count == 0) {
        free(e);
        return APR_EGENERAL;
    }
    /* The reference is the entry's from here on: while it is in the table another thread may drop it. */
    if (value != NULL && cache->options.retain != NULL)
        cache->options.retain(value);
    apr_thread_mutex_lock(sh->lock);
    is_refused = is_outdated(cache, sh, e, ticket);
    if (!is_refused)
        gw_shard_insert(sh, e, &dead);
    apr_thread_mutex_unlock(sh->lock);
    if (is_refused) {
        e->older = NULL;
        dead = e;
    }
    free_entries(cache, dead);
    return is_refused ? APR_EGENERAL : APR_SUCCESS;
}

void gw_cache_drop_key(gw_cache *cache, const void *key, apr_size_t len)
{
    apr_uint64_t hash = gw_keyed_hash(&cache->seed, key, len);
    gw_cache_shard *sh = shard_of(cache, hash);
    gw_cache_entry *e, *dead = NULL;

    apr_thread_mutex_lock(sh->lock);
    /* Raised inside the lock: positions written into one shard only grow. */
    sh->key_drops[drop_slot(hash, GW_SHARD_KEY_DROPS)] = next_position(cache);
    if ((e = gw_shard_find(sh, hash, key, len)) != NULL)
        gw_shard_remove(sh, e, &dead);
    apr_thread_mutex_unlock(sh->lock);
    free_entries(cache, dead);
}

void gw_cache_drop_tag(gw_cache *cache, const char *tag)
{
    apr_size_t i, len = strlen(tag);
    apr_uint64_t hash = gw_keyed_hash(&cache->seed, tag, len);
    gw_cache_entry *dead = NULL;

    apr_thread_mutex_lock(cache->drops_lock);
    __atomic_store_n(&cache->tag_drops[drop_slot(hash, TAG_DROPS)], next_position(cache), __ATOMIC_RELEASE);
    apr_thread_mutex_unlock(cache->drops_lock);
    for (i = 0; i < cache->nshards; i++) {
        gw_cache_shard *sh = &cache->shards[i];

        apr_thread_mutex_lock(sh->lock);
        gw_shard_remove_tag(sh, hash, tag, len, &dead);
        apr_thread_mutex_unlock(sh->lock);
    }
    free_entries(cache, dead);
}

void gw_cache_clear(gw_cache *cache)
{
    apr_size_t i;

    apr_thread_mutex_lock(cache->drops_lock);
    __atomic_store_n(&cache->cleared, next_position(cache), __ATOMIC_RELEASE);
    apr_thread_mutex_unlock(cache->drops_lock);
    for (i = 0; i < cache->nshards; i++) {
        gw_cache_entry *dead = NULL;

        apr_thread_mutex_lock(cache->shards[i].lock);
        gw_shard_remove_all(&cache->shards[i], &dead);
        apr_thread_mutex_unlock(cache->shards[i].lock);
        free_entries(cache, dead);
    }
}

void gw_cache_read_stats(gw_cache_stats *stats, gw_cache *cache)
{
    apr_size_t i;

    memset(stats, 0, sizeof(*stats));
    for (i = 0; i < cache->nshards; i++) {
        gw_cache_shard *sh = &cache->shards[i];

        apr_thread_mutex_lock(sh->lock);
        stats->entries += sh->values.count + sh->misses.count;
        stats->bytes += sh->values.bytes + sh->misses.bytes;
        stats->hits += sh->hits;
        stats->misses += sh->unknown;
        stats->evictions += sh->evictions;
        apr_thread_mutex_unlock(sh->lock);
    }
}
