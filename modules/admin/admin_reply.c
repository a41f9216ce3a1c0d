/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_reply.c - status, headers and compact JSON; the only file here that writes to a client.
 */
#include "admin_http.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void set_headers(request_rec *r, const admin_call *call)
{
    int i;

    if (call->conf->sends_server) {
        apr_table_setn(r->headers_out, "Server", apr_pstrcat(r->pool, "mod_gw/", gw_admin_version(), NULL));
        /* httpd writes its own banner over anything but a proxied answer's */
        r->proxyreq = PROXYREQ_RESPONSE;
    }
    if (call->conf->sends_latency)
        apr_table_setn(r->headers_out, "X-Kong-Admin-Latency",
                       apr_psprintf(r->pool, "%" APR_TIME_T_FMT, apr_time_as_msec(apr_time_now() - r->request_time)));
    /* a version is for those who write; no cache is to answer for us, and rows hold secrets */
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    if (call->etag != NULL)
        apr_table_setn(r->headers_out, "ETag", call->etag);
    for (i = 0; call->warnings != NULL && i < call->warnings->nelts; i++)
        apr_table_addn(r->headers_out, "X-Gw-Warning", APR_ARRAY_IDX(call->warnings, i, const char *));
    if (call->retry_after_s > 0)
        apr_table_setn(r->headers_out, "Retry-After", apr_itoa(r->pool, call->retry_after_s));
    /* an answer is whole or none: httpd's filters are not to cut it */
    apr_table_unset(r->headers_in, "Range");
    apr_table_unset(r->headers_in, "Request-Range");
}

/* Some rows are large: the text is handed to the filters as it is, not copied. */
static apr_bucket *make_body(apr_size_t *len, request_rec *r, const admin_call *call)
{
    char *text;

    *len = 0;
    if (call->text != NULL) {
        *len = strlen(call->text);
        return apr_bucket_immortal_create(call->text, *len, r->connection->bucket_alloc);
    }
    if (call->grown != NULL) {
        text = gw_growing_take(len, call->grown);
        return apr_bucket_heap_create(text, *len, free, r->connection->bucket_alloc);
    }
    if (call->answer == NULL)
        return NULL;
    text = gw_json_shorten(json_dumps(call->answer, JSON_COMPACT | JSON_ENCODE_ANY));
    if (text == NULL)
        return NULL;
    *len = strlen(text);
    return apr_bucket_heap_create(text, *len, free, r->connection->bucket_alloc);
}

int gw_admin_reply(request_rec *r, const admin_call *call, int status)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_size_t len;
    apr_bucket *body = make_body(&len, r, call);

    r->status = status;
    r->status_line = NULL;
    set_headers(r, call);
    if (body != NULL)
        ap_set_content_type(r, call->text == NULL && call->grown == NULL ? GW_JSON_TYPE
                               : call->text_type != NULL                 ? call->text_type
                                                                         : "text/plain");
    if (status != HTTP_NO_CONTENT && status != HTTP_NOT_MODIFIED)
        ap_set_content_length(r, (apr_off_t)len);
    if (body != NULL)
        APR_BRIGADE_INSERT_TAIL(bb, body);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r->connection->bucket_alloc));
    ap_pass_brigade(r->output_filters, bb);
    r->proxyreq = PROXYREQ_NONE;
    return OK;
}

void gw_admin_reply_cors(request_rec *r, gw_origin_verdict verdict, const char *methods)
{
    const char *asked = apr_table_get(r->headers_in, "Access-Control-Request-Headers");

    if (methods != NULL)
        apr_table_setn(r->headers_out, "Allow", methods);
    if (verdict != GW_ORIGIN_TRUSTED)
        return;
    apr_table_setn(r->headers_out, "Access-Control-Allow-Origin", apr_table_get(r->headers_in, "Origin"));
    apr_table_setn(r->headers_out, "Access-Control-Allow-Credentials", "true");
    apr_table_setn(r->headers_out, "Access-Control-Expose-Headers", "ETag, X-Gw-Propagation, X-Gw-Warning");
    apr_table_mergen(r->headers_out, "Vary", "Origin");
    if (methods == NULL)
        return;
    apr_table_setn(r->headers_out, "Access-Control-Allow-Methods", methods);
    apr_table_setn(r->headers_out, "Access-Control-Allow-Headers", asked != NULL ? asked : "Content-Type");
}
