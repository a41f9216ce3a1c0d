/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_rest.c - digests of keys. The key travels from write to answer in a member of the row that is no field of
 * the schema: nothing stores or shows it.
 */
#include "keyauth_rest.h"

#include <stdlib.h>
#include <string.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define PREFIX GW_KEY_DIGEST_PREFIX
#define PURPOSE "key-auth key" /* what else is made with that secret is no digest of a key */
#define MADE_KEY "(key, as made)"

const char *gw_key_digest(const char *key, const unsigned char *secret, apr_pool_t *p)
{
    const char *told = apr_pstrcat(p, PURPOSE ":", key, NULL);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len;

    /* A key must never be taken for another because a digest could not be had. */
    if (HMAC(EVP_sha256(), secret, 32, (const unsigned char *)told, strlen(told), digest, &len) == NULL)
        abort();
    return apr_pstrcat(p, PREFIX, apr_pescape_hex(p, digest, len, 0), NULL);
}

int gw_key_is_digest(const char *s)
{
    const apr_size_t prefix = sizeof(PREFIX) - 1;

    return strncmp(s, PREFIX, prefix) == 0 && strspn(s + prefix, "0123456789abcdef") == 64 && s[prefix + 64] == '\0';
}

void gw_key_hide(json_t *row, const unsigned char *secret, apr_pool_t *p)
{
    json_t *key = json_object_get(row, "key");

    if (!json_is_string(key) || gw_key_is_digest(json_string_value(key)))
        return;
    json_object_set(row, MADE_KEY, key);
    json_object_set_new(row, "key", json_string(gw_key_digest(json_string_value(key), secret, p)));
}

void gw_key_show_once(json_t *row)
{
    json_t *made = json_object_get(row, MADE_KEY), *key = json_object_get(row, "key");

    if (made != NULL) {
        json_object_set(row, "key", made);
        json_object_del(row, MADE_KEY);
    } else if (json_is_string(key) && gw_key_is_digest(json_string_value(key))) {
        json_object_set_new(row, "key", json_null());
    }
}
