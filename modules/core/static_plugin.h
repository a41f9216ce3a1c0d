/* SPDX-License-Identifier: Apache-2.0 */
/*
 * static_plugin.h - the words after `GwPlugin NAME` become a checked JSON config: form keys, the plugin's schema, the
 * messages of the Admin API. Pure; startup.
 */
#ifndef GW_CORE_STATIC_PLUGIN_H
#define GW_CORE_STATIC_PLUGIN_H

#include "gw_schema.h"

/* *config: new reference, complete with defaults. NULL, or what is wrong (in p): "config.key_names: ...".
 * Each of `words` is key=value; a leading "config." is allowed. */
const char *gw_static_plugin_parse(json_t **config, const gw_schema *schema, const char *const *words, int nwords,
                                   apr_pool_t *p);

#endif
