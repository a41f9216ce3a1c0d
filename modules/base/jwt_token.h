/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_token.h - a token taken apart and its claims judged (RFC 7519). Pure: time is an argument.
 */
#ifndef GW_JWT_TOKEN_H
#define GW_JWT_TOKEN_H

#include <apr_pools.h>
#include <apr_time.h>
#include <jansson.h>

#include "gw_schema.h"
#include "jws.h"

/* Longer tokens are refused before anything is decoded. */
#define GW_JWT_MAX_BYTES 16384

typedef struct gw_jwt {
    json_t *header, *payload; /* objects; owned by the pool that gw_jwt_parse got */
    const gw_jws_alg *alg;    /* what the token claims; compare it with the credential's, never trust it */
    const char *token;        /* borrowed */
    size_t signed_len;
    const unsigned char *signature;
    size_t signature_len;
} gw_jwt;

/* Take `token` apart, strictly: base64url without padding, one JSON object per part without duplicate members, an
 * algorithm that a credential can have, at least one claim, no `crit`, no `b64` (RFC 7515 4.1.11, RFC 7797). NULL and
 * *jwt in p, or the message for the client. */
const char *gw_jwt_parse(gw_jwt *jwt, const char *token, size_t len, apr_pool_t *p);

/* The text of the claim that names the credential: payload first, then header. *why: NULL, or the message. */
const char *gw_jwt_key_claim(const char **why, const json_t *header, const json_t *payload, const char *name,
                             apr_pool_t *p);

typedef struct gw_jwt_rules {
    int verify_exp, verify_nbf;
    double maximum_expiration_s; /* 0 = any */
    double skew_s;               /* leeway on exp and nbf */
    const gw_strings *audience, *issuers; /* NULL or not set: any */
} gw_jwt_rules;

/* NULL when all rules hold at `now`, else the body for the client: {"exp":"token expired"} and the like, in p. */
const char *gw_jwt_check_claims(const json_t *payload, const gw_jwt_rules *rules, apr_time_t now, apr_pool_t *p);

#endif
