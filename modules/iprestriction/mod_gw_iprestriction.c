/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_iprestriction.c - the ip-restriction plugin: who may ask, by the client's address.
 *
 * Wiring only. What may be configured, and the verdict: iprestriction_schema.c; sets of addresses: ip_set.c.
 */
#include "mod_gw.h"

#include <apr_strings.h>
#include <http_log.h>

#include "iprestriction_schema.h"

#define PRIORITY 990

extern GW_MODULE gw_iprestriction_module;
APLOG_USE_MODULE(gw_iprestriction);

static gw_plugin iprestriction_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "ip-restriction",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHZ,
    .schema = &gw_iprestriction_conf_schema,
    .conf_size = sizeof(gw_iprestriction_conf),
    .prepare = gw_iprestriction_conf_prepare,
};

static int refuse(request_rec *r, const gw_iprestriction_conf *conf, const char *address)
{
    gw_answer answer = { .status = conf->status > 0 ? (int)conf->status : HTTP_FORBIDDEN, .kind = GW_NEGOTIATED };

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4510) "iprestriction: refused: %s (route=%s)", address,
                  gw_route_for_log(r));
    answer.text = conf->message != NULL ? conf->message
                                        : apr_pstrcat(r->pool, "IP address not allowed: ", address, NULL);
    return gw_reply(r, &answer);
}

/* authz; request thread. DECLINED: not configured here, or this address may pass. */
static int hook_authorize(request_rec *r)
{
    static const gw_answer unknown = {
        HTTP_FORBIDDEN, GW_NEGOTIATED,
        "Cannot identify the client IP address, unix domain sockets are not supported.", NULL
    };
    const gw_iprestriction_conf *conf = gw_plugin_conf(r, &iprestriction_plugin);
    const char *address;
    gw_ip ip;

    if (conf == NULL)
        return DECLINED;
    address = gw_client_ip(r);
    if (address == NULL || !gw_ip_parse(&ip, address))
        return gw_reply(r, &unknown);
    if (!gw_iprestriction_admits(conf, &ip))
        return refuse(r, conf, address);
    gw_explain(r, "%s is %s", address, conf->allowed != NULL ? "allowed" : "not denied");
    return DECLINED;
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&iprestriction_plugin, p);
    ap_hook_check_authz(hook_authorize, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_iprestriction_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
