/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_urlauth.c - the url-auth plugin: each path has a level, each user one, and a new login ends the one before.
 *
 * Wiring only. What a request is known by: url_sign.c; tokens and what refusals say: url_token.c; levels of paths and
 * users: url_rows.c; what may be configured and stored: urlauth_schema.c.
 */
#include "mod_gw.h"

#include <stdlib.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_log.h>

#include "redis_pool.h"
#include "url_rows.h"
#include "url_sign.h"
#include "url_token.h"

#define PRIORITY 800

extern GW_MODULE gw_urlauth_module;
APLOG_USE_MODULE(gw_urlauth);

static gw_plugin urlauth_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "url-auth",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_ACCESS | GW_PHASE_AUTHZ,
    .flags = GW_PLUGIN_NO_CONSUMER | GW_PLUGIN_GUARDS,
    .schema = &gw_urlauth_conf_schema,
    .conf_size = sizeof(gw_urlauth_conf),
    .prepare = gw_urlauth_conf_prepare,
    .alias = "kong_jwt_url_auth",
};

/* One per child: made in child_init. */
static gw_redis_pool *redis;

/* ---- what clients may not say ---- */

/* As an upstream may fold it. */
static int is_like(const char *sent, const char *name)
{
    for (; *sent != '\0' && *name != '\0'; sent++, name++) {
        int is_dash = *name == '-' || *name == '_';

        if (is_dash ? apr_isalnum(*sent) : apr_tolower(*sent) != apr_tolower(*name))
            return 0;
    }
    return *sent == *name;
}

static void strip(request_rec *r, const char *name)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)headers->elts;
    apr_array_header_t *found = apr_array_make(r->pool, 1, sizeof(const char *));

    for (int i = 0; i < headers->nelts; i++)
        if (is_like(entries[i].key, name))
            APR_ARRAY_PUSH(found, const char *) = entries[i].key;
    for (int i = 0; i < found->nelts; i++)
        apr_table_unset(r->headers_in, APR_ARRAY_IDX(found, i, const char *));
}

/* access_checker; request thread. Whatever becomes of the request. */
static int hook_strip(request_rec *r)
{
    const gw_urlauth_conf *conf = gw_plugin_conf(r, &urlauth_plugin);

    if (conf != NULL) {
        strip(r, conf->phone_header);
        strip(r, conf->level_header);
    }
    return DECLINED;
}

/* ---- logins ---- */

/* At most once in ten seconds and child. */
static int is_time_to_tell(apr_time_t now)
{
    static apr_time_t told;
    apr_time_t last = __atomic_load_n(&told, __ATOMIC_RELAXED);

    return (now - last > apr_time_from_sec(10) || now < last)
           && __atomic_compare_exchange_n(&told, &last, now, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* A new login of the same user has noted this token as one that is over. */
static gw_url_verdict check_conflict(request_rec *r, const gw_urlauth_conf *conf, const char *token)
{
    const char *words[] = { "GET", apr_pstrcat(r->pool, conf->conflict_prefix, token, NULL) }, *why;
    const int lets_pass = strcmp(conf->redis_on_error, "allow") == 0;
    gw_redis_reply reply;
    apr_status_t rv;

    if (!conf->needs_redis)
        return GW_URL_PASS;
    rv = gw_redis_ask(&reply, &why, redis, &conf->redis, words, 2, GW_REDIS_AGAIN, r->pool);
    if (rv == APR_SUCCESS && reply.type == GW_REDIS_NIL)
        return GW_URL_PASS;
    if (rv == APR_SUCCESS && reply.type == GW_REDIS_TEXT)
        return GW_URL_CONFLICT;
    if (is_time_to_tell(apr_time_now()))
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, rv, r, GWLOGNO(5200) "url-auth: Redis cannot tell whether a login is "
                      "over: %s: requests are %s", rv == APR_SUCCESS ? "an odd reply" : why,
                      lets_pass ? "let through" : "refused");
    return lets_pass ? GW_URL_PASS : GW_URL_UNAVAILABLE;
}

/* ---- who asks ---- */

/* *phone: who it is. */
static gw_url_verdict judge_token(const char **phone, request_rec *r, const gw_urlauth_conf *conf)
{
    const char *text = gw_url_bearer(apr_table_get(r->headers_in, "Authorization"));
    gw_url_verdict verdict;
    gw_url_token token;
    gw_proof proof = { 0 };

    if (text == NULL)
        return GW_URL_UNKNOWN;
    if ((verdict = gw_url_token_judge(&token, text, conf, r->request_time, r->pool)) != GW_URL_PASS)
        return verdict;
    proof.jti = token.jti;
    if (proof.jti != NULL && gw_is_revoked(r, &proof))
        return GW_URL_UNKNOWN;
    *phone = token.phone;
    return check_conflict(r, conf, text);
}

/* The consumer is settled; its token, if it came with one, may have been ended all the same. */
static gw_url_verdict judge_consumer(const char **phone, request_rec *r, const gw_urlauth_conf *conf)
{
    const char *text = gw_url_bearer(apr_table_get(r->headers_in, "Authorization"));
    const gw_consumer *consumer = gw_request_consumer(r);

    if (consumer == NULL || consumer->username == NULL || gw_request_credential(r) == NULL)
        return GW_URL_UNKNOWN;
    *phone = consumer->username;
    return text != NULL ? check_conflict(r, conf, text) : GW_URL_PASS;
}

static gw_url_verdict judge_user(request_rec *r, const gw_urlauth_conf *conf, apr_int64_t needed)
{
    const char *phone = NULL;
    gw_url_verdict verdict = conf->by_consumer ? judge_consumer(&phone, r, conf) : judge_token(&phone, r, conf);
    apr_int64_t level = 0;
    apr_status_t rv;

    if (verdict != GW_URL_PASS)
        return verdict;
    if ((rv = gw_url_user_level(&level, r, phone)) != APR_SUCCESS)
        return rv == APR_NOTFOUND ? GW_URL_UNKNOWN : GW_URL_UNAVAILABLE;
    if (level < needed)
        return GW_URL_FORBIDDEN;
    gw_upstream_header(r, conf->phone_header, phone);
    gw_upstream_header(r, conf->level_header, apr_psprintf(r->pool, "%" APR_INT64_T_FMT, level));
    return GW_URL_PASS;
}

static gw_url_verdict judge(request_rec *r, const gw_urlauth_conf *conf)
{
    gw_url_place place = { .service = gw_service_name(r), .host = gw_request_host(r) };
    apr_int64_t needed = 0;
    const char *sign;
    apr_status_t rv;

    place.path = gw_request_canonical(r, &place.matched);
    sign = gw_url_sign(&place, conf, r->pool);
    rv = sign != NULL ? gw_url_api_level(&needed, r, sign) : APR_NOTFOUND;
    if (rv == APR_NOTFOUND)
        return sign != NULL && conf->lets_unlisted_pass ? GW_URL_PASS : GW_URL_NOT_FOUND;
    if (rv != APR_SUCCESS)
        return GW_URL_UNAVAILABLE;
    return needed < 1 ? GW_URL_PASS : judge_user(r, conf, needed);
}

/* authz; request thread. DECLINED: not configured here, or whoever asks may. */
static int hook_authorize(request_rec *r)
{
    const gw_urlauth_conf *conf = gw_plugin_conf(r, &urlauth_plugin);
    gw_url_verdict verdict;
    gw_answer *answer;

    if (conf == NULL)
        return DECLINED;
    if (r->method_number == M_OPTIONS) {
        gw_explain(r, "OPTIONS is not judged");
        return DECLINED;
    }
    if ((verdict = judge(r, conf)) == GW_URL_PASS) {
        gw_explain(r, "the level of who asks is enough, or none is needed");
        return DECLINED;
    }
    gw_explain(r, "%s", gw_url_verdict_name(verdict));
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(5201) "url-auth: refused: %s (route=%s)",
                  gw_url_verdict_name(verdict), gw_route_for_log(r));
    if (gw_url_verdict_status(verdict) == HTTP_UNAUTHORIZED)
        apr_table_addn(r->err_headers_out, "WWW-Authenticate", "Bearer");
    answer = apr_palloc(r->pool, sizeof(*answer));
    *answer = (gw_answer){ gw_url_verdict_status(verdict), GW_JSON, gw_url_verdict_body(verdict), NULL };
    return gw_reply(r, answer);
}

/* ---- the module ---- */

static const command_rec commands[] = {
    AP_INIT_TAKE1("GwUrlAuthApiQuery", gw_url_rows_set_query, (void *)&gw_url_api_query, RSRC_CONF,
                  "SQL instead of table api_mgr: the level that the sign $1 needs"),
    AP_INIT_TAKE1("GwUrlAuthUserQuery", gw_url_rows_set_query, (void *)&gw_url_user_query, RSRC_CONF,
                  "SQL instead of table login_user: the level of the user $1"),
    AP_INIT_TAKE1("GwUrlAuthQueryTTL", gw_url_rows_set_ttl, NULL, RSRC_CONF,
                  "seconds that answers of these queries are remembered"),
    { NULL }
};

static int hook_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)pconf, (void)plog, (void)ptemp;
    gw_url_rows_reset();
    return OK;
}

/* What is kept lives as long as the process: a thread may still be using it when the child ends. */
static void hook_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_pool_t *p;

    (void)pchild;
    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS || (redis = gw_redis_pool_make(p)) == NULL) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, GWLOGNO(5202) "url-auth: no pool or lock to be had");
        exit(APEXIT_CHILDFATAL);
    }
    gw_url_rows_child_init(p);
}

static void register_hooks(apr_pool_t *p)
{
    gw_entity_register(&gw_login_user_entity, p);
    gw_entity_register(&gw_api_mgr_entity, p);
    gw_plugin_register(&urlauth_plugin, p);
    ap_hook_pre_config(hook_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(hook_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_access(hook_strip, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
    ap_hook_check_authz(hook_authorize, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_urlauth_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL,
    commands,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
