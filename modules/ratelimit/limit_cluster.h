/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit_cluster.h - requests counted in the database, exactly, for all nodes together: sql/ratelimit.
 */
#ifndef GW_RATELIMIT_CLUSTER_H
#define GW_RATELIMIT_CLUSTER_H

#include <httpd.h>

#include "limit_key.h"

/* Count one request against all limits of `usage` (begun): used and is_over are set. Not APR_SUCCESS: not counted. */
apr_status_t gw_limit_cluster_take(gw_usage *usage, request_rec *r, const gw_limit_key *key);

#endif
