/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_rest.h - keys at rest: with GwKeyAtRest hashed the table holds digests, and a key is shown once. Pure.
 * A digest is keyed with the secret that the nodes share (gw_shared_secret), so that the table alone tells nothing of
 * keys, not even of those that are easily guessed; one digest per key, so that it can be looked up by.
 */
#ifndef GW_KEYAUTH_REST_H
#define GW_KEYAUTH_REST_H

#include <apr_pools.h>
#include <jansson.h>

#define GW_KEY_DIGEST_PREFIX "hmac-sha256:"

/* The prefix and 64 hex digits; in p. `secret`: 32 bytes. */
const char *gw_key_digest(const char *key, const unsigned char *secret, apr_pool_t *p);
/* 1 when s has that form: it names a key and never opens anything, whoever copied it from the database. */
int gw_key_is_digest(const char *s);
/* Put the digest in the place of a row's key, unless it is one already (a dump loaded again). */
void gw_key_hide(json_t *row, const unsigned char *secret, apr_pool_t *p);
/* In a row that gw_key_hide has just changed: the key itself, for this one answer. In others a digest becomes null. */
void gw_key_show_once(json_t *row);

#endif
