/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_declarative.c - /declarative/diff and /declarative/apply: a text against what is stored, shown or done. And
 * /migrations, the other call that concerns the database as a whole.
 */
#include "info_config.h"

#include <string.h>
#include <apr_strings.h>

#include "crud_plugins.h"
#include "crud_rows.h"
#include "error_render.h"
#include "info.h"
#include "json_pool.h"
#include "text.h"

/* gw_decl_find_fn: by the endpoint key, then by id, as in the text itself. */
static const char *find_row(void *baton, apr_status_t *rv, const gw_entity *entity, const char *key, apr_pool_t *p)
{
    admin_call *call = baton;
    json_t *row = NULL;
    const char *id = NULL;

    *rv = APR_NOTFOUND;
    if (entity->endpoint_key != NULL)
        *rv = gw_row_load(&row, call->db, entity, entity->endpoint_key, key, p);
    if (*rv == APR_NOTFOUND && gw_uuid_is(key))
        *rv = gw_row_load(&row, call->db, entity, NULL, key, p);
    if (*rv == APR_SUCCESS)
        id = apr_pstrdup(p, gw_row_id(row));
    if (*rv == APR_NOTFOUND)
        *rv = APR_SUCCESS;
    json_decref(row);
    return id;
}

/* The checked document: 0, or the status of the answer. */
static int take_document(admin_call *call, gw_decl **decl)
{
    gw_config_body body;
    const gw_error *err;
    int status;

    if (call->db == NULL)
        return gw_call_message(call, 503, GW_MSG_UNAVAILABLE);
    if ((status = gw_config_take(call, &body)) != 0)
        return status;
    err = gw_decl_read(decl, body.document, find_row, call, call->now, call->p);
    if (gw_decl_find_status(*decl) != APR_SUCCESS)
        return gw_call_fail(call, gw_decl_find_status(*decl), NULL);
    if (err != NULL)
        return gw_config_refuse(call, *decl, err);
    gw_config_warn(call, *decl);
    return 0;
}

int gw_info_diff(admin_call *call)
{
    const gw_error *err = NULL;
    gw_decl_plan *plan = NULL;
    gw_decl *decl;
    apr_status_t rv;
    int status = take_document(call, &decl);

    if (status != 0)
        return status;
    rv = gw_db_begin_read(call->db);
    if (rv == APR_SUCCESS)
        rv = gw_decl_compare(&plan, &err, call->db, decl, GW_DECL_PRUNE, call->p);
    gw_db_rollback(call->db);
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, err);
    return gw_call_answer(call, 200, gw_decl_plan_show(plan, call->p));
}

/* Plugins and the routes that only the database holds. 0, or the status of the answer. */
static int check_plugins(admin_call *call, const gw_decl_plan *plan)
{
    const gw_entity *plugins = gw_registry_find("plugins");
    int i, status = 0;

    for (i = 0; i < plan->steps->nelts && status == 0; i++) {
        const gw_decl_step *step = &APR_ARRAY_IDX(plan->steps, i, gw_decl_step);

        if (step->entity == plugins && step->row != NULL)
            status = gw_crud_check_plugin(call, step->row);
    }
    return status;
}

int gw_info_apply(admin_call *call)
{
    gw_decl_mode mode = gw_config_is_asked(call, "prune") ? GW_DECL_PRUNE : GW_DECL_UPSERT;
    const gw_error *err = NULL;
    gw_decl_plan *plan = NULL;
    gw_decl *decl;
    apr_status_t rv;
    int status;

    if (strcmp(call->conf->database, "off") == 0)
        return gw_call_message(call, 400, "this endpoint is only available with a database: POST /config replaces all");
    if ((status = take_document(call, &decl)) != 0)
        return status;
    rv = gw_db_begin_write(call->db);
    if (rv == APR_SUCCESS)
        rv = gw_decl_compare(&plan, &err, call->db, decl, mode, call->p);
    if (rv == APR_SUCCESS && mode == GW_DECL_PRUNE && (err = gw_decl_check_prune(decl, plan, call->p)) != NULL)
        rv = APR_EGENERAL;
    if (rv == APR_SUCCESS)
        rv = gw_decl_run(&err, call->db, plan, call->p);
    if (rv == APR_SUCCESS && (status = check_plugins(call, plan)) == 0 && (status = gw_config_audit(call, plan)) == 0)
        rv = gw_db_commit(call->db);
    if (rv != APR_SUCCESS || status != 0) {
        gw_db_rollback(call->db);
        return status != 0 ? status : gw_call_fail(call, rv, err);
    }
    call->is_written = plan->steps->nelts > 0;
    return gw_call_answer(call, 200, gw_decl_plan_show(plan, call->p));
}

int gw_info_migrations(admin_call *call)
{
    gw_migration_state state = { 0 };
    const char *why = NULL;
    apr_status_t rv;

    if (call->db == NULL)
        return gw_call_message(call, 503, GW_MSG_UNAVAILABLE);
    rv = gw_store_migrate(&state, &why, call->db, call->conf->sql_dir, call->method == GW_POST, call->p);
    if (rv != APR_SUCCESS) {
        if (why != NULL && !APR_STATUS_IS_EAGAIN(rv))
            call->failure = why;
        return APR_STATUS_IS_EAGAIN(rv) ? gw_call_fail(call, rv, NULL) : gw_call_message(call, 500, GW_MSG_UNEXPECTED);
    }
    call->is_written = call->method == GW_POST;
    return gw_call_answer(call, 200, json_pack("{s:i, s:b, s:s}", "pending", state.pending, "ahead", state.ahead,
                                               "report", state.report != NULL ? state.report : ""));
}
