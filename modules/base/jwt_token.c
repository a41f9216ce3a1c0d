/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_token.c - from token text to header, payload and signature bytes, and the rules about claims.
 * Refuses whatever RFC 7515 leaves room for misreading; knows no credential and no request.
 */
#include "jwt_token.h"

#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"
#include "text.h"

#define MAX_DEPTH 32
#define MAX_VALUES 4000 /* of each part */

#define BAD_JSON "Bad token; invalid JSON"
#define BAD_ALG "Bad token; invalid alg"
#define BAD_CLAIMS "Bad token; invalid claims"
#define BAD_SIGNATURE "Bad token; invalid signature"

/* A part that must be a JSON object; NULL when it is not. Owned by p. */
static json_t *parse_part(const char *text, size_t len, apr_pool_t *p)
{
    unsigned char *bytes = apr_palloc(p, len + 1);
    apr_ssize_t n = gw_base64url_decode(bytes, text, len);
    json_t *json = NULL;

    if (n > 0)
        json = gw_json_keep(gw_json_parse_foreign((const char *)bytes, (apr_size_t)n, MAX_DEPTH, MAX_VALUES), p);
    return json_is_object(json) ? json : NULL;
}

/* We understand no extension, so any `crit` is one that must be refused; `b64` changes what was signed. */
static int has_extension(const json_t *header)
{
    return json_object_get(header, "crit") != NULL || json_object_get(header, "b64") != NULL;
}

const char *gw_jwt_parse(gw_jwt *jwt, const char *token, size_t len, apr_pool_t *p)
{
    gw_jws_parts parts;
    const char *alg;
    unsigned char *signature;
    apr_ssize_t n;

    if (len > GW_JWT_MAX_BYTES || !gw_jws_split(&parts, token, len))
        return BAD_JSON;
    if ((jwt->header = parse_part(parts.header, parts.header_len, p)) == NULL || has_extension(jwt->header))
        return BAD_JSON;
    if ((jwt->payload = parse_part(parts.payload, parts.payload_len, p)) == NULL)
        return BAD_JSON;
    alg = json_string_value(json_object_get(jwt->header, "alg"));
    if (alg == NULL || (jwt->alg = gw_jws_alg_find(alg)) == NULL)
        return BAD_ALG;
    if (json_object_size(jwt->payload) == 0)
        return BAD_CLAIMS;
    signature = apr_palloc(p, parts.signature_len + 1);
    if ((n = gw_base64url_decode(signature, parts.signature, parts.signature_len)) < 0)
        return BAD_SIGNATURE;
    jwt->token = token;
    jwt->signed_len = parts.signed_len;
    jwt->signature = signature;
    jwt->signature_len = (size_t)n;
    return NULL;
}

const char *gw_jwt_key_claim(const char **why, const json_t *header, const json_t *payload, const char *name,
                             apr_pool_t *p)
{
    const json_t *claim = json_object_get(payload, name);

    if (claim == NULL)
        claim = json_object_get(header, name);
    *why = NULL;
    if (claim == NULL)
        *why = apr_psprintf(p, "No mandatory '%s' in claims", name);
    else if (json_string_length(claim) == 0) /* 0 for what is no string, too */
        *why = apr_psprintf(p, "Invalid '%s' in claims", name);
    return *why == NULL ? json_string_value(claim) : NULL;
}

static const char *check_exp(const json_t *exp, double now)
{
    if (!json_is_number(exp))
        return "must be a number";
    return json_number_value(exp) > now ? NULL : "token expired";
}

static const char *check_nbf(const json_t *nbf, double now)
{
    if (!json_is_number(nbf))
        return "must be a number";
    return json_number_value(nbf) <= now ? NULL : "token not valid yet";
}

static int is_in(const gw_strings *list, const json_t *text)
{
    int i;

    for (i = 0; json_is_string(text) && i < list->n; i++)
        if (strcmp(list->v[i], json_string_value(text)) == 0)
            return 1;
    return 0;
}

/* RFC 7519 4.1.3: one text, or a list of which one is enough. */
static const char *check_among(const gw_strings *accepted, const json_t *claim)
{
    const json_t *one;
    size_t i;

    if (accepted == NULL || !accepted->set || is_in(accepted, claim))
        return NULL;
    json_array_foreach(claim, i, one)
        if (is_in(accepted, one))
            return NULL;
    return "not accepted";
}

/* Each fault joins the others in one object. */
static const char *add_fault(const char *faults, const char *claim, const char *fault, apr_pool_t *p)
{
    if (fault == NULL)
        return faults;
    return apr_pstrcat(p, faults != NULL ? faults : "", faults != NULL ? "," : "", "\"", claim, "\":\"", fault, "\"",
                       NULL);
}

const char *gw_jwt_check_claims(const json_t *payload, const gw_jwt_rules *rules, apr_time_t now, apr_pool_t *p)
{
    const json_t *exp = json_object_get(payload, "exp"), *iss = json_object_get(payload, "iss");
    double now_s = (double)now / APR_USEC_PER_SEC;
    const char *faults = NULL;

    if (rules->verify_exp)
        faults = add_fault(faults, "exp", check_exp(exp, now_s - rules->skew_s), p);
    if (rules->verify_nbf)
        faults = add_fault(faults, "nbf", check_nbf(json_object_get(payload, "nbf"), now_s + rules->skew_s), p);
    faults = add_fault(faults, "aud", check_among(rules->audience, json_object_get(payload, "aud")), p);
    faults = add_fault(faults, "iss", check_among(rules->issuers, json_is_array(iss) ? NULL : iss), p);
    if (faults != NULL)
        return apr_pstrcat(p, "{", faults, "}", NULL);
    if (rules->maximum_expiration_s > 0
        && (!json_is_number(exp) || json_number_value(exp) - now_s > rules->maximum_expiration_s))
        return "{\"exp\":\"exceeds maximum allowed expiration\"}";
    return NULL;
}
