/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search_match.h - what people look for in rows, and where it was found. Pure.
 */
#ifndef GW_ADMIN_SEARCH_MATCH_H
#define GW_ADMIN_SEARCH_MATCH_H

#include "gw_entity.h"

/* Fields of rows that are looked at, beside the id; NULL-terminated, secrets left out. In p. */
const char *const *gw_search_fields(const gw_schema *schema, apr_pool_t *p);
/* The first of them that holds `text` (ASCII letters in any case), or "id" where it begins with it; NULL: none. */
const char *gw_search_match(const json_t *row, const char *const *fields, const char *text);
/* What people call the row; NULL when it has no name. Borrowed. */
const char *gw_search_name(const json_t *row, const char *const *fields);

#endif
