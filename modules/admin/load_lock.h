/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_lock.h - one load of a whole configuration at a time, over all children of this server.
 */
#ifndef GW_ADMIN_LOAD_LOCK_H
#define GW_ADMIN_LOAD_LOCK_H

#include <apr_pools.h>

/* Never waits. 0 when somebody else loads; otherwise 1, and *lock is to be released. Where the folder cannot be written
 * nobody is kept out: the database's own lock still is there. */
int gw_load_lock_try(int *lock, const char *state_dir, apr_pool_t *p);
void gw_load_lock_release(int lock);

#endif
