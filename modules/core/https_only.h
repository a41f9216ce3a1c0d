/* SPDX-License-Identifier: Apache-2.0 */
/* https_only.h - routes for https alone. */
#ifndef GW_CORE_HTTPS_ONLY_H
#define GW_CORE_HTTPS_ONLY_H

#include <httpd.h>

#include "model.h"

/* OK: this request may take the route; else the redirect or the refusal that its https_redirect_status_code names, as
 * post_perdir_config is to return it. What a trusted proxy says of scheme and host counts. */
int gw_https_enforce(request_rec *r, const gw_route *route);

#endif
