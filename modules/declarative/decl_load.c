/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_load.c - a whole text put in force where there is no database of the user's: checked without any lock, then one
 * transaction. What was loaded last is remembered by its hash, so that a restart finds nothing to do.
 */
#include "declarative.h"

#include <string.h>
#include <apr_strings.h>

#define MOST_LINES 20

static apr_status_t refuse(gw_decl_load *load, const char *why)
{
    load->why = why;
    return APR_EGENERAL;
}

static const char *join_lines(const apr_array_header_t *lines, apr_pool_t *p)
{
    return apr_array_pstrcat(p, lines, '\n');
}

/* The refusal of a single row, which only the database could see. */
static const char *tell(const gw_error *err, const gw_db *db)
{
    return err != NULL ? err->message : gw_db_why(db);
}

static apr_status_t put(gw_decl_load *load, gw_db *db, gw_decl *decl, const char *mark, apr_pool_t *p)
{
    const gw_error *err = NULL;
    gw_decl_plan *plan = NULL;
    apr_status_t rv = gw_db_begin_write(db);

    if (rv == APR_SUCCESS)
        rv = gw_decl_compare(&plan, &err, db, decl, GW_DECL_REPLACE, p);
    if (rv == APR_SUCCESS)
        rv = gw_decl_run(&err, db, plan, p);
    if (rv == APR_SUCCESS)
        rv = gw_store_mark_set(db, mark);
    if (rv == APR_SUCCESS)
        rv = gw_db_commit(db);
    if (rv == APR_SUCCESS) {
        load->nrows = plan->steps->nelts;
        return rv;
    }
    gw_db_rollback(db);
    load->why = tell(err, db);
    return rv;
}

apr_status_t gw_decl_load_run(gw_decl_load *load, gw_db *db, apr_pool_t *p)
{
    const char *mark = apr_pstrcat(p, gw_decl_hash(load->text, load->len, p), " ", load->build, NULL), *loaded = NULL;
    gw_text_fault fault;
    json_t *document;
    gw_decl *decl;
    apr_pool_t *pdecl;
    apr_status_t rv = gw_store_mark_get(&loaded, db, p);

    if (rv != APR_SUCCESS && rv != APR_NOTFOUND) {
        load->why = gw_db_why(db);
        return rv;
    }
    load->is_same = rv == APR_SUCCESS && strcmp(loaded, mark) == 0;
    if (load->is_same)
        return APR_SUCCESS;
    document = gw_decl_parse(&fault, load->format, load->text, load->len, p);
    if (document == NULL)
        return refuse(load, fault.line > 0 ? apr_psprintf(p, "line %d: %s", fault.line, fault.message) : fault.message);
    apr_pool_create(&pdecl, p);
    if (gw_decl_read(&decl, document, NULL, NULL, apr_time_now(), pdecl) != NULL) {
        const apr_array_header_t *lines = gw_decl_error_lines(decl, load->text, load->len, MOST_LINES, p);

        rv = refuse(load, lines->nelts > 0 ? join_lines(lines, p) : "line 1: expected a mapping");
    }
    else {
        load->warnings = gw_decl_warnings(decl);
        rv = put(load, db, decl, mark, pdecl);
        load->why = load->why != NULL ? apr_pstrdup(p, load->why) : NULL;
    }
    json_decref(document);
    if (rv != APR_SUCCESS)
        apr_pool_destroy(pdecl);
    return rv;
}
