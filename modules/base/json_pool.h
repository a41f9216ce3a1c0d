/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_pool.h - JSON values and texts that live as long as a pool. Pure.
 */
#ifndef GW_BASE_JSON_POOL_H
#define GW_BASE_JSON_POOL_H

#include <apr_pools.h>
#include <jansson.h>

/* Steals the reference: released when p is. Returns `value`, borrowed from then on. NULL is passed through. */
json_t *gw_json_keep(json_t *value, apr_pool_t *p);
/* `len` bytes as text that JSON can carry: what is no UTF-8 and NUL become U+FFFD. In p. */
const char *gw_text_printable(const char *s, apr_size_t len, apr_pool_t *p);

#endif
