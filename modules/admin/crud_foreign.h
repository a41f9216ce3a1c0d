/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_foreign.h - references by a unique field: {"name":"billing"} becomes {"id":"..."}; old flat names, too.
 */
#ifndef GW_ADMIN_CRUD_FOREIGN_H
#define GW_ADMIN_CRUD_FOREIGN_H

#include "admin_call.h"

/* Replace, in place, every foreign field that names its row by another unique field, and `consumer_id` by
 * `consumer`. 0, or the status of the answer (code 13 for those that exist nowhere). */
int gw_crud_resolve_references(admin_call *call, const gw_entity *entity, json_t *body);

/* Whatever the body says, by this name or the old one: the row is one of `parent`'s. Before references are resolved. */
void gw_crud_hang_on(json_t *body, const gw_field *field, const json_t *parent, apr_pool_t *p);

#endif
