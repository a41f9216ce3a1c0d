/* SPDX-License-Identifier: Apache-2.0 */
/* reqtransform_schema.h - what may be configured for request-transformer, and the struct that it compiles to. Pure. */
#ifndef GW_REQTRANSFORM_SCHEMA_H
#define GW_REQTRANSFORM_SCHEMA_H

#include "transform_rules.h"

/* One of remove, rename, ... as it is configured. */
typedef struct gw_reqtransform_lists {
    gw_strings body, headers, querystring;
    const char *uri; /* of replace only */
} gw_reqtransform_lists;

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_reqtransform_conf {
    const char *http_method; /* NULL = as it came */
    gw_reqtransform_lists remove, rename, replace, add, append;
    /* Set by gw_reqtransform_conf_prepare. */
    gw_transform_rules headers, querystring, body;
    const gw_template *uri;  /* NULL = as it came */
    int is_variable;         /* some value has places */
} gw_reqtransform_conf;

extern const gw_schema gw_reqtransform_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_reqtransform_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
