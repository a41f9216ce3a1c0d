/* SPDX-License-Identifier: Apache-2.0 */
/*
 * middleman_schema.h - what may be configured for middleman, and the struct that it compiles to. Pure.
 */
#ifndef GW_MIDDLEMAN_SCHEMA_H
#define GW_MIDDLEMAN_SCHEMA_H

#include "gw_entity.h"
#include "hook_breaker.h"

/* The plugin's config; arena-owned, read-only after `prepare`, the breaker's state aside. */
typedef struct gw_middleman_conf {
    const char *url;
    const char *response;         /* "table" or "string" */
    apr_int64_t timeout;          /* ms, for the whole question */
    apr_int64_t keepalive;        /* ms that an idle connection is kept; 0 = none is */
    int run_on_preflight;
    int tls_verify;
    apr_int64_t max_body;         /* bytes of a body that are sent */
    const char *on_error;         /* "deny" or "allow" */
    gw_strings send_headers;      /* set = 0: all */
    double cache_ttl, cache_negative_ttl, cache_stale_ttl; /* s; 0 = not */
    gw_strings upstream_headers, client_headers;
    gw_breaker_limits breaker_limits;
    /* Set by gw_middleman_conf_prepare. */
    int lets_pass_on_error;       /* on_error is "allow" */
    int wraps_text;               /* response is "string" */
    apr_uint64_t origin;          /* of the hook: a hash of scheme, host and port */
    apr_uint64_t serial;          /* of this compilation of the row: part of the key of what is remembered */
    gw_breaker *breaker;          /* arena-owned; the one part that changes */
} gw_middleman_conf;

extern const gw_schema gw_middleman_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_middleman_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
