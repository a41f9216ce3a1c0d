/* SPDX-License-Identifier: Apache-2.0 */
/* match_input.h - what the router asks of a request. */
#ifndef GW_CORE_MATCH_INPUT_H
#define GW_CORE_MATCH_INPUT_H

#include <httpd.h>

#include "router.h"

/* Borrows from r; `path` is canonical. */
void gw_match_input_read(gw_match_input *input, request_rec *r, const char *path);

#endif
