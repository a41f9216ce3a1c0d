/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_render.h - errors of the catalogue as status and body. Pure.
 */
#ifndef GW_ADMIN_ERROR_RENDER_H
#define GW_ADMIN_ERROR_RENDER_H

#include "gw_entity.h"

/* The body of `err`: new reference. *status is set. Codes that no client may see become the general 500. */
json_t *gw_error_render(int *status, const gw_error *err, apr_pool_t *p);
/* {"message": text}: new reference; bytes that are no UTF-8 are replaced. */
json_t *gw_message_render(const char *text, apr_pool_t *p);
/* Code 10, "invalid unique <field>", 400: new reference. */
json_t *gw_invalid_unique_render(const char *field, const char *message, apr_pool_t *p);

/* Make an error of the catalogue, in p. `fields`: the reference is stolen; may be NULL. */
const gw_error *gw_error_make(gw_error_code code, const char *message, json_t *fields, apr_pool_t *p);

#define GW_MSG_NOT_FOUND "Not found"
#define GW_MSG_METHOD "Method not allowed"
#define GW_MSG_UNEXPECTED "An unexpected error occurred"
#define GW_MSG_UNAVAILABLE_READ "Service unavailable: the database is away"
#define GW_MSG_UNAVAILABLE GW_MSG_UNAVAILABLE_READ "; nothing was written"
#define GW_MSG_BUSY_READ "Service unavailable: the database is busy"
#define GW_MSG_BUSY GW_MSG_BUSY_READ "; nothing was written"
#define GW_MSG_FULL "Service unavailable: the database has no room left; nothing was written"
#define GW_MSG_UNAVAILABLE_UNKNOWN                                                                                     \
    GW_MSG_UNAVAILABLE_READ "; whether this was written, is not known: look when it is back"

#endif
