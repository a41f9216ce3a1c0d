/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_audit.c - `/audit`: who changed what, newest first.
 */
#include <apr_strings.h>
#include <string.h>

#include "error_render.h"
#include "info.h"
#include "page_offset.h"
#include "urlencoded.h"

/* "&name=value" where it was given. */
static const char *repeat(const admin_call *call, const char *next, const char *name)
{
    const char *value = gw_call_query(call, name);

    if (value == NULL)
        return next;
    return apr_pstrcat(call->p, next, "&", name, "=", gw_urlencoded_escape(value, call->p), NULL);
}

static int answer_page(admin_call *call, json_t *rows, apr_int64_t next_before)
{
    json_t *body = json_pack("{s:o, s:n}", "data", rows, "next");
    const char *offset, *next;

    if (next_before > 0) {
        offset = gw_number_offset_format(next_before, call->p);
        next = apr_pstrcat(call->p, "/audit?offset=", gw_urlencoded_escape(offset, call->p), NULL);
        next = repeat(call, repeat(call, repeat(call, next, "entity"), "id"), "size");
        json_object_set_new(body, "next", json_string(next));
        json_object_set_new(body, "offset", json_string(offset));
    }
    return gw_call_answer(call, 200, body);
}

int gw_info_audit(admin_call *call)
{
    const char *offset = gw_call_query(call, "offset"), *why;
    gw_audit_query query = { .entity = gw_call_query(call, "entity"), .entity_id = gw_call_query(call, "id") };
    apr_int64_t next_before = 0;
    json_t *rows = NULL;
    apr_status_t rv;
    int status = gw_call_size(call, &query.size);

    if (status != 0)
        return status;
    if (offset != NULL && (why = gw_number_offset_parse(&query.before, offset, call->p)) != NULL)
        return gw_call_refuse(call, gw_error_make(GW_E_OFFSET, why, NULL, call->p));
    if (call->db == NULL)
        return gw_call_message(call, 503, GW_MSG_UNAVAILABLE_READ);
    if (!gw_call_is_text(query.entity) || !gw_call_is_text(query.entity_id))
        return answer_page(call, json_array(), 0);
    rv = gw_audit_page(&rows, &next_before, call->db, &query, call->p);
    return rv == APR_SUCCESS ? answer_page(call, rows, next_before) : gw_call_fail(call, rv, NULL);
}
