/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_offset.h - the opaque `offset` of lists: unpadded base64 of ["<last id>"]. Pure.
 * The list of tags runs over all entities, so its offsets are ["<entity>", "<last id>", "<last tag>"].
 */
#ifndef GW_ADMIN_PAGE_OFFSET_H
#define GW_ADMIN_PAGE_OFFSET_H

#include <apr_pools.h>

/* In p. */
const char *gw_offset_format(const char *id, apr_pool_t *p);
/* NULL and *id (lower case, in p), or the catalogue's message for code 7, in p. */
const char *gw_offset_parse(const char **id, const char *offset, apr_pool_t *p);

/* The same for lists in the order of a number above 0. */
const char *gw_number_offset_format(apr_int64_t number, apr_pool_t *p);
const char *gw_number_offset_parse(apr_int64_t *number, const char *offset, apr_pool_t *p);

typedef struct gw_tag_offset {
    const char *entity, *id, *tag; /* in p; `entity` may name none, `id` is a uuid in lower case */
} gw_tag_offset;

/* As the two above. */
const char *gw_tag_offset_format(const gw_tag_offset *last, apr_pool_t *p);
const char *gw_tag_offset_parse(gw_tag_offset *last, const char *offset, apr_pool_t *p);

#endif
