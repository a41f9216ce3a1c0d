/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_plugins.c - compares a plugin's protocols with those of the routes it is attached to.
 */
#include "crud_plugins.h"

#include <string.h>

#include "crud_rows.h"
#include "error_render.h"
#include "json_pool.h"

#define ROUTES_A_PAGE 500

#define MSG_ROUTE "must match the associated route's protocols"
#define MSG_SERVICE "must match the protocols of at least one route pointing to this Plugin's service"

int gw_protocols_meet(const json_t *some, const json_t *others)
{
    size_t i, k;

    for (i = 0; i < json_array_size(some); i++)
        for (k = 0; k < json_array_size(others); k++)
            if (json_equal(json_array_get(some, i), json_array_get(others, k)))
                return 1;
    return 0;
}

static int check_route(admin_call *call, const json_t *protocols, const char *id)
{
    json_t *route = NULL;
    apr_status_t rv = gw_row_load(&route, call->db, gw_registry_find("routes"), NULL, id, call->p);
    int meets;

    if (rv == APR_NOTFOUND) /* the write says so */
        return 0;
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    meets = gw_protocols_meet(protocols, json_object_get(route, "protocols"));
    json_decref(route);
    return meets ? 0 : gw_call_refuse(call, gw_error_of_field("protocols", MSG_ROUTE, call->p));
}

static int check_service(admin_call *call, const json_t *protocols, const char *id)
{
    gw_page page = { .size = ROUTES_A_PAGE, .where_field = "service", .where_value = id };
    const char *next = NULL;
    size_t nroutes = 0;

    do {
        json_t *routes = NULL;
        apr_status_t rv = gw_row_page(&routes, &next, call->db, gw_registry_find("routes"), &page, call->p);
        size_t i;
        int meets = 0;

        if (rv != APR_SUCCESS)
            return gw_call_fail(call, rv, NULL);
        nroutes += json_array_size(routes);
        for (i = 0; i < json_array_size(routes) && !meets; i++)
            meets = gw_protocols_meet(protocols, json_object_get(json_array_get(routes, i), "protocols"));
        json_decref(routes);
        if (meets)
            return 0;
        page.after_id = next;
    } while (next != NULL);
    return nroutes == 0 ? 0 : gw_call_refuse(call, gw_error_of_field("protocols", MSG_SERVICE, call->p));
}

static const char *reference_id(const json_t *row, const char *field)
{
    return json_string_value(json_object_get(json_object_get(row, field), "id"));
}

int gw_crud_check_plugin(admin_call *call, const json_t *row)
{
    const json_t *protocols = json_object_get(row, "protocols");
    const char *route = reference_id(row, "route"), *service = reference_id(row, "service");

    if (route != NULL)
        return check_route(call, protocols, route);
    return service != NULL ? check_service(call, protocols, service) : 0;
}
