/* SPDX-License-Identifier: Apache-2.0 */
/* limit_key.c - see limit_key.h. */
#include "limit_key.h"

#include <string.h>
#include <arpa/inet.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "text.h"

#define NIL_UUID "00000000-0000-0000-0000-000000000000"
#define PLACES "6f0c2c1e-1d7b-5c3a-9a64-0d1f5f3e7a10" /* the namespace of places as uuids */
#define MAX_IDENTIFIER 256

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

const char *gw_limit_key_format(apr_size_t *len, const gw_limit_key *key, apr_pool_t *p)
{
    const char *const parts[] = { or_empty(key->route_id), or_empty(key->service_id), or_empty(key->place),
                                  key->identifier };
    apr_size_t lens[4], n = 1;
    char *bytes, *at;

    for (int i = 0; i < 4; i++)
        n += (lens[i] = strlen(parts[i]) + 1);
    at = bytes = apr_palloc(p, n);
    *at++ = (char)('a' + key->by);
    for (int i = 0; i < 4; i++) {
        memcpy(at, parts[i], lens[i]);
        at += lens[i];
    }
    *len = n;
    return bytes;
}

static int is_plain(const char *s)
{
    apr_size_t n = 0;

    for (; *s != '\0'; s++, n++)
        if (n >= MAX_IDENTIFIER || (unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f)
            return 0;
    return 1;
}

/* What stands for those without the header that is counted by: their address, or a sum. Whoever writes that into the
 * header must not count for them. */
static int is_like_another_kind(const gw_limit_key *key)
{
    unsigned char bytes[16];

    return key->by == GW_BY_HEADER
           && (inet_pton(AF_INET, key->identifier, bytes) == 1 || inet_pton(AF_INET6, key->identifier, bytes) == 1
               || strncmp(key->identifier, "sha256-", 7) == 0);
}

static const char *sum_of(const char *s, apr_pool_t *p)
{
    unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(s, strlen(s), sum, NULL, EVP_sha256(), NULL);
    return apr_pstrcat(p, "sha256-", apr_pescape_hex(p, sum, 32, 0), NULL);
}

const char *gw_limit_key_show(const gw_limit_key *key, apr_pool_t *p)
{
    const char *identifier = is_plain(key->identifier) && !is_like_another_kind(key) ? key->identifier
                                                                                      : sum_of(key->identifier, p);
    const char *route = key->route_id;
    char place[37];

    if (key->place != NULL) {
        gw_uuid_v5(place, PLACES, key->place);
        route = place;
    }
    return apr_pstrcat(p, route != NULL ? route : NIL_UUID, ":", key->service_id != NULL ? key->service_id : NIL_UUID,
                       ":", identifier, NULL);
}
