/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sizelimit_schema.h - what may be configured for request-size-limiting, and the struct it compiles to. Pure.
 */
#ifndef GW_SIZELIMIT_SCHEMA_H
#define GW_SIZELIMIT_SCHEMA_H

#include "gw_entity.h"

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_sizelimit_conf {
    apr_int64_t allowed_payload_size; /* in units */
    const char *size_unit;
    int require_content_length;
    apr_int64_t max_bytes;            /* made by gw_sizelimit_conf_prepare */
} gw_sizelimit_conf;

extern const gw_schema gw_sizelimit_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_sizelimit_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
