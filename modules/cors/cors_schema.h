/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cors_schema.h - what may be configured for cors, and the struct it compiles to. Pure.
 */
#ifndef GW_CORS_SCHEMA_H
#define GW_CORS_SCHEMA_H

#include "cors_origin.h"
#include "gw_entity.h"

/* The plugin's config; arena-owned but for regexes, read-only after `prepare`. */
typedef struct gw_cors_conf {
    gw_strings origins_given, methods, headers, exposed_headers;
    double max_age; /* seconds */
    int has_max_age;
    int credentials;
    int preflight_continue;
    /* Made by gw_cors_conf_prepare; NULL: that header is not sent (allow_headers: the client's wish is repeated). */
    gw_cors_origins *origins;
    const char *allow_methods, *allow_headers, *expose_headers, *max_age_text;
} gw_cors_conf;

extern const gw_schema gw_cors_conf_schema;

/* `prepare` and `destroy` of gw_plugin. */
const char *gw_cors_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);
void gw_cors_conf_destroy(void *conf);

#endif
