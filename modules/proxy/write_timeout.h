/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_timeout.h - a service's write_timeout where it differs from its read_timeout: mod_proxy knows one for both.
 */
#ifndef GW_PROXY_WRITE_TIMEOUT_H
#define GW_PROXY_WRITE_TIMEOUT_H

#include <apr_pools.h>

void gw_write_timeout_register(apr_pool_t *p);

#endif
