/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_tls.h - TLS towards upstreams: what a service says about verification, in mod_ssl's handshake.
 */
#ifndef GW_PROXY_UPSTREAM_TLS_H
#define GW_PROXY_UPSTREAM_TLS_H

#include <httpd.h>

void gw_upstream_tls_register(apr_pool_t *p);

#endif
