/* SPDX-License-Identifier: Apache-2.0 */
/* decision_cache.c - base's bounded cache with decisions as values, and a list of the flights that are in the air. */
#include "decision_cache.h"

#include <stdlib.h>
#include <string.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <openssl/evp.h>

#include "cache.h"
#include "text.h"

#define SHA256_BYTES 32

struct gw_flight {
    gw_flight *next;
    int refs;          /* whoever is aboard */
    int has_landed;    /* then it is no longer on the list */
    gw_landing landing;
    gw_decision *decision;
    apr_size_t key_len;
    unsigned char key[];
};

struct gw_decisions {
    gw_cache *cache;
    EVP_MD *sha256;             /* fetched once: each fetch locks */
    apr_thread_mutex_t *lock;   /* of all below */
    apr_thread_cond_t *landed;
    gw_flight *flights;         /* as many as there are threads that ask, at most */
};

static void retain(void *value)
{
    gw_decision_retain(value);
}

static void release(void *value)
{
    gw_decision_release(value);
}

gw_decisions *gw_decisions_make(apr_size_t max_bytes, apr_pool_t *p)
{
    const gw_cache_options options = { .max_bytes = max_bytes, .retain = retain, .release = release };
    gw_decisions *decisions = apr_pcalloc(p, sizeof(*decisions));

    decisions->cache = gw_cache_make(&options, p);
    decisions->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (decisions->cache == NULL || decisions->sha256 == NULL
        || apr_thread_mutex_create(&decisions->lock, APR_THREAD_MUTEX_DEFAULT, p) != APR_SUCCESS
        || apr_thread_cond_create(&decisions->landed, p) != APR_SUCCESS)
        abort();
    return decisions;
}

void gw_decisions_destroy(gw_decisions *decisions)
{
    gw_cache_destroy(decisions->cache);
    EVP_MD_free(decisions->sha256);
}

/* ---- what is remembered ---- */

void gw_question_key_make(gw_question_key *key, const gw_decisions *decisions, apr_uint64_t serial,
                          const char *payload, apr_size_t len, apr_pool_t *p)
{
    const int is_whole = len <= GW_QUESTION_WHOLE_BYTES;
    unsigned char *bytes = apr_palloc(p, sizeof(serial) + 1 + (is_whole ? len : SHA256_BYTES));

    key->bytes = bytes;
    key->len = sizeof(serial) + 1 + (is_whole ? len : SHA256_BYTES);
    memcpy(bytes, &serial, sizeof(serial));
    bytes += sizeof(serial);
    *bytes++ = (unsigned char)is_whole;
    if (is_whole)
        memcpy(bytes, payload, len);
    else if (EVP_Digest(payload, len, bytes, NULL, decisions->sha256, NULL) != 1)
        abort(); /* out of memory; a key that is none would give one user another's answer */
}

gw_decision *gw_decisions_find(gw_decisions *decisions, const gw_question_key *key)
{
    apr_uint64_t ticket;
    void *value;

    return gw_cache_get(&value, &ticket, decisions->cache, key->bytes, key->len, 0) == APR_SUCCESS ? value : NULL;
}

void gw_decisions_remember(gw_decisions *decisions, const gw_question_key *key, gw_decision *decision)
{
    apr_uint64_t ticket;
    void *value;

    gw_cache_drop_key(decisions->cache, key->bytes, key->len); /* an old one, past its time */
    if (gw_cache_get(&value, &ticket, decisions->cache, key->bytes, key->len, 0) == APR_SUCCESS)
        gw_decision_release(value); /* another thread was quicker; its answer is as new as ours */
    else
        gw_cache_put(decisions->cache, key->bytes, key->len, NULL, decision, decision->bytes, ticket, 0);
}

/* ---- flights ---- */

gw_flight *gw_flight_board(int *is_leader, gw_decisions *decisions, const gw_question_key *key)
{
    gw_flight *flight;

    apr_thread_mutex_lock(decisions->lock);
    for (flight = decisions->flights; flight != NULL; flight = flight->next)
        if (gw_secure_is_equal(flight->key, flight->key_len, key->bytes, key->len))
            break;
    *is_leader = flight == NULL;
    if (flight == NULL) {
        if ((flight = calloc(1, sizeof(*flight) + key->len)) == NULL)
            abort();
        memcpy(flight->key, key->bytes, key->len);
        flight->key_len = key->len;
        flight->next = decisions->flights;
        decisions->flights = flight;
    }
    flight->refs++;
    apr_thread_mutex_unlock(decisions->lock);
    return flight;
}

void gw_flight_land(gw_decisions *decisions, gw_flight *flight, gw_landing landing, gw_decision *decision)
{
    gw_flight **at = &decisions->flights;

    apr_thread_mutex_lock(decisions->lock);
    while (*at != flight)
        at = &(*at)->next;
    *at = flight->next;
    flight->has_landed = 1;
    flight->landing = landing;
    if (landing == GW_LANDED_SHARED) {
        gw_decision_retain(decision);
        flight->decision = decision;
    }
    apr_thread_cond_broadcast(decisions->landed);
    apr_thread_mutex_unlock(decisions->lock);
}

gw_landing gw_flight_await(gw_decision **decision, gw_decisions *decisions, gw_flight *flight,
                           apr_interval_time_t wait)
{
    const apr_time_t began = apr_time_now();
    gw_landing landing = GW_LANDED_FAILED;
    apr_interval_time_t waited = 0;

    apr_thread_mutex_lock(decisions->lock);
    while (!flight->has_landed && waited >= 0 && waited < wait) {
        apr_thread_cond_timedwait(decisions->landed, decisions->lock, wait - waited);
        waited = apr_time_now() - began;
    }
    if (flight->has_landed)
        landing = flight->landing;
    if (landing == GW_LANDED_SHARED) {
        gw_decision_retain(flight->decision);
        *decision = flight->decision;
    }
    apr_thread_mutex_unlock(decisions->lock);
    return landing;
}

void gw_flight_leave(gw_decisions *decisions, gw_flight *flight)
{
    int is_last;

    apr_thread_mutex_lock(decisions->lock);
    is_last = --flight->refs == 0;
    apr_thread_mutex_unlock(decisions->lock);
    if (!is_last)
        return;
    gw_decision_release(flight->decision);
    free(flight);
}
