/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resptransform_schema.h - what may be configured for response-transformer, and the struct that it compiles to. Pure.
 */
#ifndef GW_RESPTRANSFORM_SCHEMA_H
#define GW_RESPTRANSFORM_SCHEMA_H

#include "transform_rules.h"

/* One of remove, rename, ... as it is configured; rename has headers only, remove no types. */
typedef struct gw_resptransform_lists {
    gw_strings json, json_types, headers;
} gw_resptransform_lists;

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_resptransform_conf {
    gw_resptransform_lists remove, rename, replace, add, append;
    /* Set by gw_resptransform_conf_prepare. */
    gw_transform_rules headers, json;
} gw_resptransform_conf;

extern const gw_schema gw_resptransform_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_resptransform_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
