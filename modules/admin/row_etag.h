/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row_etag.h - the version of a row as an entity tag (RFC 9110 section 8.8.3), and lists of them in headers. Pure.
 */
#ifndef GW_ADMIN_ROW_ETAG_H
#define GW_ADMIN_ROW_ETAG_H

#include "gw_entity.h"

/* A strong tag, quotes included, of all that is stored of `row`, hidden fields too: the same on every node, and for
 * a row just written as for the same row read. `row` as the store has it, before on_read; its ttl does not count. In
 * p. */
const char *gw_etag_make(const gw_schema *schema, const json_t *row, apr_pool_t *p);

/* Is `etag` in the list `header` (If-Match, If-None-Match)? "*" matches anything; `etag` NULL (there is no row) is
 * matched by nothing. A tag that a compressing filter of httpd has marked ("...-gzip") counts as its own. Weak tags
 * count only when `is_weak`. */
int gw_etag_matches(const char *header, const char *etag, int is_weak);

#endif
