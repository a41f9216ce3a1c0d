/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secure.c - the only compare for keys, digests and signatures. Lengths are no secret, bytes are.
 */
#include "text.h"

#include <openssl/crypto.h>

int gw_secure_is_equal(const void *a, apr_size_t alen, const void *b, apr_size_t blen)
{
    return alen == blen && CRYPTO_memcmp(a, b, alen) == 0;
}
