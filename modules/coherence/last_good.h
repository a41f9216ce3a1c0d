/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_good.h - a configuration in a file, for children that are born while the database is away. Pure.
 *
 *   mod_gw last-good 1
 *   ["services",{"id":"...",...}]                 one row a line, parents first
 *   ...
 *   end 12345 <SHA-256 of all bytes before, hex>  the number of rows
 *
 * Written to a temporary file of mode 0600, synced, renamed: a reader sees an old file or a new one, never a part.
 * The sum finds damage; it is no signature: who may write into the folder is trusted.
 */
#ifndef GW_COHERENCE_LAST_GOOD_H
#define GW_COHERENCE_LAST_GOOD_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <jansson.h>

typedef struct gw_last_good gw_last_good;

/* Begin to write `path`. In p; given up by p's end unless committed. */
apr_status_t gw_last_good_begin(gw_last_good **file, const char *path, apr_pool_t *p);
apr_status_t gw_last_good_add(gw_last_good *file, const char *entity, const json_t *row);
/* Sync, and put it in the place of the one before. */
apr_status_t gw_last_good_commit(gw_last_good *file);

/* Called for each row; `row` is borrowed. Anything but APR_SUCCESS stops. */
typedef apr_status_t gw_last_good_visitor(void *baton, const char *entity, json_t *row);

/* Check the whole text, then visit its rows. NULL, or what is wrong with it (in p) before any row was visited.
 * *rv (may be NULL): what a visitor that stopped returned. */
const char *gw_last_good_parse(apr_status_t *rv, const char *text, apr_size_t len, gw_last_good_visitor *visit,
                               void *baton, apr_pool_t *p);
/* The same from a file. APR_ENOENT: there is none; APR_EGENERAL: *why says what is wrong (in p). */
apr_status_t gw_last_good_load(const char **why, const char *path, gw_last_good_visitor *visit, void *baton,
                               apr_pool_t *p);

#endif
