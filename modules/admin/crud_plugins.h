/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_plugins.h - what a plugin row must fulfil beyond its schema.
 */
#ifndef GW_ADMIN_CRUD_PLUGINS_H
#define GW_ADMIN_CRUD_PLUGINS_H

#include "admin_call.h"

/* `row` is checked by its schema. 0, or the status of the answer: its protocols have nothing to do with its route's
 * or with those of any route of its service. */
int gw_crud_check_plugin(admin_call *call, const json_t *row);
/* What a client's body says that is taken without effect. */
void gw_crud_warn_plugin(admin_call *call, const json_t *body);

#endif
