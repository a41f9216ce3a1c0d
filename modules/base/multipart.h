/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart.h - multipart/form-data (RFC 7578) to pairs, and a body without one of them. Pure.
 */
#ifndef GW_BASE_MULTIPART_H
#define GW_BASE_MULTIPART_H

#include <apr_tables.h>

#include "form_keys.h"

/* Each part becomes a pair: its name and its bytes as they came, whether it is a file or not. What is garbled (no
 * boundary, no delimiter, no name, no end) contributes nothing. Array of gw_form_pair; values are borrowed from
 * `body`, keys in p. NULL when there are more than `max` parts. */
apr_array_header_t *gw_multipart_parse(const char *content_type, const char *body, apr_size_t len, int max,
                                       apr_pool_t *p);
/* The body without every part of that name, its other bytes untouched, in p; *left is its length. `body` itself when
 * there is none. */
const char *gw_multipart_remove(apr_size_t *left, const char *content_type, const char *body, apr_size_t len,
                                const char *name, apr_pool_t *p);

typedef enum gw_multipart_state {
    GW_MULTIPART_NONE, /* no boundary in its type, or no delimiter in the body */
    GW_MULTIPART_OPEN, /* the last delimiter is missing: what stands at the end is a part to some, and none to us */
    GW_MULTIPART_WHOLE
} gw_multipart_state;

/* How much of a multipart body this is, by the Content-Type it came with (NULL = none). */
gw_multipart_state gw_multipart_look(const char *content_type, const char *body, apr_size_t len, apr_pool_t *p);
/* A whole body with one more part behind the others, in p; *got is its length. NULL when it is not whole, and when the
 * boundary stands in the name or value: what follows it would be a part of its own. */
const char *gw_multipart_add(apr_size_t *got, const char *content_type, const char *body, apr_size_t len,
                             const char *name, const char *value, apr_size_t value_len, apr_pool_t *p);

/* The body whose parts named `from` are called `to`, each in its place and with nothing else said of it, instead of
 * those that were called so; in p, *got is its length. `body` itself when no part is named `from`. NULL when it is no
 * multipart body, when the boundary stands in the new name, and when new names would make it longer by more than a
 * megabyte. */
const char *gw_multipart_rename(apr_size_t *got, const char *content_type, const char *body, apr_size_t len,
                                const char *from, const char *to, apr_pool_t *p);

#endif
