/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask.h - request lines without the credentials that clients put into their query. Pure; threads: any.
 */
#ifndef GW_CORE_MASK_H
#define GW_CORE_MASK_H

#include "gw_schema.h"

/* `line` ("GET /a?apikey=k HTTP/1.1") with "***" for the values of query parameters that hold credentials: those that
 * are commonly called so, and those of `names` (in the order of apr_cstr_casecmp; NULL = none). Names are compared
 * decoded and in any case. Where readers may differ more is hidden, not less: a name begins behind any of "?&; ", a
 * value ends at '&' or with the line, which may be malformed. `line` itself when nothing is to hide, else in p. */
const char *gw_mask_request_line(const char *line, const gw_strings *names, apr_pool_t *p);

#endif
