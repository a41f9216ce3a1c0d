/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_places.h - places for threads that hash, shared by all children of the server: mutexes of httpd's, which a child
 * that is killed leaves free. The administrator may choose their kind (httpd's Mutex directive, `gw-hash`); where one
 * cannot be waited for with a limit of time (fcntl, flock) each child hashes for itself.
 */
#ifndef GW_BASICAUTH_HASH_PLACES_H
#define GW_BASICAUTH_HASH_PLACES_H

#include <apr_proc_mutex.h>
#include <httpd.h>

/* pre_config: makes the kind of mutex known to the Mutex directive. */
void gw_hash_places_register(apr_pool_t *pconf);
/* post_config, in the parent: makes `n` places that live as long as pconf. What the system refuses is logged; there are
 * none then, and each child hashes for itself. */
void gw_hash_places_make(int n, server_rec *s, apr_pool_t *pconf);
/* child_init: the places as the child sees them, as many as were made; NULL: there are none. Memory of pconf. */
apr_proc_mutex_t **gw_hash_places_open(apr_pool_t *pchild);

#endif
