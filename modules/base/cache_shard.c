/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache_shard.c - chains, lists and the room they may take.
 */
#include "cache_shard.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define FIRST_BUCKETS 16
#define TOUCH_SHARE 4
#define MISS_SHARE 8 /* negative entries may take this part of the bytes */

/* ---- chains and lists ---- */

static void chain_insert(gw_cache_entry **bucket, gw_cache_entry *e, size_t link_offset)
{
    gw_chain_link *link = (gw_chain_link *)((char *)e + link_offset);

    link->next = *bucket;
    link->from = bucket;
    if (link->next != NULL)
        ((gw_chain_link *)((char *)link->next + link_offset))->from = &link->next;
    *bucket = e;
}

static void chain_remove(gw_cache_entry *e, size_t link_offset)
{
    gw_chain_link *link = (gw_chain_link *)((char *)e + link_offset);

    if (link->from == NULL)
        return;
    *link->from = link->next;
    if (link->next != NULL)
        ((gw_chain_link *)((char *)link->next + link_offset))->from = link->from;
    link->from = NULL;
}

#define BY_KEY offsetof(gw_cache_entry, key_link)
#define BY_TAG offsetof(gw_cache_entry, tag_link)

static void list_insert(gw_cache_list *list, gw_cache_entry *e)
{
    e->newer = NULL;
    e->older = list->newest;
    if (list->newest != NULL)
        list->newest->newer = e;
    else
        list->oldest = e;
    list->newest = e;
    e->touched = list->inserts;
    list->count++;
    list->bytes += e->bytes;
}

static void list_remove(gw_cache_list *list, gw_cache_entry *e)
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

/* ---- entries ---- */

gw_cache_list *gw_shard_list(gw_cache_shard *sh, const gw_cache_entry *e)
{
    return e->value != NULL ? &sh->values : &sh->misses;
}

static void link_entry(gw_cache_shard *sh, gw_cache_entry *e)
{
    apr_size_t mask = sh->buckets - 1;

    chain_insert(&sh->by_key[e->key_hash & mask], e, BY_KEY);
    if (e->tag_len > 0)
        chain_insert(&sh->by_tag[e->tag_hash & mask], e, BY_TAG);
}

/* Take e out and put it on the list of those to be freed when the lock is given back. */
void gw_shard_remove(gw_cache_shard *sh, gw_cache_entry *e, gw_cache_entry **dead)
{
    chain_remove(e, BY_KEY);
    chain_remove(e, BY_TAG);
    list_remove(gw_shard_list(sh, e), e);
    e->older = *dead;
    *dead = e;
}

gw_cache_entry *gw_shard_find(const gw_cache_shard *sh, apr_uint64_t hash, const void *key, apr_size_t len)
{
    gw_cache_entry *e = sh->by_key[hash & (sh->buckets - 1)];

    for (; e != NULL; e = e->key_link.next) {
        if (e->key_hash != hash)
            continue;
        __builtin_prefetch(e->value); /* on its way while the key is compared */
        if (gw_secure_is_equal(e->text, e->key_len, key, len))
            break;
    }
    return e;
}

/* Double the tables; without memory for it chains grow longer, and nothing else happens. */
static void grow_tables(gw_cache_shard *sh)
{
    gw_cache_list *lists[] = { &sh->values, &sh->misses };
    apr_size_t buckets = sh->buckets * 2;
    gw_cache_entry **by_key = calloc(buckets, sizeof(*by_key)), **by_tag = calloc(buckets, sizeof(*by_tag)), *e;
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

static void evict_surplus(gw_cache_shard *sh, gw_cache_list *list, gw_cache_entry **dead)
{
    while (list->count > list->max_count || list->bytes > list->max_bytes) {
        gw_shard_remove(sh, list->oldest, dead);
        sh->evictions++;
    }
}

void gw_shard_insert(gw_cache_shard *sh, gw_cache_entry *e, gw_cache_entry **dead)
{
    gw_cache_entry *old = gw_shard_find(sh, e->key_hash, e->text, e->key_len);

    if (old != NULL)
        gw_shard_remove(sh, old, dead);
    if (sh->values.count + sh->misses.count >= sh->buckets)
        grow_tables(sh);
    link_entry(sh, e);
    gw_shard_list(sh, e)->inserts++;
    list_insert(gw_shard_list(sh, e), e);
    evict_surplus(sh, gw_shard_list(sh, e), dead);
}

void gw_shard_remove_all(gw_cache_shard *sh, gw_cache_entry **dead)
{
    while (sh->values.oldest != NULL)
        gw_shard_remove(sh, sh->values.oldest, dead);
    while (sh->misses.oldest != NULL)
        gw_shard_remove(sh, sh->misses.oldest, dead);
}

void gw_shard_touch(gw_cache_shard *sh, gw_cache_entry *e)
{
    gw_cache_list *list = gw_shard_list(sh, e);

    if (list->inserts - e->touched <= list->count / TOUCH_SHARE)
        return;
    list_remove(list, e);
    list_insert(list, e);
}

void gw_shard_remove_tag(gw_cache_shard *sh, apr_uint64_t hash, const char *tag, apr_size_t len, gw_cache_entry **dead)
{
    gw_cache_entry *e, *next;

    for (e = sh->by_tag[hash & (sh->buckets - 1)]; e != NULL; e = next) {
        next = e->tag_link.next;
        if (e->tag_hash == hash && e->tag_len == len && memcmp(e->text + e->key_len, tag, len) == 0)
            gw_shard_remove(sh, e, dead);
    }
}

int gw_shard_init(gw_cache_shard *sh, const gw_cache_options *options, apr_size_t nshards, apr_pool_t *p)
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

void gw_shard_close(gw_cache_shard *sh)
{
    free(sh->by_key);
    free(sh->by_tag);
    if (sh->lock != NULL)
        apr_thread_mutex_destroy(sh->lock);
}
