/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_explain.c - POST /debug/explain: which route a request would take and why, which plugins would run with which
 * config, what each would say. Only the question is read here; core tries it out.
 */
#include "info.h"

#include "schema.h"

static const gw_field header_name = { .type = GW_T_STRING, .check = gw_check_header_name };
static const gw_field header_value = { .type = GW_T_STRING, .flags = GW_MAY_BE_EMPTY, .check = gw_check_one_line };

static const gw_field fields[] = {
    { .name = "method", .type = GW_T_STRING, .dflt = "\"GET\"", .check = gw_check_http_method,
      .help = "the request's method" },
    { .name = "url", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = gw_check_one_line,
      .help = "its path and query, or the whole URL, whose scheme, host and port then count" },
    { .name = "headers", .type = GW_T_MAP, .keys = &header_name, .element = &header_value, .help = "its headers" },
    { .name = "body", .type = GW_T_STRING, .flags = GW_MAY_BE_EMPTY, .help = "its body" },
    { .name = "client_ip", .type = GW_T_STRING, .help = "who sends it; whoever asks, when it is not said" },
    { .name = NULL }
};

static const gw_schema schema = { .name = "explain", .fields = fields, .help = "a request to try out" };

static const char *get_text(const admin_call *call, const char *name)
{
    return json_string_value(json_object_get(call->body, name));
}

int gw_info_explain(admin_call *call)
{
    const gw_error *err = gw_schema_process(&schema, call->body, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, call->now,
                                            call->p);
    gw_explain_question question;
    const char *bad;
    json_t *answer;

    if (err != NULL)
        return gw_call_refuse(call, err);
    question = (gw_explain_question){ .method = get_text(call, "method"),
                                      .url = get_text(call, "url"),
                                      .headers = json_object_get(call->body, "headers"),
                                      .body = get_text(call, "body"),
                                      .client_ip = get_text(call, "client_ip") };
    if ((bad = gw_admin_explain(&answer, call->r, &question)) != NULL)
        return gw_call_message(call, 400, bad);
    return gw_call_answer(call, 200, answer);
}
