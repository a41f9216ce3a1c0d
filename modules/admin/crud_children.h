/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_children.h - rows that go by the keys of their children (GW_CHILDREN): /certificates/{name of an sni}; and rows
 * that others have in lists of ids.
 */
#ifndef GW_ADMIN_CRUD_CHILDREN_H
#define GW_ADMIN_CRUD_CHILDREN_H

#include "admin_call.h"

/* A target, or an owner, that is named by a child's key is named by its id from now on; 404 when no child has it. A PUT
 * of one that is not there gets a fresh id, and the key into its list. 0, or the status of the answer. */
int gw_crud_settle_child_key(admin_call *call);
/* In the transaction of a delete: is the row's id in a list of some other row? 0, or code 4. */
int gw_crud_check_unlisted(admin_call *call, const gw_entity *entity, const char *id);

#endif
