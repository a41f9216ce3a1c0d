/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_logout.h - does a request ask for its session's end? Pure: looks at a query string and at bodies.
 */
#ifndef GW_SESSION_LOGOUT_H
#define GW_SESSION_LOGOUT_H

#include <apr_pools.h>

/* 1 when a query string (may be NULL) has this argument, whatever its value. */
int gw_logout_is_in_query(const char *query, const char *name, apr_pool_t *p);
/* 1 when bodies of this Content-Type (may be NULL) have fields: form, multipart, JSON. */
int gw_logout_is_readable(const char *content_type);
/* 1 when such a body (the whole of it) has this field at its top. What is garbled has none. */
int gw_logout_is_in_body(const char *content_type, const char *bytes, apr_size_t len, const char *name, apr_pool_t *p);

#endif
