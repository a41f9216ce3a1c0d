/* SPDX-License-Identifier: Apache-2.0 */
/* jwk.h - test keys from JSON Web Keys (RFC 7517), for vectors that come with one. */
#ifndef GW_T_JWK_H
#define GW_T_JWK_H

#include <string.h>
#include <apr_strings.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "text.h"

static unsigned char *jwk_bytes(apr_ssize_t *len, const json_t *jwk, const char *member, apr_pool_t *p)
{
    const char *text = json_string_value(json_object_get(jwk, member));
    unsigned char *out = text ? apr_palloc(p, strlen(text) + 1) : NULL;

    *len = text ? gw_base64url_decode(out, text, strlen(text)) : -1;
    return *len >= 0 ? out : NULL;
}

static EVP_PKEY *jwk_from_params(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY *key = NULL;

    if (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* The public key of an RSA or EC JWK; NULL for what it is not. New. */
__attribute__((unused)) static EVP_PKEY *jwk_public_key(const json_t *jwk, apr_pool_t *p)
{
    const char *kty = json_string_value(json_object_get(jwk, "kty"));
    const char *crv = json_string_value(json_object_get(jwk, "crv"));
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    apr_ssize_t alen, blen;
    EVP_PKEY *key;

    if (strcmp(kty, "RSA") == 0) {
        unsigned char *n = jwk_bytes(&alen, jwk, "n", p), *e = jwk_bytes(&blen, jwk, "e", p);
        BIGNUM *bn = BN_bin2bn(n, (int)alen, NULL), *be = BN_bin2bn(e, (int)blen, NULL);

        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn);
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, be);
        key = jwk_from_params("RSA", build);
        BN_free(bn);
        BN_free(be);
        return key;
    }
    if (strcmp(kty, "EC") == 0) {
        unsigned char *x = jwk_bytes(&alen, jwk, "x", p), *y = jwk_bytes(&blen, jwk, "y", p);
        const char *group = strcmp(crv, "P-256") == 0   ? "prime256v1"
                            : strcmp(crv, "P-384") == 0 ? "secp384r1"
                                                        : "secp521r1";
        apr_ssize_t size = strcmp(crv, "P-256") == 0 ? 32 : strcmp(crv, "P-384") == 0 ? 48 : 66;
        unsigned char *point = apr_pcalloc(p, (apr_size_t)(1 + 2 * size));

        point[0] = 4; /* uncompressed */
        memcpy(point + 1 + size - alen, x, (size_t)alen);
        memcpy(point + 1 + 2 * size - blen, y, (size_t)blen);
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, (size_t)(1 + 2 * size));
        return jwk_from_params("EC", build);
    }
    OSSL_PARAM_BLD_free(build);
    return NULL;
}

#endif
