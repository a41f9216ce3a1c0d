/* SPDX-License-Identifier: Apache-2.0 */
/*
 * response_headers.c - Server, Via, latencies and the request id, as docs/routing.md "Response headers" has them.
 * GwHeaders says which. Proxied answers keep the upstream's Server.
 */
#include <httpd.h>
#include <apr_strings.h>
#include <http_core.h>

#include "conf.h"
#include "hooks.h"
#include "reply.h"
#include "request.h"

#define TOKEN "mod_gw/" GW_VERSION

static ap_filter_rec_t *header_filter;

/* How to put a header: whether it replaces or adds is a search of the table, and most answers have none of ours. */
typedef void put_fn(apr_table_t *headers, const char *name, const char *value);

/* Is there a header that is, or may be, called as one of ours (Server aside, which is put rarely)? */
static int may_have_ours(const apr_table_t *headers)
{
    const apr_table_entry_t *entries = (const apr_table_entry_t *)apr_table_elts(headers)->elts;
    int i;

    for (i = 0; i < apr_table_elts(headers)->nelts; i++)
        if (strchr("XxVv", entries[i].key[0]))
            return 1;
    return 0;
}

static void put_ms(put_fn *put, request_rec *r, const char *name, apr_time_t from, apr_time_t to)
{
    apr_time_t ms = to > from ? apr_time_as_msec(to - from) : 0;

    put(r->headers_out, name, apr_ltoa(r->pool, (long)ms));
}

static void set_server(request_rec *r)
{
    /* httpd takes a Server header from headers_out for proxied requests only. */
    if (r->proxyreq == PROXYREQ_NONE)
        r->proxyreq = PROXYREQ_REVERSE;
    apr_table_setn(r->headers_out, "Server", TOKEN);
}

static void put_proxied(put_fn *put, request_rec *r, gw_request *q, unsigned wanted)
{
    if (q->answered == 0)
        q->answered = apr_time_now();
    if (wanted & GW_HEADER_VIA)
        (put == apr_table_addn ? apr_table_addn : apr_table_mergen)(r->headers_out, "Via", TOKEN);
    if (wanted & GW_HEADER_UPSTREAM_LATENCY)
        put_ms(put, r, "X-Kong-Upstream-Latency", q->sent, q->answered);
    if (wanted & GW_HEADER_PROXY_LATENCY)
        put_ms(put, r, "X-Kong-Proxy-Latency", q->began, q->sent);
    if ((wanted & GW_HEADER_UPSTREAM_STATUS) && !q->answer && !q->has_failed)
        put(r->headers_out, "X-Kong-Upstream-Status", apr_itoa(r->pool, r->status));
    if ((wanted & GW_HEADER_SERVER) && (q->answer || q->has_failed))
        set_server(r);
}

void gw_headers_set(request_rec *r)
{
    const unsigned wanted = gw_conf_server(r->server)->headers;
    put_fn *put = may_have_ours(r->headers_out) ? apr_table_setn : apr_table_addn;
    gw_request *q = gw_request_get(r);

    /* httpd would add an Expires that nobody asked for; mod_cache is told by "no-cache" (match.c). */
    r->no_cache = 0;
    if (q && (q->phases & GW_PHASE_RESPONSE))
        gw_run_response(r);
    if (q && (wanted & GW_HEADER_REQUEST_ID))
        put(r->headers_out, "X-Kong-Request-Id", q->id);
    if (q && q->sent) {
        put_proxied(put, r, q, wanted);
        return;
    }
    if (q && (wanted & GW_HEADER_RESPONSE_LATENCY))
        put_ms(put, r, "X-Kong-Response-Latency", q->began, apr_time_now());
    if (wanted & GW_HEADER_SERVER)
        set_server(r);
}

/* The first brigade of an answer that is no error: the upstream's headers are there, nothing is sent yet. */
static apr_status_t filter_headers(ap_filter_t *f, apr_bucket_brigade *bb)
{
    gw_headers_set(f->r);
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

static void hook_insert_filter(request_rec *r)
{
    gw_request *q = gw_request_get(r);

    if (q == NULL || r->main)
        return;
    q->has_filters = 1;
    ap_add_output_filter_handle(header_filter, NULL, r, r->connection);
}

void gw_headers_register(apr_pool_t *p)
{
    (void)p;
    header_filter = ap_register_output_filter("GW_HEADERS", filter_headers, NULL, AP_FTYPE_CONTENT_SET);
    ap_hook_insert_filter(hook_insert_filter, NULL, NULL, APR_HOOK_LAST);
}
