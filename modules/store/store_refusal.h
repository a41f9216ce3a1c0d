/* SPDX-License-Identifier: Apache-2.0 */
/* store_refusal.h - refused writes as errors of the catalogue; all in p. Private to this room. */
#ifndef GW_STORE_REFUSAL_H
#define GW_STORE_REFUSAL_H

#include "store_table.h"

/* A foreign field whose row is not there; a field whose value has a NUL in it. Never NULL. */
const gw_error *gw_refusal_missing_parent(const gw_field *field, const char *id, apr_pool_t *p);
/* `key` of a list of children stands in a row that hangs on another `owner`. */
const gw_error *gw_refusal_taken(const gw_field *list, const char *key, const gw_field *link, const char *owner,
                                 apr_pool_t *p);
const gw_error *gw_refusal_nul(const char *field, apr_pool_t *p);
/* After a refused insert (`is_new`) or update with `params`: of several unique constraints that it breaks, Postgres
 * names the first; SQLite, which names the last, is asked for the first: the id, then each unique field in the table's
 * order. What is left are several fields together. */
void gw_refusal_find_first(gw_db *db, const gw_table *table, const char *const *params, int is_new, apr_pool_t *p);
/* `rv` of an insert or update, after which *err is set when it is APR_EGENERAL. Returns rv. */
apr_status_t gw_refusal_of_write(const gw_error **err, gw_db *db, apr_status_t rv, const gw_table *table,
                                 const json_t *row, apr_pool_t *p);
/* The same for a delete of the row `id`. */
apr_status_t gw_refusal_of_delete(const gw_error **err, gw_db *db, apr_status_t rv, const gw_entity *entity,
                                  const char *id, apr_pool_t *p);

#endif
