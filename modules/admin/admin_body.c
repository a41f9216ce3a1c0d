/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_body.c - reads a request body into one buffer that grows with what arrives, never beyond the limit.
 */
#include "admin_http.h"

#include "growing.h"

#define READ_BYTES 65536

/* What one brigade holds. *is_last: the end was seen. */
static int take(gw_growing *b, int *is_last, apr_bucket_brigade *bb, apr_int64_t max)
{
    apr_bucket *e;

    for (e = APR_BRIGADE_FIRST(bb); e != APR_BRIGADE_SENTINEL(bb); e = APR_BUCKET_NEXT(e)) {
        const char *bytes;
        apr_size_t len;

        if (APR_BUCKET_IS_EOS(e)) {
            *is_last = 1;
            return 0;
        }
        if (APR_BUCKET_IS_METADATA(e))
            continue;
        if (apr_bucket_read(e, &bytes, &len, APR_BLOCK_READ) != APR_SUCCESS)
            return HTTP_BAD_REQUEST;
        if ((apr_int64_t)(b->used + len) > max)
            return HTTP_REQUEST_ENTITY_TOO_LARGE;
        gw_growing_add_bytes(b, bytes, len);
        if (b->is_bad)
            return HTTP_SERVICE_UNAVAILABLE;
    }
    return 0;
}

static int is_announced_larger(request_rec *r, apr_int64_t max)
{
    const char *length = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t value;

    return length != NULL && ap_parse_strict_length(&value, length) && value > max;
}

int gw_admin_read_body(const char **bytes, apr_size_t *len, request_rec *r, apr_int64_t max)
{
    gw_growing *b = gw_growing_make(r->pool);
    apr_bucket_brigade *bb;
    int status = 0, is_last = 0;

    if (is_announced_larger(r, max))
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    while (status == 0 && !is_last) {
        apr_status_t rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ, READ_BYTES);

        if (rv != APR_SUCCESS)
            return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
        status = take(b, &is_last, bb, max);
        apr_brigade_cleanup(bb);
    }
    *bytes = b->bytes != NULL ? b->bytes : "";
    *len = b->used;
    return status;
}
