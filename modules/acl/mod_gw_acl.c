/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_acl.c - the acl plugin: which groups of consumers may pass; and `Require gw-group NAME...`.
 *
 * Wiring only. The verdict: acl_verdict.c; what may be configured and stored: acl_schema.c. Groups come with their
 * consumer: no request asks for them.
 */
#include "mod_gw.h"

#include <http_log.h>
#include <mod_auth.h>

#include "acl_schema.h"
#include "acl_verdict.h"

#define PRIORITY 950

extern GW_MODULE gw_acl_module;
APLOG_USE_MODULE(gw_acl);

static const char *const group_identity[] = { "consumer", "group", NULL };

static const gw_entity acls = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "acls",
    .path = "/acls",
    .nested = "acls",
    .nested_key = "group",
    .identity = group_identity,
    .owner = "acl",
    .schema = &gw_acl_group_schema,
    .placement = GW_UNCACHED,
    .with_consumer = 1,
    .conf_size = sizeof(gw_acl_group),
};

static gw_plugin acl_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "acl",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHZ,
    .flags = GW_PLUGIN_NO_CONSUMER | GW_PLUGIN_GUARDS,
    .schema = &gw_acl_conf_schema,
    .conf_size = sizeof(gw_acl_conf),
    .prepare = gw_acl_conf_prepare,
};

static gw_acl_asker find_asker(request_rec *r)
{
    const gw_consumer *consumer = gw_request_consumer(r);
    gw_acl_asker asker = { .has_consumer = consumer != NULL, .has_credential = gw_request_credential(r) != NULL };

    if (consumer != NULL)
        asker.groups = gw_consumer_rows(&asker.ngroups, consumer, &acls);
    return asker;
}

static void tell(request_rec *r, const gw_acl_asker *asker)
{
    const char *groups;

    if (!gw_is_tried_out(r, NULL))
        return;
    groups = gw_acl_groups_format(asker, r->pool);
    if (!asker->has_consumer)
        gw_explain(r, "it is not known who asks");
    else if (groups != NULL)
        gw_explain(r, "who asks is in the groups %s", groups);
    else
        gw_explain(r, "who asks is in no group");
}

static int refuse(request_rec *r, gw_acl_verdict verdict)
{
    static const gw_answer unknown = { HTTP_UNAUTHORIZED, GW_NEGOTIATED, "Unauthorized", NULL };
    static const gw_answer forbidden = { HTTP_FORBIDDEN, GW_NEGOTIATED, "You cannot consume this service", NULL };
    const gw_answer *answer = verdict == GW_ACL_UNKNOWN ? &unknown : &forbidden;
    const gw_consumer *consumer = gw_request_consumer(r);

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4540) "acl: refused: %s (consumer=%s, route=%s)", answer->text,
                  consumer ? consumer->id : "-", gw_route_for_log(r));
    return gw_reply(r, answer);
}

/* authz; request thread. DECLINED: not configured here, or whoever asks may pass. */
static int hook_authorize(request_rec *r)
{
    const gw_acl_conf *conf = gw_plugin_conf(r, &acl_plugin);
    gw_acl_verdict verdict;
    gw_acl_asker asker;

    if (conf == NULL)
        return DECLINED;
    asker = find_asker(r);
    tell(r, &asker);
    if ((verdict = gw_acl_judge(conf, &asker)) != GW_ACL_PASS)
        return refuse(r, verdict);
    if (!conf->hide_groups_header && asker.ngroups > 0)
        gw_upstream_header(r, "X-Consumer-Groups", gw_acl_groups_format(&asker, r->pool));
    return DECLINED;
}

/* Require gw-group; asked before authentication too, when "no user" makes httpd authenticate. */
static authz_status check_group(request_rec *r, const char *names, const void *parsed)
{
    const gw_acl_asker asker = find_asker(r);
    const char *name;

    (void)parsed;
    if (!gw_is_routed(r))
        return AUTHZ_DENIED;
    while (*(name = ap_getword_conf(r->pool, &names)) != '\0')
        if (gw_acl_is_member(&asker, name))
            return AUTHZ_GRANTED;
    return asker.has_credential ? AUTHZ_DENIED : AUTHZ_DENIED_NO_USER;
}

static const char *check_group_names(cmd_parms *cmd, const char *names, const void **parsed)
{
    (void)cmd;
    (void)parsed;
    return *names == '\0' ? "Require gw-group: at least one group is needed" : NULL;
}

static const authz_provider group_provider = { check_group, check_group_names };

static void register_hooks(apr_pool_t *p)
{
    gw_entity_register(&acls, p);
    gw_plugin_register(&acl_plugin, p);
    ap_hook_check_authz(hook_authorize, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
    ap_register_auth_provider(p, AUTHZ_PROVIDER_GROUP, "gw-group", AUTHZ_PROVIDER_VERSION, &group_provider,
                              AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_acl_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
