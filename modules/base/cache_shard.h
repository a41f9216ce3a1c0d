/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache_shard.h - one shard of a cache: hash tables by key and by tag, and two lists in order of use. For cache.c only.
 *
 * Knows no time, no tickets and no values: whoever calls holds the shard's lock and releases what was removed once it
 * has given the lock back.
 */
#ifndef GW_BASE_CACHE_SHARD_H
#define GW_BASE_CACHE_SHARD_H

#include <apr_thread_mutex.h>
#include <apr_time.h>

#include "cache.h"

#define GW_SHARD_KEY_DROPS 64

typedef struct gw_cache_entry gw_cache_entry;

/* A place in a chain whose head is a bucket. */
typedef struct gw_chain_link {
    gw_cache_entry **from; /* what points here; NULL = in no chain */
    gw_cache_entry *next;
} gw_chain_link;

/* A hit reads what begins at key_link.next and ends with the key: with many entries in use each line of memory that it
 * touches is one that the processor waits for. */
struct gw_cache_entry {
    gw_chain_link tag_link;
    gw_cache_entry *newer, *older; /* older also chains what was removed */
    apr_uint64_t tag_hash;
    apr_size_t bytes;
    apr_size_t tag_len;   /* 0 = none */
    gw_chain_link key_link;
    apr_uint64_t key_hash;
    void *value;          /* NULL = known to be absent */
    apr_time_t expires;   /* 0 = never */
    apr_uint32_t touched; /* the list's `inserts` when it last went in front */
    apr_uint32_t key_len;
    char text[];          /* key, then tag */
};

/* A list in order of use, and its bounds. The order is exact to a quarter of the list: see gw_shard_touch. */
typedef struct gw_cache_list {
    apr_uint32_t inserts; /* so far, a move to the front not counted; goes round */
    apr_size_t count, bytes, max_count, max_bytes;
    gw_cache_entry *newest, *oldest;
} gw_cache_list;

typedef struct gw_cache_shard {
    apr_thread_mutex_t *lock; /* a hit needs what follows down to the count of values */
    gw_cache_entry **by_key;
    apr_size_t buckets;
    apr_uint64_t hits;
    gw_cache_list values, misses;
    gw_cache_entry **by_tag;
    apr_uint64_t unknown, evictions;
    apr_uint64_t key_drops[GW_SHARD_KEY_DROPS]; /* cache.c: position of the last drop of such a key */
} __attribute__((aligned(64))) gw_cache_shard;

/* Set up zeroed memory for its part of the bounds; the lock lives in p. 0 when out of memory: gw_shard_close it
 * nevertheless. */
int gw_shard_init(gw_cache_shard *sh, const gw_cache_options *options, apr_size_t nshards, apr_pool_t *p);
/* Free what gw_shard_init made; entries have been removed. */
void gw_shard_close(gw_cache_shard *sh);

/* The list that an entry is on, or would be. */
gw_cache_list *gw_shard_list(gw_cache_shard *sh, const gw_cache_entry *e);
/* NULL when there is none. Does not count as use. */
gw_cache_entry *gw_shard_find(const gw_cache_shard *sh, apr_uint64_t hash, const void *key, apr_size_t len);
/* It was used: it is evicted last. It moves only when a quarter of the list came in since it last moved, so that hits
 * on a cache whose content stands write to no neighbour. */
void gw_shard_touch(gw_cache_shard *sh, gw_cache_entry *e);
/* Put e in, in the place of an entry with its key. What has to go for it is chained to *dead. */
void gw_shard_insert(gw_cache_shard *sh, gw_cache_entry *e, gw_cache_entry **dead);
/* Take e out and chain it to *dead. */
void gw_shard_remove(gw_cache_shard *sh, gw_cache_entry *e, gw_cache_entry **dead);
void gw_shard_remove_tag(gw_cache_shard *sh, apr_uint64_t hash, const char *tag, apr_size_t len,
                         gw_cache_entry **dead);
void gw_shard_remove_all(gw_cache_shard *sh, gw_cache_entry **dead);

#endif
