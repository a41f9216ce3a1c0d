/* SPDX-License-Identifier: Apache-2.0 */
/*
 * termination_schema.c - request-termination's field table, what goes with what, and its sentences.
 */
#include "termination_schema.h"

/* A type goes into a header. */
static const char *check_content_type(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *s;

    (void)field;
    (void)p;
    for (s = json_string_value(value); *s != '\0'; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return "must not contain control characters";
    return NULL;
}

#define CONF(member) .at = GW_AT(gw_termination_conf, member)

static const gw_field fields[] = {
    { .name = "status_code", .type = GW_T_INTEGER, .flags = GW_REQUIRED, .dflt = "503", GW_BETWEEN(100, 599),
      CONF(status_code), .help = "status of the answer" },
    { .name = "message", .type = GW_T_STRING, CONF(message), .help = "sentence of the answer: {\"message\":\"...\"}" },
    { .name = "content_type", .type = GW_T_STRING, .check = check_content_type, CONF(content_type),
      .help = "type of body" },
    { .name = "body", .type = GW_T_STRING, CONF(body), .help = "the answer's bytes, as they are" },
    { .name = "echo", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(echo),
      .help = "answer with what was asked and matched" },
    { .name = "trigger", .type = GW_T_STRING, .check = gw_check_header_name, CONF(trigger),
      .help = "only requests with this header or query parameter" },
    { .name = NULL }
};

const gw_schema gw_termination_conf_schema = {
    .name = "request-termination", .fields = fields, .help = "answers instead of the upstream"
};

const char *gw_termination_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    const gw_termination_conf *conf = vconf;

    (void)arena;
    (void)ptemp;
    if (conf->message != NULL && (conf->content_type != NULL || conf->body != NULL))
        return "message cannot be used with content_type or body";
    if (conf->content_type != NULL && conf->body == NULL)
        return "content_type requires a body";
    if (conf->echo && conf->body != NULL)
        return "echo cannot be used with content_type and body";
    return NULL;
}

static const struct {
    int status;
    const char *text;
} texts[] = {
    { 401, "Unauthorized" }, { 404, "Not found" }, { 405, "Method not allowed" },
    { 500, "An unexpected error occurred" }, { 502, "Bad Gateway" }, { 503, "Service unavailable" },
};

const char *gw_termination_text(int status)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].status == status)
            return texts[i].text;
    return NULL;
}
