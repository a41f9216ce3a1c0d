/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mix_hash.h - 64 bits from text, the same on every node and in every version: what requests are spread by. No secret
 * is in it, and nobody's table depends on it. Pure.
 */
#ifndef GW_UPSTREAM_MIX_HASH_H
#define GW_UPSTREAM_MIX_HASH_H

#include <apr.h>

/* Every bit of the result depends on every bit of x (the finaliser of MurmurHash3). */
static inline apr_uint64_t gw_mix(apr_uint64_t x)
{
    x = (x ^ x >> 33) * APR_UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x >> 33) * APR_UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* FNV-1a over the bytes, mixed. */
static inline apr_uint64_t gw_mix_bytes(apr_uint64_t seed, const char *bytes, apr_size_t len)
{
    apr_uint64_t hash = seed ^ APR_UINT64_C(0xcbf29ce484222325);
    apr_size_t i;

    for (i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * APR_UINT64_C(0x100000001b3);
    return gw_mix(hash ^ len);
}

static inline apr_uint64_t gw_mix_text(apr_uint64_t seed, const char *text)
{
    apr_size_t len = 0;

    while (text[len] != '\0')
        len++;
    return gw_mix_bytes(seed, text, len);
}

#endif
