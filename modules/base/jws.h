/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jws.h - the signature layer: RFC 7515 compact form, algorithms of RFC 7518, 8037 and 9864.
 * Pure: bytes and keys in, yes or no out. The algorithm always comes from the caller (the credential), never from
 * the token. Threads: any; keys may be shared.
 */
#ifndef GW_JWT_JWS_H
#define GW_JWT_JWS_H

#include <stddef.h>
#include <openssl/evp.h>

typedef enum gw_jws_family { GW_JWS_HMAC, GW_JWS_RSA, GW_JWS_PSS, GW_JWS_ECDSA, GW_JWS_EDDSA } gw_jws_family;

typedef struct gw_jws_alg {
    const char *name;
    gw_jws_family family;
    const char *digest;     /* OpenSSL's name; NULL for EdDSA */
    const char *key_type;   /* ECDSA: group name; EdDSA: key type, NULL = Ed25519 or Ed448 */
    size_t signature_bytes; /* 0 = as the key says */
} gw_jws_alg;

/* Names of all algorithms in the order shown to clients, NULL-terminated. */
extern const char *const gw_jws_alg_names[];
/* By exact name; NULL for every other, "none" in any spelling among them. Borrowed, static. */
const gw_jws_alg *gw_jws_alg_find(const char *name);

/* The three parts of a compact token, base64url text, borrowed from it. */
typedef struct gw_jws_parts {
    const char *header, *payload, *signature;
    size_t header_len, payload_len, signature_len;
    size_t signed_len; /* bytes from the token's start that were signed */
} gw_jws_parts;

/* 1, or 0 when there are fewer than two dots. Later dots stay in the signature part. */
int gw_jws_split(gw_jws_parts *parts, const char *token, size_t len);

/* A public key from PEM: SPKI or PKCS#1; a private key or a certificate is not one. NULL when it is no such thing.
 * New: free with EVP_PKEY_free. */
EVP_PKEY *gw_jws_key_parse(const char *pem, size_t len);
/* 1 when the key may be used with alg: right family and curve, RSA of at least 2048 bits. */
int gw_jws_key_fits(EVP_PKEY *key, const gw_jws_alg *alg);

/* 1 when `signature` over `input` is good. Never for an empty secret, a wrong length, or any internal failure. */
int gw_jws_verify_hmac(const gw_jws_alg *alg, const void *secret, size_t secret_len, const char *input,
                       size_t input_len, const unsigned char *signature, size_t signature_len);
/* The same with a public key; the key is checked with gw_jws_key_fits. */
int gw_jws_verify_key(const gw_jws_alg *alg, EVP_PKEY *key, const char *input, size_t input_len,
                      const unsigned char *signature, size_t signature_len);

#endif
