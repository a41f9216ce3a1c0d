/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_body.h - fields of a request body that may hold a key: a form's, a multipart body's, a JSON object's. Pure.
 */
#ifndef GW_KEYAUTH_BODY_H
#define GW_KEYAUTH_BODY_H

#include <apr_pools.h>

typedef struct gw_key_body gw_key_body;

/* 1 when bodies of this Content-Type have fields. */
int gw_key_body_is_readable(const char *content_type);
/* `bytes` (a whole body) is borrowed. NULL when it has no fields: another type, or garbled. In p. */
gw_key_body *gw_key_body_parse(const char *content_type, const char *bytes, apr_size_t len, apr_pool_t *p);
/* The first value of a field, and how often it occurs (a JSON array counts as twice). NULL when it is absent or no
 * text. In p or borrowed. */
const char *gw_key_body_get(int *count, const gw_key_body *body, const char *name, apr_pool_t *p);
/* The body without that field, its other bytes untouched, in p; *left is its length. The bytes it was made from
 * when it has no such field. */
const char *gw_key_body_remove(apr_size_t *left, const gw_key_body *body, const char *name, apr_pool_t *p);

#endif
