/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_body.c - reads a request body into one buffer that grows with what arrives, never beyond the limit.
 */
#include "admin_http.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 8192
#define READ_BYTES 65536

/* Outside of the pool, so that growing does not keep what was outgrown. */
typedef struct buffer {
    char *bytes;
    apr_size_t used, size;
} buffer;

static apr_status_t free_buffer(void *b)
{
    free(((buffer *)b)->bytes);
    return APR_SUCCESS;
}

static int append(buffer *b, const char *bytes, apr_size_t len)
{
    if (len > b->size - b->used) {
        apr_size_t size = b->size > 0 ? b->size : FIRST_BYTES;
        char *grown;

        while (size - b->used < len)
            size *= 2;
        if ((grown = realloc(b->bytes, size)) == NULL)
            return 0;
        b->bytes = grown;
        b->size = size;
    }
    if (len > 0)
        memcpy(b->bytes + b->used, bytes, len);
    b->used += len;
    return 1;
}

/* What one brigade holds. *is_last: the end was seen. */
static int take(buffer *b, int *is_last, apr_bucket_brigade *bb, apr_int64_t max)
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
        if (!append(b, bytes, len))
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
    buffer *b = apr_pcalloc(r->pool, sizeof(*b));
    apr_bucket_brigade *bb;
    int status = 0, is_last = 0;

    if (is_announced_larger(r, max))
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    apr_pool_cleanup_register(r->pool, b, free_buffer, apr_pool_cleanup_null);
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
