/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - shards of hash tables with two least-recently-used lists each: values, and keys known to be absent.
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

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <apr_thread_mutex.h>

#include "keyed_hash.h"
#include "text.h"

#define MAX_SHARDS 64
#define SHARD_BYTES (64 * 1024) /* a smaller share would refuse ordinary values: then there are fewer shards */
#define FIRST_BUCKETS 16
#define KEY_DROPS 64            /* per shard */
#define TAG_DROPS 1024
#define MISS_SHARE 8            /* negative entries may take this part of the bytes */

typedef struct entry entry;

/* A place in a chain whose head is a bucket. */
typedef struct chain_link {
    entry *next;
    entry **from; /* what points here; NULL = in no chain */
} chain_link;

struct entry {
    chain_link key_link, tag_link;
    entry *newer, *older;
    apr_uint64_t key_hash, tag_hash;
    void *value;        /* NULL = known to be absent */
    apr_time_t expires; /* 0 = never */
    apr_size_t bytes;
    apr_size_t key_len;
    apr_size_t tag_len; /* 0 = none */
    char text[];        /* key, then tag */
};

/* A list in order of use, and its bounds. */
typedef struct use_list {
    entry *newest, *oldest;
    apr_size_t count, bytes, max_count, max_bytes;
} use_list;

typedef struct shard {
    apr_thread_mutex_t *lock;
    entry **by_key, **by_tag;
    apr_size_t buckets;
    use_list values, misses;
    apr_uint64_t hits, unknown, evictions;
    apr_uint64_t key_drops[KEY_DROPS]; /* `sequence` of the last drop of such a key */
} __attribute__((aligned(64))) shard;

struct gw_cache {
    gw_cache_options options;
    gw_hash_seed seed;
    apr_size_t nshards; /* a power of two */
    shard *shards;
    apr_uint64_t sequence;             /* atomic */
    apr_thread_mutex_t *drops_lock;    /* writers of the next two; never taken inside a shard's lock */
    apr_uint64_t tag_drops[TAG_DROPS]; /* atomic */
    apr_uint64_t cleared;              /* atomic */
};

/* ---- chains and lists ---- */

static void chain_insert(entry **bucket, entry *e, size_t link_offset)
{
    chain_link *link = (chain_link *)((char *)e + link_offset);

    link->next = *bucket;
    link->from = bucket;
    if (link->next != NULL)
        ((chain_link *)((char *)link->next + link_offset))->from = &link->next;
    *bucket = e;
}

static void chain_remove(entry *e, size_t link_offset)
{
    chain_link *link = (chain_link *)((char *)e + link_offset);

    if (link->from == NULL)
        return;
    *link->from = link->next;
    if (link->next != NULL)
        ((chain_link *)((char *)link->next + link_offset))->from = link->from;
    link->from = NULL;
}

#define BY_KEY offsetof(entry, key_link)
#define BY_TAG offsetof(entry, tag_link)

static void list_insert(use_list *list, entry *e)
{
    e->newer = NULL;
    e->older = list->newest;
    if (list->newest != NULL)
        list->newest->newer = e;
    else
        list->oldest = e;
    list->newest = e;
    list->count++;
    list->bytes += e->bytes;
}

static void list_remove(use_list *list, entry *e)
{
    if (e->newer != NULL)
        e->newer->older = e->older;
    else
        list->newest = e->older;
    if (e->older != NULL)
        e->older->newer = e->newer;
    else
        list->oldest = e->newer;
    list->count--;
    list->bytes -= e->bytes;
}

/* ---- entries in a locked shard ---- */

static use_list *list_of(shard *sh, const entry *e)
{
    return e->value != NULL ? &sh->values : &sh->misses;
}

static void link_entry(shard *sh, entry *e)
{
    apr_size_t mask = sh->buckets - 1;

    chain_insert(&sh->by_key[e->key_hash & mask], e, BY_KEY);
    if (e->tag_len > 0)
        chain_insert(&sh->by_tag[e->tag_hash & mask], e, BY_TAG);
}

/* Take e out and put it on the list of those to be freed when the lock is given back. */
static void remove_entry(shard *sh, entry *e, entry **dead)
{
    chain_remove(e, BY_KEY);
    chain_remove(e, BY_TAG);
    list_remove(list_of(sh, e), e);
    e->older = *dead;
    *dead = e;
}

static entry *find_entry(const shard *sh, apr_uint64_t hash, const void *key, apr_size_t len)
{
    entry *e = sh->by_key[hash & (sh->buckets - 1)];

    while (e != NULL && !(e->key_hash == hash && gw_secure_is_equal(e->text, e->key_len, key, len)))
        e = e->key_link.next;
    return e;
}

/* Double the tables; without memory for it chains grow longer, and nothing else happens. */
static void grow_tables(shard *sh)
{
    use_list *lists[] = { &sh->values, &sh->misses };
    apr_size_t buckets = sh->buckets * 2;
    entry **by_key = calloc(buckets, sizeof(*by_key)), **by_tag = calloc(buckets, sizeof(*by_tag)), *e;
    int i;

    if (by_key == NULL || by_tag == NULL) {
        free(by_key);
        free(by_tag);
        return;
    }
    free(sh->by_key);
    free(sh->by_tag);
    sh->by_key = by_key;
    sh->by_tag = by_tag;
    sh->buckets = buckets;
    for (i = 0; i < 2; i++)
        for (e = lists[i]->oldest; e != NULL; e = e->newer)
            link_entry(sh, e);
}

static void evict_surplus(shard *sh, use_list *list, entry **dead)
{
    while (list->count > list->max_count || list->bytes > list->max_bytes) {
        remove_entry(sh, list->oldest, dead);
        sh->evictions++;
    }
}

static void insert_entry(shard *sh, entry *e, entry **dead)
{
    entry *old = find_entry(sh, e->key_hash, e->text, e->key_len);

    if (old != NULL)
        remove_entry(sh, old, dead);
    if (sh->values.count + sh->misses.count >= sh->buckets)
        grow_tables(sh);
    link_entry(sh, e);
    list_insert(list_of(sh, e), e);
    evict_surplus(sh, list_of(sh, e), dead);
}

static void remove_all(shard *sh, entry **dead)
{
    while (sh->values.oldest != NULL)
        remove_entry(sh, sh->values.oldest, dead);
    while (sh->misses.oldest != NULL)
        remove_entry(sh, sh->misses.oldest, dead);
}

/* ---- outside the locks ---- */

static void free_entries(const gw_cache *cache, entry *dead)
{
    while (dead != NULL) {
        entry *next = dead->older;

        if (dead->value != NULL && cache->options.release != NULL)
            cache->options.release(dead->value);
        free(dead);
        dead = next;
    }
}

static shard *shard_of(const gw_cache *cache, apr_uint64_t hash)
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
static int is_outdated(const gw_cache *cache, const shard *sh, const entry *e, apr_uint64_t ticket)
{
    if (sh->key_drops[drop_slot(e->key_hash, KEY_DROPS)] > ticket)
        return 1;
    if (__atomic_load_n(&cache->cleared, __ATOMIC_ACQUIRE) > ticket)
        return 1;
    return e->tag_len > 0 &&
           __atomic_load_n(&cache->tag_drops[drop_slot(e->tag_hash, TAG_DROPS)], __ATOMIC_ACQUIRE) > ticket;
}

static entry *make_entry(const gw_cache *cache, const void *key, apr_size_t len, const char *tag, void *value,
                         apr_size_t bytes, apr_time_t now)
{
    apr_interval_time_t ttl = value != NULL ? cache->options.ttl : cache->options.miss_ttl;
    apr_size_t tag_len = tag != NULL ? strlen(tag) : 0;
    entry *e = calloc(1, sizeof(*e) + len + tag_len);

    if (e == NULL)
        return NULL;
    e->key_hash = gw_keyed_hash(&cache->seed, key, len);
    e->tag_hash = gw_keyed_hash(&cache->seed, tag, tag_len);
    e->value = value;
    e->expires = ttl > 0 ? now + ttl : 0;
    e->bytes = sizeof(*e) + len + tag_len + bytes;
    e->key_len = len;
    e->tag_len = tag_len;
    memcpy(e->text, key, len);
    if (tag_len > 0)
        memcpy(e->text + len, tag, tag_len);
    return e;
}

static int init_shard(shard *sh, const gw_cache_options *options, apr_size_t nshards, apr_pool_t *p)
{
    apr_size_t bytes = options->max_bytes / nshards;

    sh->buckets = FIRST_BUCKETS;
    sh->by_key = calloc(FIRST_BUCKETS, sizeof(*sh->by_key));
    sh->by_tag = calloc(FIRST_BUCKETS, sizeof(*sh->by_tag));
    sh->misses.max_count = (options->max_misses + nshards - 1) / nshards;
    sh->misses.max_bytes = sh->misses.max_count > 0 ? bytes / MISS_SHARE : 0;
    sh->values.max_count = APR_SIZE_MAX;
    sh->values.max_bytes = bytes - sh->misses.max_bytes;
    return sh->by_key != NULL && sh->by_tag != NULL &&
           apr_thread_mutex_create(&sh->lock, APR_THREAD_MUTEX_DEFAULT, p) == APR_SUCCESS;
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
    cache->shards = aligned_alloc(64, cache->nshards * sizeof(shard));
    if (cache->shards == NULL) {
        free(cache);
        return NULL;
    }
    memset(cache->shards, 0, cache->nshards * sizeof(shard));
    for (i = 0; i < cache->nshards; i++)
        good &= init_shard(&cache->shards[i], options, cache->nshards, p);
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
        shard *sh = &cache->shards[i];
        entry *dead = NULL;

        remove_all(sh, &dead);
        free_entries(cache, dead);
        free(sh->by_key);
        free(sh->by_tag);
        if (sh->lock != NULL)
            apr_thread_mutex_destroy(sh->lock);
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
    shard *sh = shard_of(cache, hash);
    apr_status_t rv;
    entry *e, *dead = NULL;

    apr_thread_mutex_lock(sh->lock);
    e = find_entry(sh, hash, key, len);
    if (e != NULL && e->expires != 0 && e->expires <= now) {
        remove_entry(sh, e, &dead);
        e = NULL;
    }
    if (e == NULL) {
        *ticket = __atomic_load_n(&cache->sequence, __ATOMIC_ACQUIRE);
        sh->unknown++;
        rv = APR_INCOMPLETE;
    }
    else {
        list_remove(list_of(sh, e), e);
        list_insert(list_of(sh, e), e);
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
    entry *dead = NULL, *e = make_entry(cache, key, len, tag, value, bytes, now);
    use_list *list;
    shard *sh;
    int is_refused;

    if (e == NULL)
        return APR_ENOMEM;
    sh = shard_of(cache, e->key_hash);
    list = list_of(sh, e);
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
        insert_entry(sh, e, &dead);
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
    shard *sh = shard_of(cache, hash);
    entry *e, *dead = NULL;

    apr_thread_mutex_lock(sh->lock);
    /* Raised inside the lock: positions written into one shard only grow. */
    sh->key_drops[drop_slot(hash, KEY_DROPS)] = next_position(cache);
    if ((e = find_entry(sh, hash, key, len)) != NULL)
        remove_entry(sh, e, &dead);
    apr_thread_mutex_unlock(sh->lock);
    free_entries(cache, dead);
}

void gw_cache_drop_tag(gw_cache *cache, const char *tag)
{
    apr_size_t i, len = strlen(tag);
    apr_uint64_t hash = gw_keyed_hash(&cache->seed, tag, len);
    entry *dead = NULL;

    apr_thread_mutex_lock(cache->drops_lock);
    __atomic_store_n(&cache->tag_drops[drop_slot(hash, TAG_DROPS)], next_position(cache), __ATOMIC_RELEASE);
    apr_thread_mutex_unlock(cache->drops_lock);
    for (i = 0; i < cache->nshards; i++) {
        shard *sh = &cache->shards[i];
        entry *e, *next;

        apr_thread_mutex_lock(sh->lock);
        for (e = sh->by_tag[hash & (sh->buckets - 1)]; e != NULL; e = next) {
            next = e->tag_link.next;
            if (e->tag_hash == hash && e->tag_len == len && memcmp(e->text + e->key_len, tag, len) == 0)
                remove_entry(sh, e, &dead);
        }
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
        entry *dead = NULL;

        apr_thread_mutex_lock(cache->shards[i].lock);
        remove_all(&cache->shards[i], &dead);
        apr_thread_mutex_unlock(cache->shards[i].lock);
        free_entries(cache, dead);
    }
}

void gw_cache_read_stats(gw_cache_stats *stats, gw_cache *cache)
{
    apr_size_t i;

    memset(stats, 0, sizeof(*stats));
    for (i = 0; i < cache->nshards; i++) {
        shard *sh = &cache->shards[i];

        apr_thread_mutex_lock(sh->lock);
        stats->entries += sh->values.count + sh->misses.count;
        stats->bytes += sh->values.bytes + sh->misses.bytes;
        stats->hits += sh->hits;
        stats->misses += sh->unknown;
        stats->evictions += sh->evictions;
        apr_thread_mutex_unlock(sh->lock);
    }
}
