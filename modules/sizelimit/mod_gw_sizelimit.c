/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_sizelimit.c - the request-size-limiting plugin: how large a body may be, told or counted while it streams.
 *
 * Wiring only. What may be configured: sizelimit_schema.c; core counts.
 */
#include "mod_gw.h"

#include <http_log.h>

#include "sizelimit_schema.h"

#define PRIORITY 951

extern GW_MODULE gw_sizelimit_module;
APLOG_USE_MODULE(gw_sizelimit);

static gw_plugin sizelimit_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "request-size-limiting",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHZ,
    .schema = &gw_sizelimit_conf_schema,
    .conf_size = sizeof(gw_sizelimit_conf),
    .prepare = gw_sizelimit_conf_prepare,
};

static const char limit_exceeded[] = "Request size limit exceeded";

static int refuse(request_rec *r, const gw_answer *answer)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4550) "sizelimit: refused: %s (route=%s)", answer->text,
                  gw_route_for_log(r));
    return gw_reply(r, answer);
}

/* A client that waits for a 100 has not sent the body yet. */
static int is_expecting(request_rec *r)
{
    const char *expect = apr_table_get(r->headers_in, "Expect");

    return expect != NULL && ap_cstr_casecmp(expect, "100-continue") == 0;
}

/* authz; request thread. DECLINED: not configured here, small enough, or counted from now on. */
static int hook_authorize(request_rec *r)
{
    static const gw_answer no_length = {
        HTTP_LENGTH_REQUIRED, GW_NEGOTIATED, "A valid Content-Length header is required", NULL
    };
    static const gw_answer too_large = { HTTP_REQUEST_ENTITY_TOO_LARGE, GW_NEGOTIATED, limit_exceeded, NULL };
    static const gw_answer unexpected = { HTTP_EXPECTATION_FAILED, GW_NEGOTIATED, limit_exceeded, NULL };
    const gw_sizelimit_conf *conf = gw_plugin_conf(r, &sizelimit_plugin);
    const char *told;
    apr_off_t length;

    if (conf == NULL)
        return DECLINED;
    told = apr_table_get(r->headers_in, "Content-Length");
    if (told == NULL && conf->require_content_length)
        return refuse(r, &no_length);
    if (told != NULL && ap_parse_strict_length(&length, told) && length > conf->max_bytes)
        return refuse(r, is_expecting(r) ? &unexpected : &too_large);
    gw_explain(r, told != NULL ? "its body is not too long" : "no Content-Length: a body is counted as it comes");
    return gw_body_limit(r, conf->max_bytes, &too_large);
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&sizelimit_plugin, p);
    ap_hook_check_authz(hook_authorize, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_sizelimit_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
