/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secure.c - the only compare for keys, digests and signatures. Lengths are no secret, bytes are.
 */
#include "text.h"

#include <string.h>

/* Words where it can, for caches compare keys of every request. The compiler sees no early way out: `differ` is read
 * once, through a volatile. */
static int is_equal(const unsigned char *a, const unsigned char *b, apr_size_t len)
{
    apr_uint64_t x, y, differ = 0;
    volatile apr_uint64_t verdict;

    for (; len >= 8; a += 8, b += 8, len -= 8) {
        memcpy(&x, a, 8);
        memcpy(&y, b, 8);
        differ |= x ^ y;
    }
    for (; len > 0; len--)
        differ |= (apr_uint64_t)(*a++ ^ *b++);
    verdict = differ;
    return verdict == 0;
}

int gw_secure_is_equal(const void *a, apr_size_t alen, const void *b, apr_size_t blen)
{
    return alen == blen && is_equal(a, b, alen);
}
