/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.c - the one place that reads request bodies out of turn.
 *
 * One input filter right above httpd's HTTP_IN, installed when a body is first of interest. It owns a prefix of the
 * body; whoever reads gets the prefix and then the client's stream:
 *
 *   client -> HTTP_IN -> GW_BODY [prefix: peeked at, kept, or put in place of the body] -> mod_deflate ... mod_proxy
 *
 * Peeking makes the prefix longer, keeping lets it grow while it is delivered, replacing makes it the whole body.
 * Memory is bounded by the largest of those limits; what is beyond streams through untouched.
 */
#include "body.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "hooks.h"
#include "request.h"

#define FIRST_BYTES 8192
#define READ_BYTES 8192

/* Where mod_proxy_http keeps what it has read of the body and not yet sent. */
#define PREFETCHED "proxy-req-input"

/* Lives in r->pool; r->request_config's gw_request points here. */
struct gw_body {
    ap_filter_t *filter;
    char *bytes;            /* the prefix; never moved once handed out: growing copies */
    apr_size_t len, size;
    apr_size_t delivered;   /* of the prefix, to whoever reads */
    apr_off_t keep_max;     /* the prefix grows up to here while the stream is delivered */
    apr_off_t received;     /* from the client */
    apr_off_t limit;        /* -1 = none */
    const gw_answer *refusal;
    apr_status_t rv;        /* reading failed; sticky */
    unsigned is_complete : 1; /* the prefix is the whole body */
    unsigned is_direct : 1; /* mod_proxy reads from us, with no filter between: gw_body_keep looks */
    unsigned is_past : 1;   /* bytes were delivered that the prefix lacks: no way back */
};

static ap_filter_rec_t *body_filter;

/* ---- the prefix ---- */

static void append_bytes(struct gw_body *body, const char *bytes, apr_size_t len, apr_pool_t *p)
{
    if (len > body->size - body->len) {
        apr_size_t size = body->size > 0 ? body->size : FIRST_BYTES;
        char *grown;

        while (size - body->len < len)
            size *= 2;
        grown = apr_palloc(p, size);
        if (body->len > 0)
            memcpy(grown, body->bytes, body->len);
        body->bytes = grown;
        body->size = size;
    }
    memcpy(body->bytes + body->len, bytes, len);
    body->len += len;
}

/* Copy what a brigade holds to the prefix. */
static apr_status_t append_brigade(struct gw_body *body, apr_bucket_brigade *bb, apr_pool_t *p)
{
    apr_bucket *e;

    for (e = APR_BRIGADE_FIRST(bb); e != APR_BRIGADE_SENTINEL(bb); e = APR_BUCKET_NEXT(e)) {
        const char *bytes;
        apr_size_t len;
        apr_status_t rv;

        if (APR_BUCKET_IS_EOS(e)) {
            body->is_complete = 1;
            break;
        }
        if (APR_BUCKET_IS_METADATA(e))
            continue;
        if ((rv = apr_bucket_read(e, &bytes, &len, APR_BLOCK_READ)) != APR_SUCCESS)
            return rv;
        append_bytes(body, bytes, len, p);
    }
    return APR_SUCCESS;
}

/* ---- the client's stream ---- */

static int is_over_limit(const struct gw_body *body)
{
    return body->limit >= 0 && body->received > body->limit;
}

/* Read from the client into bb. APR_ENOSPC, which httpd makes a 413 of: more than the limit; the answer is kept. */
static apr_status_t read_client(struct gw_body *body, apr_bucket_brigade *bb, apr_read_type_e block, apr_off_t want)
{
    apr_status_t rv = ap_get_brigade(body->filter->next, bb, AP_MODE_READBYTES, block, want);
    apr_off_t len = 0;

    if (rv != APR_SUCCESS) {
        if (!(block == APR_NONBLOCK_READ && APR_STATUS_IS_EAGAIN(rv)))
            body->rv = rv;
        return rv;
    }
    if ((rv = apr_brigade_length(bb, 1, &len)) != APR_SUCCESS)
        return body->rv = rv;
    body->received += len;
    if (is_over_limit(body)) {
        apr_brigade_cleanup(bb);
        body->rv = APR_ENOSPC;
        if (body->refusal != NULL)
            gw_reply(body->filter->r, body->refusal);
    }
    return body->rv;
}

/* Make the prefix hold more than `max` bytes, or all there are. */
static apr_status_t fill_prefix(struct gw_body *body, request_rec *r, apr_off_t max)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);

    while (body->rv == APR_SUCCESS && !body->is_complete && (apr_off_t)body->len <= max) {
        apr_off_t want = max + 1 - (apr_off_t)body->len;

        if (read_client(body, bb, APR_BLOCK_READ, want < READ_BYTES ? want : READ_BYTES) == APR_SUCCESS)
            body->rv = append_brigade(body, bb, r->pool);
        apr_brigade_cleanup(bb);
    }
    apr_brigade_destroy(bb);
    return body->rv;
}

/* The client's body has to be read to its end before it is forgotten: what is left of it would be the next request. */
static void drain_client(struct gw_body *body, request_rec *r)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    int at_end = body->is_complete;

    while (!at_end && read_client(body, bb, APR_BLOCK_READ, READ_BYTES) == APR_SUCCESS) {
        at_end = !APR_BRIGADE_EMPTY(bb) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb));
        apr_brigade_cleanup(bb);
    }
    apr_brigade_destroy(bb);
}

/* ---- the filter ---- */

static void deliver_prefix(struct gw_body *body, apr_bucket_brigade *bb, apr_off_t want, int is_speculative)
{
    request_rec *r = body->filter->r;
    apr_size_t n = body->len - body->delivered;

    if (want < (apr_off_t)n)
        n = want > 0 ? (apr_size_t)want : 0;
    if (n > 0)
        APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_pool_create(body->bytes + body->delivered, n, r->pool,
                                                           r->connection->bucket_alloc));
    if (body->is_complete && body->delivered + n == body->len)
        APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(r->connection->bucket_alloc));
    if (!is_speculative)
        body->delivered += n;
}

/* Pass the stream on, keeping a copy while it may be wanted again. */
static apr_status_t deliver_stream(struct gw_body *body, apr_bucket_brigade *bb, apr_read_type_e block, apr_off_t want)
{
    request_rec *r = body->filter->r;
    apr_off_t len = 0;
    apr_status_t rv = read_client(body, bb, block, want);

    if (rv != APR_SUCCESS || body->is_past)
        return rv;
    if ((rv = apr_brigade_length(bb, 1, &len)) != APR_SUCCESS)
        return body->rv = rv;
    if (len > 0 && (apr_off_t)body->len + len > body->keep_max) {
        body->is_past = 1;
        return APR_SUCCESS;
    }
    rv = append_brigade(body, bb, r->pool);
    body->delivered = body->len;
    return rv;
}

static apr_status_t filter_body(ap_filter_t *f, apr_bucket_brigade *bb, ap_input_mode_t mode, apr_read_type_e block,
                                apr_off_t want)
{
    struct gw_body *body = f->ctx;

    if (body->rv != APR_SUCCESS)
        return body->rv;
    if (mode != AP_MODE_READBYTES && mode != AP_MODE_SPECULATIVE)
        return ap_get_brigade(f->next, bb, mode, block, want);
    if (!body->is_past && (body->delivered < body->len || body->is_complete)) {
        deliver_prefix(body, bb, want, mode == AP_MODE_SPECULATIVE);
        return APR_SUCCESS;
    }
    if (mode == AP_MODE_SPECULATIVE)
        return ap_get_brigade(f->next, bb, mode, block, want);
    return deliver_stream(body, bb, block, want);
}

/* The body of this request, watched from now on; NULL when it has none or is not the gateway's. */
static struct gw_body *watch_body(request_rec *r)
{
    gw_request *q = gw_request_get(r);
    struct gw_body *body;

    if (q == NULL || q->body != NULL)
        return q ? q->body : NULL;
    if (!gw_has_body(r))
        return NULL;
    body = apr_pcalloc(r->pool, sizeof(*body));
    body->limit = -1;
    body->filter = ap_add_input_filter_handle(body_filter, body, r, r->connection);
    /* It leaves lengths as they are told: mod_proxy need not spool a body to find its own, as below other filters. */
    if (body->filter->next == r->proto_input_filters)
        r->proto_input_filters = body->filter;
    q->body = body;
    return body;
}

/* ---- for plugins ---- */

int gw_has_body(const request_rec *r)
{
    const char *told = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t len;

    return r->kept_body || apr_table_get(r->headers_in, "Transfer-Encoding")
           || (told && ap_parse_strict_length(&len, told) && len > 0);
}

apr_status_t gw_body_peek(request_rec *r, apr_off_t max, const char **bytes, apr_size_t *len, int *complete)
{
    struct gw_body *body = watch_body(r);
    apr_status_t rv;

    if (body == NULL) {
        *bytes = "";
        *len = 0;
        *complete = 1;
        return APR_SUCCESS;
    }
    if (!body->is_past && (rv = fill_prefix(body, r, max)) != APR_SUCCESS)
        return rv;
    *bytes = body->bytes != NULL ? body->bytes : "";
    *len = (apr_off_t)body->len > max ? (apr_size_t)max : body->len;
    *complete = body->is_complete && *len == body->len;
    return APR_SUCCESS;
}

void gw_body_replace(request_rec *r, const char *bytes, apr_size_t len)
{
    struct gw_body *body = watch_body(r);

    if (body == NULL)
        return;
    drain_client(body, r);
    body->bytes = apr_pmemdup(r->pool, bytes, len);
    body->len = body->size = len;
    body->delivered = 0;
    body->is_complete = 1;
    body->is_past = 0;
    /* Only now: HTTP_IN took the client's framing from these. */
    apr_table_unset(r->headers_in, "Transfer-Encoding");
    apr_table_setn(r->headers_in, "Content-Length", apr_psprintf(r->pool, "%" APR_SIZE_T_FMT, len));
}

int gw_body_limit(request_rec *r, apr_off_t max, const gw_answer *answer)
{
    const char *told = apr_table_get(r->headers_in, "Content-Length");
    struct gw_body *body;
    apr_off_t len;

    if (told != NULL && ap_parse_strict_length(&len, told) && len > max)
        return gw_reply(r, answer);
    if ((body = watch_body(r)) == NULL)
        return DECLINED;
    if (body->limit < 0 || max < body->limit) {
        body->limit = max;
        body->refusal = answer;
    }
    return is_over_limit(body) ? gw_reply(r, answer) : DECLINED;
}

/* ---- for attempts ---- */

apr_status_t gw_body_keep(request_rec *r, apr_off_t max)
{
    struct gw_body *body = watch_body(r);

    if (body == NULL)
        return APR_SUCCESS;
    /* A filter between us and mod_proxy (SetInputFilter DEFLATE) has a state that does not go back with us. */
    body->is_direct = r->input_filters == body->filter;
    body->keep_max = body->is_direct ? max : 0;
    return APR_SUCCESS;
}

int gw_body_can_replay(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    if (q == NULL || q->body == NULL)
        return !gw_has_body(r);
    return q->body->rv == APR_SUCCESS && q->body->is_direct && !q->body->is_past;
}

void gw_body_rewind(request_rec *r)
{
    const gw_request *q = gw_request_get(r);
    apr_bucket_brigade *prefetched = NULL;

    apr_pool_userdata_get((void **)&prefetched, PREFETCHED, r->pool);
    if (prefetched != NULL)
        apr_brigade_cleanup(prefetched);
    if (q != NULL && q->body != NULL)
        q->body->delivered = 0;
    else if (prefetched != NULL) /* HTTP_IN has told the end once, and mod_proxy looks for it here */
        APR_BRIGADE_INSERT_TAIL(prefetched, apr_bucket_eos_create(prefetched->bucket_alloc));
}

void gw_body_register(apr_pool_t *p)
{
    (void)p;
    /* Right above HTTP_IN: whatever decodes bodies (mod_deflate) sees them as the client sent them, from the first
     * byte, also when we have peeked at them before it was installed. */
    body_filter = ap_register_input_filter("GW_BODY", filter_body, NULL, AP_FTYPE_PROTOCOL - 1);
}
