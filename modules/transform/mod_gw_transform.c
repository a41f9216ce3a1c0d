/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_transform.c - request-transformer and response-transformer: two plugins in one module, since what they do to
 * headers and JSON is the same.
 *
 * Wiring: request_transform.c, response_transform.c. Rules and their order: transform_rules.c; values with places:
 * transform_template.c; documents: transform_edit.c, transform_multipart.c; what may be configured: *_schema.c.
 */
#include "transform_hooks.h"

extern GW_MODULE gw_transform_module;

static void register_hooks(apr_pool_t *p)
{
    gw_request_transformer_register(p);
    gw_response_transformer_register(p);
}

GW_MODULE gw_transform_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
