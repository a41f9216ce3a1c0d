/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_config.c - /config: all that is configured, read and replaced as one text. Without a database only.
 */
#include "info_config.h"

#include <string.h>
#include <ap_mpm.h>
#include <apr_strings.h>

#include "crud_rows.h"
#include "error_render.h"
#include "info.h"
#include "json_pool.h"
#include "load_lock.h"

static int is_available(admin_call *call)
{
    return strcmp(call->conf->database, "off") == 0;
}

static int refuse_database(admin_call *call)
{
    return gw_call_message(call, 400,
                           "this endpoint is only available when mod_gw is configured to not use a database");
}

/* All rows as YAML, in p; 0, or the status of the answer. */
static int write_all(admin_call *call, gw_growing **yaml)
{
    gw_growing *text = gw_growing_make(call->p);
    apr_status_t rv = gw_db_begin_read(call->db);

    if (rv == APR_SUCCESS)
        rv = gw_decl_export(text, call->db, call->p);
    gw_db_rollback(call->db);
    if (text->is_bad)
        return gw_call_message(call, 503, GW_MSG_UNEXPECTED);
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    *yaml = text;
    return 0;
}

static int show_config(admin_call *call)
{
    gw_growing *yaml = NULL;
    int status = write_all(call, &yaml);
    json_t *shown;

    if (status != 0)
        return status;
    shown = json_pack("{s:s#}", "config", yaml->bytes, (int)yaml->used);
    gw_growing_free(yaml);
    return gw_call_answer(call, 200, shown);
}

int gw_info_export(admin_call *call)
{
    int status;

    if (call->db == NULL)
        return gw_call_message(call, 503, GW_MSG_UNAVAILABLE_READ);
    if ((status = write_all(call, &call->grown)) != 0)
        return status;
    call->text_type = "text/yaml; charset=utf-8";
    return 200;
}

/* ---- POST ---- */

static void add_row(void *baton, const gw_entity *entity, json_t *row)
{
    json_t *out = baton, *rows = json_object_get(out, entity->name);

    if (rows == NULL) {
        rows = json_object();
        json_object_set_new(out, entity->name, rows);
    }
    json_object_set_new(rows, gw_row_id(row), gw_crud_view(entity, row));
}

/* A mistake that only the store could see. */
static int refuse_row(admin_call *call, const gw_error *err)
{
    const char *message = apr_pstrcat(call->p, "declarative config is invalid: ", err->message, NULL);

    return gw_call_refuse(call, gw_error_make(GW_E_DECLARATIVE, message, json_pack("{s:s}", "error", err->message),
                                              call->p));
}

/* What kept a good configuration from the store: it has no room, or others wrote to it for too long. */
static int refuse_load(admin_call *call, apr_status_t rv, const gw_error *err)
{
    if (rv == APR_EGENERAL && err != NULL)
        return refuse_row(call, err);
    if (gw_db_is_full(call->db)) {
        call->failure = apr_pstrdup(call->p, gw_db_why(call->db));
        return gw_call_message(call, 413, "Configuration does not fit on the disk of GwStateDir");
    }
    if (APR_STATUS_IS_EAGAIN(rv) && !gw_db_is_away(call->db))
        return gw_call_message(call, 504, "Timed out while loading configuration");
    return gw_call_fail(call, rv, err);
}

static int put_in_force(admin_call *call, gw_decl *decl, const char *mark)
{
    const gw_error *err = NULL;
    gw_decl_plan *plan = NULL;
    apr_pool_t *pplan; /* the rows that go need not be there while the answer is made of those that came */
    apr_status_t rv = gw_db_begin_write(call->db);
    int status = 0;

    apr_pool_create(&pplan, call->p);
    if (rv == APR_SUCCESS)
        rv = gw_decl_compare(&plan, &err, call->db, decl, GW_DECL_REPLACE, pplan);
    if (rv == APR_SUCCESS)
        rv = gw_decl_run(&err, call->db, plan, pplan);
    if (rv == APR_SUCCESS && (status = gw_config_audit(call, plan)) == 0)
        rv = gw_store_mark_set(call->db, mark);
    if (rv == APR_SUCCESS && status == 0)
        rv = gw_db_commit(call->db);
    if (rv != APR_SUCCESS || status != 0) {
        gw_db_rollback(call->db);
        if (status != 0)
            return status;
        return refuse_load(call, rv, err);
    }
    apr_pool_destroy(pplan);
    call->is_written = 1;
    return 0;
}

static int is_exiting(void)
{
    int state = AP_MPMQ_RUNNING;

    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

/* The text is what was loaded last? */
static int is_in_force(admin_call *call, const char *hash)
{
    const char *mark;

    /* no secret: the sum of a document, told to every client */
    return gw_store_mark_get(&mark, call->db, call->p) == APR_SUCCESS && strncmp(mark, hash, strlen(hash)) == 0;
}

static int load(admin_call *call)
{
    const gw_error *err;
    gw_config_body body;
    const char *hash;
    gw_decl *decl;
    json_t *out;
    int status = gw_config_take(call, &body);

    if (status != 0)
        return status;
    hash = gw_decl_hash(body.text, body.len, call->p);
    if (gw_config_is_asked(call, "check_hash") && is_in_force(call, hash))
        return gw_call_answer(call, 304, NULL);
    err = gw_decl_read(&decl, body.document, NULL, NULL, call->now, call->p);
    if (err != NULL)
        return gw_config_refuse(call, decl, err);
    gw_config_warn(call, decl);
    status = put_in_force(call, decl, apr_pstrcat(call->p, hash, " ", gw_admin_version(), NULL));
    if (status != 0)
        return status;
    out = json_object();
    gw_decl_each(decl, add_row, out);
    return gw_call_answer(call, 201, out);
}

int gw_info_config(admin_call *call)
{
    int lock, status;

    if (!is_available(call))
        return refuse_database(call);
    if (call->db == NULL)
        return gw_call_message(call, 503, GW_MSG_UNAVAILABLE);
    if (call->method == GW_GET)
        return show_config(call);
    if (is_exiting()) { /* another child takes it */
        call->retry_after_s = 1;
        return gw_call_message(call, 503, "mod_gw currently exiting");
    }
    if (!gw_load_lock_try(&lock, call->conf->state_dir, call->p)) {
        call->retry_after_s = 1;
        return gw_call_message(call, 429, "Currently loading previous configuration");
    }
    status = load(call);
    gw_load_lock_release(lock);
    return status;
}
