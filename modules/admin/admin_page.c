/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_page.c - sends the web page's files (admin-ui/): what browsers are told about them, and the bytes.
 */
#include "admin_http.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <string.h>

APLOG_USE_MODULE(gw_admin);

/* Scripts, styles and calls of its own origin and nothing else; never inside of another page. */
#define POLICY                                                                                                         \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "                    \
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
#define FOREVER "max-age=31536000, immutable"

static void set_headers(request_rec *r, const gw_page_file *file)
{
    apr_table_setn(r->headers_out, "Content-Security-Policy", POLICY);
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    apr_table_setn(r->headers_out, "Cross-Origin-Opener-Policy", "same-origin");
    apr_table_setn(r->headers_out, "Cross-Origin-Resource-Policy", "same-origin");
    apr_table_setn(r->headers_out, "Cache-Control", file->is_immutable ? FOREVER : "no-cache");
    apr_table_mergen(r->headers_out, "Vary", "Accept-Encoding");
    ap_set_content_type(r, file->type);
}

/* Opens NAME, or NAME.gz for those who take it. */
static apr_status_t open_file(apr_file_t **in, request_rec *r, const char *path)
{
    const char *packed = apr_pstrcat(r->pool, path, ".gz", NULL);

    r->filename = apr_pstrdup(r->pool, path);
    if (gw_page_takes_gzip(apr_table_get(r->headers_in, "Accept-Encoding")) &&
        apr_file_open(in, packed, APR_FOPEN_READ | APR_FOPEN_BINARY, 0, r->pool) == APR_SUCCESS) {
        apr_table_setn(r->headers_out, "Content-Encoding", "gzip");
        return APR_SUCCESS;
    }
    return apr_file_open(in, path, APR_FOPEN_READ | APR_FOPEN_BINARY, 0, r->pool);
}

int gw_admin_send_page(request_rec *r, admin_call *call, const gw_page_file *file)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_file_t *in;
    apr_status_t rv = open_file(&in, r, apr_pstrcat(r->pool, call->conf->ui_dir, "/", file->name, NULL));
    int status;

    if (rv == APR_SUCCESS)
        rv = apr_file_info_get(&r->finfo, APR_FINFO_NORM, in);
    if (rv != APR_SUCCESS || r->finfo.filetype != APR_REG) {
        if (rv != APR_SUCCESS && !APR_STATUS_IS_ENOENT(rv))
            ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, GWLOGNO(3005) "admin: page cannot be read: %s", r->filename);
        apr_table_unset(r->headers_out, "Content-Encoding");
        return gw_call_not_found(call);
    }
    set_headers(r, file);
    ap_update_mtime(r, r->finfo.mtime);
    ap_set_last_modified(r);
    ap_set_etag(r);
    ap_set_content_length(r, r->finfo.size);
    if ((status = ap_meets_conditions(r)) != OK) {
        r->status = status;
    } else {
        apr_brigade_insert_file(bb, in, 0, r->finfo.size, r->pool);
    }
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(bb->bucket_alloc));
    ap_pass_brigade(r->output_filters, bb);
    return OK;
}
