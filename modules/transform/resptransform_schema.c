/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resptransform_schema.c - response-transformer's field table. Its values have no places: they are taken as they are.
 */
#include "resptransform_schema.h"

#include "transform_checks.h"

static const char *const types[] = { "boolean", "number", "string", NULL };

static const gw_field name = { .name = "name", .type = GW_T_STRING };
static const gw_field pair = { .name = "pair", .type = GW_T_STRING, .check = gw_check_plain_pair };
static const gw_field header = { .name = "header", .type = GW_T_STRING, .check = gw_check_changed_header };
static const gw_field header_pair = { .name = "header", .type = GW_T_STRING, .check = gw_check_plain_header_pair };
static const gw_field header_names = { .name = "header", .type = GW_T_STRING, .check = gw_check_header_names };
static const gw_field type = { .name = "type", .type = GW_T_STRING, .one_of = types };

#define LIST(name_, element_, help_)                                                                                   \
    { .name = #name_, .type = GW_T_ARRAY, .element = &(element_), .flags = GW_REQUIRED, .dflt = "[]",                  \
      .at = GW_AT(gw_resptransform_lists, name_), .help = (help_) }

static const gw_field remove_fields[] = {
    LIST(json, name, "names of members"), LIST(headers, header, "names of headers"), { .name = NULL }
};
static const gw_field rename_fields[] = { LIST(headers, header_names, "old:new"), { .name = NULL } };
static const gw_field set_fields[] = {
    LIST(json, pair, "name:value"),
    LIST(json_types, type, "types of the values of json, in the same order; string unless told"),
    LIST(headers, header_pair, "name:value"),
    { .name = NULL }
};

static const gw_schema remove_schema = { .name = "remove", .fields = remove_fields };
static const gw_schema rename_schema = { .name = "rename", .fields = rename_fields };
static const gw_schema set_schema = { .name = "set", .fields = set_fields };

#define STEP(name_, schema_, help_)                                                                                    \
    { .name = #name_, .type = GW_T_RECORD, .record = &(schema_), .flags = GW_REQUIRED,                                 \
      .at = GW_AT(gw_resptransform_conf, name_), .help = (help_) }

static const gw_field fields[] = {
    STEP(remove, remove_schema, "first: taken out"),
    STEP(rename, rename_schema, "then: called otherwise"),
    STEP(replace, set_schema, "then: another value, where there is one"),
    STEP(add, set_schema, "then: a value, where there is none"),
    STEP(append, set_schema, "then: one value more"),
    { .name = NULL }
};

const gw_schema gw_resptransform_conf_schema = {
    .name = "response-transformer", .fields = fields, .help = "changes what the client gets"
};

const char *gw_resptransform_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    static const gw_strings no_types = { 0, 0, NULL };
    gw_resptransform_conf *conf = vconf;
    const struct {
        gw_transform_entries *headers, *json;
        const gw_resptransform_lists *lists;
    } steps[] = {
        { &conf->headers.remove, &conf->json.remove, &conf->remove },
        { &conf->headers.rename, &conf->json.rename, &conf->rename },
        { &conf->headers.replace, &conf->json.replace, &conf->replace },
        { &conf->headers.add, &conf->json.add, &conf->add },
        { &conf->headers.append, &conf->json.append, &conf->append },
    };

    (void)ptemp;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        gw_transform_literals_make(steps[i].headers, &steps[i].lists->headers, &no_types, arena);
        gw_transform_literals_make(steps[i].json, &steps[i].lists->json, &steps[i].lists->json_types, arena);
    }
    return NULL;
}
