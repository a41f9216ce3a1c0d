/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_view.h - what a request says of where and how it came. gw_request_headers and its like (mod_gw.h) tell it to
 * plugins, upstream_headers.c to upstreams.
 */
#ifndef GW_PROXY_REQUEST_VIEW_H
#define GW_PROXY_REQUEST_VIEW_H

#include <httpd.h>

#include "forwarded.h"
#include "request.h"

/* What the gateway says of the request in X-Real-IP and the X-Forwarded-... headers; `client`: its headers as they
 * came. Texts are in r->pool or borrowed from `client`, q and r. Request thread. */
gw_forwarded gw_forwarded_of(const apr_table_t *client, request_rec *r, const gw_request *q);

#endif
