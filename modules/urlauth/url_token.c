/* SPDX-License-Identifier: Apache-2.0 */
/* url_token.c - see url_token.h. */
#include "url_token.h"

#include <string.h>
#include <apr_strings.h>

#include "jwt_token.h"

static const struct { int status; const char *name, *body; } answers[GW_URL_NVERDICTS] = {
#define ANSWER(status, msg)                                                                                            \
    { status, msg, "{\"code\":" #status ",\"success\":false,\"data\":\"\",\"msg\":\"" msg "\"}" }
    [GW_URL_PASS] = { 200, "OK", "" },
    [GW_URL_UNKNOWN] = ANSWER(401, "UnAuthorized"),
    [GW_URL_EXPIRED] = ANSWER(401, "Token Expired"),
    [GW_URL_CONFLICT] = ANSWER(401, "Token Conflict"),
    [GW_URL_FORBIDDEN] = ANSWER(403, "Forbidden"),
    [GW_URL_NOT_FOUND] = ANSWER(404, "Not Found"),
    [GW_URL_UNAVAILABLE] = ANSWER(503, "Service Unavailable"),
};

int gw_url_verdict_status(gw_url_verdict verdict)
{
    return answers[verdict].status;
}

const char *gw_url_verdict_body(gw_url_verdict verdict)
{
    return answers[verdict].body;
}

const char *gw_url_verdict_name(gw_url_verdict verdict)
{
    return answers[verdict].name;
}

const char *gw_url_bearer(const char *authorization)
{
    static const char scheme[] = "Bearer ";

    if (authorization == NULL || strncmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    authorization += sizeof(scheme) - 1;
    return *authorization != '\0' ? authorization : NULL;
}

/* NULL: the claim names nobody. */
static const char *find_phone(const json_t *payload, const char *claim, apr_pool_t *p)
{
    const json_t *phone = json_object_get(payload, claim);

    if (json_is_integer(phone))
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(phone));
    return json_string_length(phone) > 0 ? json_string_value(phone) : NULL;
}

gw_url_verdict gw_url_token_judge(gw_url_token *token, const char *text, const gw_urlauth_conf *conf, apr_time_t now,
                                  apr_pool_t *p)
{
    const gw_jwt_rules rules = { .verify_exp = 1, .verify_nbf = 1,
                                 .maximum_expiration_s = conf->maximum_expiration_s };
    gw_jwt jwt;

    if (gw_jwt_parse(&jwt, text, strlen(text), p) != NULL || jwt.alg != conf->alg || conf->secret == NULL)
        return GW_URL_UNKNOWN;
    if (!gw_jws_verify_hmac(jwt.alg, conf->secret, strlen(conf->secret), jwt.token, jwt.signed_len, jwt.signature,
                            jwt.signature_len))
        return GW_URL_UNKNOWN;
    if (gw_jwt_check_claims(jwt.payload, &rules, now, p) != NULL)
        return GW_URL_EXPIRED;
    token->jti = json_string_value(json_object_get(jwt.payload, "jti"));
    token->phone = find_phone(jwt.payload, conf->claim, p);
    return token->phone != NULL ? GW_URL_PASS : GW_URL_UNKNOWN;
}
