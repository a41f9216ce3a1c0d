/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jws.c - verification of compact JWS with OpenSSL. One table row per algorithm; what a family needs beyond the
 * digest (PSS salt, raw r||s) stands in one function each. Knows neither JSON nor claims.
 */
#include "jws.h"

#include <string.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "text.h"

#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 16384

static const gw_jws_alg algs[] = {
    { "HS256", GW_JWS_HMAC, "SHA256", NULL, 32 },
    { "HS384", GW_JWS_HMAC, "SHA384", NULL, 48 },
    { "HS512", GW_JWS_HMAC, "SHA512", NULL, 64 },
    { "RS256", GW_JWS_RSA, "SHA256", NULL, 0 },
    { "RS384", GW_JWS_RSA, "SHA384", NULL, 0 },
    { "RS512", GW_JWS_RSA, "SHA512", NULL, 0 },
    { "PS256", GW_JWS_PSS, "SHA256", NULL, 0 },
    { "PS384", GW_JWS_PSS, "SHA384", NULL, 0 },
    { "PS512", GW_JWS_PSS, "SHA512", NULL, 0 },
    { "ES256", GW_JWS_ECDSA, "SHA256", "prime256v1", 64 },
    { "ES384", GW_JWS_ECDSA, "SHA384", "secp384r1", 96 },
    { "ES512", GW_JWS_ECDSA, "SHA512", "secp521r1", 132 },
    { "EdDSA", GW_JWS_EDDSA, NULL, NULL, 0 },
    { "Ed25519", GW_JWS_EDDSA, NULL, "ED25519", 64 },
    { "Ed448", GW_JWS_EDDSA, NULL, "ED448", 114 },
};

const char *const gw_jws_alg_names[] = { "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",   "PS384",
                                         "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448", NULL };

const gw_jws_alg *gw_jws_alg_find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
        if (strcmp(algs[i].name, name) == 0)
            return &algs[i];
    return NULL;
}

int gw_jws_split(gw_jws_parts *parts, const char *token, size_t len)
{
    const char *end = token + len;
    const char *dot = memchr(token, '.', len);
    const char *second = dot ? memchr(dot + 1, '.', (size_t)(end - dot - 1)) : NULL;

    if (second == NULL)
        return 0;
    parts->header = token;
    parts->header_len = (size_t)(dot - token);
    parts->payload = dot + 1;
    parts->payload_len = (size_t)(second - dot - 1);
    parts->signature = second + 1;
    parts->signature_len = (size_t)(end - second - 1);
    parts->signed_len = (size_t)(second - token);
    return 1;
}

static int names_private_key(const char *pem, size_t len)
{
    static const char mark[] = "PRIVATE KEY";
    size_t i, n = sizeof(mark) - 1;

    for (i = 0; i + n <= len; i++)
        if (memcmp(pem + i, mark, n) == 0)
            return 1;
    return 0;
}

EVP_PKEY *gw_jws_key_parse(const char *pem, size_t len)
{
    const unsigned char *in = (const unsigned char *)pem;
    EVP_PKEY *key = NULL;
    OSSL_DECODER_CTX *ctx;

    if (names_private_key(pem, len))
        return NULL;
    ctx = OSSL_DECODER_CTX_new_for_pkey(&key, "PEM", NULL, NULL, EVP_PKEY_PUBLIC_KEY, NULL, NULL);
    if (ctx == NULL || !OSSL_DECODER_from_data(ctx, &in, &len))
        key = NULL;
    OSSL_DECODER_CTX_free(ctx);
    ERR_clear_error();
    return key;
}

static int is_on_curve(EVP_PKEY *key, const char *curve)
{
    char group[64];
    size_t len;

    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), &len) == 1
           && strcmp(group, curve) == 0;
}

static int is_edwards(EVP_PKEY *key, const char *type)
{
    if (type != NULL)
        return EVP_PKEY_is_a(key, type);
    return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
}

int gw_jws_key_fits(EVP_PKEY *key, const gw_jws_alg *alg)
{
    int bits = EVP_PKEY_get_bits(key);
    int is_rsa_size = bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS;

    switch (alg->family) {
    case GW_JWS_RSA:
        return EVP_PKEY_is_a(key, "RSA") && is_rsa_size;
    case GW_JWS_PSS:
        return (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) && is_rsa_size;
    case GW_JWS_ECDSA:
        return is_on_curve(key, alg->key_type);
    case GW_JWS_EDDSA:
        return is_edwards(key, alg->key_type);
    case GW_JWS_HMAC:
        break;
    }
    return 0;
}

int gw_jws_verify_hmac(const gw_jws_alg *alg, const void *secret, size_t secret_len, const char *input,
                       size_t input_len, const unsigned char *signature, size_t signature_len)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t mac_len = 0;

    if (alg->family != GW_JWS_HMAC || secret_len == 0
        || EVP_Q_mac(NULL, "HMAC", NULL, alg->digest, NULL, secret, secret_len, (const unsigned char *)input, input_len,
                     mac, sizeof(mac), &mac_len)
               == NULL) {
        ERR_clear_error();
        return 0;
    }
    return gw_secure_is_equal(mac, mac_len, signature, signature_len);
}

/* RFC 7518 3.4: r and s as fixed-size big-endian numbers, which OpenSSL wants in DER. New, NULL on failure. */
static unsigned char *der_from_raw(int *der_len, const unsigned char *raw, size_t raw_len)
{
    int half = (int)(raw_len / 2);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, half, NULL), *s = BN_bin2bn(raw + half, half, NULL);
    unsigned char *der = NULL;

    *der_len = -1;
    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s)) {
        r = s = NULL; /* stolen */
        *der_len = i2d_ECDSA_SIG(sig, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return *der_len > 0 ? der : NULL;
}

/* RFC 7518 3.5: the salt is as long as the hash. */
static int set_pss(EVP_PKEY_CTX *pctx)
{
    return EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0
           && EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static int verify_digest(const gw_jws_alg *alg, EVP_PKEY *key, const char *input, size_t input_len,
                         const unsigned char *signature, size_t signature_len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    int good = ctx != NULL && EVP_DigestVerifyInit_ex(ctx, &pctx, alg->digest, NULL, NULL, key, NULL) == 1
               && (alg->family != GW_JWS_PSS || set_pss(pctx))
               && EVP_DigestVerify(ctx, signature, signature_len, (const unsigned char *)input, input_len) == 1;

    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

int gw_jws_verify_key(const gw_jws_alg *alg, EVP_PKEY *key, const char *input, size_t input_len,
                      const unsigned char *signature, size_t signature_len)
{
    unsigned char *der;
    int der_len, good;

    if (!gw_jws_key_fits(key, alg) || (alg->signature_bytes != 0 && signature_len != alg->signature_bytes))
        return 0;
    if (alg->family != GW_JWS_ECDSA)
        return verify_digest(alg, key, input, input_len, signature, signature_len);
    if ((der = der_from_raw(&der_len, signature, signature_len)) == NULL)
        return 0;
    good = verify_digest(alg, key, input, input_len, der, (size_t)der_len);
    OPENSSL_free(der);
    return good;
}
