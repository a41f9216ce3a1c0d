/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities.h - services, routes, consumers, plugins, upstreams, targets, revocations: what clients may write and what
 * is refused.
 *
 * Pure: no httpd, no database. What needs other rows (do the protocols of a plugin fit its routes?) takes them as
 * arguments. Fields that requests need are compiled into the structs of model.h (GW_AT); what has no member of its
 * own there (protocols, headers, path_handling) is for the builder to digest.
 */
#ifndef GW_ENTITIES_ENTITIES_H
#define GW_ENTITIES_ENTITIES_H

#include "gw_entity.h"
#include "gw_plugin.h"
#include "model.h"

extern const gw_entity gw_entity_services;
extern const gw_entity gw_entity_routes;
extern const gw_entity gw_entity_consumers;
extern const gw_entity gw_entity_plugins;
extern const gw_entity gw_entity_upstreams;
extern const gw_entity gw_entity_targets;
extern const gw_entity gw_entity_revocations;

/* All of these, parents first; ends with NULL. */
extern const gw_entity *const gw_entities_all[];

/* A consumer as it is cached: same members in the same order as gw_consumer of mod_gw.h. */
typedef struct gw_consumer_row {
    const char *id;
    const char *username;  /* may be NULL */
    const char *custom_id; /* may be NULL */
} gw_consumer_row;

/* Where plugins are looked up, by name or alias (NULL = not loaded). Once, at startup, before the first check; NULL
 * (the beginning): no plugin is known. */
void gw_entities_set_plugins(const gw_plugin *(*find)(const char *name));

/* GW_PROTO_* of a `protocols` member (array of strings); unknown words are no bit. */
unsigned gw_protocols_parse(const json_t *protocols);

/* Do the protocols of a (complete, checked) plugin row fit what it is attached to? `route`: the row of its route, or
 * NULL; `routes`: array of the rows of its service's routes, or NULL. NULL when they do, else code 2, in p. */
const gw_error *gw_plugin_check_protocols(const json_t *plugin, const json_t *route, const json_t *routes,
                                          apr_pool_t *p);

#endif
