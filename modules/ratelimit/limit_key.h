/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit_key.h - what is counted together: whose requests, and under which configuration. Pure.
 */
#ifndef GW_RATELIMIT_KEY_H
#define GW_RATELIMIT_KEY_H

#include <apr_pools.h>

#include "ratelimit_schema.h"

typedef struct gw_limit_key {
    const char *route_id, *service_id; /* what the configuration is attached to; NULL = not */
    const char *place;                 /* a <Location>'s own configuration; NULL = a row */
    gw_limit_by by;                    /* what `identifier` is; not what was configured where that was not there */
    const char *identifier;
} gw_limit_key;

/* All of it as bytes that no other key has; *len of them, in p. */
const char *gw_limit_key_format(apr_size_t *len, const gw_limit_key *key, apr_pool_t *p);
/* As Redis and the database know it: "ROUTE:SERVICE:IDENTIFIER", nil uuids where there is none. An identifier that is
 * long, holds what is no plain text, or is a header that looks like an address, is replaced by its SHA-256; a place is
 * a uuid of its own. In p. */
const char *gw_limit_key_show(const gw_limit_key *key, apr_pool_t *p);

#endif
