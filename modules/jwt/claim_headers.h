/* SPDX-License-Identifier: Apache-2.0 */
/* claim_headers.h - claims that the upstream is told of in headers (claims_to_headers). */
#ifndef GW_JWT_CLAIM_HEADERS_H
#define GW_JWT_CLAIM_HEADERS_H

#include "mod_gw.h"

#include "jwt_schema.h"

/* The client's own words under those names do not reach the upstream, with '_' for '-' neither. Whatever becomes of the
 * token. */
void gw_claim_headers_strip(request_rec *r, const gw_jwt_conf *conf);
/* Text as it is, numbers and booleans as JSON writes them, lists of those joined by commas, objects as JSON; null and
 * what is absent give no header. */
void gw_claim_headers_set(request_rec *r, const gw_jwt_conf *conf, const json_t *payload);

#endif
