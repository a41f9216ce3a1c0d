/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_schema.h - the field tables of the jwt plugin and its credentials, and the structs they compile to.
 */
#ifndef GW_JWT_SCHEMA_H
#define GW_JWT_SCHEMA_H

#include "gw_entity.h"
#include "jwks.h"
#include "jws.h"

/* A claim that the upstream is told of, and in which header. */
typedef struct gw_jwt_claim_header {
    const char *claim, *header;
} gw_jwt_claim_header;

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_jwt_conf {
    gw_strings uri_param_names, cookie_names, header_names;
    const char *key_claim_name;
    int secret_is_base64;
    gw_strings claims_to_verify;
    const char *anonymous; /* consumer id or username, NULL = none */
    int run_on_preflight;
    double maximum_expiration; /* s, 0 = any */
    const char *realm;
    gw_strings audience, issuers; /* set = 0: any */
    apr_int64_t clock_skew;       /* s */
    const char *claims_to_headers_json; /* NULL = none */
    /* completed by gw_jwt_conf_prepare */
    int verify_exp, verify_nbf;
    const char *challenge, *challenge_invalid; /* WWW-Authenticate */
    int nclaim_headers;
    const gw_jwt_claim_header *claim_headers;
} gw_jwt_conf;

/* A credential (jwt_secrets); arena-owned but for the keys. */
typedef struct gw_jwt_secret {
    const char *key;
    const char *secret;
    const char *rsa_public_key; /* NULL for HMAC */
    const char *algorithm;
    const char *jwks_uri;       /* NULL = none */
    const char *jwks_json;      /* NULL = none */
    gw_strings algorithms;      /* that tokens may have, with either */
    /* completed by gw_jwt_secret_prepare */
    const gw_jws_alg *alg;
    EVP_PKEY *public_key; /* NULL when there is none or it is no such key */
    gw_jwks *jwks;        /* of jwks_json */
} gw_jwt_secret;

extern const gw_schema gw_jwt_conf_schema;
extern const gw_schema gw_jwt_secret_schema;

/* `prepare` and `destroy` of gw_plugin and gw_entity. */
const char *gw_jwt_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);
const char *gw_jwt_secret_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);
void gw_jwt_secret_destroy(void *conf);

#endif
