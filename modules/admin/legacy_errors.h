/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_errors.h - refusals in the words of old: one flat object, field to sentence. Pure.
 */
#ifndef GW_ADMIN_LEGACY_ERRORS_H
#define GW_ADMIN_LEGACY_ERRORS_H

#include <apr_pools.h>
#include <jansson.h>

/* The "fields" tree of a schema violation: new reference. */
json_t *gw_legacy_errors(const json_t *fields, apr_pool_t *p);
/* The same where the violation is of the service or the route (`row`) that an API became. */
json_t *gw_legacy_row_errors(const json_t *fields, const json_t *row, apr_pool_t *p);
/* {field: "already exists with value 'x'"} from the fields of a unique constraint violation: new reference. */
json_t *gw_legacy_taken(const json_t *fields, apr_pool_t *p);

#endif
