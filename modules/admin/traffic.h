/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic.h - how many connections and requests this server has seen since it started, over all children.
 */
#ifndef GW_ADMIN_TRAFFIC_H
#define GW_ADMIN_TRAFFIC_H

#include <httpd.h>

/* Written by all children, atomically. */
typedef struct gw_traffic {
    apr_uint64_t nconnections;
    apr_uint64_t nrequests;
} gw_traffic;

/* register_hooks. */
void gw_traffic_register(void);
/* post_config: the shared counters, kept over graceful restarts. OK or !OK (logged). */
int gw_traffic_start(server_rec *s);
gw_traffic gw_traffic_read(void);

#endif
