/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy.c - where mod_proxy asks: which worker, which of its own habits apply, what the client is told in the end.
 *
 *   fixups (last)       mod_proxy's settings for this request, Max-Forwards, TRACE
 *   pre_request         the service's worker
 *   scheme_handler      attempts (retry.c), each with headers (upstream_headers.c) and a handshake (upstream_tls.c)
 *   answer filter       the first of an answer: time, and whether it is HTTP at all
 *   request_status      mod_proxy's numbers put right
 */
#include "hooks.h"

#include <apr_optional_hooks.h>
#include <http_log.h>
#include <mod_proxy.h>
#include <util_filter.h>

#include "attempt.h"
#include "header_block.h"
#include "peers.h"
#include "proxying.h"
#include "retry.h"
#include "upstream_headers.h"
#include "upstream_tls.h"
#include "worker.h"
#include "write_timeout.h"

APLOG_USE_MODULE(gw);

extern module AP_MODULE_DECLARE_DATA proxy_module;
extern module AP_MODULE_DECLARE_DATA gw_module;

/* mod_proxy's per-directory settings for requests of ours; made in post_config, read-only afterwards. */
static struct {
    ap_conf_vector_t *own_host;      /* routes without preserve_host */
    ap_conf_vector_t *preserve_host; /* routes with it: also decides the SNI */
    ap_conf_vector_t *any;           /* static Locations: the Location's ProxyPreserveHost stays */
} sections;

/* ---- settings ---- */

static ap_conf_vector_t *make_section(apr_pool_t *p, int is_routed, int preserve_host)
{
    ap_conf_vector_t *section = ap_create_per_dir_config(p);
    proxy_dir_conf *conf = proxy_module.create_dir_config(p, NULL);

    conf->add_forwarded_headers = 0; /* upstream_headers.c writes them */
    conf->add_forwarded_headers_set = 1;
    if (is_routed) {
        conf->preserve_host = preserve_host;
        conf->preserve_host_set = 1;
        /* httpd answers "Expect: 100-continue" itself: many upstreams never do, and the client would wait. */
        conf->forward_100_continue = 0;
        conf->forward_100_continue_set = 1;
    }
    ap_set_module_config(section, &proxy_module, conf);
    return section;
}

static int hook_make_sections(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    (void)plog;
    (void)ptemp;
    sections.own_host = make_section(pconf, 1, 0);
    sections.preserve_host = make_section(pconf, 1, 1);
    sections.any = make_section(pconf, 0, 0);
    for (; s; s = s->next) {
        gw_server_conf *conf = ap_get_module_config(s->module_config, &gw_module);

        conf->proxied[0] = ap_merge_per_dir_configs(pconf, s->lookup_defaults, sections.own_host);
        conf->proxied[1] = ap_merge_per_dir_configs(pconf, s->lookup_defaults, sections.preserve_host);
    }
    return OK;
}

static void hook_make_workers(apr_pool_t *pchild, server_rec *s)
{
    (void)s;
    gw_workers_child_init(pchild);
}

/* Merging costs 850 instructions; most requests have nothing but their server's own. */
static void use_section(request_rec *r, const gw_route *route)
{
    if (route && r->per_dir_config == r->server->lookup_defaults)
        r->per_dir_config = gw_conf_server(r->server)->proxied[route->preserve_host != 0];
    else
        r->per_dir_config = ap_merge_per_dir_configs(r->pool, r->per_dir_config,
                                                     route == NULL          ? sections.any
                                                     : route->preserve_host ? sections.preserve_host
                                                                            : sections.own_host);
}

/* SetHandler "proxy:..." is one of mod_proxy's from its handler on. */
static int is_for_proxy(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_REVERSE || (!r->proxyreq && r->handler && strncmp(r->handler, "proxy:", 6) == 0);
}

/* Last of the fixups: nothing of the request changes any more. */
static int hook_settle_proxying(request_rec *r)
{
    static const gw_answer not_allowed = { .status = HTTP_METHOD_NOT_ALLOWED, .kind = GW_NEGOTIATED };
    gw_request *q = gw_request_get(r);

    if (q == NULL || q->proxying || !is_for_proxy(r))
        return DECLINED;
    if (r->method_number == M_TRACE)
        return gw_reply(r, &not_allowed);
    q->proxying = apr_pcalloc(r->pool, sizeof(*q->proxying));
    q->proxying->client_headers = r->headers_in;
    q->proxying->max_forwards = apr_table_get(r->headers_in, "Max-Forwards");
    if (q->proxying->max_forwards)
        apr_table_unset(r->headers_in, "Max-Forwards");
    /* RFC 9110 7.8: from HTTP/1.0 it is to be ignored; such a client cannot be told that there is a tunnel. */
    if (r->proto_num < HTTP_VERSION(1, 1))
        apr_table_unset(r->headers_in, "Upgrade");
    /* Proxy-Authorization is the upstream's affair unless a plugin hides it. */
    if (r->user && apr_table_get(r->headers_in, "Proxy-Authorization"))
        apr_table_setn(r->subprocess_env, "Proxy-Chain-Auth", "1");
    use_section(r, q->route);
    return OK;
}

/* ---- the worker ---- */

/* A static Location's ProxyPass may lead elsewhere than the service of that name. */
static int leads_to(const gw_worker *worker, const char *url)
{
    const char *origin = worker->proxy->s->name_ex;
    apr_size_t len = strlen(origin);

    return strncmp(url, origin, len) == 0 && (url[len] == '/' || url[len] == '\0');
}

/* Nobody to send it to. */
static int give_up(gw_request *q, gw_failure failure)
{
    q->proxying->has_tried = 1;
    q->proxying->failure = failure;
    return HTTP_SERVICE_UNAVAILABLE; /* this one leads to request_status */
}

static int hook_choose_worker(proxy_worker **worker, proxy_balancer **balancer, request_rec *r,
                              proxy_server_conf *conf, char **url)
{
    gw_request *q = gw_request_get(r);

    (void)balancer;
    (void)conf;
    if (q == NULL || q->proxying == NULL || q->service == NULL)
        return DECLINED;
    q->proxying->binding = q->snapshot && q->route ? gw_snapshot_binding(q->snapshot, q->service) : NULL;
    if (q->proxying->binding) {
        if (!gw_peer_choose(r, q, url))
            return give_up(q, GW_FAILED_NO_PEER);
    } else {
        gw_trust *trust = q->snapshot ? gw_snapshot_trust(q->snapshot, q->service) : NULL;
        gw_worker *ours = gw_worker_get(q->service, trust, r->server);

        if (q->route == NULL && (ours == NULL || !leads_to(ours, *url)))
            return DECLINED;
        if (ours == NULL)
            return give_up(q, GW_FAILED_OTHER);
        q->proxying->worker = ours;
    }
    *worker = q->proxying->worker->proxy;
    return OK;
}

/* ---- the answer ---- */

/* httpd gives up an answer with a header that is none (500, the connection closed; over HTTP/2 no answer at all). */
static int is_fit(void *none, const char *name, const char *value)
{
    (void)none;
    return *name && !*ap_scan_http_token(name)
           && (!gw_header_may_hold_control(value, strlen(value)) || !*ap_scan_http_field_content(value));
}

/* mod_proxy_http takes what does not begin like HTTP/1 for an answer of HTTP/0.9, and lets numbers below 100 pass, and
 * headers as they are. NULL: it is HTTP. */
static const char *find_fault(request_rec *r)
{
    const char *length;
    apr_off_t len;

    if (!gw_status_line_came(r) || r->status < 100)
        return "no HTTP";
    if (!apr_table_do(is_fit, NULL, r->headers_out, NULL))
        return "a header that is none";
    length = apr_table_get(r->headers_out, "Content-Length");
    return length && !ap_parse_strict_length(&len, length) ? "a length that is none" : NULL;
}

/* The upstream's answer cannot be passed on, and nothing of it was: the client gets one of ours. */
static void reject_answer(request_rec *r, gw_request *q, const char *fault)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, GWLOGNO(1530) "upstream: invalid answer: %s, upstream: "
                  "\"%.*s\" (route=%s, request_id=%s)", fault, (int)strcspn(r->filename + 6, "?"), r->filename + 6,
                  q->route ? q->route->id : "-", q->id);
    r->status_line = NULL;
    q->has_failed = 1;
}

/* The first that comes down the output filters while mod_proxy_http runs. */
static apr_status_t filter_answer(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    gw_proxying *proxying = f->ctx;
    gw_request *q = gw_request_get(r);
    ap_filter_t *next = f->next;
    const char *fault;

    /* HTTP_IN's verdict on a body (a chunk that is none) comes this way: it is no answer. */
    if (!APR_BRIGADE_EMPTY(bb) && AP_BUCKET_IS_ERROR(APR_BRIGADE_FIRST(bb)))
        return ap_pass_brigade(next, bb);
    if (q->answered == 0)
        q->answered = apr_time_now();
    gw_keepalives_show(proxying, r->connection);
    ap_remove_output_filter(f);
    if ((fault = find_fault(r)) != NULL) {
        reject_answer(r, q, fault);
        apr_table_clear(r->headers_out); /* or httpd finds fault with them, too */
        ap_set_content_type(r, NULL);
        apr_brigade_cleanup(bb);
        APR_BRIGADE_INSERT_TAIL(bb, ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, r->pool,
                                                           r->connection->bucket_alloc));
        APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r->connection->bucket_alloc));
    }
    return ap_pass_brigade(next, bb);
}

/* An error page is made while mod_proxy_http still passes the answer on, of which nothing was sent: the body has
 * broken off (a length or a chunk that is none), right at its beginning or while a filter was collecting it. */
static void hook_note_broken_body(request_rec *r)
{
    gw_request *q = gw_request_get(r);

    if (q && q->proxying && q->proxying->is_trying && !q->answer && !q->has_failed && r->status == HTTP_BAD_GATEWAY
        && gw_status_line_came(r))
        reject_answer(r, q, "a body that breaks off");
}

/* What mod_proxy came to, in the contract's numbers. */
static int hook_settle_status(int *status, request_rec *r)
{
    static const gw_answer unresolved = {
        .status = HTTP_SERVICE_UNAVAILABLE, .kind = GW_NEGOTIATED, .text = "name resolution failed"
    };
    static const gw_answer nowhere = {
        .status = HTTP_SERVICE_UNAVAILABLE, .kind = GW_NEGOTIATED,
        .text = "failure to get a peer from the ring-balancer"
    };
    gw_request *q = gw_request_get(r);
    gw_proxying *proxying = q ? q->proxying : NULL;

    if (proxying == NULL)
        return DECLINED;
    gw_keepalives_show(proxying, r->connection);
    if (!ap_is_HTTP_ERROR(*status))
        return OK;
    r->status_line = NULL;
    apr_table_unset(r->notes, "error-notes");
    apr_table_unset(r->notes, "verbose-error-to");
    if (!proxying->has_tried || proxying->failure == GW_FAILED_NOT)
        return OK;
    q->has_failed = 1;
    if (proxying->failure == GW_FAILED_RESOLVE || proxying->failure == GW_FAILED_NO_PEER) {
        q->sent = 0; /* no upstream had it: the answer is all the gateway's */
        *status = gw_reply(r, proxying->failure == GW_FAILED_RESOLVE ? &unresolved : &nowhere);
    } else
        *status = gw_failure_status(proxying->failure, proxying->timed_out);
    return OK;
}

void gw_proxy_register(apr_pool_t *p)
{
    gw_attempt_register(p);
    gw_upstream_headers_register(p);
    gw_upstream_tls_register(p);
    gw_write_timeout_register(p);
    /* Before all others, so that none of them sees garbage. */
    gw_retry_register(ap_register_output_filter("GW_UPSTREAM_ANSWER", filter_answer, NULL, AP_FTYPE_RESOURCE - 9));
    ap_hook_post_config(hook_make_sections, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(hook_make_workers, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(hook_settle_proxying, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_insert_error_filter(hook_note_broken_body, NULL, NULL, APR_HOOK_FIRST);
    proxy_hook_pre_request(hook_choose_worker, NULL, NULL, APR_HOOK_FIRST);
    APR_OPTIONAL_HOOK(proxy, request_status, hook_settle_status, NULL, NULL, APR_HOOK_MIDDLE);
}
