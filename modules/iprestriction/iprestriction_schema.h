/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iprestriction_schema.h - what may be configured for ip-restriction, the struct it compiles to, and the verdict. Pure.
 */
#ifndef GW_IPRESTRICTION_SCHEMA_H
#define GW_IPRESTRICTION_SCHEMA_H

#include "gw_entity.h"
#include "ip_set.h"

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_iprestriction_conf {
    gw_strings allow, deny;
    double status;       /* 0 = 403 */
    const char *message; /* NULL = a sentence with the address */
    const gw_ip_set *allowed, *denied; /* made by gw_iprestriction_conf_prepare; NULL where the list is empty */
} gw_iprestriction_conf;

extern const gw_schema gw_iprestriction_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_iprestriction_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

/* 1 when this address may pass: it is not denied, and it is allowed where that is said. */
int gw_iprestriction_admits(const gw_iprestriction_conf *conf, const gw_ip *ip);

#endif
