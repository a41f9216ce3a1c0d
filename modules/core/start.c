/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - may this server start, and who is told when a child comes and goes.
 */
#include <httpd.h>
#include <ap_mpm.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <mpm_common.h>

#include "coherence.h"
#include "conf.h"
#include "conf_tree.h"
#include "heap.h"
#include "hooks.h"
#include "location.h"
#include "registry.h"
#include "worker.h"

APLOG_USE_MODULE(gw);

static int hook_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    const char *problem = gw_registry_problem();

    (void)pconf;
    (void)plog;
    (void)ptemp;
    if (problem == NULL)
        return OK;
    ap_log_error(APLOG_MARK, APLOG_CRIT | APLOG_STARTUP, 0, NULL, GWLOGNO(1020) "start: %s", problem);
    return !OK;
}

/* Defaults first, so that every other post_config can ask. */
static int hook_complete_conf(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    gw_conf_complete(s, pconf);
    return OK;
}

static const struct {
    const char *source, *load, *why;
} needed_modules[] = {
    { "mod_proxy.c", "proxy_module", "it carries requests to upstreams" },
    { "mod_proxy_http.c", "proxy_http_module", "it carries requests to upstreams" },
    { "mod_authn_core.c", "authn_core_module", "it runs the phases in which plugins decide" },
    { "mod_authz_core.c", "authz_core_module", "without it httpd refuses every request" },
};

static int has_needed_modules(server_rec *s)
{
    size_t i;
    int is_complete = 1;

    for (i = 0; i < sizeof(needed_modules) / sizeof(needed_modules[0]); i++)
        if (ap_find_linked_module(needed_modules[i].source) == NULL) {
            ap_log_error(APLOG_MARK, APLOG_CRIT | APLOG_STARTUP, 0, s,
                         GWLOGNO(1021) "start: mod_gw needs %s (%s): add LoadModule %s", needed_modules[i].source,
                         needed_modules[i].why, needed_modules[i].load);
            is_complete = 0;
        }
    return is_complete;
}

/* mod_cache's quick handler answers before any of our phases is run. */
static void warn_of_quick_handler(server_rec *s)
{
    const char *quick = gw_conf_tree_find("CacheQuickHandler");

    if (gw_conf_tree_find("CacheEnable") == NULL || (quick && strcasecmp(quick, "off") == 0))
        return;
    ap_log_error(APLOG_MARK, APLOG_WARNING | APLOG_STARTUP, 0, s,
                 GWLOGNO(1022) "start: CacheQuickHandler is on: cached answers skip every plugin: set "
                 "CacheQuickHandler off");
}

/* A row keeps a secret that was made for it; a directive has no place for it. */
static void warn_of_made_secrets(server_rec *s, apr_pool_t *ptemp)
{
    const apr_array_header_t *locations = gw_location_list(s, ptemp);
    int i, k;

    for (i = 0; i < locations->nelts; i++) {
        const gw_location *location = &APR_ARRAY_IDX(locations, i, gw_location);

        for (k = 0; k < location->nplugins; k++)
            if (location->plugins[k].made_secret != NULL)
                ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, GWLOGNO(1026) "start: GwPlugin %s in %s has no %s: one "
                             "was made that holds until the next restart, on this node: give one",
                             location->plugins[k].plugin->name, location->name, location->plugins[k].made_secret);
    }
}

static int is_routing(const server_rec *s)
{
    for (; s; s = s->next)
        if (gw_conf_server(s)->router != GW_ROUTER_OFF)
            return 1;
    return 0;
}

static int hook_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const gw_server_conf *conf = gw_conf_server(s);
    gw_coherence_options options = {
        .state_dir = conf->state_dir,
        .sql_dir = conf->sql_dir,
        .migrate = conf->migrate,
        .declarative_file = conf->declarative_file,
        .is_optional = !is_routing(s),
        .cache_bytes = (apr_size_t)conf->cache_bytes,
        .cache_ttl = conf->cache_ttl,
        .cache_miss_ttl = conf->cache_miss_ttl,
        .propagation_timeout = conf->propagation_timeout,
        .store_waiters = conf->store_waiters,
        .hold_worker = gw_worker_hold,
        .release_worker = gw_worker_release,
    };

    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG) {
        if (!has_needed_modules(s))
            return !OK;
        warn_of_quick_handler(s);
        warn_of_made_secrets(s, ptemp);
    }
    return gw_coherence_post_config(&options, pconf, s);
}

/* ---- children ---- */

static void hook_child_init(apr_pool_t *pchild, server_rec *s)
{
    gw_heap_tune();
    gw_coherence_child_init(pchild, s);
}

static void hook_child_stopping(apr_pool_t *pchild, int is_graceful)
{
    (void)pchild;
    (void)is_graceful;
    gw_coherence_child_stopping();
}

/* In the parent. */
static void hook_child_status(server_rec *s, pid_t pid, ap_generation_t generation, int slot, mpm_child_status state)
{
    (void)s;
    (void)generation;
    (void)slot;
    if (state == MPM_CHILD_EXITED)
        gw_coherence_child_died(pid);
}

void gw_start_register(apr_pool_t *p)
{
    static const char *const after_dbd[] = { "mod_dbd.c", NULL };

    (void)p;
    ap_hook_pre_config(hook_pre_config, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_config(hook_complete_conf, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_config(hook_post_config, after_dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(hook_child_init, after_dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_stopping(hook_child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_status(hook_child_status, NULL, NULL, APR_HOOK_MIDDLE);
}
