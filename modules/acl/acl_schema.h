/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acl_schema.h - the field tables of acl and its groups, and the structs they compile to. Pure.
 */
#ifndef GW_ACL_SCHEMA_H
#define GW_ACL_SCHEMA_H

#include "gw_entity.h"

/* The plugin's config; arena-owned, read-only after `prepare`. One of the lists is empty. */
typedef struct gw_acl_conf {
    gw_strings allow, deny; /* sorted by gw_acl_conf_prepare */
    int hide_groups_header;
} gw_acl_conf;

/* A row of acls: one group of one consumer; arena-owned. */
typedef struct gw_acl_group {
    const char *name;
} gw_acl_group;

extern const gw_schema gw_acl_conf_schema;
extern const gw_schema gw_acl_group_schema;

/* `prepare` of gw_plugin. */
const char *gw_acl_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
