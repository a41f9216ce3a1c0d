/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_verify.h - is a token's signature good under a credential: its secret, its public key, or a set of keys. Pure.
 */
#ifndef GW_JWT_VERIFY_H
#define GW_JWT_VERIFY_H

#include "jwks.h"
#include "jwt_schema.h"
#include "jwt_token.h"

/* Under the credential's own secret or key. NULL when it is good, else the message. Only secrets may be in base64: a
 * public key was checked as PEM when it was stored. */
const char *gw_jwt_verify(const gw_jwt *jwt, const gw_jwt_secret *secret, int secret_is_base64, apr_pool_t *p);
/* Under a key of the set. *is_unknown: the set has no key of the token's kid; a newer one may. */
const char *gw_jwt_verify_by_set(int *is_unknown, const gw_jwt *jwt, const gw_jwt_secret *secret, const gw_jwks *set);

#endif
