/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyed_hash.h - SipHash-1-3: a hash whose collisions nobody can aim at without its seed.
 * For tables whose keys strangers choose, or whose keys are secrets. Not a MAC. Pure.
 */
#ifndef GW_BASE_KEYED_HASH_H
#define GW_BASE_KEYED_HASH_H

#include <apr.h>

typedef struct gw_hash_seed {
    apr_uint64_t k0, k1;
} gw_hash_seed;

/* A seed of its own for each table. */
void gw_hash_seed_make(gw_hash_seed *seed);
apr_uint64_t gw_keyed_hash(const gw_hash_seed *seed, const void *bytes, apr_size_t len);

#endif
