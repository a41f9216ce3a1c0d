/* SPDX-License-Identifier: Apache-2.0 */
/*
 * declarative_file.h - GwDeclarativeConfig: the file that is there instead of a database. Used by the helper that
 * prepares the store before the children start.
 */
#ifndef GW_COHERENCE_DECLARATIVE_FILE_H
#define GW_COHERENCE_DECLARATIVE_FILE_H

#include "store.h"

typedef struct gw_declarative_file {
    const char *name;   /* "": no file, what was posted last stays */
    const char *text;
    apr_size_t len;
} gw_declarative_file;

/* Read it whole, as whoever we are (it may be for root's eyes only). NULL, or what is wrong, in p. */
const char *gw_declarative_file_read(gw_declarative_file *file, apr_pool_t *p);
/* Put it in force. *report: a line about it, then a line for each warning; or, when it fails, a line for each
 * mistake. In p. APR_EGENERAL: the file is bad; others: the store's. */
apr_status_t gw_declarative_file_load(const char **report, const gw_declarative_file *file, gw_db *db, apr_pool_t *p);

#endif
