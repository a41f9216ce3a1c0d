/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_match.h - conditional calls: only if nobody changed the row meanwhile (RFC 9110 section 13).
 */
#ifndef GW_ADMIN_CRUD_MATCH_H
#define GW_ADMIN_CRUD_MATCH_H

#include "admin_call.h"

/* May this write go on, the row being `row` (NULL: there is none)? 0, or 412 with the row as it is. Ask inside the
 * transaction, with the row locked. */
int gw_crud_check_match(admin_call *call, const gw_entity *entity, json_t *row);

#endif
