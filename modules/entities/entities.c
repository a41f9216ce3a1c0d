/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities.c - the entities that mod_gw.so owns.
 */
#include "entities.h"

#include "tls_entities.h"

const gw_entity *const gw_entities_all[] = { &gw_entity_certificates, &gw_entity_services, &gw_entity_routes,
                                             &gw_entity_consumers, &gw_entity_plugins, &gw_entity_upstreams,
                                             &gw_entity_targets, &gw_entity_revocations, &gw_entity_snis,
                                             &gw_entity_ca_certificates, NULL };
