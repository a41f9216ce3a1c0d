/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision_cache.h - decisions of hooks that may be told again, and one flight at a time for equal questions.
 *
 * A question's key is its payload, compared whole, and the serial of the plugin row's compilation: two users, bodies or
 * headers never share an answer, and a changed row forgets its own. A long payload's SHA-256 stands in its place, so
 * that bodies do not fill the cache. Threads: any. Pure.
 */
#ifndef GW_MIDDLEMAN_DECISION_CACHE_H
#define GW_MIDDLEMAN_DECISION_CACHE_H

#include "hook_answer.h"

typedef struct gw_decisions gw_decisions;
typedef struct gw_flight gw_flight;

#define GW_QUESTION_WHOLE_BYTES 1024 /* up to here a payload is its own key: quicker than its sum */

typedef struct gw_question_key {
    const unsigned char *bytes; /* serial, kind, payload or sum */
    apr_size_t len;
} gw_question_key;

/* How a flight ended. */
typedef enum gw_landing {
    GW_LANDED_SHARED, /* with a decision that all who wait may use */
    GW_LANDED_ALONE,  /* with one that is its asker's alone: ask yourself */
    GW_LANDED_FAILED, /* the hook gave no answer */
    GW_LANDED_BUSY    /* it was not asked: too many others ask */
} gw_landing;

/* In child_init; `max_bytes` of decisions. A child keeps it to its end: a thread that still asks may outlive pchild.
 * Whoever knows that nobody does destroys it. */
gw_decisions *gw_decisions_make(apr_size_t max_bytes, apr_pool_t *p);
void gw_decisions_destroy(gw_decisions *decisions);

/* The key's bytes are in p. */
void gw_question_key_make(gw_question_key *key, const gw_decisions *decisions, apr_uint64_t serial,
                          const char *payload, apr_size_t len, apr_pool_t *p);
/* What was remembered, fresh or not, retained; NULL = nothing. */
gw_decision *gw_decisions_find(gw_decisions *decisions, const gw_question_key *key);
/* Remember a decision (a reference of its own) that has a fresh_until. */
void gw_decisions_remember(gw_decisions *decisions, const gw_question_key *key, gw_decision *decision);

/* The flight of this question. *is_leader: whoever called begins it, must land it, and leave it; others wait for its
 * landing, and leave it. */
gw_flight *gw_flight_board(int *is_leader, gw_decisions *decisions, const gw_question_key *key);
/* `decision` (GW_LANDED_SHARED) is retained for each who waits. */
void gw_flight_land(gw_decisions *decisions, gw_flight *flight, gw_landing landing, gw_decision *decision);
/* GW_LANDED_SHARED: *decision is retained for the caller. GW_LANDED_FAILED also when it takes longer than `wait`. */
gw_landing gw_flight_await(gw_decision **decision, gw_decisions *decisions, gw_flight *flight,
                           apr_interval_time_t wait);
void gw_flight_leave(gw_decisions *decisions, gw_flight *flight);

#endif
