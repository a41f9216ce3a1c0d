/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_correlation.c - the correlation-id plugin: an id that follows a request from client to upstream and back.
 *
 * Wiring only. What may be configured and how ids are made: correlation_schema.c.
 */
#include "mod_gw.h"

#include <unistd.h>
#include <http_connection.h>

#include "correlation_schema.h"
#include "text.h"

#define PRIORITY 1

extern GW_MODULE gw_correlation_module;

static gw_plugin correlation_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "correlation-id",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_FIXUPS | GW_PHASE_RESPONSE,
    .schema = &gw_correlation_conf_schema,
    .conf_size = sizeof(gw_correlation_conf),
    .prepare = gw_correlation_conf_prepare,
};

/* This child's own; the uuid is made in child_init, the count is atomic. */
static char child_uuid[37];
static apr_uint64_t child_count;

static const char *make_id(request_rec *r, gw_correlation_kind kind)
{
    const conn_rec *c = r->connection;
    gw_correlation_facts facts = {
        .child = child_uuid, .address = c->local_ip, .port = c->local_addr->port, .pid = (int)getpid(),
        .connection = c->id, .requests = c->keepalives, .now = apr_time_now(),
    };

    facts.count = __atomic_add_fetch(&child_count, 1, __ATOMIC_RELAXED);
    return gw_correlation_make(kind, &facts, r->pool);
}

/* The request's id: what the client sent, else one of ours, the same whenever it is asked for. *is_ours may be NULL. */
static const char *settle_id(int *is_ours, request_rec *r, const gw_correlation_conf *conf)
{
    const char *given = apr_table_get(r->headers_in, conf->header_name), *id;

    if (is_ours != NULL)
        *is_ours = !gw_correlation_is_given(given);
    if (gw_correlation_is_given(given))
        return given;
    if ((id = ap_get_module_config(r->request_config, &gw_correlation_module)) == NULL) {
        id = make_id(r, conf->kind);
        ap_set_module_config(r->request_config, &gw_correlation_module, (void *)id);
    }
    return id;
}

/* fixups; request thread. DECLINED, always. */
static int hook_send(request_rec *r)
{
    const gw_correlation_conf *conf = gw_plugin_conf(r, &correlation_plugin);
    const char *id;
    int is_ours;

    if (conf == NULL)
        return DECLINED;
    id = settle_id(&is_ours, r, conf);
    if (is_ours)
        gw_upstream_header(r, conf->header_name, id);
    gw_explain(r, is_ours ? "an id is made and sent upstream" : "the request brings an id");
    return DECLINED;
}

/* response; request thread. Refusals too, made before the id was needed. */
static void hook_respond(request_rec *r)
{
    const gw_correlation_conf *conf = gw_plugin_conf(r, &correlation_plugin);

    if (conf != NULL && conf->echo_downstream)
        apr_table_setn(r->headers_out, conf->header_name, settle_id(NULL, r, conf));
}

static void hook_begin(apr_pool_t *pchild, server_rec *s)
{
    (void)pchild;
    (void)s;
    gw_uuid_make(child_uuid);
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&correlation_plugin, p);
    ap_hook_child_init(hook_begin, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(hook_send, NULL, NULL, GW_ORDER(PRIORITY));
    gw_hook_response(hook_respond, NULL, NULL, GW_ORDER(PRIORITY));
}

GW_MODULE gw_correlation_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
