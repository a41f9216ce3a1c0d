/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask.h - request lines without the credentials that clients put into their query. Pure; threads: any.
 */
#ifndef GW_CORE_MASK_H
#define GW_CORE_MASK_H

#include "gw_schema.h"

/* `line` ("GET /a?apikey=k HTTP/1.1") with "***" for the values of query parameters that hold credentials: those that
 * are commonly called so, and those in `lists`. Names are compared decoded and in any case. `line` itself when nothing
 * is to hide, else in p. */
const char *gw_mask_request_line(const char *line, const gw_strings *const *lists, int nlists, apr_pool_t *p);

#endif
