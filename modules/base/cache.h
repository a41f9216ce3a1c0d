/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - a bounded, sharded map from key bytes to reference-counted values.
 *
 * Bounded by bytes over all shards; the least recently used entries go first. Each value may carry one `tag`
 * (a row's id): dropping a tag drops every entry that carries it. A fill begins with a ticket and is refused when
 * its key or tag was invalidated meanwhile, so that an old row never outlives its change. Negative entries
 * (value NULL) are bounded by count, by an eighth of the bytes, and by age. Keys may be secrets: buckets are chosen
 * by a keyed hash. Threads: any; a hit locks one shard, briefly. Pure.
 */
#ifndef GW_BASE_CACHE_H
#define GW_BASE_CACHE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>

typedef struct gw_cache gw_cache;

/* Copied by gw_cache_make. */
typedef struct gw_cache_options {
    apr_size_t max_bytes;       /* values, keys, tags and the cache's own per entry; tables not counted */
    apr_size_t max_misses;      /* negative entries, 0 = none are kept */
    apr_interval_time_t ttl;    /* 0 = until changed */
    apr_interval_time_t miss_ttl; /* the same for negative entries */
    void (*retain)(void *value);  /* take a reference; called with a shard locked: short, and not back into the cache */
    void (*release)(void *value); /* give one back; may free; no lock is held. Both may be NULL */
} gw_cache_options;

typedef struct gw_cache_stats {
    apr_uint64_t entries;   /* now, negative ones too */
    apr_uint64_t bytes;     /* now, as max_bytes counts */
    apr_uint64_t hits;      /* answered, negative answers too */
    apr_uint64_t misses;    /* not known */
    apr_uint64_t evictions; /* went for want of room */
} gw_cache_stats;

/* NULL only when out of memory. Locks live in p. Freed with gw_cache_destroy (before p): every entry is released;
 * no other thread may be in the cache then. */
gw_cache *gw_cache_make(const gw_cache_options *options, apr_pool_t *p);
void gw_cache_destroy(gw_cache *cache);

/* APR_SUCCESS: *value is retained for the caller. APR_NOTFOUND: known to be absent (negative entry).
 * APR_INCOMPLETE: not known; *ticket is set for gw_cache_put. Read the truth after this, not before. */
apr_status_t gw_cache_get(void **value, apr_uint64_t *ticket, gw_cache *cache, const void *key, apr_size_t len,
                          apr_time_t now);
/* Store value (NULL = absent) of `bytes`, taking a reference of its own; replaces what is there. Refused silently
 * (APR_EGENERAL) when key or tag was dropped since the ticket, or when it cannot fit. `tag` may be NULL. */
apr_status_t gw_cache_put(gw_cache *cache, const void *key, apr_size_t len, const char *tag, void *value,
                          apr_size_t bytes, apr_uint64_t ticket, apr_time_t now);
/* Call after the change is visible to readers: when these return, no get answers from before it. */
void gw_cache_drop_key(gw_cache *cache, const void *key, apr_size_t len);
void gw_cache_drop_tag(gw_cache *cache, const char *tag);
void gw_cache_clear(gw_cache *cache);
void gw_cache_read_stats(gw_cache_stats *stats, gw_cache *cache);

#endif
