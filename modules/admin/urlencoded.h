/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urlencoded.h - application/x-www-form-urlencoded: bodies and query strings to pairs. Pure.
 */
#ifndef GW_ADMIN_URLENCODED_H
#define GW_ADMIN_URLENCODED_H

#include <apr_tables.h>

#include "form_keys.h"

/* Decode `text`: '+' is a space, %XX a byte, a '%' without two hex digits stands for itself; empty pieces are skipped.
 * Array of gw_form_pair in p (values and keys are NUL-terminated, too); NULL when there are more than `max`. */
apr_array_header_t *gw_urlencoded_parse(const char *text, apr_size_t len, int max, apr_pool_t *p);
/* The first pair called `name`; NULL when there is none. Borrowed. */
const gw_form_pair *gw_urlencoded_find(const apr_array_header_t *pairs, const char *name);
/* Its value as text; "" for a bare name. Of a value with a NUL only what is before it: ask gw_urlencoded_is_whole. */
const char *gw_urlencoded_get(const apr_array_header_t *pairs, const char *name);
/* 0 when a name or a value has a NUL, at which who reads it as text would take it for another. Values of pairs called
 * `but` may have some. */
int gw_urlencoded_is_whole(const apr_array_header_t *pairs, const char *but);
/* Percent-encode everything but unreserved bytes; in p. */
const char *gw_urlencoded_escape(const char *s, apr_pool_t *p);
/* Percent-decode a path segment of `len` bytes; NULL when a '%' lacks its digits or a NUL comes out; in p. */
const char *gw_segment_decode(const char *s, apr_size_t len, apr_pool_t *p);

#endif
