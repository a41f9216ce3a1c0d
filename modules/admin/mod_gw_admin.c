/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_admin.c - the Admin API: SetHandler gw-admin, best on a virtual host of its own.
 *
 * The module record, the hooks and the course of one call: guard, path, method, body, rows or information, answer.
 * Decisions are made in the files beside this one.
 */
#include "admin_http.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <string.h>

#include "accept_body.h"
#include "audit_path.h"
#include "crud.h"
#include "error_render.h"
#include "give_back.h"
#include "info.h"
#include "json_pool.h"
#include "traffic.h"
#include "urlencoded.h"

APLOG_USE_MODULE(gw_admin);

#define HANDLER "gw-admin"
#define MAX_DOCUMENT APR_INT64_C(268435456) /* bytes of a whole configuration */
/* Before the router, so that a location with our handler is never routed. */
#define BEFORE_ROUTER GW_ORDER(2000000)

extern module gw_admin_module;

/* Keys in paths may hold %2F (an issuer's URL), so the path is kept as the client wrote it, and httpd neither
 * decodes it nor looks for a file of that name. */
static int hook_keep_path(request_rec *r)
{
    if (r->main != NULL || r->proxyreq != PROXYREQ_NONE || r->uri == NULL || *r->uri != '/' || !gw_admin_is_asked(r))
        return DECLINED;
    ap_set_module_config(r->request_config, &gw_admin_module, apr_pstrdup(r->pool, r->uri));
    r->filename = apr_pstrdup(r->pool, HANDLER);
    return gw_admin_check_framing(r) == OK ? DONE : HTTP_BAD_REQUEST;
}

/* There is no file, so none whose name might be too long. */
static int hook_skip_files(request_rec *r)
{
    return ap_get_module_config(r->request_config, &gw_admin_module) != NULL ? OK : DECLINED;
}

static const char *path_of(request_rec *r)
{
    const char *path = ap_get_module_config(r->request_config, &gw_admin_module);

    /* the handler was set where pre_translate could not see it (<Files>, AddHandler): the path is decoded already */
    return path != NULL ? path : ap_os_escape_path(r->pool, r->uri, 1);
}

static const char *base_url_of(request_rec *r)
{
    const char *host = apr_table_get(r->headers_in, "Host");

    if (host == NULL || *host == '\0')
        host = apr_psprintf(r->pool, "%s:%u", r->server->server_hostname, (unsigned)ap_get_server_port(r));
    return apr_pstrcat(r->pool, ap_http_scheme(r), "://", host, NULL);
}

static int takes_document(const admin_call *call)
{
    return call->target.kind == GW_PATH_INFO && (gw_info_paths[call->target.info].needs & GW_INFO_DOCUMENT);
}

/* Read the body of a POST, PUT or PATCH, and decode it where it is not a document. */
static int read_body(request_rec *r, admin_call *call)
{
    const char *content_type = apr_table_get(r->headers_in, "Content-Type");
    int is_document = takes_document(call), status;
    apr_int64_t most = is_document && call->conf->max_body < MAX_DOCUMENT ? MAX_DOCUMENT : call->conf->max_body;
    gw_body_result result;

    *call->takes_much |= is_document; /* a small text may be compared with very many rows */
    call->content_type = content_type;
    call->body_kind = gw_body_kind_of(content_type, 0, is_document);
    if (call->body_kind != GW_BODY_REFUSED) {
        status = gw_admin_read_body(&call->bytes, &call->len, r, most);
        if (status == AP_FILTER_ERROR)
            return status;
        if (status != 0)
            return gw_call_message(call, status, status == HTTP_REQUEST_ENTITY_TOO_LARGE ? "Payload too large"
                                                                                         : "Bad request");
        call->body_kind = gw_body_kind_of(content_type, call->len > 0, is_document);
    }
    if (call->body_kind == GW_BODY_REFUSED)
        return HTTP_UNSUPPORTED_MEDIA_TYPE;
    if (is_document)
        return 0;
    result = gw_body_decode(call->body_kind, content_type, call->bytes, call->len, call->p);
    if (result.err != NULL)
        return gw_call_refuse(call, result.err);
    if (result.object == NULL)
        return gw_call_message(call, HTTP_BAD_REQUEST, result.message);
    call->body = gw_json_keep(result.object, call->p);
    call->is_form = result.is_form;
    return 0;
}

/* Path, method, query. 0 or the status of the answer. */
static int dispatch(request_rec *r, admin_call *call, gw_origin_verdict verdict)
{
    call->target = gw_path_find(path_of(r), gw_registry_all(), gw_info_paths, call->p);
    if (call->target.kind == GW_PATH_BAD)
        return gw_call_message(call, HTTP_BAD_REQUEST, "Bad request");
    if (call->target.kind == GW_PATH_UNKNOWN)
        return gw_call_not_found(call);
    call->method = gw_method_parse(r->method);
    call->path = gw_audit_path(path_of(r), &call->target, call->p);
    if (call->method == GW_OPTIONS) {
        gw_admin_reply_cors(r, verdict, gw_methods_format(call->target.methods, call->p));
        return HTTP_NO_CONTENT;
    }
    gw_admin_reply_cors(r, verdict, NULL);
    if (!(call->method & call->target.methods))
        return gw_call_message(call, HTTP_METHOD_NOT_ALLOWED, GW_MSG_METHOD);
    call->query = r->args != NULL ? gw_urlencoded_parse(r->args, strlen(r->args), GW_MAX_ARGUMENTS, call->p)
                                  : gw_urlencoded_parse("", 0, 1, call->p);
    if (call->query == NULL)
        return gw_call_message(call, HTTP_BAD_REQUEST, "Too many arguments");
    if (!gw_urlencoded_is_whole(call->query, "tags")) /* of which its filter says what is wrong */
        return gw_call_message(call, HTTP_BAD_REQUEST, "Bad request");
    return call->method & (GW_POST | GW_PUT | GW_PATCH) ? read_body(r, call) : 0;
}

/* The call proper, on a connection where it needs one; a change is in force when this returns. */
static int run(request_rec *r, admin_call *call)
{
    const gw_info_path *info = call->target.kind == GW_PATH_INFO ? &gw_info_paths[call->target.info] : NULL;
    int status;

    if (info != NULL && !(info->needs & GW_INFO_DB))
        return info->run(call);
    if (gw_admin_open(&call->db, r) != APR_SUCCESS) {
        call->db = NULL;
        if (info != NULL)
            return info->run(call);
        return gw_call_message(call, HTTP_SERVICE_UNAVAILABLE,
                               call->method == GW_GET ? GW_MSG_UNAVAILABLE_READ : GW_MSG_UNAVAILABLE);
    }
    status = gw_call_run(call, info != NULL ? info->run : gw_crud_run);
    gw_admin_close(call->db, r, call->outcome);
    if (call->is_written && !gw_admin_announce(r))
        apr_table_setn(r->headers_out, "X-Gw-Propagation", "pending");
    return status;
}

/* The web page lives below the Admin API's own root, behind the same guard. 0 when it was sent. */
static int serve_page(request_rec *r, admin_call *call, gw_page_kind kind, const gw_page_file *file)
{
    if (r->method_number != M_GET)
        return gw_call_message(call, HTTP_METHOD_NOT_ALLOWED, GW_MSG_METHOD);
    if (kind == GW_PAGE_NO_SLASH) {
        apr_table_setn(r->headers_out, "Location", "ui/"); /* relative: a gateway in front may have cut a prefix */
        return HTTP_MOVED_PERMANENTLY;
    }
    return kind == GW_PAGE_FILE ? gw_admin_send_page(r, call, file) : gw_call_not_found(call);
}

/* What is to be answered; 0 when a file of the page has been sent. */
static int answer(request_rec *r, admin_call *call)
{
    gw_origin_verdict verdict;
    gw_page_file file;
    gw_page_kind kind = *call->conf->ui_dir != '\0' ? gw_page_find(&file, path_of(r)) : GW_PAGE_NONE;
    int status = gw_admin_guard(&verdict, r, call, kind != GW_PAGE_NONE);

    if (status != 0)
        return status;
    if (kind != GW_PAGE_NONE)
        return serve_page(r, call, kind, &file);
    status = dispatch(r, call, verdict);
    return status != 0 ? status : run(r, call);
}

static int hook_handle(request_rec *r)
{
    admin_call call = { .s = r->server, .r = r, .outcome = APR_SUCCESS };
    int status;

    if (r->handler == NULL || strcmp(r->handler, HANDLER) != 0)
        return DECLINED;
    call.p = gw_give_back_begin(&call.takes_much, r);
    call.conf = gw_admin_conf_get(r->server);
    call.now = apr_time_now();
    call.who = gw_admin_who(r);
    call.from = gw_client_ip(r);
    call.base_url = base_url_of(r);
    call.method_name = r->method;
    call.if_match = apr_table_get(r->headers_in, "If-Match");
    call.if_none_match = apr_table_get(r->headers_in, "If-None-Match");
    status = answer(r, &call);
    if (status == 0 || status == AP_FILTER_ERROR)
        return status;
    if (call.failure != NULL)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, GWLOGNO(3003) "admin: call failed: %s (method=%s path=%s)",
                      call.failure, r->method, call.path);
    return gw_admin_reply(r, &call, status);
}

/* The path as it may be logged from; NULL when the request was nothing of ours. One that was refused before it had a
 * place is as the client wrote it. */
static const char *logged_path(request_rec *r)
{
    const char *kept = ap_get_module_config(r->request_config, &gw_admin_module);

    if (kept != NULL)
        return kept;
    if (r->handler != NULL && strcmp(r->handler, HANDLER) == 0)
        return path_of(r);
    return gw_admin_has_refused(r) ? r->uri : NULL;
}

/* A key that is a row's name is no more for the access log than for the audit, whoever answered. */
static int hook_hide_key(request_rec *r)
{
    const char *path = logged_path(r), *told;
    gw_path_target target;

    if (path == NULL || *path != '/')
        return DECLINED;
    target = gw_path_find(path, gw_registry_all(), gw_info_paths, r->pool);
    told = gw_audit_path(path, &target, r->pool);
    if (strcmp(told, path) != 0)
        gw_admin_log_path(r, told);
    return DECLINED;
}

static int hook_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog, (void)ptemp;
    gw_admin_guard_start(pconf);
    return gw_traffic_start(s);
}

static void register_hooks(apr_pool_t *p)
{
    (void)p;
    ap_hook_post_config(hook_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_pre_translate_name(hook_keep_path, NULL, NULL, BEFORE_ROUTER);
    /* Right before core: who comes earlier, as RewriteRule does, may still refuse. */
    ap_hook_translate_name(hook_skip_files, NULL, NULL, APR_HOOK_LAST);
    ap_hook_map_to_storage(hook_skip_files, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_log_transaction(hook_hide_key, NULL, NULL, APR_HOOK_FIRST); /* before mod_log_config writes */
    ap_hook_handler(hook_handle, NULL, NULL, APR_HOOK_MIDDLE);
    gw_traffic_register();
}

GW_MODULE gw_admin_module = {
    STANDARD20_MODULE_STUFF,
    .register_hooks = register_hooks,
};
