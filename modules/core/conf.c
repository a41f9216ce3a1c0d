/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.c - settings from their rows (settings.h): made unset, merged member by member, completed with defaults.
 * What the directives look like stands in directives.c.
 */
#include "conf.h"
#include "forwarded.h"
#include "settings.h"

#include <ap_mpm.h>
#include <httpd.h>
#include <apr_strings.h>
#include <unistd.h>

extern module AP_MODULE_DECLARE_DATA gw_module;

#define HEADERS_DEFAULT                                                                                                \
    (GW_HEADER_SERVER | GW_HEADER_VIA | GW_HEADER_PROXY_LATENCY | GW_HEADER_UPSTREAM_LATENCY |                         \
     GW_HEADER_RESPONSE_LATENCY | GW_HEADER_ADMIN_LATENCY | GW_HEADER_REQUEST_ID)

/* ---- one member, whatever its size ---- */

static apr_int64_t member_get(const gw_server_conf *conf, const gw_setting *setting)
{
    const char *at = (const char *)conf + setting->at;

    return setting->kind == GW_SETTING_INT ? *(const int *)at : *(const apr_int64_t *)at;
}

void gw_setting_put(gw_server_conf *conf, const gw_setting *setting, apr_int64_t value)
{
    char *at = (char *)conf + setting->at;

    if (setting->kind == GW_SETTING_INT)
        *(int *)at = (int)value;
    else
        *(apr_int64_t *)at = value;
}

/* Pointers: NULL = unset. */
static const size_t pointer_members[] = {
    offsetof(gw_server_conf, sql_dir),          offsetof(gw_server_conf, state_dir),
    offsetof(gw_server_conf, declarative_file), offsetof(gw_server_conf, jwks_ca_file),
    offsetof(gw_server_conf, hook_ca_file),     offsetof(gw_server_conf, trusted_proxies),
    offsetof(gw_server_conf, api_version),      offsetof(gw_server_conf, admin_hosts),
    offsetof(gw_server_conf, admin_origins),    offsetof(gw_server_conf, admin_ui),
};
/* Those of them that hold for the whole process. */
#define NPROCESS_POINTERS 5

static void *pointer_get(const gw_server_conf *conf, size_t i)
{
    void *value;

    memcpy(&value, (const char *)conf + pointer_members[i], sizeof(value));
    return value;
}

static void pointer_put(gw_server_conf *conf, size_t i, void *value)
{
    memcpy((char *)conf + pointer_members[i], &value, sizeof(value));
}

/* Take over what `conf` leaves unset from `other`; only what is process-wide, or all. */
static void inherit(gw_server_conf *conf, const gw_server_conf *other, int only_process_wide)
{
    size_t i, npointers = sizeof(pointer_members) / sizeof(pointer_members[0]);

    for (i = 0; i < GW_NSETTINGS; i++) {
        const gw_setting *setting = &gw_settings[i];

        if (only_process_wide && !setting->is_process_wide)
            continue;
        if (member_get(conf, setting) == GW_UNSET)
            gw_setting_put(conf, setting, member_get(other, setting));
    }
    for (i = 0; i < (only_process_wide ? NPROCESS_POINTERS : npointers); i++)
        if (pointer_get(conf, i) == NULL)
            pointer_put(conf, i, pointer_get(other, i));
    if (!only_process_wide && !conf->headers_given && other->headers_given) {
        conf->headers = other->headers;
        conf->headers_given = 1;
    }
}

static void fill_defaults(gw_server_conf *conf, apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < GW_NSETTINGS; i++)
        if (member_get(conf, &gw_settings[i]) == GW_UNSET)
            gw_setting_put(conf, &gw_settings[i], gw_settings[i].dflt);
    if (conf->sql_dir == NULL)
        conf->sql_dir = GW_SQL_DIR;
    if (conf->state_dir == NULL)
        conf->state_dir = GW_STATE_DIR;
    if (conf->api_version == NULL)
        conf->api_version = "3.4.1";
    if (conf->admin_ui == NULL)
        conf->admin_ui = GW_UI_DIR;
    if (conf->admin_hosts == NULL)
        conf->admin_hosts = apr_array_make(p, 1, sizeof(const char *));
    if (conf->admin_origins == NULL)
        conf->admin_origins = apr_array_make(p, 1, sizeof(const char *));
    if (!conf->headers_given) {
        conf->headers = HEADERS_DEFAULT;
        conf->headers_given = 1;
    }
}

/* ---- entry points ---- */

void *gw_conf_create_server(apr_pool_t *p, server_rec *s)
{
    gw_server_conf *conf = apr_pcalloc(p, sizeof(*conf));
    size_t i;

    (void)s;
    for (i = 0; i < GW_NSETTINGS; i++)
        gw_setting_put(conf, &gw_settings[i], GW_UNSET);
    return conf;
}

void *gw_conf_merge_server(apr_pool_t *p, void *base, void *add)
{
    gw_server_conf *conf = apr_pmemdup(p, add, sizeof(*conf));

    inherit(conf, base, 0);
    return conf;
}

void gw_conf_complete(server_rec *main_server, apr_pool_t *pconf)
{
    gw_server_conf *main_conf = ap_get_module_config(main_server->module_config, &gw_module);
    server_rec *s;

    /* The main server's word first, then the first virtual host's that has one. */
    for (s = main_server->next; s; s = s->next)
        inherit(main_conf, ap_get_module_config(s->module_config, &gw_module), 1);
    fill_defaults(main_conf, pconf);
    for (s = main_server->next; s; s = s->next) {
        gw_server_conf *conf = ap_get_module_config(s->module_config, &gw_module);
        size_t i;

        if (conf == main_conf) { /* httpd lets servers without a directive of ours share it */
            conf = apr_pmemdup(pconf, main_conf, sizeof(*conf));
            conf->places = NULL;
            ap_set_module_config(s->module_config, &gw_module, conf);
        }
        for (i = 0; i < GW_NSETTINGS; i++)
            if (gw_settings[i].is_process_wide)
                gw_setting_put(conf, &gw_settings[i], member_get(main_conf, &gw_settings[i]));
        for (i = 0; i < NPROCESS_POINTERS; i++)
            pointer_put(conf, i, pointer_get(main_conf, i));
        fill_defaults(conf, pconf);
    }
}

const gw_server_conf *gw_conf_server(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &gw_module);
}

int gw_conf_trusts_peer(const request_rec *r)
{
    return gw_address_is_in(r->connection->client_addr, gw_conf_server(r->server)->trusted_proxies);
}

int gw_token_cache_entries(server_rec *s)
{
    return gw_conf_server(s)->token_cache_entries;
}

apr_int64_t gw_cache_bytes(server_rec *s)
{
    return gw_conf_server(s)->cache_bytes;
}

int gw_hook_threads(server_rec *s)
{
    int nthreads = 0;

    if (gw_conf_server(s)->hook_threads > 0)
        return gw_conf_server(s)->hook_threads;
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &nthreads);
    return nthreads >= 8 ? nthreads / 4 : 1;
}

const char *gw_state_dir(server_rec *s)
{
    return gw_conf_server(s)->state_dir;
}

const char *gw_jwks_ca_file(server_rec *s)
{
    return gw_conf_server(s)->jwks_ca_file;
}

const char *gw_hook_ca_file(server_rec *s)
{
    return gw_conf_server(s)->hook_ca_file;
}

int gw_wants_legacy_status(const request_rec *r)
{
    return gw_conf_server(r->server)->legacy_status;
}

int gw_keys_are_hashed(server_rec *s)
{
    return gw_conf_server(s)->key_at_rest_hashed;
}

int gw_hash_threads(server_rec *s)
{
    const int told = gw_conf_server(s)->hash_threads;
    const long ncores = sysconf(_SC_NPROCESSORS_ONLN);

    return told > 0 ? told : ncores >= 4 ? (int)(ncores / 2) : 1;
}

const gw_dir_conf *gw_conf_dir(request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &gw_module);
}

void *gw_conf_create_dir(apr_pool_t *p, char *dir)
{
    (void)dir;
    return apr_pcalloc(p, sizeof(gw_dir_conf));
}

/* The inner section's plugins come first, and hide the outer one's of the same name. */
static apr_array_header_t *merge_plugins(apr_pool_t *p, apr_array_header_t *outer, apr_array_header_t *inner)
{
    apr_array_header_t *merged;
    int i, k;

    if (inner == NULL || outer == NULL)
        return inner ? inner : outer;
    merged = apr_array_copy(p, inner);
    for (i = 0; i < outer->nelts; i++) {
        const gw_static_plugin *plugin = &APR_ARRAY_IDX(outer, i, gw_static_plugin);

        for (k = 0; k < inner->nelts; k++)
            if (APR_ARRAY_IDX(inner, k, gw_static_plugin).plugin == plugin->plugin)
                break;
        if (k == inner->nelts)
            APR_ARRAY_PUSH(merged, gw_static_plugin) = *plugin;
    }
    return merged;
}

void *gw_conf_merge_dir(apr_pool_t *p, void *base, void *add)
{
    const gw_dir_conf *outer = base, *inner = add;
    gw_dir_conf *conf = apr_pcalloc(p, sizeof(*conf));

    conf->service = inner->service ? inner->service : outer->service;
    conf->plugins = merge_plugins(p, outer->plugins, inner->plugins);
    conf->phases = outer->phases | inner->phases;
    return conf;
}
