/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.c - consumers and credentials by key: one bounded cache in each child, filled by one query a key.
 *
 * A key in the cache says entity, field and value, so that one budget serves all entities. A fill begins with a ticket
 * and comes to nothing if the builder dropped the key or the row meanwhile. Requests that miss the same key at once
 * wait for the one that asks.
 */
#include "child.h"

#include <stdlib.h>

#include <apr_strings.h>
#include <http_log.h>
#include <openssl/evp.h>

#include "lookup_entry.h"

APLOG_USE_MODULE(gw);

#define MAX_MISSES 65536
#define KEY_BYTES 256 /* longer values are kept by their sum */
#define FLIGHT_PATIENCE apr_time_from_sec(3)

typedef struct lookup_key {
    char bytes[sizeof(void *) + 64 + KEY_BYTES];
    apr_size_t len;
} lookup_key;

/* A query under way; lives on the stack of the thread that asks. */
typedef struct flight {
    const lookup_key *key;
    struct flight *next;
} flight;

/* What is looked for. */
typedef struct search {
    const gw_entity *entity;
    const char *field; /* "id" or a unique field */
    const char *value;
    int is_consumer;
} search;

static struct {
    gw_cache *cache;
    const gw_entity *consumers;
    const char **children; /* entities whose rows come with a consumer; NULL at the end */
    apr_thread_mutex_t *lock; /* guards flights */
    apr_thread_cond_t *landed;
    flight *flights;
} lookups;

/* ---- keys ---- */

static void make_key(lookup_key *key, const gw_entity *entity, const char *field, const char *value)
{
    apr_size_t len = strlen(value), field_len = strlen(field);
    char *at = key->bytes;

    memcpy(at, &entity, sizeof(entity));
    at += sizeof(entity);
    field_len = field_len > 63 ? 63 : field_len;
    memcpy(at, field, field_len);
    at += field_len;
    *at++ = len > KEY_BYTES; /* a sum and a value are never the same key */
    if (len > KEY_BYTES) {
        unsigned char sum[EVP_MAX_MD_SIZE];

        EVP_Digest(value, len, sum, NULL, EVP_sha256(), NULL);
        memcpy(at, sum, 32);
        at += 32;
    } else {
        memcpy(at, value, len);
        at += len;
    }
    key->len = (apr_size_t)(at - key->bytes);
}

/* ---- one query a key ---- */

static int is_in_flight(const lookup_key *key)
{
    for (const flight *f = lookups.flights; f != NULL; f = f->next)
        if (f->key->len == key->len && memcmp(f->key->bytes, key->bytes, key->len) == 0)
            return 1;
    return 0;
}

/* 1: this thread is to ask, and to land. 0: another one asked; look again. Those who wait for another's query are
 * waiters of the store as well; when there are too many, -1. */
static int take_off(flight *f)
{
    apr_time_t now = apr_time_now(), end = now + FLIGHT_PATIENCE;
    int has_waited = 0;

    apr_thread_mutex_lock(lookups.lock);
    if (is_in_flight(f->key)) {
        apr_thread_mutex_unlock(lookups.lock);
        if (!gw_handles_enter_to_wait())
            return -1;
        apr_thread_mutex_lock(lookups.lock);
        for (; is_in_flight(f->key) && now < end; now = apr_time_now())
            apr_thread_cond_timedwait(lookups.landed, lookups.lock, end - now);
        has_waited = 1;
    }
    if (!has_waited) {
        f->next = lookups.flights;
        lookups.flights = f;
    }
    apr_thread_mutex_unlock(lookups.lock);
    if (has_waited)
        gw_handles_leave();
    return !has_waited;
}

static void land(flight *f)
{
    apr_thread_mutex_lock(lookups.lock);
    for (flight **at = &lookups.flights; *at != NULL; at = &(*at)->next)
        if (*at == f) {
            *at = f->next;
            break;
        }
    apr_thread_cond_broadcast(lookups.landed);
    apr_thread_mutex_unlock(lookups.lock);
}

/* ---- the store ---- */

static apr_status_t load_row(json_t **row, gw_db *db, const search *what, apr_pool_t *p)
{
    const char *field = strcmp(what->field, "id") == 0 ? NULL : what->field;

    return what->is_consumer
               ? gw_row_load_with_children(row, db, what->entity, field, what->value, lookups.children, p)
               : gw_row_load(row, db, what->entity, field, what->value, p);
}

static apr_status_t compile(gw_lookup_entry **entry, request_rec *r, const search *what, const json_t *row,
                            apr_time_t began, apr_pool_t *p)
{
    const char *why = NULL;

    *entry = what->is_consumer ? gw_lookup_entry_consumer(row, p)
                               : gw_lookup_entry_credential(&why, what->entity, row, began, p);
    if (*entry != NULL)
        return APR_SUCCESS;
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, GWLOGNO(1650) "lookup: %s %s is taken for absent: %s",
                  what->entity->name, json_string_value(json_object_get(row, "id")), why);
    return APR_NOTFOUND;
}

/* APR_SUCCESS with one reference for the caller, APR_NOTFOUND, APR_EAGAIN (whatever else went wrong is logged). */
static apr_status_t fetch(gw_lookup_entry **entry, request_rec *r, const search *what)
{
    static apr_time_t told;
    apr_time_t began = apr_time_now();
    apr_pool_t *p;
    gw_handle h;
    json_t *row = NULL;
    apr_status_t rv;

    apr_pool_create(&p, r->pool);
    if ((rv = gw_handle_open(&h, r->server, p)) == APR_SUCCESS) {
        rv = load_row(&row, h.db, what, p);
        if (rv != APR_SUCCESS && rv != APR_NOTFOUND && !gw_db_is_away(h.db)
            && gw_is_time_to_tell(&told, apr_time_from_sec(10)))
            ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, GWLOGNO(1651) "lookup: %s cannot be read: %s",
                          what->entity->name, gw_db_why(h.db));
        gw_handle_close(&h, rv);
    }
    if (rv == APR_SUCCESS)
        rv = compile(entry, r, what, row, began, p);
    json_decref(row);
    apr_pool_destroy(p);
    return rv == APR_SUCCESS || rv == APR_NOTFOUND ? rv : APR_EAGAIN;
}

static apr_status_t fetch_and_keep(gw_lookup_entry **entry, request_rec *r, const search *what, const lookup_key *key,
                                   apr_uint64_t ticket)
{
    gw_lookup_entry *found = NULL;
    apr_status_t rv = fetch(&found, r, what);

    if (rv == APR_SUCCESS) {
        gw_cache_put(lookups.cache, key->bytes, key->len, gw_lookup_entry_id(found), found,
                     gw_lookup_entry_bytes(found), ticket, apr_time_now());
        *entry = found;
    } else if (rv == APR_NOTFOUND && !what->entity->is_quiet) {
        gw_cache_put(lookups.cache, key->bytes, key->len, NULL, NULL, 0, ticket, apr_time_now());
    }
    return rv;
}

/* ---- finding ---- */

/* As gw_cache_get; a row past its end is not known any more. */
static apr_status_t get_cached(gw_lookup_entry **entry, apr_uint64_t *ticket, const lookup_key *key)
{
    apr_time_t now = apr_time_now();
    void *value = NULL;
    apr_status_t rv = gw_cache_get(&value, ticket, lookups.cache, key->bytes, key->len, now);

    if (rv == APR_SUCCESS && gw_lookup_entry_is_over(value, now)) {
        gw_lookup_entry_release(value);
        gw_cache_drop_key(lookups.cache, key->bytes, key->len);
        rv = gw_cache_get(&value, ticket, lookups.cache, key->bytes, key->len, now);
    }
    if (rv == APR_SUCCESS)
        *entry = value;
    return rv;
}

static apr_status_t find_entry(gw_lookup_entry **entry, request_rec *r, const search *what)
{
    lookup_key key;
    flight f = { .key = &key };
    apr_uint64_t ticket = 0;
    apr_status_t rv;
    int is_flying;

    make_key(&key, what->entity, what->field, what->value);
    if ((rv = get_cached(entry, &ticket, &key)) != APR_INCOMPLETE)
        return rv;
    if ((is_flying = take_off(&f)) < 0)
        return APR_EAGAIN;
    if (!is_flying && (rv = get_cached(entry, &ticket, &key)) != APR_INCOMPLETE)
        return rv;
    rv = fetch_and_keep(entry, r, what, &key, ticket);
    if (is_flying)
        land(&f);
    return rv;
}

static apr_status_t release_entry(void *entry)
{
    gw_lookup_entry_release(entry);
    return APR_SUCCESS;
}

static apr_status_t hold_entry(gw_lookup_entry **entry, request_rec *r, const search *what)
{
    apr_status_t rv = what->entity == NULL ? APR_EAGAIN : find_entry(entry, r, what);

    if (rv == APR_SUCCESS)
        apr_pool_cleanup_register(r->pool, *entry, release_entry, apr_pool_cleanup_null);
    return rv;
}

static apr_status_t find_credential(const gw_credential **cred, request_rec *r, const gw_entity *entity,
                                    const char *field, const char *value)
{
    search what = { .entity = entity, .field = field, .value = value };
    gw_lookup_entry *entry;
    apr_status_t rv = hold_entry(&entry, r, &what);

    if (rv == APR_SUCCESS)
        *cred = gw_lookup_entry_get_credential(entry);
    return rv;
}

apr_status_t gw_lookup_credential(const gw_credential **cred, request_rec *r, const gw_entity *entity, const char *key)
{
    return find_credential(cred, r, entity, entity->lookup ? entity->lookup : "id", key);
}

apr_status_t gw_lookup_credential_by_id(const gw_credential **cred, request_rec *r, const gw_entity *entity,
                                        const char *id)
{
    return find_credential(cred, r, entity, "id", id);
}

static apr_status_t find_consumer(const gw_consumer **consumer, request_rec *r, const char *field, const char *value)
{
    search what = { .entity = lookups.consumers, .field = field, .value = value, .is_consumer = 1 };
    gw_lookup_entry *entry;
    apr_status_t rv = hold_entry(&entry, r, &what);

    if (rv == APR_SUCCESS)
        *consumer = gw_lookup_entry_get_consumer(entry);
    return rv;
}

apr_status_t gw_lookup_consumer(const gw_consumer **consumer, request_rec *r, const char *id)
{
    return find_consumer(consumer, r, "id", id);
}

apr_status_t gw_lookup_consumer_by_username(const gw_consumer **consumer, request_rec *r, const char *username)
{
    return find_consumer(consumer, r, "username", username);
}

/* ---- the builder's side ---- */

static void drop_field(const gw_entity *entity, const char *field, const char *value)
{
    lookup_key key;

    if (value == NULL)
        return;
    make_key(&key, entity, field, value);
    gw_cache_drop_key(lookups.cache, key.bytes, key.len);
}

/* Its keys drop the misses that the row ends, then the tag what it was found by until now: at no moment is it found by
 * neither. */
void gw_lookup_drop(const gw_entity *entity, const char *id, const json_t *row)
{
    drop_field(entity, "id", id);
    for (const gw_field *field = entity->schema->fields; row != NULL && field->name != NULL; field++)
        if (field->flags & GW_UNIQUE)
            drop_field(entity, field->name, json_string_value(json_object_get(row, field->name)));
    gw_cache_drop_tag(lookups.cache, id);
}

void gw_lookup_clear(void)
{
    gw_cache_clear(lookups.cache);
}

void gw_lookup_stats(gw_cache_stats *stats)
{
    gw_cache_read_stats(stats, lookups.cache);
}

static const char **list_children(apr_pool_t *p)
{
    const apr_array_header_t *entities = gw_registry_all();
    const char **names = apr_pcalloc(p, ((apr_size_t)entities->nelts + 2) * sizeof(*names));
    int n = 0;

    names[n++] = "plugins";
    for (int i = 0; i < entities->nelts; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(entities, i, const gw_entity *);

        if (entity->with_consumer)
            names[n++] = entity->name;
    }
    return names;
}

void gw_lookup_child_init(gw_child *child, apr_pool_t *p)
{
    gw_cache_options options = {
        .max_bytes = child->options.cache_bytes,
        .max_misses = child->options.cache_miss_ttl > 0 ? MAX_MISSES : 0,
        .ttl = child->options.cache_ttl,
        .miss_ttl = child->options.cache_miss_ttl,
        .retain = gw_lookup_entry_retain,
        .release = gw_lookup_entry_release,
    };

    memset(&lookups, 0, sizeof(lookups));
    lookups.consumers = gw_registry_find("consumers");
    lookups.children = list_children(p);
    if ((lookups.cache = gw_cache_make(&options, p)) == NULL
        || apr_thread_mutex_create(&lookups.lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS
        || apr_thread_cond_create(&lookups.landed, p) != APR_SUCCESS)
        abort();
}
