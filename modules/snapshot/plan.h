/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - which of several rows of one plugin applies: the contract's order of scopes. Pure.
 */
#ifndef GW_SNAPSHOT_PLAN_H
#define GW_SNAPSHOT_PLAN_H

#include "model.h"

/* The rank of a scope (GW_SCOPE_* bits), 1 = global; the highest wins: route+service+consumer, route+consumer,
 * service+consumer, route+service, consumer, route, service, global. */
int gw_scope_rank(unsigned scope);

/* May this row apply to requests of this route and service (either may be NULL)? Disabled rows and rows for other
 * protocols than ours are no candidates. Whose consumer it is, the caller knows. */
int gw_plugin_row_fits(const gw_plugin_row *row, const gw_route *route, const gw_service *service);

/* The best of `base` (may be NULL) and those of the n rows that are of this plugin and fit. NULL when there is none. */
const gw_plugin_row *gw_plan_pick(const gw_plugin_row *const *rows, int n, int plugin_index, const gw_route *route,
                                  const gw_service *service, const gw_plugin_row *base);

#endif
