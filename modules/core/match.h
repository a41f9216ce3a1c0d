/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.h - small pure readings of a request line, between match.c and target.c.
 */
#ifndef GW_CORE_MATCH_H
#define GW_CORE_MATCH_H

#include <apr_pools.h>

/* The path and query of a request target in origin-form or absolute-form; borrowed from it. "/" when it has none. */
const char *gw_target_path_and_query(const char *target);
/* Its path alone; in p when a query has to be cut off. */
const char *gw_target_path(const char *target, apr_pool_t *p);
/* Split a Host header: *host (in p; "" when `header` is NULL; "[::1]" keeps its brackets; without a dot at its end),
 * *port 0 when none is written. What follows the colon must be a number up to 65535 or nothing, else all of it is the
 * host. */
void gw_host_split(const char **host, int *port, const char *header, apr_pool_t *p);

#endif
