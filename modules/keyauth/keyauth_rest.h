/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_rest.h - keys at rest: with GwKeyAtRest hashed the table holds digests, and a key is shown once. Pure.
 * Keys are long and random (or their owner's risk), so a plain SHA-256 is enough and can be looked up.
 */
#ifndef GW_KEYAUTH_REST_H
#define GW_KEYAUTH_REST_H

#include <apr_pools.h>
#include <jansson.h>

/* "sha256:" and 64 hex digits; in p. */
const char *gw_key_digest(const char *key, apr_pool_t *p);
/* 1 when s has that form: it names a key and never opens anything, whoever copied it from the database. */
int gw_key_is_digest(const char *s);
/* Put the digest in the place of a row's key, unless it is one already (a dump loaded again). */
void gw_key_hide(json_t *row, apr_pool_t *p);
/* In a row that gw_key_hide has just changed: the key itself, for this one answer. */
void gw_key_show_once(json_t *row);

#endif
