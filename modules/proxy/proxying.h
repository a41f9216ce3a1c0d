/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxying.h - what the files that work towards the upstream keep of one request, beside gw_request.
 */
#ifndef GW_PROXY_PROXYING_H
#define GW_PROXY_PROXYING_H

#include "request.h"
#include "retry_rules.h"
#include "worker.h"

/* Made by proxy.c in the last fixups hook, in r->pool; NULL in gw_request before that. For a handler that is no proxy
 * it is made by upstream_headers.c and has client_headers alone. */
typedef struct gw_proxying {
    apr_table_t *client_headers; /* r->headers_in as it came: during mod_proxy's fixups r has a copy without what the
                                  * client's own Connection header named; from the handler on one with our words where
                                  * the request is not sent as HTTP */
    const char *max_forwards;    /* taken away from mod_proxy, which would answer for the upstream; NULL = none */
    int keepalives;              /* the client connection's count while it is hidden (retry.c) */
    unsigned hides_keepalives : 1;
    unsigned is_trying : 1;      /* retry.c's loop is running */
    unsigned has_tried : 1;      /* it has run: failure says something */
    gw_worker *worker;           /* of the attempt under way; NULL = mod_proxy's own */
    gw_binding *binding;         /* the service's upstream; NULL = it has none */
    int peer;                    /* of the attempt under way: its place in the binding's balancer */
    unsigned char *tried;        /* by place: has failed; NULL = none has */
    const char *cookie;          /* Set-Cookie that keeps the client with its peer; NULL = none */
    gw_failure failure;          /* of the last attempt */
    unsigned timed_out : 1;
    apr_status_t rv;             /* its reason, APR_SUCCESS = unknown */
    const char *detail;          /* its reason in words; NULL = none. Static */
} gw_proxying;

#endif
