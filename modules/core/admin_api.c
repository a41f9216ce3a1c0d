/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_api.c - what mod_gw_admin may ask of core, handed on to those who know.
 */
#include "gw_admin_api.h"

#include <apr_strings.h>
#include <string.h>
#include <http_log.h>

#include "coherence.h"
#include "conf.h"
#include "entities.h"
#include "framing.h"
#include "hooks.h"
#include "location.h"
#include "registry.h"
#include "request.h"
#include "text.h"

APLOG_USE_MODULE(gw);

/* An Admin API call's handle lives in its pool beside the gw_db. */
static gw_handle *handle_of(request_rec *r, gw_db *db)
{
    const char *key = apr_psprintf(r->pool, "gw-handle-%pp", (void *)db);
    void *h = NULL;

    apr_pool_userdata_get(&h, key, r->pool);
    return h;
}

apr_status_t gw_admin_open(gw_db **db, request_rec *r)
{
    gw_handle *h = apr_pcalloc(r->pool, sizeof(*h));
    apr_status_t rv = gw_handle_open(h, r->server, r->pool);

    if (rv != APR_SUCCESS)
        return rv;
    *db = h->db;
    gw_coherence_learn_secret(h->db, r->pool); /* what is written may be kept by it */
    return apr_pool_userdata_setn(h, apr_psprintf(r->pool, "gw-handle-%pp", (void *)h->db), NULL, r->pool);
}

void gw_admin_close(gw_db *db, request_rec *r, apr_status_t outcome)
{
    gw_handle *h = handle_of(r, db);

    if (h == NULL)
        return;
    apr_pool_userdata_setn(NULL, apr_psprintf(r->pool, "gw-handle-%pp", (void *)db), NULL, r->pool);
    gw_handle_close(h, outcome);
}

int gw_admin_announce(request_rec *r)
{
    (void)r;
    return gw_coherence_announce();
}

int gw_admin_is_asked(request_rec *r)
{
    return gw_location_is_admins(r);
}

int gw_admin_has_refused(request_rec *r)
{
    return ap_is_HTTP_ERROR(r->status) && gw_request_get(r) == NULL
           && gw_conf_server(r->server)->router == GW_ROUTER_OFF && gw_location_was_admins(r);
}

void gw_admin_log_path(request_rec *r, const char *path)
{
    apr_table_setn(r->notes, GW_NOTE_LOG_PATH, path);
}

int gw_admin_check_framing(request_rec *r)
{
    return gw_framing_check(r);
}

const apr_array_header_t *gw_admin_plugins(void)
{
    return gw_plugins_by_priority();
}

const gw_plugin *gw_admin_plugin(const char *name)
{
    return gw_plugin_find(name);
}

const gw_error *gw_admin_check_protocols(const json_t *plugin, const json_t *route, const json_t *routes,
                                         apr_pool_t *p)
{
    return gw_plugin_check_protocols(plugin, route, routes, p);
}

const char *gw_admin_who(request_rec *r)
{
    static const char *const headers[] = { "X-Consumer-Username", "X-Consumer-Custom-ID", "X-Consumer-ID" };
    const char *who = r->user != NULL && *r->user != '\0' ? r->user : NULL;
    size_t i;

    if (who == NULL && gw_conf_trusts_peer(r))
        for (i = 0; i < sizeof(headers) / sizeof(headers[0]) && who == NULL; i++)
            who = apr_table_get(r->headers_in, headers[i]);
    return who != NULL && !gw_utf8_is_valid(who, strlen(who)) ? ap_escape_logitem(r->pool, who) : who;
}

json_t *gw_admin_describe(void)
{
    return gw_coherence_describe();
}

const char *gw_admin_node_id(void)
{
    return gw_coherence_node_id();
}

const char *gw_admin_version(void)
{
    return GW_VERSION;
}

const gw_admin_conf *gw_admin_conf_get(const server_rec *s)
{
    return gw_conf_server(s)->admin;
}

/* ---- startup ---- */

static const char *database_name(const gw_server_conf *conf)
{
    gw_store *store = gw_coherence_store();

    if (conf->declarative_file || store == NULL)
        return "off";
    return gw_store_driver(store) == GW_SQLITE ? "sqlite" : "postgres";
}

static void complete(gw_server_conf *conf, apr_pool_t *p)
{
    gw_admin_conf *admin = conf->admin = apr_pcalloc(p, sizeof(*admin));

    admin->api_version = conf->api_version;
    admin->database = database_name(conf);
    admin->hosts = conf->admin_hosts;
    admin->origins = conf->admin_origins;
    admin->keeps_audit = conf->audit_days > 0;
    admin->state_dir = conf->state_dir;
    admin->ui_dir = conf->admin_ui;
    admin->sql_dir = conf->sql_dir;
    admin->max_body = conf->admin_max_body;
    admin->sends_server = (conf->headers & GW_HEADER_SERVER) != 0;
    admin->sends_latency = (conf->headers & GW_HEADER_ADMIN_LATENCY) != 0;
}

/* After core's own post_config, which knows the store. */
static int hook_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    for (; s; s = s->next)
        complete(ap_get_module_config(s->module_config, &gw_module), pconf);
    return OK;
}

void gw_admin_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_post_config(hook_post_config, NULL, NULL, APR_HOOK_LAST);
}
