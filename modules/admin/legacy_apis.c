/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_apis.c - making, changing and deleting APIs: both rows in one transaction, or none.
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

int gw_legacy_begin(admin_call *call, const char *entity)
{
    if (call->db == NULL)
        return gw_call_message(call, 503, call->method == GW_GET ? GW_MSG_UNAVAILABLE_READ : GW_MSG_UNAVAILABLE);
    call->target.entity = gw_registry_find(entity);
    call->is_form = 1; /* old servers read "true", "5" and "a,b" out of JSON, too */
    return 0;
}

int gw_legacy_fail(admin_call *call, apr_status_t rv, const gw_error *err)
{
    const json_t *consumer;

    if (rv != APR_EGENERAL || err == NULL)
        return gw_call_fail(call, rv, err);
    if (err->code == GW_E_UNIQUE || err->code == GW_E_PRIMARY_KEY)
        return gw_call_answer(call, 409, gw_legacy_taken(err->fields, call->p));
    consumer = json_object_get(json_object_get(err->fields, "consumer"), "id");
    if (err->code == GW_E_FOREIGN_KEY && consumer != NULL)
        return gw_call_answer(call, 404, json_pack("{s:o}", "consumer_id",
                                                   json_sprintf("does not exist with value '%s'",
                                                                json_string_value(consumer))));
    return gw_call_fail(call, rv, err);
}

/* ---- finding ---- */

/* *row NULL when there is none. */
static int load(admin_call *call, json_t **row, const char *entity, const char *field, const char *value, gw_hold hold)
{
    const gw_entity *what = gw_registry_find(entity);
    apr_status_t rv = hold == GW_HOLD_NONE ? gw_row_load(row, call->db, what, field, value, call->p)
                                           : gw_row_lock(row, call->db, what, field, value, 0, call->p);

    if (rv == APR_SUCCESS)
        gw_json_keep(*row, call->p);
    else
        *row = NULL;
    return rv == APR_SUCCESS || rv == APR_NOTFOUND ? 0 : gw_call_fail(call, rv, NULL);
}

static int find_by_key(admin_call *call, gw_legacy_rows *rows, const char *key, gw_hold hold)
{
    const char *id;
    int status = load(call, &rows->route, "routes", gw_uuid_is(key) ? NULL : "name", key, hold);

    rows->service = NULL;
    if (status != 0)
        return status;
    id = gw_json_foreign_id(rows->route, "service");
    if (id != NULL && gw_legacy_is_api(rows->route)
        && (status = load(call, &rows->service, "services", NULL, id, hold)) != 0)
        return status;
    return rows->service != NULL ? 0 : gw_call_not_found(call);
}

int gw_legacy_find(admin_call *call, gw_legacy_rows *rows, gw_hold hold)
{
    return find_by_key(call, rows, call->target.args[0], hold);
}

static int show(admin_call *call, int status, const gw_legacy_rows *rows)
{
    return gw_call_answer(call, status, gw_legacy_join(rows->service, rows->route, call->p));
}

/* ---- from a body to two rows ---- */

static int is_empty(const json_t *api, const char *field)
{
    return json_array_size(json_object_get(api, field)) == 0;
}

/* Check and complete `api` in place; nulls stand for what there is by default. */
static int check_api(admin_call *call, json_t *api)
{
    static const char *const lists[] = { "hosts", "uris", "methods" };
    gw_errors *errors = gw_errors_make(call->p);
    const char *name;
    json_t *value;
    void *next;
    size_t i;

    json_object_foreach_safe(api, next, name, value)
        if (json_is_null(value))
            json_object_del(api, name);
    gw_schema_coerce(&gw_legacy_api_schema, api, call->p);
    gw_schema_fill(&gw_legacy_api_schema, api, GW_WRITE_UPSERT, call->now);
    gw_schema_check(&gw_legacy_api_schema, api, NULL, GW_WRITE_UPSERT, GW_UNKNOWN_REFUSE, errors, call->p);
    if (gw_errors_any(errors))
        return gw_call_answer(call, 400, gw_legacy_errors(gw_errors_tree(errors), call->p));
    for (i = 0; i < 3 && is_empty(api, lists[i]); i++)
        json_object_set(api, lists[i], json_null());
    if (i == 3)
        return gw_call_message(call, 400, "at least one of 'hosts', 'uris' or 'methods' must be specified");
    for (; i < 3; i++)
        if (is_empty(api, lists[i]))
            json_object_set(api, lists[i], json_null());
    return 0;
}

static int refuse_row(admin_call *call, const gw_error *err, const json_t *row)
{
    return gw_call_answer(call, 400, gw_legacy_row_errors(err->fields, row, call->p));
}

/* The rows of a new API, checked. */
static int make_rows(admin_call *call, gw_legacy_rows *rows, json_t *api)
{
    const gw_error *err;
    char id[37];

    if (!json_is_string(json_object_get(api, "id"))) {
        gw_uuid_make(id);
        json_object_set_new(api, "id", json_string(id));
    }
    gw_legacy_split(&rows->service, &rows->route, api, call->p);
    gw_json_keep(rows->service, call->p);
    gw_json_keep(rows->route, call->p);
    json_object_set_new(rows->service, "tags", gw_legacy_tags(NULL, api));
    json_object_set_new(rows->route, "tags", gw_legacy_tags(NULL, api));
    json_object_set_new(rows->route, "service", gw_reference_make(gw_row_id(rows->service)));
    err = gw_schema_process(gw_registry_find("services")->schema, rows->service, NULL, GW_WRITE_INSERT,
                            GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return refuse_row(call, err, rows->service);
    err = gw_schema_process(gw_registry_find("routes")->schema, rows->route, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE,
                            call->now, call->p);
    return err != NULL ? refuse_row(call, err, rows->route) : 0;
}

static int commit(admin_call *call, const gw_legacy_rows *old, const gw_legacy_rows *rows)
{
    int status;

    if ((status = gw_crud_audit(call, gw_registry_find("services"), old->service, rows->service)) != 0
        || (status = gw_crud_audit(call, gw_registry_find("routes"), old->route, rows->route)) != 0)
        return status;
    return gw_crud_commit(call);
}

static int create(admin_call *call)
{
    const gw_legacy_rows none = { NULL, NULL };
    const gw_error *err = NULL;
    gw_legacy_rows rows;
    apr_status_t rv;
    int status;

    if ((status = check_api(call, call->body)) != 0 || (status = make_rows(call, &rows, call->body)) != 0
        || (status = gw_crud_refuse_readonly(call, "create")) != 0)
        return status;
    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS
        || (rv = gw_row_insert(&err, call->db, gw_registry_find("services"), rows.service, call->p)) != APR_SUCCESS
        || (rv = gw_row_insert(&err, call->db, gw_registry_find("routes"), rows.route, call->p)) != APR_SUCCESS)
        return gw_legacy_fail(call, rv, err);
    status = commit(call, &none, &rows);
    return status != 0 ? status : show(call, 201, &rows);
}

/* The row `old` with the members of `patch` (steals). */
static int change_row(admin_call *call, json_t **row, const gw_entity *entity, json_t *patch, const json_t *old,
                      const json_t *api)
{
    const gw_error *err;

    gw_json_keep(patch, call->p);
    json_object_del(patch, "id");
    json_object_set_new(patch, "tags", gw_legacy_tags(json_object_get(old, "tags"), api));
    err = gw_schema_patch(row, entity->schema, patch, old, GW_UNKNOWN_REFUSE, call->now, call->p);
    if (err != NULL)
        return refuse_row(call, err, patch);
    gw_json_keep(*row, call->p);
    return 0;
}

/* Make the API in `old` what `api` says. */
static int change(admin_call *call, const gw_legacy_rows *old, json_t *api)
{
    const gw_entity *services = gw_registry_find("services"), *routes = gw_registry_find("routes");
    json_t *service, *route;
    const gw_error *err = NULL;
    gw_legacy_rows rows;
    apr_status_t rv;
    int status;

    if ((status = check_api(call, api)) != 0)
        return status;
    gw_legacy_split(&service, &route, api, call->p);
    status = change_row(call, &rows.service, services, service, old->service, api);
    if (status != 0) {
        json_decref(route);
        return status;
    }
    if ((status = change_row(call, &rows.route, routes, route, old->route, api)) != 0
        || (status = gw_crud_refuse_readonly(call, "update")) != 0)
        return status;
    if ((rv = gw_row_update(&err, call->db, services, old->service, rows.service, call->p)) != APR_SUCCESS
        || (rv = gw_row_update(&err, call->db, routes, old->route, rows.route, call->p)) != APR_SUCCESS)
        return gw_legacy_fail(call, rv, err);
    status = commit(call, old, &rows);
    return status != 0 ? status : show(call, 200, &rows);
}

/* PUT of the collection: with an id it replaces, without one it makes. */
static int put(admin_call *call)
{
    const char *id = json_string_value(json_object_get(call->body, "id"));
    gw_legacy_rows rows;
    apr_status_t rv;
    int status;

    if (id == NULL)
        return create(call);
    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    status = gw_uuid_is(id) ? find_by_key(call, &rows, id, GW_HOLD_ROW) : gw_call_not_found(call);
    return status != 0 ? status : change(call, &rows, call->body);
}

static int patch(admin_call *call)
{
    gw_legacy_rows rows;
    json_t *api;
    apr_status_t rv;
    int status;

    if (json_object_size(call->body) == 0)
        return gw_call_message(call, 400, "empty body");
    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    if ((status = gw_legacy_find(call, &rows, GW_HOLD_ROW)) != 0)
        return status;
    api = gw_json_keep(gw_legacy_join(rows.service, rows.route, call->p), call->p);
    json_object_del(call->body, "id");
    json_object_update(api, call->body);
    return change(call, &rows, api);
}

/* The service stays where others use it: then it was more than half of this API. */
static int delete(admin_call *call)
{
    const gw_entity *services = gw_registry_find("services"), *routes = gw_registry_find("routes");
    const gw_legacy_rows none = { NULL, NULL };
    const gw_error *err = NULL;
    gw_legacy_rows rows;
    apr_status_t rv;
    int status;

    if ((rv = gw_db_begin_write(call->db)) != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    if ((status = gw_legacy_find(call, &rows, GW_HOLD_ROW)) != 0
        || (status = gw_crud_refuse_readonly(call, "remove")) != 0)
        return status;
    if ((rv = gw_row_delete(&err, call->db, routes, gw_row_id(rows.route), call->p)) != APR_SUCCESS
        || (rv = gw_row_delete(&err, call->db, services, gw_row_id(rows.service), call->p)) != APR_SUCCESS)
        return gw_call_fail(call, rv, err);
    status = commit(call, &rows, &none);
    return status != 0 ? status : gw_call_answer(call, 204, NULL);
}

int gw_legacy_apis(admin_call *call)
{
    int status = gw_legacy_begin(call, "services");

    if (status == 0) {
        status = call->method == GW_GET ? gw_legacy_list(call) : call->method == GW_PUT ? put(call) : create(call);
        gw_db_rollback(call->db); /* whatever a refusal left open */
    }
    return status;
}

int gw_legacy_api(admin_call *call)
{
    gw_legacy_rows rows;
    int status = gw_legacy_begin(call, "services");

    if (status != 0)
        return status;
    if (call->method == GW_PATCH)
        status = patch(call);
    else if (call->method == GW_DELETE)
        status = delete(call);
    else if ((status = gw_legacy_find(call, &rows, GW_HOLD_NONE)) == 0)
        status = show(call, 200, &rows);
    gw_db_rollback(call->db);
    return status;
}
