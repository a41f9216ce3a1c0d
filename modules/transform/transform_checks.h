/* SPDX-License-Identifier: Apache-2.0 */
/* transform_checks.h - what the entries of both transformers' lists may look like. Pure. */
#ifndef GW_TRANSFORM_CHECKS_H
#define GW_TRANSFORM_CHECKS_H

#include <string.h>

#include "gw_schema.h"

gw_check_fn gw_check_pair;           /* name:value, with places */
gw_check_fn gw_check_header_pair;    /* the same, the name a header's */
gw_check_fn gw_check_header_names;   /* old:new, both headers' */
gw_check_fn gw_check_changed_header; /* a header's name */
gw_check_fn gw_check_plain_pair;        /* as above, values taken as they are */
gw_check_fn gw_check_plain_header_pair;
gw_check_fn gw_check_template;       /* a text with places */

#endif
