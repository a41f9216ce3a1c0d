/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy.h - `/apis`, as clients of before services and routes know it. An API is a service and a route of one id and
 * name, tagged legacy-api; the router, plugins and all newer paths know nothing of it.
 */
#ifndef GW_ADMIN_LEGACY_H
#define GW_ADMIN_LEGACY_H

#include "admin_call.h"
#include "crud_rows.h"

/* ---- the endpoints; each returns the status of the answer in call ---- */
int gw_legacy_apis(admin_call *call);    /* legacy_apis.c: /apis */
int gw_legacy_api(admin_call *call);     /* legacy_apis.c: /apis/{name} */
int gw_legacy_plugins(admin_call *call); /* legacy_plugins.c: /apis/{name}/plugins */
int gw_legacy_plugin(admin_call *call);  /* legacy_plugins.c: /apis/{name}/plugins/{plugin} */

/* ---- what these share ---- */

/* The two rows of an API, borrowed from call->p; both NULL when there is none. */
typedef struct gw_legacy_rows {
    json_t *service, *route;
} gw_legacy_rows;

/* legacy_list.c: GET /apis */
int gw_legacy_list(admin_call *call);
/* legacy_list.c: {"data": what of `rows` passes the query's filters, "total": ...}. `schema` names the filters. */
int gw_legacy_answer_all(admin_call *call, json_t *rows, const char *const *filters);
/* legacy_list.c: 0, or 400 for a query parameter that is no filter. */
int gw_legacy_check_query(admin_call *call, const char *const *filters);
/* legacy_apis.c: by the path's first parameter, an id or a name. 0 with the rows, or the status of the answer: 404
 * when there is none. */
int gw_legacy_find(admin_call *call, gw_legacy_rows *rows, gw_hold hold);
/* legacy_apis.c: 503 when the database is away; else 0, with the call about rows of `entity`, its body lenient. */
int gw_legacy_begin(admin_call *call, const char *entity);
/* legacy_apis.c: what the store said to a write. */
int gw_legacy_fail(admin_call *call, apr_status_t rv, const gw_error *err);

#endif
