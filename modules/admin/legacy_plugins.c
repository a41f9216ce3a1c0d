/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_plugins.c - the plugins of an API: those of its service, told flat.
 */
#include "legacy.h"

#include <apr_strings.h>
#include <string.h>

#include "crud.h"
#include "crud_audit.h"
#include "crud_prepare.h"
#include "error_render.h"
#include "json_pool.h"
#include "json_row.h"
#include "legacy_errors.h"
#include "legacy_schema.h"
#include "schema.h"
#include "text.h"

#define ROWS_A_PAGE 500

static const gw_entity *plugins(void)
{
    return gw_registry_find("plugins");
}

static int show(admin_call *call, int status, const json_t *row)
{
    return gw_call_answer(call, status, gw_legacy_plugin_show(row));
}

static int list(admin_call *call, const char *service_id)
{
    static const char *const filters[] = { "id", "name", "api_id", "consumer_id", "enabled", NULL };
    gw_page page = { .size = ROWS_A_PAGE, .where_field = "service", .where_value = service_id };
    json_t *shown = gw_json_keep(json_array(), call->p);
    int status = gw_legacy_check_query(call, filters);

    if (status != 0)
        return status;
    do {
        json_t *rows = NULL, *row;
        size_t i;
        apr_status_t rv = gw_row_page(&rows, &page.after_id, call->db, plugins(), &page, call->p);

        if (rv != APR_SUCCESS)
            return gw_call_fail(call, rv, NULL);
        json_array_foreach(rows, i, row)
            json_array_append_new(shown, gw_legacy_plugin_show(row));
        json_decref(rows);
    } while (page.after_id != NULL);
    return gw_legacy_answer_all(call, shown, filters);
}

/* The row that the body stands for, with today's types; not yet checked. `old`: as stored, or NULL. */
static int read_row(admin_call *call, json_t **row, const char *service_id, const json_t *old)
{
    json_t *refused = gw_json_keep(json_object(), call->p);

    *row = gw_json_keep(gw_legacy_plugin_read(call->body, refused), call->p);
    if (json_object_size(refused) > 0)
        return gw_call_answer(call, 400, gw_legacy_errors(refused, call->p));
    json_object_set_new(*row, "service", gw_reference_make(service_id));
    return gw_crud_prepare_body(call, plugins(), *row, old);
}

static int refuse(admin_call *call, const gw_error *err)
{
    return gw_call_answer(call, 400, gw_legacy_errors(err->fields, call->p));
}

static int create(admin_call *call, const char *service_id)
{
    const gw_error *err;
    json_t *row;
    apr_status_t rv;
    int status = read_row(call, &row, service_id, NULL);

    if (status != 0)
        return status;
    err = gw_schema_process(plugins()->schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return refuse(call, err);
    if ((status = gw_crud_check_row(call, plugins(), row)) != 0
        || (status = gw_crud_refuse_readonly(call, "create")) != 0)
        return status;
    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS
        || (rv = gw_row_insert(&err, call->db, plugins(), row, call->p)) != APR_SUCCESS)
        return gw_legacy_fail(call, rv, err);
    if ((status = gw_crud_audit(call, plugins(), NULL, row)) != 0 || (status = gw_crud_commit(call)) != 0)
        return status;
    return show(call, 201, row);
}

/* The plugin of that id and of this API, locked for a write; 404 when there is none. */
static int find(admin_call *call, json_t **row, const char *id, const char *service_id)
{
    const char *owner;
    apr_status_t rv = APR_SUCCESS;

    if (!gw_uuid_is(id))
        return gw_call_not_found(call);
    if (call->method != GW_GET)
        rv = gw_db_begin_write(call->db);
    if (rv == APR_SUCCESS)
        rv = call->method != GW_GET ? gw_row_lock(row, call->db, plugins(), NULL, id, 0, call->p)
                                    : gw_row_load(row, call->db, plugins(), NULL, id, call->p);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return gw_call_fail(call, rv, NULL);
    if (rv == APR_NOTFOUND)
        return gw_call_not_found(call);
    gw_json_keep(*row, call->p);
    owner = gw_json_foreign_id(*row, "service");
    return owner != NULL && strcmp(owner, service_id) == 0 ? 0 : gw_call_not_found(call);
}

static int update(admin_call *call, const json_t *old, json_t *row)
{
    const gw_error *err = NULL;
    apr_status_t rv;
    int status;

    if ((status = gw_crud_check_row(call, plugins(), row)) != 0
        || (status = gw_crud_refuse_readonly(call, "update")) != 0)
        return status;
    if ((rv = gw_row_update(&err, call->db, plugins(), old, row, call->p)) != APR_SUCCESS)
        return gw_legacy_fail(call, rv, err);
    if ((status = gw_crud_audit(call, plugins(), old, row)) != 0 || (status = gw_crud_commit(call)) != 0)
        return status;
    return show(call, 200, row);
}

/* PUT of the collection: with an id it replaces, without one it makes. */
static int put(admin_call *call, const char *service_id)
{
    const char *id = json_string_value(json_object_get(call->body, "id"));
    const gw_error *err;
    json_t *old, *row;
    int status;

    if (id == NULL)
        return create(call, service_id);
    if ((status = find(call, &old, id, service_id)) != 0 || (status = read_row(call, &row, service_id, old)) != 0)
        return status;
    json_object_set(row, "id", json_object_get(old, "id"));
    err = gw_schema_process(plugins()->schema, row, old, GW_WRITE_UPSERT, GW_UNKNOWN_REFUSE, call->now, call->p);
    return err != NULL ? refuse(call, err) : update(call, old, row);
}

static int patch(admin_call *call, const char *service_id)
{
    const gw_error *err;
    json_t *old, *change, *row;
    int status;

    if (json_object_size(call->body) == 0)
        return gw_call_message(call, 400, "empty body");
    if ((status = find(call, &old, call->target.args[1], service_id)) != 0
        || (status = read_row(call, &change, service_id, old)) != 0)
        return status;
    json_object_del(change, "id");
    err = gw_schema_patch(&row, plugins()->schema, change, old, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return refuse(call, err);
    return update(call, old, gw_json_keep(row, call->p));
}

static int delete(admin_call *call, const char *service_id)
{
    const gw_error *err = NULL;
    json_t *row;
    apr_status_t rv;
    int status;

    if ((status = find(call, &row, call->target.args[1], service_id)) != 0
        || (status = gw_crud_refuse_readonly(call, "remove")) != 0)
        return status;
    if ((rv = gw_row_delete(&err, call->db, plugins(), gw_row_id(row), call->p)) != APR_SUCCESS)
        return gw_call_fail(call, rv, err);
    if ((status = gw_crud_audit(call, plugins(), row, NULL)) != 0 || (status = gw_crud_commit(call)) != 0)
        return status;
    return gw_call_answer(call, 204, NULL);
}

static int get(admin_call *call, const char *service_id)
{
    json_t *row;
    int status = find(call, &row, call->target.args[1], service_id);

    return status != 0 ? status : show(call, 200, row);
}

/* Find the API, then do what is asked with its service's plugins. */
static int run(admin_call *call, int (*work)(admin_call *call, const char *service_id))
{
    gw_legacy_rows rows;
    int status = gw_legacy_begin(call, "plugins");

    if (status != 0)
        return status;
    if ((status = gw_legacy_find(call, &rows, GW_HOLD_NONE)) == 0)
        status = work(call, gw_row_id(rows.service));
    gw_db_rollback(call->db); /* whatever a refusal left open */
    return status;
}

int gw_legacy_plugins(admin_call *call)
{
    return run(call, call->method == GW_GET ? list : call->method == GW_PUT ? put : create);
}

int gw_legacy_plugin(admin_call *call)
{
    return run(call, call->method == GW_GET ? get : call->method == GW_PATCH ? patch : delete);
}
