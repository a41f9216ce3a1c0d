/* SPDX-License-Identifier: Apache-2.0 */
/* transform_hooks.h - the two halves of mod_gw_transform.c. */
#ifndef GW_TRANSFORM_HOOKS_H
#define GW_TRANSFORM_HOOKS_H

#include "mod_gw.h"

#define GW_TRANSFORM_MAX_BODY (8 * 1024 * 1024) /* bytes; longer bodies cannot be changed */

/* In register_hooks. */
void gw_request_transformer_register(apr_pool_t *p);
void gw_response_transformer_register(apr_pool_t *p);

#endif
