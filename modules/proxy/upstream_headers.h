/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_headers.h - the headers of the upstream request: what clients may not send is taken out early, what the
 * gateway says is written last, where no client can undo it. Whoever serves a request in a <Location> is an upstream, a
 * script too.
 */
#ifndef GW_PROXY_UPSTREAM_HEADERS_H
#define GW_PROXY_UPSTREAM_HEADERS_H

#include <httpd.h>

void gw_upstream_headers_register(apr_pool_t *p);

#endif
