/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tag_filter.h - the `tags` query parameter: `a,b` all of them, `a/b` any of them. Pure.
 */
#ifndef GW_ADMIN_TAG_FILTER_H
#define GW_ADMIN_TAG_FILTER_H

#include <apr_pools.h>

typedef struct gw_tag_filter {
    const char *const *tags; /* NULL-terminated; in p */
    int is_any;
} gw_tag_filter;

/* `text` of `len` bytes, NUL-terminated. NULL and *filter, or the message of an option violation. */
const char *gw_tag_filter_parse(gw_tag_filter *filter, const char *text, apr_size_t len, apr_pool_t *p);

#endif
