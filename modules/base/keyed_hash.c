/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyed_hash.c - SipHash (Aumasson, Bernstein) with one compression and three finalisation rounds.
 */
#include "keyed_hash.h"

#include <string.h>

#include "text.h"

typedef struct state {
    apr_uint64_t v0, v1, v2, v3;
} state;

static inline apr_uint64_t rotate(apr_uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void mix(state *s)
{
    s->v0 += s->v1;
    s->v2 += s->v3;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v1;
    s->v0 += s->v3;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 = rotate(s->v2, 32);
}

static inline void absorb(state *s, apr_uint64_t word)
{
    s->v3 ^= word;
    mix(s);
    s->v0 ^= word;
}

void gw_hash_seed_make(gw_hash_seed *seed)
{
    gw_random_bytes(seed, sizeof(*seed));
}

apr_uint64_t gw_keyed_hash(const gw_hash_seed *seed, const void *bytes, apr_size_t len)
{
    const unsigned char *in = bytes;
    state s = { seed->k0 ^ 0x736f6d6570736575u, seed->k1 ^ 0x646f72616e646f6du, seed->k0 ^ 0x6c7967656e657261u,
                seed->k1 ^ 0x7465646279746573u };
    apr_uint64_t word, tail = 0, last = (apr_uint64_t)len << 56;
    apr_size_t i, whole = len / 8 * 8;

    /* Words in the machine's own order: the value never leaves the process. */
    for (i = 0; i < whole; i += 8) {
        memcpy(&word, in + i, 8);
        absorb(&s, word);
    }
    for (i = len; i > whole; i--)
        tail = tail << 8 | in[i - 1];
    last |= tail;
    absorb(&s, last);
    s.v2 ^= 0xff;
    mix(&s);
    mix(&s);
    mix(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
