/* SPDX-License-Identifier: Apache-2.0 */
/*
 * basic_header.h - name and password out of an Authorization or Proxy-Authorization header (RFC 7617). Pure.
 */
#ifndef GW_BASICAUTH_HEADER_H
#define GW_BASICAUTH_HEADER_H

#include <apr_pools.h>

typedef struct gw_basic_pair {
    const char *username; /* neither empty nor with a ':' */
    const char *password; /* may be empty; may hold ':' */
} gw_basic_pair;

/* 1 and *pair is set (its text in p), or 0: another scheme, no base64, no ':', no name, or a NUL in it. The alphabet of
 * base64url and missing padding are taken as well. */
int gw_basic_parse(gw_basic_pair *pair, const char *header, apr_pool_t *p);

#endif
