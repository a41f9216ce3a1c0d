/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_cors.c - the cors plugin: which pages of other origins may use a service (the Fetch standard's CORS protocol).
 *
 * Wiring only. Which origins are admitted: cors_origin.c; what may be configured: cors_schema.c.
 */
#include "mod_gw.h"

#include <http_core.h>

#include "cors_schema.h"

#define PRIORITY 2000

extern GW_MODULE gw_cors_module;

static gw_plugin cors_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "cors",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_ACCESS | GW_PHASE_RESPONSE,
    .flags = GW_PLUGIN_NO_CONSUMER,
    .schema = &gw_cors_conf_schema,
    .conf_size = sizeof(gw_cors_conf),
    .prepare = gw_cors_conf_prepare,
    .destroy = gw_cors_conf_destroy,
};

static void vary_by_origin(request_rec *r)
{
    const char *vary = apr_table_get(r->headers_out, "Vary");

    if (vary == NULL)
        apr_table_addn(r->headers_out, "Vary", "Origin");
    else if (!ap_find_token(r->pool, vary, "Origin"))
        apr_table_mergen(r->headers_out, "Vary", "Origin");
}

static void set_origin(request_rec *r, const gw_cors_conf *conf)
{
    const char *client = apr_table_get(r->headers_in, "Origin");
    const char *admitted = gw_cors_origins_admit(conf->origins, client, r->pool);
    const int is_all = gw_cors_origins_kind(conf->origins) == GW_CORS_ALL;

    /* No browser takes "*" together with credentials. */
    if (is_all && conf->credentials && client != NULL)
        admitted = client;
    if (!is_all || conf->credentials)
        vary_by_origin(r);
    if (admitted == NULL) {
        apr_table_unset(r->headers_out, "Access-Control-Allow-Origin");
        return;
    }
    apr_table_setn(r->headers_out, "Access-Control-Allow-Origin", admitted);
    if (conf->credentials && (!is_all || client != NULL))
        apr_table_setn(r->headers_out, "Access-Control-Allow-Credentials", "true");
}

static int is_preflight(request_rec *r)
{
    return r->method_number == M_OPTIONS && apr_table_get(r->headers_in, "Origin") != NULL &&
           apr_table_get(r->headers_in, "Access-Control-Request-Method") != NULL;
}

static int answer_preflight(request_rec *r, const gw_cors_conf *conf)
{
    static const gw_answer good = { .status = HTTP_OK, .kind = GW_RAW };
    const char *headers = conf->allow_headers;

    if (headers == NULL)
        headers = apr_table_get(r->headers_in, "Access-Control-Request-Headers");
    set_origin(r, conf);
    if (headers != NULL)
        apr_table_setn(r->headers_out, "Access-Control-Allow-Headers", headers);
    if (conf->allow_methods != NULL)
        apr_table_setn(r->headers_out, "Access-Control-Allow-Methods", conf->allow_methods);
    if (conf->max_age_text != NULL)
        apr_table_setn(r->headers_out, "Access-Control-Max-Age", conf->max_age_text);
    return gw_reply(r, &good);
}

/* access_checker; request thread. DECLINED: not configured here, no preflight, or the upstream is to answer it. */
static int hook_access(request_rec *r)
{
    const gw_cors_conf *conf = gw_plugin_conf(r, &cors_plugin);

    if (conf == NULL)
        return DECLINED;
    if (!is_preflight(r)) {
        gw_explain(r, "it is no preflight: the answer gets the headers");
        return DECLINED;
    }
    /* Its answer is complete, or the upstream's own: nothing is added on the way back. */
    ap_set_module_config(r->request_config, &gw_cors_module, r);
    return conf->preflight_continue ? DECLINED : answer_preflight(r, conf);
}

/* response; request thread. */
static void hook_respond(request_rec *r)
{
    const gw_cors_conf *conf = gw_plugin_conf(r, &cors_plugin);

    if (conf == NULL || ap_get_module_config(r->request_config, &gw_cors_module) != NULL)
        return;
    set_origin(r, conf);
    if (conf->expose_headers != NULL)
        apr_table_setn(r->headers_out, "Access-Control-Expose-Headers", conf->expose_headers);
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&cors_plugin, p);
    ap_hook_check_access(hook_access, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
    gw_hook_response(hook_respond, NULL, NULL, GW_ORDER(PRIORITY));
}

GW_MODULE gw_cors_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
