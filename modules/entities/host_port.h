/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_port.h - "host", "host:port", "[v6]:port" taken apart: names of upstreams, targets, Host headers. Pure.
 */
#ifndef GW_ENTITIES_HOST_PORT_H
#define GW_ENTITIES_HOST_PORT_H

#include <apr_pools.h>

typedef enum gw_host_kind { GW_HOST_INVALID, GW_HOST_NAME, GW_HOST_IPV4, GW_HOST_IPV6 } gw_host_kind;

typedef struct gw_host_port {
    gw_host_kind kind;
    const char *host; /* without brackets */
    int port;         /* -1: none was given, -2: what was given is none */
} gw_host_port;

/* Strings in p. GW_HOST_INVALID: it is neither a host name nor an address. */
gw_host_port gw_host_port_parse(const char *text, apr_pool_t *p);
/* "host:port", with brackets around IPv6; in p. */
const char *gw_host_port_format(const gw_host_port *parsed, apr_pool_t *p);

#endif
