/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.c - which route and service a request takes, in httpd's phases.
 *
 * pre_translate_name routes (the path is still encoded there) and makes one canonical path the request's path for
 * everything that follows: <Location>, plugins, upstream. post_perdir_config sees the final configuration: a <Location>
 * with GwService or GwPlugin becomes a gateway request there, and https-only routes are enforced. ErrorDocument pages
 * are not routed. Other files decide (router.c, target.c); this one only reads requests and sets what httpd needs.
 */
#include "match.h"
#include "match_input.h"

#include <httpd.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <mod_proxy.h>

#include "canonical.h"
#include "coherence.h"
#include "framing.h"
#include "hooks.h"
#include "https_only.h"
#include "location.h"
#include "reply.h"
#include "request.h"

APLOG_USE_MODULE(gw);

#define NO_SERVICE_HANDLER "gw-no-service"

static int has_cache; /* mod_cache is loaded; post_config */

/* ---- pre_translate_name ---- */

static int is_error_page(const request_rec *r)
{
    return r->prev && r->prev->status != HTTP_OK;
}

/* The page itself, or what it includes. */
static int belongs_to_error_page(const request_rec *r)
{
    for (; r; r = r->main ? r->main : r->prev)
        if (is_error_page(r))
            return 1;
    return 0;
}

static int has_static_location(request_rec *r)
{
    const gw_dir_conf *dir = gw_conf_dir(r);

    return dir && dir->service;
}

/* The walk that httpd did saw the path less decoded than ours: look again where they differ. */
static int is_static_when_canonical(request_rec *r, const char *path)
{
    return strcmp(r->uri, path) != 0 && gw_location_at(r, path)->service;
}

/* Does this view of the path lead to the same route? */
static int is_same_route(request_rec *r, const gw_snapshot *snapshot, const gw_route *route,
                         const gw_match_input *input, const char *view)
{
    gw_match_input decoded = *input;
    gw_match other;

    if (view == input->path)
        return 1;
    decoded.path = view;
    gw_router_find(&other, gw_snapshot_router(snapshot), &decoded, r->pool);
    return other.route == route && !other.undecided;
}

/* Would an upstream that decodes more than we do serve what another route or Location guards? route NULL: none. */
static int is_ambiguous(request_rec *r, const gw_snapshot *snapshot, const gw_route *route, const gw_match_input *input)
{
    if (gw_conf_server(r->server)->ambiguous_paths_allowed)
        return 0;
    if (!gw_location_is_ambiguous(r, input->path)
        && is_same_route(r, snapshot, route, input, gw_path_decoded_view(input->path, r->pool))
        && is_same_route(r, snapshot, route, input, gw_path_literal_view(input->path, r->pool)))
        return 0;
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  GWLOGNO(1001) "match: path refused: decoded otherwise it is guarded by others (route=%s): %s",
                  route ? route->id : "-", input->path);
    return 1;
}

static void use_plan(gw_request *q, const gw_plan *plan)
{
    q->plan = plan;
    q->phases = plan->phases;
    q->candidates = plan->candidates;
}

/* Hand the request to mod_proxy; proxy/proxy.c picks the worker and writes the headers. DONE, or a refusal. */
static int aim_at_service(request_rec *r, gw_request *q)
{
    const char *path = gw_upstream_path(&q->prefix, q->service->path, q->path, &q->match, r->pool);

    if (gw_upstream_path_leaves(q->service->path, path, r->pool) &&
        !gw_conf_server(r->server)->ambiguous_paths_allowed) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      GWLOGNO(1014) "match: path refused: decoded otherwise it is outside of service %s (route=%s): %s",
                      q->service->id, q->route->id, path);
        return HTTP_BAD_REQUEST;
    }
    r->proxyreq = PROXYREQ_REVERSE;
    r->handler = "proxy-server";
    r->filename = apr_pstrcat(r->pool, q->service->target, gw_path_encode(path, r->pool), NULL);
    apr_table_setn(r->notes, "proxy-noencode", "1");
    return DONE;
}

/* DONE, or a refusal. */
static int accept_match(request_rec *r, const gw_snapshot *snapshot, const gw_match *match, const char *raw,
                         const char *path)
{
    gw_request *q = gw_request_make(r);

    q->snapshot = snapshot;
    q->match = *match;
    q->route = match->route;
    q->service = gw_snapshot_service(snapshot, match->route);
    use_plan(q, gw_snapshot_plan(snapshot, match->route, q->service));
    q->raw_path = raw;
    q->path = path;
    if (strcmp(r->uri, path) != 0)
        r->uri = apr_pstrdup(r->pool, path);
    r->parsed_uri.path = r->uri;
    if (q->service)
        return aim_at_service(r, q);
    r->handler = NO_SERVICE_HANDLER;
    r->filename = apr_pstrcat(r->pool, "gw:", path, NULL);
    return DONE;
}

/* What httpd may answer in Fallthrough; TRACE would show headers that the gateway adds. */
static int refuse_method(request_rec *r, int is_fallthrough)
{
    if (is_fallthrough && r->method_number != M_TRACE)
        return DECLINED;
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, M_POST, M_PUT, M_PATCH, M_DELETE, M_OPTIONS, -1);
    gw_request_make(r);
    return gw_reply_error(r, HTTP_METHOD_NOT_ALLOWED, "Method not allowed");
}

static int refuse_unrouted(request_rec *r, const gw_snapshot *snapshot, const gw_match *match, const char *raw,
                           const char *path)
{
    gw_request *q = gw_request_make(r);

    if (match->undecided)
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      GWLOGNO(1006) "match: no route: a regex of route %s takes too long on this request, and no other "
                      "route may answer in its place: make it simpler", match->undecided->id);
    q->snapshot = snapshot;
    use_plan(q, gw_snapshot_plan(snapshot, NULL, NULL));
    q->phases &= GW_PHASE_RESPONSE | GW_PHASE_LOG;
    q->raw_path = raw;
    q->path = path;
    return gw_reply_error(r, HTTP_NOT_FOUND, "no Route matched with those values");
}

/* Request thread. DONE: routed, and the path stays as it is now. */
static int hook_pre_translate(request_rec *r)
{
    const gw_router_mode mode = gw_conf_server(r->server)->router;
    const gw_snapshot *snapshot;
    const char *raw, *path, *why;
    gw_match_input input;
    gw_match match;

    if (mode == GW_ROUTER_OFF || belongs_to_error_page(r) || has_static_location(r))
        return DECLINED;
    if (r->method_number == M_TRACE || r->method_number == M_CONNECT || r->uri == NULL || *r->uri != '/')
        return refuse_method(r, mode == GW_ROUTER_FALLTHROUGH);
    raw = gw_target_path(r->unparsed_uri, r->pool);
    if ((path = gw_path_canonical(&why, raw, r->pool)) == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(1002) "match: path refused: %s", why);
        return HTTP_BAD_REQUEST;
    }
    if (is_static_when_canonical(r, path))
        return DECLINED;
    if ((snapshot = gw_snapshot_acquire(r)) == NULL) {
        gw_request_make(r);
        return gw_unavailable(r);
    }
    gw_match_input_read(&input, r, path);
    if (!gw_router_find(&match, gw_snapshot_router(snapshot), &input, r->pool) &&
        (mode != GW_ROUTER_FALLTHROUGH || match.undecided))
        return refuse_unrouted(r, snapshot, &match, raw, path);
    if (is_ambiguous(r, snapshot, match.route, &input))
        return HTTP_BAD_REQUEST;
    if (match.route == NULL)
        return DECLINED;
    return accept_match(r, snapshot, &match, raw, path);
}

/* No RewriteRule or Alias replaces what was routed. */
static int hook_translate(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && q->route ? OK : DECLINED;
}

/* A route without a service has no place in storage either; mod_proxy looks after its own. */
static int hook_map_to_storage(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && q->route && q->service == NULL ? OK : DECLINED;
}

/* ---- post_perdir_config ---- */

static int refuse_ambiguous(request_rec *r, const char *path)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  GWLOGNO(1007) "match: path refused: decoded otherwise it is in another Location: %s", path);
    return HTTP_BAD_REQUEST;
}

/* A request that is httpd's alone, unless its path means a guarded Location to somebody. Where requests are routed,
 * pre_translate_name has asked. The Admin API takes its own path apart before it decodes anything: "%2F" in a name is
 * part of the name. */
static int leave_to_httpd(request_rec *r)
{
    const char *path, *why;

    if (gw_conf_server(r->server)->router != GW_ROUTER_OFF || r->proxyreq == PROXYREQ_PROXY || *r->uri != '/')
        return DECLINED;
    path = gw_path_canonical(&why, gw_target_path(r->unparsed_uri, r->pool), r->pool);
    if (path && gw_location_is_ambiguous(r, path) && !gw_location_is_admins(r))
        return refuse_ambiguous(r, path);
    return DECLINED;
}

/* A <Location> that names a service or plugins of its own: OK, DECLINED (none of ours), or a refusal. */
static int match_static(request_rec *r, const gw_dir_conf *dir)
{
    const char *raw = gw_target_path(r->unparsed_uri, r->pool), *path, *why;
    gw_request *q;

    if (r->method_number == M_TRACE)
        return refuse_method(r, 0);
    if ((path = gw_path_canonical(&why, raw, r->pool)) == NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(1003) "match: path refused: %s", why);
        return HTTP_BAD_REQUEST;
    }
    if (gw_location_is_ambiguous(r, path))
        return refuse_ambiguous(r, path);
    if (gw_framing_check_coding(r) != OK)
        return HTTP_BAD_REQUEST;
    q = gw_request_make(r);
    if ((q->snapshot = gw_snapshot_acquire(r)) == NULL)
        return gw_unavailable(r);
    q->static_service = dir->service;
    if (dir->service)
        q->service = gw_snapshot_service_by_name(q->snapshot, dir->service);
    use_plan(q, gw_snapshot_plan(q->snapshot, NULL, q->service));
    q->raw_path = raw;
    q->path = path;
    return OK;
}

/* Equal pointers make httpd skip access, authn and authz for subrequests and redirects. */
static void have_own_config(request_rec *r)
{
    if (r->main || r->prev)
        r->per_dir_config = ap_merge_per_dir_configs(r->pool, r->per_dir_config, ap_create_per_dir_config(r->pool));
}

/* r->no_cache alone would not do: response_headers.c takes it back before mod_cache's filter looks. */
static void forbid_caching(request_rec *r)
{
    r->no_cache = 1;
    if (has_cache)
        apr_table_setn(r->subprocess_env, "no-cache", "1");
}

/* What an administrator put in front of a route is not left out because it is not to be had. */
static int refuse_unusable(request_rec *r, const gw_request *q)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  GWLOGNO(1008) "match: refused: a plugin that is configured here cannot be run (route=%s, "
                  "service=%s): /status names it", q->route ? q->route->id : "-", q->service ? q->service->id : "-");
    return gw_reply_exit(r, HTTP_INTERNAL_SERVER_ERROR, NULL);
}

static int hook_post_perdir(request_rec *r)
{
    const gw_dir_conf *dir = gw_conf_dir(r);
    gw_request *q = gw_request_get(r);
    int rc;

    if (q == NULL) {
        if (is_error_page(r) && !r->proxyreq)
            return DECLINED;
        if (dir->service == NULL && dir->plugins == NULL)
            return leave_to_httpd(r);
        if ((rc = match_static(r, dir)) != OK)
            return rc;
        q = gw_request_get(r);
    } else if (q->route && dir->service) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      GWLOGNO(1004) "match: GwService %s applies to what route %s has matched: put GwService into a "
                      "<Location> only, not into <If> or <Proxy>", dir->service, q->route->id);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (q->plan && q->plan->is_unusable && (q->route || dir->service || dir->plugins))
        return refuse_unusable(r, q);
    if (dir->plugins) {
        q->dir = dir;
        q->phases |= dir->phases;
        q->candidates = ~APR_UINT64_C(0);
    }
    have_own_config(r);
    if (q->phases & (GW_PHASE_ACCESS | GW_PHASE_AUTHN | GW_PHASE_AUTHZ))
        forbid_caching(r);
    return q->route ? gw_https_enforce(r, q->route) : OK;
}

/* ---- handler ---- */

static int hook_no_service(request_rec *r)
{
    if (r->handler == NULL || strcmp(r->handler, NO_SERVICE_HANDLER) != 0)
        return DECLINED;
    return gw_reply_error(r, HTTP_SERVICE_UNAVAILABLE, "no Service found with those values");
}

static int hook_look_for_cache(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    (void)s;
    has_cache = ap_find_linked_module("mod_cache.c") != NULL;
    return OK;
}

void gw_match_register(apr_pool_t *p)
{
    static const char *const before_proxy[] = { "mod_proxy.c", NULL };

    (void)p;
    ap_hook_post_config(hook_look_for_cache, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_pre_translate_name(hook_pre_translate, NULL, before_proxy, APR_HOOK_FIRST);
    ap_hook_translate_name(hook_translate, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(hook_map_to_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(hook_post_perdir, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(hook_no_service, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
