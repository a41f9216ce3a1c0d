/* SPDX-License-Identifier: Apache-2.0 */
/* reqtransform_schema.c - request-transformer's field table. */
#include "reqtransform_schema.h"

#include <string.h>

#include "transform_checks.h"

static const char *check_method(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *err = gw_check_http_method(value, field, p);

    if (err == NULL && strcmp(json_string_value(value), "CONNECT") == 0)
        return "CONNECT opens a tunnel: it cannot be sent instead of another method";
    return err;
}

static const char *check_uri(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *text = json_string_value(value);

    if (*text != '/' && strncmp(text, "$(", 2) != 0)
        return "should start with: /";
    return gw_check_template(value, field, p);
}

static const gw_field name = { .name = "name", .type = GW_T_STRING };
static const gw_field pair = { .name = "pair", .type = GW_T_STRING, .check = gw_check_pair };
static const gw_field header = { .name = "header", .type = GW_T_STRING, .check = gw_check_changed_header };
static const gw_field header_pair = { .name = "header", .type = GW_T_STRING, .check = gw_check_header_pair };
static const gw_field header_names = { .name = "header", .type = GW_T_STRING, .check = gw_check_header_names };

#define LIST(name_, element_, help_)                                                                                   \
    { .name = #name_, .type = GW_T_ARRAY, .element = &(element_), .flags = GW_REQUIRED, .dflt = "[]",                  \
      .at = GW_AT(gw_reqtransform_lists, name_), .help = (help_) }

static const gw_field remove_fields[] = {
    LIST(body, name, "names of a form, a multipart form or a JSON object"),
    LIST(headers, header, "names of headers"),
    LIST(querystring, name, "names of arguments"),
    { .name = NULL }
};
static const gw_field rename_fields[] = {
    LIST(body, pair, "old:new"),
    LIST(headers, header_names, "old:new"),
    LIST(querystring, pair, "old:new"),
    { .name = NULL }
};
static const gw_field replace_fields[] = {
    LIST(body, pair, "name:value"),
    LIST(headers, header_pair, "name:value"),
    LIST(querystring, pair, "name:value"),
    { .name = "uri", .type = GW_T_STRING, .check = check_uri, .at = GW_AT(gw_reqtransform_lists, uri),
      .help = "path at the upstream" },
    { .name = NULL }
};
static const gw_field set_fields[] = {
    LIST(body, pair, "name:value"),
    LIST(headers, header_pair, "name:value"),
    LIST(querystring, pair, "name:value"),
    { .name = NULL }
};

static const gw_schema remove_schema = { .name = "remove", .fields = remove_fields };
static const gw_schema rename_schema = { .name = "rename", .fields = rename_fields };
static const gw_schema replace_schema = { .name = "replace", .fields = replace_fields };
static const gw_schema set_schema = { .name = "set", .fields = set_fields };

#define STEP(name_, schema_, help_)                                                                                    \
    { .name = #name_, .type = GW_T_RECORD, .record = &(schema_), .flags = GW_REQUIRED,                                 \
      .at = GW_AT(gw_reqtransform_conf, name_), .help = (help_) }

static const gw_field fields[] = {
    { .name = "http_method", .type = GW_T_STRING, .check = check_method, .at = GW_AT(gw_reqtransform_conf, http_method),
      .help = "method of the upstream request" },
    STEP(remove, remove_schema, "first: taken out"),
    STEP(rename, rename_schema, "then: called otherwise"),
    STEP(replace, replace_schema, "then: another value, where there is one"),
    STEP(add, set_schema, "then: a value, where there is none"),
    STEP(append, set_schema, "then: one value more"),
    { .name = NULL }
};

const gw_schema gw_reqtransform_conf_schema = {
    .name = "request-transformer", .fields = fields, .help = "changes what the upstream gets"
};

/* The five lists of one place become its rules. */
#define RULES(rules_, place_)                                                                                          \
    ((err = gw_transform_entries_make(&(rules_).remove, &conf->remove.place_, arena, ptemp)) != NULL                   \
     || (err = gw_transform_entries_make(&(rules_).rename, &conf->rename.place_, arena, ptemp)) != NULL                \
     || (err = gw_transform_entries_make(&(rules_).replace, &conf->replace.place_, arena, ptemp)) != NULL              \
     || (err = gw_transform_entries_make(&(rules_).add, &conf->add.place_, arena, ptemp)) != NULL                      \
     || (err = gw_transform_entries_make(&(rules_).append, &conf->append.place_, arena, ptemp)) != NULL)

const char *gw_reqtransform_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_reqtransform_conf *conf = vconf;
    const char *err;

    if (RULES(conf->headers, headers) || RULES(conf->querystring, querystring) || RULES(conf->body, body))
        return err;
    if (conf->replace.uri != NULL && (err = gw_template_compile(&conf->uri, conf->replace.uri, arena, ptemp)) != NULL)
        return err;
    conf->is_variable = gw_transform_is_variable(&conf->headers) || gw_transform_is_variable(&conf->querystring)
                        || gw_transform_is_variable(&conf->body)
                        || (conf->uri != NULL && gw_template_is_variable(conf->uri));
    return NULL;
}
