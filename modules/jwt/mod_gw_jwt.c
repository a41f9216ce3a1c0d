/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_jwt.c - the jwt plugin: who asks is proved by a signed token (RFC 7519).
 *
 * Wiring only. Where tokens are found: jwt_find.c; how they are taken apart and judged: base's jwt_token.c; signatures:
 * jwt_verify.c, base's jws.c; keys that issuers publish: jwks.c, issuers.c; what may be configured and stored:
 * jwt_schema.c; remembered signatures: token_cache.c.
 */
#include "mod_gw.h"

#include <string.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_log.h>

#include "claim_headers.h"
#include "issuers.h"
#include "jwks_file.h"
#include "jwt_find.h"
#include "jwt_schema.h"
#include "jwt_token.h"
#include "jwt_verify.h"
#include "token_cache.h"

#define PRIORITY 1450
#define MAX_RENEWALS 2 /* of a key set for one token: what another child has fetched, and then the issuer's own */
#define KEPT_FILES apr_time_from_sec(30 * 86400)
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

static const gw_strings *secret_query(const void *conf)
{
    return &((const gw_jwt_conf *)conf)->uri_param_names;
}

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
    .secret_query = secret_query,
};

/* One per child: made in child_init, read by request threads. */
static gw_token_cache *tokens;
static gw_issuers *issuers; /* NULL: out of memory */

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
                  gw_route_for_log(r));
}

static int refuse_token(request_rec *r, const gw_jwt_conf *conf, const char *why)
{
    log_refusal(r, why);
    return refuse(r, conf, GW_EXIT, why, conf->challenge_invalid);
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

static int is_orphan(request_rec *r, const gw_credential *credential)
{
    const gw_consumer *consumer;

    return gw_consumer_find(&consumer, r, credential->consumer_id) == APR_NOTFOUND;
}

/* Claims and consumer, judged on every request. */
static int admit(request_rec *r, const gw_jwt_conf *conf, const json_t *payload, const gw_credential *credential)
{
    gw_jwt_rules rules = { .verify_exp = conf->verify_exp,
                           .verify_nbf = conf->verify_nbf,
                           .maximum_expiration_s = conf->maximum_expiration,
                           .skew_s = (double)conf->clock_skew,
                           .audience = &conf->audience,
                           .issuers = &conf->issuers };
    const char *bad = gw_jwt_check_claims(payload, &rules, r->request_time, r->pool);
    int rc;

    if (bad != NULL)
        return refuse(r, conf, GW_JSON, bad, conf->challenge_invalid);
    if (is_revoked(r, payload, credential))
        return refuse_token(r, conf, "Token revoked");
    rc = gw_authenticated(r, credential, credential->key, NULL);
    if (rc == DECLINED)
        gw_claim_headers_set(r, conf, payload);
    if (rc != HTTP_INTERNAL_SERVER_ERROR || !is_orphan(r, credential))
        return rc;
    return refuse_key(r, conf, apr_psprintf(r->pool, "Could not find consumer for '%s=%s'", conf->key_claim_name,
                                            credential->key));
}

/* ---- one token ---- */

typedef struct judging {
    request_rec *r;
    const gw_jwt_conf *conf;
    const char *token;
    size_t len;
    gw_jwt jwt;
    const gw_credential *credential;
    const gw_jwt_secret *secret;
    gw_jwks *set;           /* NULL: the credential has its own secret or key */
    apr_uint64_t ticket;    /* of the token cache */
} judging;

static apr_status_t release_set(void *set)
{
    gw_jwks_release(set);
    return APR_SUCCESS;
}

/* `set` (taken over) is what the token is checked with from now on. */
static void use_set(judging *j, gw_jwks *set)
{
    j->set = set;
    apr_pool_cleanup_register(j->r->pool, set, release_set, apr_pool_cleanup_null);
}

/* APR_NOTFOUND: nobody's; APR_EAGAIN: it cannot be known now. */
static apr_status_t find_credential(judging *j, const char *key)
{
    apr_status_t rv = gw_credential_find(&j->credential, j->r, &jwt_secrets, key);
    gw_jwks *set;

    if (rv != APR_SUCCESS)
        return rv;
    j->secret = j->credential->conf;
    j->set = j->secret->jwks;
    if (j->secret->jwks_uri == NULL)
        return APR_SUCCESS;
    if (issuers == NULL || gw_issuers_get(&set, issuers, j->secret->jwks_uri) != APR_SUCCESS)
        return APR_EAGAIN;
    use_set(j, set);
    return APR_SUCCESS;
}

/* Differs when the row was changed, or the issuer's keys were. */
static apr_uint64_t key_version(const judging *j)
{
    return j->credential->version + (j->secret->jwks_uri != NULL ? gw_jwks_version(j->set) : 0);
}

static int is_verified(const gw_verified_token *known, const judging *j)
{
    return known->credential_version == key_version(j) && known->secret_is_base64 == j->conf->secret_is_base64
           && strcmp(known->credential_id, j->credential->id) == 0;
}

/* *why: NULL when the signature is good. A key that the set does not have may have been published since. APR_EAGAIN: it
 * cannot be known now. */
static apr_status_t verify(const char **why, judging *j)
{
    apr_status_t rv = APR_SUCCESS;
    int is_unknown, nrenewals = 0;
    gw_jwks *set;

    if (j->set == NULL) {
        *why = gw_jwt_verify(&j->jwt, j->secret, j->conf->secret_is_base64, j->r->pool);
        return APR_SUCCESS;
    }
    while ((*why = gw_jwt_verify_by_set(&is_unknown, &j->jwt, j->secret, j->set)) != NULL && is_unknown
           && j->secret->jwks_uri != NULL && nrenewals++ < MAX_RENEWALS
           && (rv = gw_issuers_renew(&set, issuers, j->secret->jwks_uri, j->set)) == APR_SUCCESS)
        use_set(j, set);
    return rv == APR_EAGAIN ? rv : APR_SUCCESS;
}

static void remember(judging *j)
{
    gw_verified_token verified = { .header = j->jwt.header,
                                   .payload = j->jwt.payload,
                                   .credential_id = j->credential->id,
                                   .credential_version = key_version(j),
                                   .secret_is_base64 = j->conf->secret_is_base64 };

    gw_token_cache_put(tokens, j->token, j->len, &verified, j->ticket);
}

static int judge(request_rec *r, const gw_jwt_conf *conf, const char *token)
{
    judging j = { .r = r, .conf = conf, .token = token, .len = strlen(token) };
    const gw_verified_token *known = gw_token_cache_get(&j.ticket, tokens, token, j.len, r->pool);
    const char *why = NULL, *key;
    apr_status_t rv;

    if (known != NULL) {
        j.jwt.header = known->header;
        j.jwt.payload = known->payload;
    }
    else if ((why = gw_jwt_parse(&j.jwt, token, j.len, r->pool)) != NULL) {
        return refuse_token(r, conf, why);
    }
    if ((key = gw_jwt_key_claim(&why, j.jwt.header, j.jwt.payload, conf->key_claim_name, r->pool)) == NULL)
        return refuse_token(r, conf, why);
    rv = find_credential(&j, key);
    if (rv == APR_NOTFOUND)
        return refuse_key(r, conf,
                          apr_psprintf(r->pool, "No credentials found for given '%s'", conf->key_claim_name));
    if (rv != APR_SUCCESS)
        return gw_unavailable(r);
    if (known == NULL || !is_verified(known, &j)) {
        if (known != NULL) { /* the credential or the keys changed since: begin anew */
            j.ticket = gw_token_cache_drop(tokens, token, j.len);
            if ((why = gw_jwt_parse(&j.jwt, token, j.len, r->pool)) != NULL)
                return refuse_token(r, conf, why);
        }
        if (verify(&why, &j) != APR_SUCCESS)
            return gw_unavailable(r);
        if (why != NULL)
            return refuse_key(r, conf, why);
        remember(&j);
    }
    return admit(r, conf, j.jwt.payload, j.credential);
}

/* check_authn; request thread. DECLINED: not configured, already settled, or recorded as who asks. */
static int hook_authenticate(request_rec *r)
{
    const gw_jwt_conf *conf = gw_plugin_conf(r, &jwt_plugin);
    const char *token;
    int ntokens;

    if (conf == NULL)
        return DECLINED;
    gw_claim_headers_strip(r, conf);
    if (r->method_number == M_OPTIONS && !conf->run_on_preflight) {
        gw_explain(r, "run_on_preflight is off, and the method is OPTIONS");
        return DECLINED;
    }
    if (gw_is_settled(r, conf->anonymous))
        return DECLINED;
    token = find_token(&ntokens, r, conf);
    if (ntokens == 0)
        return refuse(r, conf, GW_EXIT, "Unauthorized", conf->challenge);
    if (ntokens > 1)
        return refuse_token(r, conf, "Multiple tokens provided");
    return judge(r, conf, token);
}

/* What the fetching thread has to say. */
static void tell_of_issuer(void *baton, gw_issuer_news news, const char *url, const char *why, int nkeys)
{
    server_rec *s = baton;

    if (news == GW_ISSUER_FAILED && nkeys > 0)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     GWLOGNO(4050) "jwks: %s cannot be had: %s: the last good keys stay in force", url, why);
    else if (news == GW_ISSUER_FAILED)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     GWLOGNO(4051) "jwks: %s cannot be had: %s: its tokens get 503 until it can", url, why);
    else if (news == GW_ISSUER_BACK)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, GWLOGNO(4052) "jwks: %s is back (keys=%d)", url, nkeys);
    else
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, GWLOGNO(4053) "jwks: keys of %s (keys=%d)", url, nkeys);
}

static apr_status_t stop_issuers(void *unused)
{
    (void)unused;
    gw_issuers_stop(issuers);
    return APR_SUCCESS;
}

static void hook_child_init(apr_pool_t *pchild, server_rec *s)
{
    gw_issuers_options options = { .ca_file = gw_jwks_ca_file(s),
                                   .state_dir = gw_state_dir(s),
                                   .max_waiters = gw_hook_threads(s),
                                   .tell = tell_of_issuer,
                                   .baton = s };

    ap_mpm_query(AP_MPMQ_MAX_THREADS, &options.max_threads);
    tokens = gw_token_cache_make(gw_token_cache_entries(s), pchild);
    gw_jwks_file_sweep(options.state_dir, apr_time_now() - KEPT_FILES, pchild);
    if ((issuers = gw_issuers_make(&options)) != NULL)
        apr_pool_pre_cleanup_register(pchild, NULL, stop_issuers);
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
