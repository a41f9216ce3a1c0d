/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_make.h - rows as JSON become what requests read (model.h). Pure.
 */
#ifndef GW_SNAPSHOT_MODEL_MAKE_H
#define GW_SNAPSHOT_MODEL_MAKE_H

#include "model.h"

/* Compile a complete, checked row; nulls and absent members take the schema's defaults. Any thread. NULL when the row
 * has no id. Freed with the function of the same name; `release_worker` (NULL = none) gets what `worker` points to. */
gw_service *gw_service_make(const json_t *row);
void gw_service_destroy(gw_service *service, void (*release_worker)(void *worker));
gw_route *gw_route_make(const json_t *row); /* with its program */
void gw_route_destroy(gw_route *route);

/* Of the n plugins the one with this name or alias. NULL when there is none, or no name. */
const gw_plugin *gw_plugin_named(const char *name, const gw_plugin *const *plugins, int n);

/* A plugin row, its config compiled and prepared. NULL and *why (in p) when its plugin is not among the n, or refuses
 * the config. The plugins are borrowed. */
gw_plugin_row *gw_plugin_row_make(const char **why, const json_t *row, const gw_plugin *const *plugins, int n,
                                  apr_pool_t *p);
/* The same for callers who do not tell why. */
gw_plugin_row *gw_plugin_row_compile(const json_t *row, const gw_plugin *const *plugins, int n);
/* 1 when this JSON row is enabled, and for protocols that are served. */
int gw_plugin_row_is_in_force(const json_t *row);
void gw_plugin_row_release(gw_plugin_row *row);

#endif
