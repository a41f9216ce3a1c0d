/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_session.c - the session plugin: who has authenticated once is known by a cookie afterwards.
 *
 * Wiring, and logout. What the plugin's hooks do stands in session_open.c and session_answer.c (session_visit.h draws
 * the map); what cookies are made of in session_cookie.c and session_crypto.c; how long they last in session_life.c.
 */
#include "session_visit.h"

#include <http_log.h>

#include "session_logout.h"

#define PRIORITY 1900
#define MAX_BODY 65536 /* bytes of a body that are looked at for a logout; longer ones ask for none */

extern GW_MODULE gw_session_module;
APLOG_USE_MODULE(gw_session);

static gw_plugin session_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "session",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHN | GW_PHASE_RESPONSE,
    .flags = GW_PLUGIN_NO_CONSUMER,
    .schema = &gw_session_conf_schema,
    .conf_size = sizeof(gw_session_conf),
    .prepare = gw_session_conf_prepare,
};

/* ---- logout ---- */

/* *rv: of reading the body. */
static int is_logout_in_body(apr_status_t *rv, request_rec *r, const char *name)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    const char *told = apr_table_get(r->headers_in, "Content-Length"), *bytes;
    apr_off_t length;
    apr_size_t len;
    int is_whole;

    if (name == NULL || !gw_logout_is_readable(type) ||
        (told != NULL && ap_parse_strict_length(&length, told) && length > MAX_BODY))
        return 0;
    *rv = gw_body_peek(r, MAX_BODY, &bytes, &len, &is_whole);
    return *rv == APR_SUCCESS && is_whole && gw_logout_is_in_body(type, bytes, len, name, r->pool);
}

static int is_logout(apr_status_t *rv, const gw_session_conf *conf, request_rec *r)
{
    if (!gw_session_is_logout_method(conf, r->method))
        return 0;
    if (conf->logout_query_arg != NULL && gw_logout_is_in_query(r->args, conf->logout_query_arg, r->pool))
        return 1;
    return is_logout_in_body(rv, r, conf->logout_post_arg);
}

/* The client is told only when it is done: 503 and the cookie stays, so that it can be tried again. */
static int log_out(gw_visit *v, request_rec *r)
{
    static const gw_answer done = { .status = HTTP_OK, .kind = GW_RAW };

    if (gw_session_end(v, r) != APR_SUCCESS) {
        gw_explain(r, "logout: the session cannot be ended now");
        return gw_unavailable(r);
    }
    v->is_open = 0;
    v->is_ended = 1;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, GWLOGNO(4802) "session: ended by logout (consumer=%s)",
                  v->data.consumer_id);
    gw_explain(r, "logout: the session ends here");
    return gw_reply(r, &done);
}

/* ---- hooks ---- */

static gw_visit *make_visit(request_rec *r, const gw_session_conf *conf)
{
    gw_visit *v = apr_pcalloc(r->pool, sizeof(*v));
    apr_time_t now = conf->is_in_cookie ? apr_time_now() : gw_time_now();

    v->conf = conf;
    v->now = now - now % 1000;
    ap_set_module_config(r->request_config, &gw_session_module, v);
    return v;
}

/* What is only looked up ends no session; what is tried out may say that it would (no row is touched). */
static int is_asked_itself(request_rec *r)
{
    return r->main == NULL || gw_is_tried_out(r, NULL);
}

/* check_authn; request thread. DECLINED: not configured, no session, or recorded as who asks. */
static int hook_authenticate(request_rec *r)
{
    const gw_session_conf *conf = gw_plugin_conf(r, &session_plugin);
    const gw_credential *credential;
    gw_visit *v;
    apr_status_t rv;
    int rc;

    if (conf == NULL)
        return DECLINED;
    v = make_visit(r, conf);
    rv = gw_session_open(&credential, v, r);
    if (rv == APR_EAGAIN)
        return gw_unavailable(r);
    if (rv == APR_SUCCESS && is_asked_itself(r) && is_logout(&rv, conf, r))
        return log_out(v, r);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    rc = rv == APR_SUCCESS ? gw_authenticated(r, credential, credential->id, NULL) : DECLINED;
    if (rv == APR_SUCCESS)
        gw_explain(r, "a session's cookie");
    if (rc == DECLINED)
        gw_session_tell_upstream(v, r);
    return rc;
}

/* response; request thread. */
static void hook_respond(request_rec *r)
{
    gw_visit *v = ap_get_module_config(r->request_config, &gw_session_module);

    if (v != NULL)
        gw_session_answer(v, r);
}

static void register_hooks(apr_pool_t *p)
{
    gw_entity_register(&gw_session_rows, p);
    gw_plugin_register(&session_plugin, p);
    ap_hook_child_init(gw_session_open_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authn(hook_authenticate, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
    gw_hook_response(hook_respond, NULL, NULL, GW_ORDER(PRIORITY));
}

GW_MODULE gw_session_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
