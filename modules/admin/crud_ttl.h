/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_ttl.h - `ttl`, seconds to live, of entities that have it: a member of rows, but no field of their schema.
 */
#ifndef GW_ADMIN_CRUD_TTL_H
#define GW_ADMIN_CRUD_TTL_H

#include "admin_call.h"

/* Take `ttl` out of the body. *ttl: borrowed from p, an integer or null; NULL when it was not given or the entity has
 * none. 0, or the status of the answer (code 11). */
int gw_ttl_take(admin_call *call, json_t **ttl, const gw_entity *entity, json_t *body);
/* Put it into a row that its schema has checked; `old` (may be NULL) keeps what is not given anew. */
void gw_ttl_put(const gw_entity *entity, json_t *row, json_t *ttl, const json_t *old);

#endif
