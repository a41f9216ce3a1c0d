/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_call.c - the few ways in which a call can be answered; its query parameters.
 */
#include "admin_call.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "error_render.h"
#include "json_pool.h"
#include "text.h"
#include "urlencoded.h"

#define DEFAULT_SIZE 100
#define MAX_SIZE 1000
#define MAX_ATTEMPTS 5 /* of a call that meets other writers; Postgres takes a second to see a deadlock */

int gw_call_answer(admin_call *call, int status, json_t *body)
{
    call->answer = gw_json_keep(body, call->p);
    return status;
}

int gw_call_message(admin_call *call, int status, const char *text)
{
    return gw_call_answer(call, status, gw_message_render(text, call->p));
}

int gw_call_not_found(admin_call *call)
{
    return gw_call_message(call, 404, GW_MSG_NOT_FOUND);
}

int gw_call_refuse(admin_call *call, const gw_error *err)
{
    int status;
    json_t *body = gw_error_render(&status, err, call->p);

    if (status == 500)
        call->failure = err->message;
    return gw_call_answer(call, status, body);
}

static const char *message_of_trouble(const admin_call *call)
{
    if (gw_db_is_full(call->db))
        return GW_MSG_FULL;
    if (!gw_db_is_away(call->db)) /* others hold what it needs */
        return call->method == GW_GET ? GW_MSG_BUSY_READ : GW_MSG_BUSY;
    if (gw_db_is_unknown(call->db))
        return GW_MSG_UNAVAILABLE_UNKNOWN;
    return call->method == GW_GET ? GW_MSG_UNAVAILABLE_READ : GW_MSG_UNAVAILABLE;
}

static const char *describe_failure(const admin_call *call, const char *why, apr_status_t rv)
{
    return apr_psprintf(call->p, "%s (entity=%s status=%d)", why != NULL ? why : "no reason given",
                        call->target.entity != NULL ? call->target.entity->name : "-", rv);
}

int gw_call_fail(admin_call *call, apr_status_t rv, const gw_error *err)
{
    const char *why = gw_db_why(call->db);

    if (APR_STATUS_IS_EAGAIN(rv) || gw_db_is_away(call->db)) { /* whatever the query at hand made of it */
        if (gw_db_is_away(call->db)) /* told by who keeps the connections, once */
            call->outcome = APR_EAGAIN;
        else
            call->failure = describe_failure(call, why, rv);
        call->is_lost = gw_db_is_lost(call->db);
        return gw_call_message(call, 503, message_of_trouble(call));
    }
    if (rv == APR_EGENERAL && err != NULL && err->code != GW_E_DATABASE)
        return gw_call_refuse(call, err);
    if (APR_STATUS_IS_ENOTIMPL(rv))
        why = "its table is missing: run the migrations";
    call->failure = describe_failure(call, why, rv);
    return gw_call_message(call, 500, GW_MSG_UNEXPECTED);
}

int gw_call_run(admin_call *call, int (*run)(admin_call *call))
{
    const admin_call asked = *call;
    int attempt, status;

    for (attempt = 1;; attempt++) {
        status = run(call);
        if (!call->is_lost || attempt == MAX_ATTEMPTS)
            return status;
        gw_db_rollback(call->db);
        *call = asked;
        if (asked.body != NULL) /* it may have been changed */
            call->body = gw_json_keep(gw_body_decode(call->body_kind, call->content_type, call->bytes, call->len,
                                                     call->p).object, call->p);
    }
}

void gw_call_warn(admin_call *call, const char *text)
{
    if (call->warnings == NULL)
        call->warnings = apr_array_make(call->p, 2, sizeof(const char *));
    APR_ARRAY_PUSH(call->warnings, const char *) = text;
}

const char *gw_call_query(const admin_call *call, const char *name)
{
    return gw_urlencoded_get(call->query, name);
}

int gw_call_is_text(const char *value)
{
    return value == NULL || gw_utf8_is_valid(value, strlen(value));
}

int gw_call_size(admin_call *call, int *size)
{
    const char *text = gw_call_query(call, "size");
    const char *why = NULL;
    char *end;
    double value;

    *size = DEFAULT_SIZE;
    if (text == NULL)
        return 0;
    value = strtod(text, &end);
    if (end == text || *end != '\0' || strpbrk(text, "nN") != NULL)
        why = "size must be a number";
    else if (!(value >= 1 && value <= MAX_SIZE) || value != (int)value)
        why = "size must be an integer between 1 and 1000";
    if (why != NULL)
        return gw_call_refuse(call, gw_error_make(GW_E_SIZE, why, NULL, call->p));
    *size = (int)value;
    return 0;
}
