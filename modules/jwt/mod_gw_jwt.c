/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_jwt.c - the jwt plugin: who asks is proved by a signed token (RFC 7519).
 *
 * Wiring only. Where tokens are found: jwt_find.c; how they are taken apart and judged: jwt_token.c; signatures:
 * jws.c; what may be configured and stored: jwt_schema.c; remembered signatures: token_cache.c.
 */
#include "mod_gw.h"

#include <string.h>
#include <apr_strings.h>
#include <http_log.h>

#include "jwt_find.h"
#include "jwt_schema.h"
#include "jwt_token.h"
#include "text.h"
#include "token_cache.h"

#define PRIORITY 1450
#define LATEST_S 1e11 /* of iat; beyond, a time is none */

extern GW_MODULE gw_jwt_module;
APLOG_USE_MODULE(gw_jwt);

static const gw_entity jwt_secrets = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "jwt_secrets",
    .path = "/jwts",
    .nested = "jwt",
    .endpoint_key = "key",
    .owner = "jwt",
    .schema = &gw_jwt_secret_schema,
    .placement = GW_CACHED,
    .lookup = "key",
    .conf_size = sizeof(gw_jwt_secret),
    .prepare = gw_jwt_secret_prepare,
    .destroy = gw_jwt_secret_destroy,
};

static gw_plugin jwt_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "jwt",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHN,
    .flags = GW_PLUGIN_NO_CONSUMER,
    .schema = &gw_jwt_conf_schema,
    .conf_size = sizeof(gw_jwt_conf),
    .prepare = gw_jwt_conf_prepare,
};

/* One per child: made in child_init, read by request threads. */
static gw_token_cache *tokens;

static const char *header_of(void *baton, const char *name)
{
    return apr_table_get(((request_rec *)baton)->headers_in, name);
}

static const char *find_token(int *ntokens, request_rec *r, const gw_jwt_conf *conf)
{
    gw_jwt_places places = { .query = r->args, .header = header_of, .baton = r };

    if (conf->cookie_names.n > 0)
        places.cookies = apr_table_get(r->headers_in, "Cookie");
    return gw_jwt_find(ntokens, &places, &conf->uri_param_names, &conf->cookie_names, &conf->header_names, r->pool);
}

static int refuse(request_rec *r, const gw_jwt_conf *conf, gw_answer_kind kind, const char *text, const char *challenge)
{
    gw_answer answer = { .status = HTTP_UNAUTHORIZED, .kind = kind, .text = text };

    return gw_refuse(r, conf->anonymous, &answer, challenge);
}

static void log_refusal(request_rec *r, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4000) "jwt: token refused: %s (route=%s)", why,
                  gw_route_id(r) ? gw_route_id(r) : "-");
}

static int refuse_token(request_rec *r, const gw_jwt_conf *conf, const char *why)
{
    log_refusal(r, why);
    return refuse(r, conf, GW_EXIT, why, conf->challenge_invalid);
}

/* The bytes of secret or key, decoded when the config says that they are base64. NULL when they are not. */
static const unsigned char *key_bytes(size_t *len, const char *text, int is_base64, apr_pool_t *p)
{
    unsigned char *bytes;
    apr_ssize_t n;

    *len = strlen(text);
    if (!is_base64)
        return (const unsigned char *)text;
    bytes = apr_palloc(p, *len + 1);
    if ((n = gw_base64_decode_any(bytes, text, *len)) < 0)
        return NULL;
    *len = (size_t)n;
    return bytes;
}

/* NULL when the signature is good, else the message. */
static const char *verify_hmac(const gw_jwt *jwt, const gw_jwt_secret *secret, int is_base64, apr_pool_t *p)
{
    size_t len;
    const unsigned char *bytes = secret->secret ? key_bytes(&len, secret->secret, is_base64, p) : NULL;

    if (bytes == NULL || len == 0)
        return "Invalid key/secret";
    return gw_jws_verify_hmac(jwt->alg, bytes, len, jwt->token, jwt->signed_len, jwt->signature, jwt->signature_len)
               ? NULL
               : "Invalid signature";
}

static const char *verify_public(const gw_jwt *jwt, const gw_jwt_secret *secret, int is_base64, apr_pool_t *p)
{
    EVP_PKEY *key = is_base64 ? NULL : secret->public_key, *decoded = NULL;
    const char *why = "Invalid key/secret";
    size_t len;

    if (is_base64 && secret->rsa_public_key != NULL) {
        const unsigned char *pem = key_bytes(&len, secret->rsa_public_key, 1, p);

        decoded = pem ? gw_jws_key_parse((const char *)pem, len) : NULL;
        key = decoded ? decoded : secret->public_key; /* plain PEM is no base64: take it as it was checked */
    }
    if (key != NULL && gw_jws_key_fits(key, jwt->alg))
        why = gw_jws_verify_key(jwt->alg, key, jwt->token, jwt->signed_len, jwt->signature, jwt->signature_len)
                  ? NULL
                  : "Invalid signature";
    EVP_PKEY_free(decoded);
    return why;
}

static const char *verify(const gw_jwt *jwt, const gw_jwt_secret *secret, int is_base64, apr_pool_t *p)
{
    if (jwt->alg != secret->alg)
        return "Invalid algorithm";
    return secret->alg->family == GW_JWS_HMAC ? verify_hmac(jwt, secret, is_base64, p)
                                              : verify_public(jwt, secret, is_base64, p);
}

static int is_verified(const gw_verified_token *known, const gw_credential *credential, const gw_jwt_conf *conf)
{
    return known->credential_version == credential->version && known->secret_is_base64 == conf->secret_is_base64
           && strcmp(known->credential_id, credential->id) == 0;
}

/* Well-formed, but nobody's key made it: versions of Kong before 1.2 said 403 then. */
static int refuse_key(request_rec *r, const gw_jwt_conf *conf, const char *why)
{
    gw_answer forbidden = { .status = HTTP_FORBIDDEN, .kind = GW_EXIT, .text = why };

    if (!gw_wants_legacy_status(r))
        return refuse_token(r, conf, why);
    log_refusal(r, why);
    return gw_refuse(r, conf->anonymous, &forbidden, NULL);
}

static int is_revoked(request_rec *r, const json_t *payload, const gw_credential *credential)
{
    double issued_at = json_number_value(json_object_get(payload, "iat"));
    gw_proof proof = { .jti = json_string_value(json_object_get(payload, "jti")),
                       .consumer_id = credential->consumer_id };

    if (issued_at > 0 && issued_at < LATEST_S)
        proof.issued_at = (apr_time_t)(issued_at * APR_USEC_PER_SEC);
    return gw_is_revoked(r, &proof);
}

/* Claims and consumer, judged on every request. */
static int admit(request_rec *r, const gw_jwt_conf *conf, const json_t *payload, const gw_credential *credential)
{
    gw_jwt_rules rules = { conf->verify_exp, conf->verify_nbf, conf->maximum_expiration };
    const char *bad = gw_jwt_check_claims(payload, &rules, r->request_time, r->pool);
    gw_answer gone = { .status = gw_wants_legacy_status(r) ? HTTP_FORBIDDEN : HTTP_UNAUTHORIZED, .kind = GW_EXIT };
    int rc;

    if (bad != NULL)
        return refuse(r, conf, GW_JSON, bad, conf->challenge_invalid);
    if (is_revoked(r, payload, credential))
        return refuse_token(r, conf, "Token revoked");
    rc = gw_authenticated(r, credential, credential->key, NULL);
    if (rc != HTTP_INTERNAL_SERVER_ERROR)
        return rc;
    gone.text = apr_psprintf(r->pool, "Could not find consumer for '%s=%s'", conf->key_claim_name, credential->key);
    return gw_reply(r, &gone);
}

static int judge(request_rec *r, const gw_jwt_conf *conf, const char *token)
{
    size_t len = strlen(token);
    apr_uint64_t ticket = 0;
    const gw_verified_token *known = gw_token_cache_get(&ticket, tokens, token, len, r->pool);
    gw_jwt jwt = { .header = known ? known->header : NULL, .payload = known ? known->payload : NULL };
    const gw_credential *credential;
    const char *why = known ? NULL : gw_jwt_parse(&jwt, token, len, r->pool);
    const char *key = why ? NULL : gw_jwt_key_claim(&why, jwt.header, jwt.payload, conf->key_claim_name, r->pool);
    apr_status_t rv;

    if (why != NULL)
        return refuse_token(r, conf, why);
    rv = gw_credential_find(&credential, r, &jwt_secrets, key);
    if (rv == APR_NOTFOUND)
        return refuse_key(r, conf,
                          apr_psprintf(r->pool, "No credentials found for given '%s'", conf->key_claim_name));
    if (rv != APR_SUCCESS)
        return gw_unavailable(r);
    if (known == NULL || !is_verified(known, credential, conf)) {
        gw_verified_token verified = { .credential_id = credential->id,
                                       .credential_version = credential->version,
                                       .secret_is_base64 = conf->secret_is_base64 };

        if (known != NULL) { /* the credential changed since: begin anew */
            ticket = gw_token_cache_drop(tokens, token, len);
            if ((why = gw_jwt_parse(&jwt, token, len, r->pool)) != NULL)
                return refuse_token(r, conf, why);
        }
        if ((why = verify(&jwt, credential->conf, conf->secret_is_base64, r->pool)) != NULL)
            return refuse_key(r, conf, why);
        verified.header = jwt.header;
        verified.payload = jwt.payload;
        gw_token_cache_put(tokens, token, len, &verified, ticket);
    }
    return admit(r, conf, jwt.payload, credential);
}

/* check_authn; request thread. DECLINED: not configured, already settled, or recorded as who asks. */
static int hook_authenticate(request_rec *r)
{
    const gw_jwt_conf *conf = gw_plugin_conf(r, &jwt_plugin);
    const char *token;
    int ntokens;

    if (conf == NULL || (r->method_number == M_OPTIONS && !conf->run_on_preflight))
        return DECLINED;
    gw_secret_query(r, &conf->uri_param_names);
    if (gw_is_settled(r, conf->anonymous))
        return DECLINED;
    token = find_token(&ntokens, r, conf);
    if (ntokens == 0)
        return refuse(r, conf, GW_EXIT, "Unauthorized", conf->challenge);
    if (ntokens > 1)
        return refuse_token(r, conf, "Multiple tokens provided");
    return judge(r, conf, token);
}

static void hook_child_init(apr_pool_t *pchild, server_rec *s)
{
    tokens = gw_token_cache_make(gw_token_cache_entries(s), pchild);
}

static void register_hooks(apr_pool_t *p)
{
    gw_entity_register(&jwt_secrets, p);
    gw_plugin_register(&jwt_plugin, p);
    ap_hook_child_init(hook_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authn(hook_authenticate, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_jwt_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
