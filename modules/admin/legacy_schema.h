/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_schema.h - the API objects of old (before services and routes): their fields, and how one is told apart into
 * a service and a route, and put together again. Pure; threads: any.
 */
#ifndef GW_ADMIN_LEGACY_SCHEMA_H
#define GW_ADMIN_LEGACY_SCHEMA_H

#include "gw_schema.h"

/* What a route has that stands for an API. */
#define GW_LEGACY_TAG "legacy-api"

extern const gw_schema gw_legacy_api_schema;

/* The members of a service and of a route that `api` (checked, complete) says: new references. No tags. */
void gw_legacy_split(json_t **service, json_t **route, const json_t *api, apr_pool_t *p);
/* The tags of its rows, from those that they have (may be NULL): new reference. */
json_t *gw_legacy_tags(const json_t *tags, const json_t *api);
/* The API that a service and a route make, as old clients know it: times in milliseconds, no nulls. New reference. */
json_t *gw_legacy_join(const json_t *service, const json_t *route, apr_pool_t *p);
/* Does this row stand for an API? */
int gw_legacy_is_api(const json_t *route);

/* A plugin's row below an API: flat, in milliseconds, no nulls. New reference. */
json_t *gw_legacy_plugin_show(const json_t *row);
/* The row that a flat body stands for: new reference. What was not understood is put into `refused` (an object, field
 * to message). */
json_t *gw_legacy_plugin_read(const json_t *body, json_t *refused);

#endif
