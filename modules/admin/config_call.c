/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_call.c - calls that carry a whole configuration: reading it, refusing it, writing down who brought it.
 */
#include "info_config.h"

#include <string.h>
#include <strings.h>

#include "crud_audit.h"
#include "crud_rows.h"
#include "error_render.h"
#include "json_pool.h"

#define MOST_AUDITED 1000 /* rows with an entry of their own; beyond, one tells of all */

int gw_config_take(admin_call *call, gw_config_body *body)
{
    *body = gw_config_body_read(call->body_kind, call->content_type, call->bytes, call->len, call->p);
    if (body->err != NULL)
        return gw_call_refuse(call, body->err);
    return body->document == NULL ? gw_call_message(call, 400, body->message) : 0;
}

int gw_config_is_asked(const admin_call *call, const char *parameter)
{
    static const char *const words[] = { "true", "1", "on", "yes" };
    const char *value = gw_call_query(call, parameter);
    size_t i;

    for (i = 0; value != NULL && i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(value, words[i]) == 0)
            return 1;
    return 0;
}

int gw_config_refuse(admin_call *call, const gw_decl *decl, const gw_error *err)
{
    int status = gw_call_refuse(call, err);

    if (gw_config_is_asked(call, "flatten_errors"))
        json_object_set_new(call->answer, "flattened_errors", gw_decl_flattened_errors(decl));
    return status;
}

void gw_config_warn(admin_call *call, const gw_decl *decl)
{
    const apr_array_header_t *warnings = gw_decl_warnings(decl);
    int i;

    for (i = 0; i < warnings->nelts; i++)
        gw_call_warn(call, APR_ARRAY_IDX(warnings, i, const char *));
}

static int audit_all_at_once(admin_call *call, const gw_decl_plan *plan)
{
    const gw_audit_entry entry = {
        .who = call->who, .from = call->from, .method = call->method_name, .path = call->path,
        .entity = "config", .entity_id = "config",
        .after = gw_json_keep(json_pack("{s:i}", "changed_rows", plan->steps->nelts), call->p),
    };
    apr_status_t rv = call->conf->keeps_audit ? gw_audit_add(call->db, &entry, call->p) : APR_SUCCESS;

    return rv == APR_SUCCESS ? 0 : gw_call_fail(call, rv, NULL);
}

int gw_config_audit(admin_call *call, const gw_decl_plan *plan)
{
    int i, status = 0;

    if (plan->steps->nelts > MOST_AUDITED)
        return audit_all_at_once(call, plan);
    for (i = 0; i < plan->steps->nelts && status == 0; i++) {
        const gw_decl_step *step = &APR_ARRAY_IDX(plan->steps, i, gw_decl_step);

        status = gw_crud_audit(call, step->entity, step->old, step->row);
    }
    return status;
}
