/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - the plugins that are loaded. Filled while modules register (startup, one thread), then read-only.
 * Entities have their own registry in the store.
 */
#ifndef GW_CORE_REGISTRY_H
#define GW_CORE_REGISTRY_H

#include "mod_gw.h"

/* Array of const gw_plugin *, by priority, highest first, then by name; never NULL. */
const apr_array_header_t *gw_plugins_by_priority(void);
/* By name or alias; NULL = not loaded. */
const gw_plugin *gw_plugin_find(const char *name);
/* The first complaint about something that was registered, NULL = all is well. */
const char *gw_registry_problem(void);

#endif
