/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.c - unpredictable bytes and words. OpenSSL's generator is per thread and notices forks.
 */
#include "text.h"

#include <limits.h>
#include <stdlib.h>
#include <openssl/rand.h>

void gw_random_bytes(void *out, apr_size_t len)
{
    unsigned char *at = out;

    while (len > 0) {
        int n = len > INT_MAX ? INT_MAX : (int)len;

        /* A key that can be guessed is worse than a process that stops. */
        if (RAND_bytes(at, n) != 1)
            abort();
        at += n;
        len -= (apr_size_t)n;
    }
}

void gw_random_alnum(char *out, apr_size_t len)
{
    static const char alnum[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned char pool[64];
    apr_size_t at = sizeof(pool), i = 0;

    while (i < len) {
        if (at == sizeof(pool)) {
            gw_random_bytes(pool, sizeof(pool));
            at = 0;
        }
        /* 248 = 4 * 62: bytes above would favour the first characters. */
        if (pool[at] < 248)
            out[i++] = alnum[pool[at] % 62];
        at++;
    }
    out[len] = '\0';
}
