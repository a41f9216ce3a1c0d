/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_rest.c - digests of keys. The key travels from write to answer in a member of the row that is no field of
 * the schema: nothing stores or shows it.
 */
#include "keyauth_rest.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#define PREFIX "sha256:"
#define MADE_KEY "(key, as made)"

const char *gw_key_digest(const char *key, apr_pool_t *p)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len, i;
    char *text = apr_palloc(p, sizeof(PREFIX) + 2 * EVP_MAX_MD_SIZE), *out = text;

    /* A key must never be taken for another because a digest could not be had. */
    if (EVP_Digest(key, strlen(key), digest, &len, EVP_sha256(), NULL) != 1)
        abort();
    memcpy(out, PREFIX, sizeof(PREFIX) - 1);
    out += sizeof(PREFIX) - 1;
    for (i = 0; i < len; i++) {
        *out++ = hex[digest[i] >> 4];
        *out++ = hex[digest[i] & 15];
    }
    *out = '\0';
    return text;
}

int gw_key_is_digest(const char *s)
{
    const apr_size_t prefix = sizeof(PREFIX) - 1;

    return strncmp(s, PREFIX, prefix) == 0 && strspn(s + prefix, "0123456789abcdef") == 64 && s[prefix + 64] == '\0';
}

void gw_key_hide(json_t *row, apr_pool_t *p)
{
    json_t *key = json_object_get(row, "key");

    if (!json_is_string(key) || gw_key_is_digest(json_string_value(key)))
        return;
    json_object_set(row, MADE_KEY, key);
    json_object_set_new(row, "key", json_string(gw_key_digest(json_string_value(key), p)));
}

void gw_key_show_once(json_t *row)
{
    json_t *key = json_object_get(row, MADE_KEY);

    if (key == NULL)
        return;
    json_object_set(row, "key", key);
    json_object_del(row, MADE_KEY);
}
