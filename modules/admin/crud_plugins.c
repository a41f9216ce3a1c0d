/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_plugins.c - fetches the routes that a plugin is attached to; core says whether their protocols fit.
 */
#include "crud_plugins.h"

#include "json_pool.h"
#include "json_row.h"

#define ROUTES_A_PAGE 500

static int check_route(admin_call *call, const json_t *row, const char *id)
{
    json_t *route = NULL;
    apr_status_t rv = gw_row_load(&route, call->db, gw_registry_find("routes"), NULL, id, call->p);
    const gw_error *err;

    if (rv == APR_NOTFOUND) /* the write says so */
        return 0;
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    err = gw_admin_check_protocols(row, gw_json_keep(route, call->p), NULL, call->p);
    return err != NULL ? gw_call_refuse(call, err) : 0;
}

/* One route that fits is enough, so the last page's verdict counts only when no page had one. */
static int check_service(admin_call *call, const json_t *row, const char *id)
{
    gw_page page = { .size = ROUTES_A_PAGE, .where_field = "service", .where_value = id };
    const gw_error *err = NULL;
    const char *next = NULL;

    do {
        json_t *routes = NULL;
        apr_status_t rv = gw_row_page(&routes, &next, call->db, gw_registry_find("routes"), &page, call->p);
        size_t nroutes;

        if (rv != APR_SUCCESS)
            return gw_call_fail(call, rv, NULL);
        nroutes = json_array_size(routes);
        if (nroutes > 0)
            err = gw_admin_check_protocols(row, NULL, routes, call->p);
        json_decref(routes);
        if (nroutes > 0 && err == NULL)
            return 0;
        page.after_id = next;
    } while (next != NULL);
    return err != NULL ? gw_call_refuse(call, err) : 0;
}

int gw_crud_check_plugin(admin_call *call, const json_t *row)
{
    const char *route = gw_json_foreign_id(row, "route"), *service = gw_json_foreign_id(row, "service");

    if (route != NULL)
        return check_route(call, row, route);
    return service != NULL ? check_service(call, row, service) : 0;
}

void gw_crud_warn_plugin(admin_call *call, const json_t *body)
{
    const json_t *ordering = json_object_get(body, "ordering");

    if (ordering != NULL && !json_is_null(ordering))
        gw_call_warn(call, "ordering is ignored: plugins run in the order of their priorities");
}
