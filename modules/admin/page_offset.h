/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page_offset.h - the opaque `offset` of lists: unpadded base64 of ["<last id>"]. Pure.
 */
#ifndef GW_ADMIN_PAGE_OFFSET_H
#define GW_ADMIN_PAGE_OFFSET_H

#include <apr_pools.h>

/* In p. */
const char *gw_offset_format(const char *id, apr_pool_t *p);
/* NULL and *id (lower case, in p), or the catalogue's message for code 7, in p. */
const char *gw_offset_parse(const char **id, const char *offset, apr_pool_t *p);

#endif
