/* SPDX-License-Identifier: Apache-2.0 */
/*
 * own_handles.h - connections of request threads where the database is an embedded one of the gateway's own: no
 * mod_dbd. How many there may be at once is the gate's business (handles.c).
 */
#ifndef GW_COHERENCE_OWN_HANDLES_H
#define GW_COHERENCE_OWN_HANDLES_H

#include "store.h"

/* child_init. `p` lives as long as the process. */
void gw_own_handles_child_init(const gw_store *store, apr_pool_t *p);
/* NULL: none to be had; *why for the log, in p. */
gw_db *gw_own_handle_take(const char **why, apr_pool_t *p);
/* `is_broken`: not to be used again. */
void gw_own_handle_give(gw_db *db, int is_broken);

#endif
