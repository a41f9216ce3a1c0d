/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation_set.c - two chained hash tables over the same rows: by what is revoked, and by the row's id (all that an
 * event of a deleted row tells). Names are chosen by strangers: the hash is keyed.
 */
#include "revocation_set.h"

#include <stdlib.h>
#include <string.h>

#include <apr_thread_rwlock.h>

#include "keyed_hash.h"
#include "must.h"

#define ROOM_FIRST 64
#define NAME_MAX_BYTES 1024 /* as the schema takes */

/* What a name names; its first byte in the hash. */
enum { BY_JTI = 'j', BY_SESSION = 's', BY_CONSUMER = 'c' };

typedef struct entry {
    struct entry *next_by_name, *next_by_id;
    apr_uint64_t name_hash, id_hash;
    apr_time_t until;         /* 0 = for ever */
    apr_time_t issued_before; /* 0 = whenever it was issued */
    char kind;
    apr_size_t name_len, nbytes;
    char *id;                 /* behind the name */
    char name[];
} entry;

typedef struct table {
    apr_size_t room, count, nbytes; /* room: power of two, or 0 */
    entry **by_name, **by_id;
} table;

struct gw_revocation_set {
    apr_thread_rwlock_t *lock; /* guards `current` */
    apr_size_t count;          /* atomic: of current */
    apr_time_t latest;         /* atomic: the latest time seen */
    gw_hash_seed seed;
    int is_loading;
    table current, loading;
};

/* ---- a table ---- */

static apr_uint64_t hash_name(const gw_revocation_set *set, char kind, const char *name, apr_size_t len)
{
    char bytes[NAME_MAX_BYTES + 1];

    bytes[0] = kind;
    memcpy(bytes + 1, name, len);
    return gw_keyed_hash(&set->seed, bytes, len + 1);
}

static void chain(table *t, entry *e)
{
    entry **by_name = &t->by_name[e->name_hash & (t->room - 1)], **by_id = &t->by_id[e->id_hash & (t->room - 1)];

    e->next_by_name = *by_name;
    *by_name = e;
    e->next_by_id = *by_id;
    *by_id = e;
}

static void grow(table *t)
{
    table larger = { .room = t->room > 0 ? t->room * 2 : ROOM_FIRST, .count = t->count, .nbytes = t->nbytes };

    larger.by_name = gw_must(calloc(larger.room, sizeof(*larger.by_name)));
    larger.by_id = gw_must(calloc(larger.room, sizeof(*larger.by_id)));
    for (apr_size_t i = 0; i < t->room; i++)
        for (entry *e = t->by_id[i], *next; e != NULL; e = next) {
            next = e->next_by_id;
            chain(&larger, e);
        }
    free(t->by_name);
    free(t->by_id);
    *t = larger;
}

static void add(table *t, entry *e)
{
    if (t->count >= t->room)
        grow(t);
    chain(t, e);
    t->count++;
    t->nbytes += e->nbytes;
}

/* Take the entry of this id out; NULL when there is none. */
static entry *take(table *t, const char *id, apr_uint64_t id_hash)
{
    entry **at, *e;

    if (t->room == 0)
        return NULL;
    for (at = &t->by_id[id_hash & (t->room - 1)]; *at != NULL && strcmp((*at)->id, id) != 0; at = &(*at)->next_by_id)
        ;
    if ((e = *at) == NULL)
        return NULL;
    *at = e->next_by_id;
    for (at = &t->by_name[e->name_hash & (t->room - 1)]; *at != e; at = &(*at)->next_by_name)
        ;
    *at = e->next_by_name;
    t->count--;
    t->nbytes -= e->nbytes;
    return e;
}

static void clear(table *t)
{
    for (apr_size_t i = 0; i < t->room; i++)
        for (entry *e = t->by_id[i], *next; e != NULL; e = next) {
            next = e->next_by_id;
            free(e);
        }
    free(t->by_name);
    free(t->by_id);
    memset(t, 0, sizeof(*t));
}

/* ---- rows ---- */

/* A row may tell of a time that apr_time_t cannot: the end of all times, then. */
static apr_time_t get_time(const json_t *row, const char *name)
{
    const json_int_t most = APR_INT64_MAX / 2 / APR_USEC_PER_SEC;
    const json_int_t seconds = json_integer_value(json_object_get(row, name));

    return apr_time_from_sec((apr_time_t)(seconds < -most ? -most : seconds < most ? seconds : most));
}

static entry *make_entry(const gw_revocation_set *set, const json_t *row, const char *id, char kind,
                         const json_t *value)
{
    apr_size_t len = json_string_length(value), id_len = strlen(id), nbytes = sizeof(entry) + len + id_len + 2;
    entry *e;

    if (!json_is_string(value) || len > NAME_MAX_BYTES)
        return NULL;
    e = gw_must(calloc(1, nbytes));
    e->kind = kind;
    e->name_len = len;
    e->nbytes = nbytes + 2 * sizeof(entry *);
    memcpy(e->name, json_string_value(value), len + 1);
    e->id = e->name + len + 1;
    memcpy(e->id, id, id_len + 1);
    e->name_hash = hash_name(set, kind, e->name, len);
    e->id_hash = gw_keyed_hash(&set->seed, id, id_len);
    e->until = get_time(row, "until");
    e->issued_before = get_time(row, "issued_before");
    return e;
}

static entry *parse_row(const gw_revocation_set *set, const json_t *row)
{
    const char *id = json_string_value(json_object_get(row, "id"));
    const json_t *jti = json_object_get(row, "jti"), *session = json_object_get(row, "session");

    if (id == NULL)
        return NULL;
    if (json_is_string(jti))
        return make_entry(set, row, id, BY_JTI, jti);
    if (json_is_string(session))
        return make_entry(set, row, id, BY_SESSION, session);
    return make_entry(set, row, id, BY_CONSUMER, json_object_get(json_object_get(row, "consumer"), "id"));
}

static void count_current(gw_revocation_set *set)
{
    __atomic_store_n(&set->count, set->current.count, __ATOMIC_RELEASE);
}

/* Replace what stands under the id by `e` (NULL = nothing). */
static void replace(gw_revocation_set *set, const char *id, entry *e)
{
    table *t = set->is_loading ? &set->loading : &set->current;
    entry *before;

    if (!set->is_loading)
        apr_thread_rwlock_wrlock(set->lock);
    before = take(t, id, gw_keyed_hash(&set->seed, id, strlen(id)));
    if (e != NULL)
        add(t, e);
    if (!set->is_loading) {
        count_current(set);
        apr_thread_rwlock_unlock(set->lock);
    }
    free(before);
}

/* ---- requests ---- */

static int is_named(const gw_revocation_set *set, char kind, const char *name, apr_time_t issued_at, apr_time_t now)
{
    const table *t = &set->current;
    apr_size_t len = name != NULL ? strlen(name) : NAME_MAX_BYTES + 1;
    apr_uint64_t hash;

    if (len > NAME_MAX_BYTES || t->room == 0)
        return 0;
    hash = hash_name(set, kind, name, len);
    for (const entry *e = t->by_name[hash & (t->room - 1)]; e != NULL; e = e->next_by_name)
        if (e->name_hash == hash && e->kind == kind && e->name_len == len && memcmp(e->name, name, len) == 0
            && (e->until == 0 || now < e->until) && (e->issued_before == 0 || issued_at < e->issued_before))
            return 1;
    return 0;
}

/* The latest time that any thread was told. */
static apr_time_t latest_time(gw_revocation_set *set, apr_time_t now)
{
    apr_time_t seen = __atomic_load_n(&set->latest, __ATOMIC_RELAXED);

    while (seen < now
           && !__atomic_compare_exchange_n(&set->latest, &seen, now, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return seen < now ? now : seen;
}

/* ---- entry points ---- */

gw_revocation_set *gw_revocation_set_make(apr_pool_t *p)
{
    gw_revocation_set *set = gw_must(calloc(1, sizeof(*set)));

    gw_hash_seed_make(&set->seed);
    if (apr_thread_rwlock_create(&set->lock, p) == APR_SUCCESS)
        return set;
    free(set);
    return NULL;
}

void gw_revocation_set_destroy(gw_revocation_set *set)
{
    clear(&set->current);
    clear(&set->loading);
    free(set);
}

void gw_revocation_set_begin_load(gw_revocation_set *set)
{
    clear(&set->loading);
    set->is_loading = 1;
}

void gw_revocation_set_end_load(gw_revocation_set *set, int is_good)
{
    table before = set->current;

    if (set->is_loading && is_good) {
        apr_thread_rwlock_wrlock(set->lock);
        set->current = set->loading;
        count_current(set);
        apr_thread_rwlock_unlock(set->lock);
        set->loading = before;
    }
    clear(&set->loading);
    set->is_loading = 0;
}

void gw_revocation_set_put(gw_revocation_set *set, const json_t *row)
{
    const char *id = json_string_value(json_object_get(row, "id"));

    if (id != NULL)
        replace(set, id, parse_row(set, row));
}

void gw_revocation_set_remove(gw_revocation_set *set, const char *id)
{
    replace(set, id, NULL);
}

int gw_revocation_set_covers(gw_revocation_set *set, const gw_proof *proof, apr_time_t now)
{
    int is_revoked;

    if (__atomic_load_n(&set->count, __ATOMIC_ACQUIRE) == 0)
        return 0;
    now = latest_time(set, now);
    apr_thread_rwlock_rdlock(set->lock);
    is_revoked = is_named(set, BY_JTI, proof->jti, proof->issued_at, now)
                 || is_named(set, BY_SESSION, proof->session, proof->issued_at, now)
                 || is_named(set, BY_CONSUMER, proof->consumer_id, proof->issued_at, now);
    apr_thread_rwlock_unlock(set->lock);
    return is_revoked;
}

apr_size_t gw_revocation_set_count(gw_revocation_set *set, apr_size_t *nbytes)
{
    apr_size_t count;

    apr_thread_rwlock_rdlock(set->lock);
    count = set->current.count;
    if (nbytes != NULL)
        *nbytes = set->current.nbytes;
    apr_thread_rwlock_unlock(set->lock);
    return count;
}
