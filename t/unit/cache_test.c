/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache_test.c - the bounded cache: references, ages, bounds, invalidation, and threads that race with it.
 */
#include "cache.h"
#include "keyed_hash.h"
#include "tap.h"

#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#define SECOND APR_USEC_PER_SEC

typedef struct thing {
    int refs;
    int number;
} thing;

static int things_alive;

static thing *make_thing(int number)
{
    thing *t = malloc(sizeof(*t));

    t->refs = 1;
    t->number = number;
    __atomic_add_fetch(&things_alive, 1, __ATOMIC_RELAXED);
    return t;
}

static void retain_thing(void *value)
{
    __atomic_add_fetch(&((thing *)value)->refs, 1, __ATOMIC_RELAXED);
}

static void release_thing(void *value)
{
    if (__atomic_sub_fetch(&((thing *)value)->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    __atomic_sub_fetch(&things_alive, 1, __ATOMIC_RELAXED);
    free(value);
}

static gw_cache *make_cache(apr_pool_t *p, apr_size_t max_bytes, apr_size_t max_misses)
{
    gw_cache_options options = { .max_bytes = max_bytes, .max_misses = max_misses, .ttl = 60 * SECOND,
                                 .miss_ttl = 5 * SECOND, .retain = retain_thing, .release = release_thing };

    return gw_cache_make(&options, p);
}

static apr_uint64_t ticket_for(gw_cache *cache, const char *key)
{
    apr_uint64_t ticket = 0;
    void *value;

    if (gw_cache_get(&value, &ticket, cache, key, strlen(key), SECOND) == APR_SUCCESS)
        release_thing(value);
    return ticket;
}

/* Put a fresh thing (number < 0: a miss) that only the cache holds. */
static apr_status_t put(gw_cache *cache, const char *key, const char *tag, int number, apr_size_t bytes,
                        apr_uint64_t ticket)
{
    thing *t = number >= 0 ? make_thing(number) : NULL;
    apr_status_t rv = gw_cache_put(cache, key, strlen(key), tag, t, bytes, ticket, SECOND);

    if (t != NULL)
        release_thing(t);
    return rv;
}

static apr_status_t fill(gw_cache *cache, const char *key, const char *tag, int number)
{
    return put(cache, key, tag, number, sizeof(thing), ticket_for(cache, key));
}

/* The number under `key`, -1 when it is known to be absent, -2 when it is not known. */
static int number_at(gw_cache *cache, const char *key, apr_time_t now)
{
    apr_uint64_t ticket;
    void *value;
    apr_status_t rv = gw_cache_get(&value, &ticket, cache, key, strlen(key), now);
    int number;

    if (rv != APR_SUCCESS)
        return rv == APR_NOTFOUND ? -1 : -2;
    number = ((thing *)value)->number;
    release_thing(value);
    return number;
}

static void test_life(apr_pool_t *p)
{
    gw_cache *cache = make_cache(p, 1000000, 10);
    gw_cache_stats stats;
    apr_uint64_t ticket;
    void *held;

    is_int(number_at(cache, "a", SECOND), -2, "an empty cache knows nothing");
    is_int(fill(cache, "a", "row-1", 1), APR_SUCCESS, "a fill");
    is_int(number_at(cache, "a", SECOND), 1, "is found");
    is_int(fill(cache, "b", NULL, -1), APR_SUCCESS, "an absent one");
    is_int(number_at(cache, "b", SECOND), -1, "is known to be absent");
    is_int(number_at(cache, "a", 61 * SECOND), -2, "a value ages");
    is_int(number_at(cache, "b", 6 * SECOND), -2, "a miss ages sooner");
    fill(cache, "c", NULL, 1);
    fill(cache, "c", "row-2", 2);
    is_int(number_at(cache, "c", SECOND), 2, "a second fill replaces the first");
    fill(cache, "c", NULL, -1);
    is_int(number_at(cache, "c", SECOND), -1, "absence replaces a value");
    fill(cache, "c", NULL, 3);
    gw_cache_get(&held, &ticket, cache, "c", 1, SECOND);
    gw_cache_drop_key(cache, "c", 1);
    is_int(number_at(cache, "c", SECOND), -2, "a dropped key is gone");
    is_int(((thing *)held)->number, 3, "who holds the value keeps it");
    release_thing(held);
    is_int(things_alive, 0, "nothing else holds anything");
    fill(cache, "", NULL, 4);
    is_int(number_at(cache, "", SECOND), 4, "an empty key is a key");
    fill(cache, "a", NULL, 5);
    gw_cache_read_stats(&stats, cache);
    is_int((long long)stats.entries, 2, "entries are counted");
    ok(stats.bytes > 2 * sizeof(thing), "and bytes");
    is_int((long long)stats.hits, 9, "and hits");
    is_int((long long)stats.misses, 9, "and misses");
    gw_cache_destroy(cache);
    is_int(things_alive, 0, "destroying releases everything");
}

static void test_invalidation(apr_pool_t *p)
{
    gw_cache *cache = make_cache(p, 100 * 1000 * 1000, 1000);
    char key[32];
    int i, left = 0, others = 0;

    for (i = 0; i < 1000; i++) {
        apr_snprintf(key, sizeof(key), "key-%d", i);
        fill(cache, key, i % 2 ? "odd" : "even", i);
    }
    gw_cache_drop_tag(cache, "odd");
    gw_cache_drop_tag(cache, "nobody's");
    for (i = 0; i < 1000; i++) {
        apr_snprintf(key, sizeof(key), "key-%d", i);
        left += i % 2 && number_at(cache, key, SECOND) != -2;
        others += i % 2 == 0 && number_at(cache, key, SECOND) == i;
    }
    is_int(left, 0, "a tag takes its 500 entries with it, in every shard");
    is_int(others, 500, "and leaves the others");
    gw_cache_clear(cache);
    is_int(number_at(cache, "key-0", SECOND), -2, "clear clears");
    is_int(things_alive, 0, "and releases");
    gw_cache_destroy(cache);
}

static void test_tickets(apr_pool_t *p)
{
    gw_cache *cache = make_cache(p, 100 * 1000 * 1000, 1000);
    apr_uint64_t ticket = ticket_for(cache, "k"), tickets[200];
    int i, accepted = 0;
    char key[32];

    gw_cache_drop_key(cache, "k", 1);
    is_int(put(cache, "k", NULL, 1, 8, ticket), APR_EGENERAL, "a fill is refused when its key was dropped meanwhile");
    is_int(number_at(cache, "k", SECOND), -2, "and leaves nothing");
    ticket = ticket_for(cache, "k");
    is_int(put(cache, "k", "row", 2, 8, ticket), APR_SUCCESS, "a later fill is accepted");
    ticket = ticket_for(cache, "m");
    gw_cache_drop_tag(cache, "row");
    is_int(put(cache, "m", "row", 3, 8, ticket), APR_EGENERAL, "the same for its tag");
    is_int(number_at(cache, "k", SECOND), -2, "whose other entry went");
    ticket = ticket_for(cache, "m");
    gw_cache_clear(cache);
    is_int(put(cache, "m", NULL, -1, 0, ticket), APR_EGENERAL, "and for everything");
    is_int(things_alive, 0, "refused values are released");

    for (i = 0; i < 200; i++) {
        apr_snprintf(key, sizeof(key), "key-%d", i);
        tickets[i] = ticket_for(cache, key);
    }
    gw_cache_drop_key(cache, "k", 1);
    gw_cache_drop_tag(cache, "row");
    for (i = 0; i < 200; i++) {
        apr_snprintf(key, sizeof(key), "key-%d", i);
        accepted += put(cache, key, key, i, 8, tickets[i]) == APR_SUCCESS;
    }
    ok(accepted > 150, "drops of others refuse hardly any fill");
    gw_cache_destroy(cache);
}

static void test_bounds(apr_pool_t *p)
{
    gw_cache *cache = make_cache(p, 20000, 4);
    gw_cache_stats stats;
    char key[2000];
    int i, most = 0;

    for (i = 0; i < 20; i++) {
        apr_snprintf(key, sizeof(key), "key-%d", i);
        put(cache, key, NULL, i, 1000, ticket_for(cache, key));
        is_int(number_at(cache, "key-0", SECOND), 0, "the one in use stays");
    }
    is_int(number_at(cache, "key-1", SECOND), -2, "the one unused longest went");
    is_int(number_at(cache, "key-19", SECOND), 19, "the newest is there");
    is_int(put(cache, "big", NULL, 1, 20000, ticket_for(cache, "big")), APR_EGENERAL, "what cannot fit is refused");
    for (i = 0; i < 100; i++) {
        memset(key, 'a' + i % 26, 1500);
        key[1500] = '\0';
        fill(cache, key, NULL, -1);
        apr_snprintf(key, sizeof(key), "absent-%d", i);
        fill(cache, key, NULL, -1);
    }
    is_int(number_at(cache, "absent-99", SECOND), -1, "the latest miss is kept");
    is_int(number_at(cache, "absent-10", SECOND), -2, "an older one is not");
    is_int(number_at(cache, "key-19", SECOND), 19, "a flood of misses evicts no value");
    for (i = 0; i < 100000; i++) {
        apr_snprintf(key, sizeof(key), "churn-%d", i);
        put(cache, key, i % 3 ? "t" : NULL, i, (apr_size_t)i % 300, ticket_for(cache, key));
        most = things_alive > most ? things_alive : most;
    }
    gw_cache_read_stats(&stats, cache);
    ok(stats.bytes <= 20000, "bytes stay below the bound");
    ok(most < 200, "and so does what is alive");
    ok(stats.evictions > 99000, "evictions are counted");
    gw_cache_destroy(cache);
    is_int(things_alive, 0, "nothing is left behind");

    cache = make_cache(p, 20000, 0);
    is_int(fill(cache, "absent", NULL, -1), APR_EGENERAL, "no misses are kept where none are wanted");
    is_int(number_at(cache, "absent", SECOND), -2, "so that the next one asks again");
    is_int(fill(cache, "present", NULL, 1), APR_SUCCESS, "values are");
    gw_cache_destroy(cache);
}

/* ---- threads ---- */

#define ROWS 16
#define READERS 3
#define READS 60000

typedef struct race {
    gw_cache *cache;
    int truth[ROWS];     /* what the database would say */
    int confirmed[ROWS]; /* the change to it has been invalidated */
    int readers_left;
    int stale;
} race;

static void *APR_THREAD_FUNC run_reader(apr_thread_t *thread, void *data)
{
    race *rc = data;
    unsigned i;

    (void)thread;
    for (i = 0; i < READS; i++) {
        char key[2] = { (char)('a' + i % ROWS), '\0' };
        int row = (int)(i % ROWS), least = __atomic_load_n(&rc->confirmed[row], __ATOMIC_ACQUIRE);
        apr_uint64_t ticket;
        void *value;

        if (gw_cache_get(&value, &ticket, rc->cache, key, 1, SECOND) == APR_SUCCESS) {
            if (((thing *)value)->number < least)
                __atomic_add_fetch(&rc->stale, 1, __ATOMIC_RELAXED);
        }
        else {
            value = make_thing(__atomic_load_n(&rc->truth[row], __ATOMIC_ACQUIRE));
            if (i % 8 == 0)
                apr_thread_yield();
            gw_cache_put(rc->cache, key, 1, key, value, sizeof(thing), ticket, SECOND);
        }
        release_thing(value);
    }
    __atomic_sub_fetch(&rc->readers_left, 1, __ATOMIC_ACQ_REL);
    return NULL;
}

static void *APR_THREAD_FUNC run_writer(apr_thread_t *thread, void *data)
{
    race *rc = data;
    unsigned i;

    (void)thread;
    for (i = 0; __atomic_load_n(&rc->readers_left, __ATOMIC_ACQUIRE) > 0; i++) {
        int row = (int)(i * 7 % ROWS), number = __atomic_add_fetch(&rc->truth[row], 1, __ATOMIC_ACQ_REL);
        char key[2] = { (char)('a' + row), '\0' };

        if (i % 100 == 99)
            gw_cache_clear(rc->cache);
        else if (i % 2)
            gw_cache_drop_tag(rc->cache, key);
        else
            gw_cache_drop_key(rc->cache, key, 1);
        __atomic_store_n(&rc->confirmed[row], number, __ATOMIC_RELEASE);
        if (i % 16 == 0)
            apr_thread_yield();
    }
    return NULL;
}

static void test_threads(apr_pool_t *p)
{
    race rc = { .cache = make_cache(p, 10 * 1000 * 1000, 100), .readers_left = READERS };
    apr_thread_t *threads[READERS + 1];
    apr_status_t rv;
    int i;

    for (i = 0; i < READERS; i++)
        apr_thread_create(&threads[i], NULL, run_reader, &rc, p);
    apr_thread_create(&threads[READERS], NULL, run_writer, &rc, p);
    for (i = 0; i <= READERS; i++)
        apr_thread_join(&rv, threads[i]);
    is_int(rc.stale, 0, "no reader sees what was changed before it asked");
    gw_cache_destroy(rc.cache);
    is_int(things_alive, 0, "no reference is lost or given back twice");
}

static void test_hash(void)
{
    static const gw_hash_seed reference = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
    gw_hash_seed a, b;

    ok(gw_keyed_hash(&reference, "", 0) == 0xabac0158050fc4dcu, "the vector of SipHash-1-3 for no bytes");
    gw_hash_seed_make(&a);
    gw_hash_seed_make(&b);
    ok(gw_keyed_hash(&a, "key", 3) == gw_keyed_hash(&a, "key!", 3), "a hash depends on the bytes it is given only");
    ok(gw_keyed_hash(&a, "key", 3) != gw_keyed_hash(&b, "key", 3), "and on its seed");
    ok(gw_keyed_hash(&a, "a\0", 2) != gw_keyed_hash(&a, "a", 1), "and on the length");
    ok(gw_keyed_hash(&a, "12345678", 8) != gw_keyed_hash(&a, "12345679", 8), "and on the last byte of a word");
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_hash();
    test_life(p);
    test_invalidation(p);
    test_tickets(p);
    test_bounds(p);
    test_threads(p);
    apr_pool_destroy(p);
    apr_terminate();
    return done();
}
