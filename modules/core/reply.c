/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.c - what is answered by us instead of an upstream.
 *
 * From 400 up an answer is only kept: httpd then runs its error path, and one output filter there replaces httpd's page
 * by ours. The same filter dresses the errors of httpd and mod_proxy themselves (bad request lines, a dead upstream) on
 * gateway hosts, and httpd's where the Admin API is, in the words of that. A configured ErrorDocument wins over both.
 * Below 400 the answer is written at once.
 */
#include "reply.h"

#include <httpd.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <mod_core.h>

#include "conf.h"
#include "error_body.h"
#include "hooks.h"
#include "location.h"
#include "request.h"
#include "trace.h"

APLOG_USE_MODULE(gw);

static ap_filter_rec_t *error_filter;
static ap_filter_rec_t *admin_error_filter; /* the same, in the Admin API's words */

/* Type and bytes of a body; bytes NULL = none. */
typedef struct body {
    const char *content_type;
    const char *bytes;
} body;

static gw_body_format client_format(request_rec *r)
{
    return gw_body_negotiate(apr_table_get(r->headers_in, "Accept"), GW_BODY_JSON);
}

/* httpd's own errors fall back to the request's type, then to plain text. */
static gw_body_format client_format_of_engine(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");

    if (accept == NULL || *accept == '\0')
        accept = apr_table_get(r->headers_in, "Content-Type");
    return gw_body_negotiate(accept, GW_BODY_PLAIN);
}

static body negotiated_body(gw_body_format format, const char *message, apr_pool_t *p)
{
    body b = { gw_body_content_type(format), gw_body_error(format, message, p) };

    return b;
}

static body answer_body(request_rec *r, const gw_answer *answer)
{
    body b = { answer->content_type, answer->text };

    switch (answer->kind) {
    case GW_NEGOTIATED:
        return negotiated_body(client_format(r), answer->text ? answer->text : gw_status_text(answer->status, r->pool),
                               r->pool);
    case GW_EXIT:
        b.bytes = gw_body_exit(answer->text ? answer->text : gw_status_text(answer->status, r->pool), r->pool);
        /* fallthrough */
    case GW_JSON:
        b.content_type = gw_body_content_type(GW_BODY_JSON);
        break;
    case GW_RAW:
        break;
    }
    return b;
}

/* A gRPC client reads trailers, or headers when there is no body: the status moves there. */
static int is_grpc(request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");

    return r->proto_num >= HTTP_VERSION(2, 0) && type && strncasecmp(type, "application/grpc", 16) == 0;
}

static void set_grpc_status(request_rec *r, const char *message)
{
    apr_table_setn(r->headers_out, "grpc-status", apr_itoa(r->pool, gw_status_grpc(r->status)));
    apr_table_setn(r->headers_out, "grpc-message", gw_grpc_message(message, r->pool));
}

/* ---- the error filter ---- */

static const gw_answer *kept_answer(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    return q && q->answer && q->answer->status == r->status ? q->answer : NULL;
}

static body error_body(request_rec *r)
{
    const gw_answer *answer = kept_answer(r);
    body none = { NULL, NULL };

    if (is_grpc(r)) {
        set_grpc_status(r, answer && answer->text ? answer->text : gw_engine_text(r->status, r->pool));
        none.content_type = "application/grpc";
        return none;
    }
    return answer ? answer_body(r, answer)
                  : negotiated_body(client_format_of_engine(r), gw_engine_text(r->status, r->pool), r->pool);
}

/* As the Admin API answers: always JSON, and none of the gateway's headers but Server. */
static body admin_body(request_rec *r)
{
    const char *text = gw_admin_text(r->status);
    body b = { gw_body_content_type(GW_BODY_JSON), NULL };

    /* httpd's own words: "421 Misdirected Request" */
    b.bytes = gw_body_exit(text ? text : ap_get_status_line_ex(r->pool, r->status) + 4, r->pool);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    if (gw_conf_server(r->server)->headers & GW_HEADER_ADMIN_LATENCY)
        apr_table_setn(r->headers_out, "X-Kong-Admin-Latency",
                       apr_ltoa(r->pool, (long)apr_time_as_msec(apr_time_now() - r->request_time)));
    return b;
}

/* Drop httpd's page, write ours before the end of the stream. Runs before headers are made. */
static apr_status_t filter_error(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    apr_bucket *e = APR_BRIGADE_FIRST(bb);
    body b;

    while (e != APR_BRIGADE_SENTINEL(bb) && !APR_BUCKET_IS_EOS(e)) {
        apr_bucket *next = APR_BUCKET_NEXT(e);

        if (!APR_BUCKET_IS_METADATA(e) || APR_BUCKET_IS_FLUSH(e))
            apr_bucket_delete(e);
        e = next;
    }
    if (e == APR_BRIGADE_SENTINEL(bb))
        return APR_BRIGADE_EMPTY(bb) ? APR_SUCCESS : ap_pass_brigade(f->next, bb);

    b = f->frec == admin_error_filter ? admin_body(r) : error_body(r);
    r->status_line = ap_get_status_line_ex(r->pool, r->status); /* mod_proxy's words are not ours */
    ap_set_content_type(r, b.content_type);
    apr_table_unset(r->headers_out, "Content-Length");
    apr_table_unset(r->headers_out, "Content-Encoding");
    if (b.bytes && *b.bytes)
        APR_BUCKET_INSERT_BEFORE(e, apr_bucket_pool_create(b.bytes, strlen(b.bytes), r->pool,
                                                           r->connection->bucket_alloc));
    gw_headers_set(r);
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

static int is_ours_to_dress(request_rec *r)
{
    return !r->main && ap_is_HTTP_ERROR(r->status)
           && ap_response_code_string(r, ap_index_of_response(r->status)) == NULL;
}

static int is_of_gateway(request_rec *r)
{
    return gw_request_get(r) != NULL || gw_conf_server(r->server)->router != GW_ROUTER_OFF;
}

/* insert_error_filter, after the plugins', so that their headers are there already. What was refused before it was
 * routed gets a request id here. */
static void hook_insert_error_filter(request_rec *r)
{
    if (!is_ours_to_dress(r))
        return;
    if (is_of_gateway(r)) {
        gw_request_make(r);
        ap_add_output_filter_handle(error_filter, NULL, r, r->connection);
    } else if (gw_location_was_admins(r)) {
        ap_add_output_filter_handle(admin_error_filter, NULL, r, r->connection);
    }
}

/* ---- gw_reply ---- */

static int write_now(request_rec *r, const gw_answer *answer)
{
    gw_request *q = gw_request_get(r);
    body b = answer_body(r, answer);

    r->status = answer->status;
    r->status_line = ap_get_status_line_ex(r->pool, r->status);
    ap_set_content_type(r, b.content_type);
    if (q == NULL || !q->has_filters)
        ap_run_insert_filter(r);
    if (b.bytes && *b.bytes)
        ap_rputs(b.bytes, r);
    return DONE;
}

static void tell_answer(request_rec *r, gw_trace *trace, const gw_answer *answer)
{
    const int is_refusal = answer->status >= HTTP_BAD_REQUEST;
    const char *text = answer->text == NULL && is_refusal ? gw_status_text(answer->status, r->pool) : answer->text;

    gw_trace_answer(trace, is_refusal ? "refused" : "answered", text);
}

int gw_reply(request_rec *r, const gw_answer *answer)
{
    gw_request *q = gw_request_get(r);

    if (q)
        q->answer = apr_pmemdup(r->pool, answer, sizeof(*answer));
    if (q && q->trace)
        tell_answer(r, q->trace, answer);
    if (answer->status >= HTTP_BAD_REQUEST)
        return answer->status;
    return write_now(r, answer);
}

const char *gw_reply_body(request_rec *r, int status)
{
    r->status = status;
    return kept_answer(r) ? answer_body(r, kept_answer(r)).bytes : error_body(r).bytes;
}

int gw_reply_error(request_rec *r, int status, const char *message)
{
    gw_answer answer = { .status = status, .kind = GW_NEGOTIATED, .text = message };

    return gw_reply(r, &answer);
}

int gw_reply_exit(request_rec *r, int status, const char *message)
{
    gw_answer answer = { .status = status, .kind = GW_EXIT, .text = message };

    return gw_reply(r, &answer);
}

void gw_reply_register(apr_pool_t *p)
{
    (void)p;
    error_filter = ap_register_output_filter("GW_ERROR", filter_error, NULL, AP_FTYPE_CONTENT_SET);
    admin_error_filter = ap_register_output_filter("GW_ADMIN_ERROR", filter_error, NULL, AP_FTYPE_CONTENT_SET);
    ap_hook_insert_error_filter(hook_insert_error_filter, NULL, NULL, APR_HOOK_LAST);
}
