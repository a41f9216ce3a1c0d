/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_prepare.h - bodies made ready for their schema, and checks that need more than the row.
 * Return values as in admin_call.h: 0 = go on, else the status of the answer given.
 */
#ifndef GW_ADMIN_CRUD_PREPARE_H
#define GW_ADMIN_CRUD_PREPARE_H

#include "admin_call.h"

/* Make the body ready for the schema: coerce a form (by what `old` says, may be NULL), look up references by unique
 * fields (code 13). */
int gw_crud_prepare_body(admin_call *call, const gw_entity *entity, json_t *body, const json_t *old);
/* What an entity's rows must fulfil beyond its schema. */
int gw_crud_check_row(admin_call *call, const gw_entity *entity, const json_t *row);
/* Make of a checked row what is kept (gw_entity.transform). `old` as there. */
int gw_crud_transform(admin_call *call, const gw_entity *entity, json_t *row, const json_t *old);

#endif
