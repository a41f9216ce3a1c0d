/* SPDX-License-Identifier: Apache-2.0 */
/* jwt_verify.c - see jwt_verify.h. The algorithm is the credential's; the token's own is only compared with it. */
#include "jwt_verify.h"

#include <string.h>

#include "text.h"

#define BAD_KEY "Invalid key/secret"
#define BAD_ALGORITHM "Invalid algorithm"
#define BAD_SIGNATURE "Invalid signature"

/* The secret's bytes, decoded when the config says that they are base64. NULL when they are not. */
static const unsigned char *secret_bytes(size_t *len, const char *text, int is_base64, apr_pool_t *p)
{
    unsigned char *bytes;
    apr_ssize_t n;

    *len = strlen(text);
    if (!is_base64)
        return (const unsigned char *)text;
    bytes = apr_palloc(p, *len + 1);
    if ((n = gw_base64_decode_any(bytes, text, *len)) < 0)
        return NULL;
    *len = (size_t)n;
    return bytes;
}

static const char *verify_hmac(const gw_jwt *jwt, const gw_jwt_secret *secret, int is_base64, apr_pool_t *p)
{
    size_t len;
    const unsigned char *bytes = secret->secret ? secret_bytes(&len, secret->secret, is_base64, p) : NULL;

    if (bytes == NULL || len == 0)
        return BAD_KEY;
    return gw_jws_verify_hmac(jwt->alg, bytes, len, jwt->token, jwt->signed_len, jwt->signature, jwt->signature_len)
               ? NULL
               : BAD_SIGNATURE;
}

static const char *verify_with(EVP_PKEY *key, const gw_jwt *jwt)
{
    return gw_jws_verify_key(jwt->alg, key, jwt->token, jwt->signed_len, jwt->signature, jwt->signature_len)
               ? NULL
               : BAD_SIGNATURE;
}

const char *gw_jwt_verify(const gw_jwt *jwt, const gw_jwt_secret *secret, int secret_is_base64, apr_pool_t *p)
{
    if (jwt->alg != secret->alg)
        return BAD_ALGORITHM;
    if (secret->alg->family == GW_JWS_HMAC)
        return verify_hmac(jwt, secret, secret_is_base64, p);
    if (secret->public_key == NULL || !gw_jws_key_fits(secret->public_key, jwt->alg))
        return BAD_KEY;
    return verify_with(secret->public_key, jwt);
}

static int is_allowed(const gw_jwt_secret *secret, const gw_jws_alg *alg)
{
    int i;

    for (i = 0; i < secret->algorithms.n; i++)
        if (gw_jwks_alg_covers(secret->algorithms.v[i], alg))
            return 1;
    return 0;
}

const char *gw_jwt_verify_by_set(int *is_unknown, const gw_jwt *jwt, const gw_jwt_secret *secret, const gw_jwks *set)
{
    const char *kid = json_string_value(json_object_get(jwt->header, "kid"));
    gw_jwks_outcome outcome;
    EVP_PKEY *key;

    *is_unknown = 0;
    if (jwt->alg->family == GW_JWS_HMAC || !is_allowed(secret, jwt->alg))
        return BAD_ALGORITHM;
    outcome = gw_jwks_find(&key, set, kid, jwt->alg);
    *is_unknown = outcome == GW_JWKS_NO_KEY;
    if (outcome != GW_JWKS_FOUND)
        return outcome == GW_JWKS_OTHER_ALG ? BAD_ALGORITHM : BAD_KEY;
    return verify_with(key, jwt);
}
