/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_audit.h - who changed what, written down in the transaction that changes it.
 */
#ifndef GW_ADMIN_CRUD_AUDIT_H
#define GW_ADMIN_CRUD_AUDIT_H

#include "admin_call.h"

/* Before the commit of a change from `before` (NULL: there was none) to `after` (NULL: there is none). 0, or the
 * status of the answer: then nothing is to be committed. */
int gw_crud_audit(admin_call *call, const gw_entity *entity, const json_t *before, const json_t *after);

#endif
