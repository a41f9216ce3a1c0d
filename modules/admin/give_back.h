/* SPDX-License-Identifier: Apache-2.0 */
/*
 * give_back.h - a call that took much memory leaves none of it to the process.
 */
#ifndef GW_ADMIN_GIVE_BACK_H
#define GW_ADMIN_GIVE_BACK_H

#include <httpd.h>

/* To be called before anything of the call is allocated. A pool for all of it, that ends with r; afterwards, when
 * *takes_much was set or the answer was large, the allocator gives to the system what is free. */
apr_pool_t *gw_give_back_begin(int **takes_much, request_rec *r);

#endif
