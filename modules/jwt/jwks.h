/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwks.h - a set of public keys as issuers publish it (RFC 7517), and which of them a token may be checked with.
 *
 * What is no public key for signatures is left out: symmetric keys, private ones, keys for encryption, types and sizes
 * that no algorithm of ours takes. Immutable, counted; threads: any. Pure.
 */
#ifndef GW_JWT_JWKS_H
#define GW_JWT_JWKS_H

#include <apr.h>

#include "jws.h"

#define GW_JWKS_MAX_BYTES (1024 * 1024)
#define GW_JWKS_MAX_KEYS 100 /* of any kind */

typedef struct gw_jwks gw_jwks;

/* NULL and *why (static) when it is no set, is too large, or holds no key that can be used. New: gw_jwks_release. */
gw_jwks *gw_jwks_parse(const char **why, const char *text, size_t len);
void gw_jwks_retain(gw_jwks *set);
void gw_jwks_release(gw_jwks *set); /* may be NULL */
/* Another number for another content; never 0. */
apr_uint64_t gw_jwks_version(const gw_jwks *set);
int gw_jwks_count(const gw_jwks *set); /* of usable keys */

typedef enum gw_jwks_outcome {
    GW_JWKS_FOUND,
    GW_JWKS_NO_KEY,   /* none of this id; without an id: not exactly one that fits */
    GW_JWKS_OTHER_ALG /* the key of this id is for other algorithms */
} gw_jwks_outcome;

/* *key: borrowed from the set. `kid` may be NULL: the token does not say. A key's own `alg` must be the token's;
 * without one its type decides. */
gw_jwks_outcome gw_jwks_find(EVP_PKEY **key, const gw_jwks *set, const char *kid, const gw_jws_alg *alg);
/* 1 when an algorithm that was allowed by this name may be used under that one: themselves, and EdDSA for the names of
 * its curves (RFC 9864). */
int gw_jwks_alg_covers(const char *allowed, const gw_jws_alg *alg);

#endif
