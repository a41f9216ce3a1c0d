/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_botdetection.c - the bot-detection plugin: programs are told from browsers by what they call themselves.
 *
 * Wiring only. Which agents are bots: bot_agents.c; what may be configured, and the verdict: botdetection_schema.c.
 */
#include "mod_gw.h"

#include <http_log.h>

#include "botdetection_schema.h"

#define PRIORITY 2500

extern GW_MODULE gw_botdetection_module;
APLOG_USE_MODULE(gw_botdetection);

static gw_plugin botdetection_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "bot-detection",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_ACCESS,
    .flags = GW_PLUGIN_NO_CONSUMER,
    .schema = &gw_botdetection_conf_schema,
    .conf_size = sizeof(gw_botdetection_conf),
    .prepare = gw_botdetection_conf_prepare,
    .destroy = gw_botdetection_conf_destroy,
};

/* Made in child_init, read-only afterwards; the child's end frees it. */
static gw_bot_agents *bots;

static int refuse(request_rec *r, const gw_answer *answer, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4560) "botdetection: refused: %s (route=%s)", why,
                  gw_route_for_log(r));
    return gw_reply(r, answer);
}

/* access_checker; request thread. DECLINED: not configured here, or whoever asks may pass. */
static int hook_access(request_rec *r)
{
    static const gw_answer repeated = { HTTP_BAD_REQUEST, GW_NEGOTIATED, "Only one User-Agent header allowed", NULL };
    static const gw_answer forbidden = { HTTP_FORBIDDEN, GW_NEGOTIATED, "Forbidden", NULL };
    const gw_botdetection_conf *conf = gw_plugin_conf(r, &botdetection_plugin);
    const char *agent;

    if (conf == NULL)
        return DECLINED;
    if ((agent = apr_table_get(r->headers_in, "User-Agent")) == NULL) {
        gw_explain(r, "there is no User-Agent");
        return DECLINED;
    }
    if (gw_agent_is_repeated(agent))
        return refuse(r, &repeated, "two User-Agent headers");
    if (!gw_botdetection_admits(conf, bots, agent))
        return refuse(r, &forbidden, agent);
    gw_explain(r, "its User-Agent is allowed, or no bot's");
    return DECLINED;
}

static void hook_begin(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    (void)s;
    bots = gw_bot_agents_make();
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&botdetection_plugin, p);
    ap_hook_child_init(hook_begin, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_access(hook_access, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_botdetection_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
