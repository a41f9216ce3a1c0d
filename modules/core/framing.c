/* SPDX-License-Identifier: Apache-2.0 */
/*
 * framing.c - refuses what is two requests to two readers: where a body ends, and whom a request is for, must not be
 * read in two ways by us, by httpd, and by those before and behind.
 */
#include "framing.h"

#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>

#include "conf.h"
#include "hooks.h"

APLOG_USE_MODULE(gw);

static int refuse_request(request_rec *r, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(1009) "match: request refused: %s", why);
    return HTTP_BAD_REQUEST;
}

/* NULL: it can be read and sent on in one way only. */
static const char *find_fault_in_coding(const request_rec *r)
{
    const char *coding = apr_table_get(r->headers_in, "Transfer-Encoding");

    if (coding == NULL)
        return NULL;
    if (r->proto_num < HTTP_VERSION(1, 1))
        return "Transfer-Encoding in HTTP/1.0";
    /* "gzip, chunked": httpd would read it, and mod_proxy has no way to send it on. */
    return ap_cstr_casecmp(coding, "chunked") == 0 ? NULL : "its Transfer-Encoding is not chunked alone";
}

/* Somebody on the way may have seen another request than we do (RFC 9112 6.1, 6.3). httpd drops a Content-Length beside
 * Transfer-Encoding and marks the connection, which nobody else can have done by now. */
static const char *find_fault_in_framing(const request_rec *r)
{
    const conn_rec *c = r->connection;

    if (apr_table_get(r->headers_in, "Transfer-Encoding") && r->proto_num >= HTTP_VERSION(1, 1)
        && c->keepalive == AP_CONN_CLOSE && c->master == NULL)
        return "it has both Content-Length and Transfer-Encoding";
    return find_fault_in_coding(r);
}

/* A target with the connection's own scheme has told httpd the Host by now; of another one it believes the Host header,
 * whatever the target says. https without TLS must be refused anyhow (RFC 9110 7.4). */
static int has_foreign_target(request_rec *r)
{
    return r->parsed_uri.scheme && r->method_number != M_CONNECT
           && ap_cstr_casecmp(r->parsed_uri.scheme, ap_http_scheme(r)) != 0;
}

int gw_framing_check(request_rec *r)
{
    const char *fault = find_fault_in_framing(r);

    if (fault == NULL && has_foreign_target(r))
        fault = "its target is of another scheme than the connection";
    return fault != NULL ? refuse_request(r, fault) : OK;
}

/* Before anything is routed. */
static int hook_check_reading(request_rec *r)
{
    if (gw_conf_server(r->server)->router == GW_ROUTER_OFF)
        return DECLINED;
    return gw_framing_check(r) == OK ? DECLINED : HTTP_BAD_REQUEST;
}

int gw_framing_check_coding(request_rec *r)
{
    const char *fault = find_fault_in_coding(r);

    return fault != NULL ? refuse_request(r, fault) : OK;
}

void gw_framing_register(apr_pool_t *p)
{
    (void)p;
    ap_hook_post_read_request(hook_check_reading, NULL, NULL, APR_HOOK_FIRST);
}
