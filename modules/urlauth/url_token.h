/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_token.h - the token of a request to a path that needs one, judged; and the refusals. Pure: time is an argument.
 */
#ifndef GW_URLAUTH_TOKEN_H
#define GW_URLAUTH_TOKEN_H

#include <apr_time.h>

#include "urlauth_schema.h"

typedef enum gw_url_verdict {
    GW_URL_PASS,
    GW_URL_UNKNOWN,     /* 401 UnAuthorized */
    GW_URL_EXPIRED,     /* 401 Token Expired */
    GW_URL_CONFLICT,    /* 401 Token Conflict */
    GW_URL_FORBIDDEN,   /* 403 Forbidden */
    GW_URL_NOT_FOUND,   /* 404 Not Found */
    GW_URL_UNAVAILABLE, /* 503 Service Unavailable */
    GW_URL_NVERDICTS
} gw_url_verdict;

/* What clients are told: {"code":401,"success":false,"data":"","msg":"UnAuthorized"}; static. */
int gw_url_verdict_status(gw_url_verdict verdict);
const char *gw_url_verdict_body(gw_url_verdict verdict);
const char *gw_url_verdict_name(gw_url_verdict verdict);

/* The token of "Bearer TOKEN", letter for letter; NULL: it is none. */
const char *gw_url_bearer(const char *authorization);

typedef struct gw_url_token {
    const char *phone; /* the claim, a number as its digits */
    const char *jti;   /* NULL = none */
} gw_url_token;

/* PASS and *token (in p): signed with our secret by our algorithm, in its time, not for too long, naming somebody. */
gw_url_verdict gw_url_token_judge(gw_url_token *token, const char *text, const gw_urlauth_conf *conf, apr_time_t now,
                                  apr_pool_t *p);

#endif
