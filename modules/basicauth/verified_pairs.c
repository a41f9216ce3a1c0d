/* SPDX-License-Identifier: Apache-2.0 */
/* verified_pairs.c - base's bounded cache with marks as keys, and nothing worth telling as values. */
#include "verified_pairs.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "cache.h"
#include "text.h"

#define KEY_BYTES 32
#define ENTRY_BYTES 256 /* a mark with all that the cache keeps of it, generously */
#define SHORT_TEXT 256  /* usual pairs are put together on the stack */

struct gw_verified_pairs {
    gw_cache *cache;
    EVP_MD *sha256; /* fetched once: asking for it by name takes as long as the digest */
    unsigned char key[KEY_BYTES];
};

static char good; /* what every mark stands for */

gw_verified_pairs *gw_verified_pairs_make(apr_size_t max, apr_interval_time_t ttl, apr_pool_t *p)
{
    gw_verified_pairs *pairs = apr_pcalloc(p, sizeof(*pairs));
    gw_cache_options options = { .max_bytes = max * ENTRY_BYTES, .ttl = ttl };

    pairs->cache = gw_cache_make(&options, p);
    pairs->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (pairs->cache == NULL || pairs->sha256 == NULL)
        abort();
    gw_random_bytes(pairs->key, sizeof(pairs->key));
    return pairs;
}

/* A digest that begins with the key: nobody is ever told one, so nobody can lengthen one, and HMAC's second pass (and
 * what OpenSSL adds to it each time) buys nothing. Parts of fixed length first; the id's own NUL parts it from the
 * password. */
void gw_pair_mark_make(gw_pair_mark *mark, const gw_verified_pairs *pairs, const char *credential_id,
                       apr_uint64_t version, const char *password)
{
    const apr_size_t id_len = strlen(credential_id) + 1, password_len = strlen(password);
    const apr_size_t len = KEY_BYTES + sizeof(version) + id_len + password_len;
    unsigned char usual[SHORT_TEXT], *text = len <= sizeof(usual) ? usual : malloc(len), *at = text;
    unsigned mark_len = 0;

    if (text == NULL)
        abort();
    memcpy(at, pairs->key, KEY_BYTES);
    memcpy(at += KEY_BYTES, &version, sizeof(version));
    memcpy(at += sizeof(version), credential_id, id_len);
    memcpy(at + id_len, password, password_len);
    if (EVP_Digest(text, len, mark->bytes, &mark_len, pairs->sha256, NULL) != 1 || mark_len != sizeof(mark->bytes))
        abort(); /* a mark of chance would let in anybody */
    OPENSSL_cleanse(text, len);
    if (text != usual)
        free(text);
}

int gw_verified_pairs_has(gw_verified_pairs *pairs, const gw_pair_mark *mark, apr_time_t now)
{
    apr_uint64_t ticket;
    void *value;

    return gw_cache_get(&value, &ticket, pairs->cache, mark->bytes, sizeof(mark->bytes), now) == APR_SUCCESS;
}

void gw_verified_pairs_put(gw_verified_pairs *pairs, const gw_pair_mark *mark, apr_time_t now)
{
    apr_uint64_t ticket;
    void *value;

    if (gw_cache_get(&value, &ticket, pairs->cache, mark->bytes, sizeof(mark->bytes), now) == APR_INCOMPLETE)
        gw_cache_put(pairs->cache, mark->bytes, sizeof(mark->bytes), NULL, &good, 1, ticket, now);
}
