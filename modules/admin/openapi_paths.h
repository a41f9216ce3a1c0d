/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi_paths.h - the paths of entities and of information endpoints as OpenAPI operations. Pure; threads: any.
 */
#ifndef GW_ADMIN_OPENAPI_PATHS_H
#define GW_ADMIN_OPENAPI_PATHS_H

#include "entity_path.h"

/* Add what hangs on `entity` to `paths`, a JSON object: its collection, its rows, its links, and where it is nested.
 * `entities`: of const gw_entity *. */
void gw_openapi_add_entity(json_t *paths, const gw_entity *entity, const apr_array_header_t *entities, apr_pool_t *p);
/* Add one information endpoint. */
void gw_openapi_add_info(json_t *paths, const gw_info_path *info, apr_pool_t *p);
/* The components that those refer to, beside the entities' schemas: {"parameters": ..., "responses": ...}. New
 * reference. */
json_t *gw_openapi_components(void);

#endif
