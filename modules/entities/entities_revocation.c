/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_revocation.c - the schema of revocations: tokens and sessions that are refused before their time.
 * `until` is the row's end: it becomes the time to live by which the store sweeps.
 */
#include "entities.h"

#include <apr_strings.h>

static const char *check_until(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    (void)field;
    (void)p;
    return json_integer_value(value) > apr_time_sec(apr_time_now()) ? NULL : "must lie in the future";
}

static const gw_field fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "jti", .type = GW_T_STRING, .len_max = 1024, .help = "tokens with this jti claim" },
    { .name = "session", .type = GW_T_STRING, .len_max = 1024, .help = "the session of this id" },
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_LOOSE,
      .help = "all tokens and sessions of this consumer" },
    { .name = "issued_before", .type = GW_T_INTEGER, .format = GW_FMT_TIMESTAMP,
      .help = "only what was issued before, seconds; what does not say when is taken to be older" },
    { .name = "until", .type = GW_T_INTEGER, .format = GW_FMT_TIMESTAMP, .check = check_until,
      .help = "when this revocation ends and vanishes, seconds" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

/* Else it would have no end, though what it names has one. */
static void check_end(const json_t *row, gw_errors *errors, apr_pool_t *p)
{
    (void)p;
    if (json_is_integer(json_object_get(row, "issued_before")) && !json_is_object(json_object_get(row, "consumer")))
        gw_errors_field(errors, "issued_before", "only with 'consumer'");
    else if (!json_is_integer(json_object_get(row, "until")) && !json_is_integer(json_object_get(row, "issued_before")))
        gw_errors_field(errors, "until", "required field missing");
}

static const gw_rule rules[] = {
    { .kind = GW_ONLY_ONE_OF, .fields = { "jti", "session", "consumer" } },
    { .kind = GW_CUSTOM, .fields = { "until", "issued_before" }, .check = check_end },
    { .fields = { NULL } }
};

static const gw_schema schema = {
    .name = "revocations", .fields = fields, .rules = rules, .help = "tokens and sessions refused before their end"
};

static const gw_error *settle_end(json_t *row, const json_t *old, apr_pool_t *p)
{
    const json_t *until = json_object_get(row, "until");
    json_int_t ttl = json_integer_value(until) - (json_int_t)apr_time_sec(apr_time_now());

    (void)old;
    (void)p;
    if (row != NULL)
        json_object_set_new(row, "ttl", json_is_integer(until) ? json_integer(ttl > 0 ? ttl : 1) : json_null());
    return NULL;
}

/* `until` says it. */
static void hide_ttl(json_t *row)
{
    json_object_del(row, "ttl");
}

const gw_entity gw_entity_revocations = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "revocations",
    .path = "/revocations",
    .nested = "revocations",
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
    .has_ttl = 1,
    .is_runtime = 1,
    .on_write = settle_end,
    .on_read = hide_ttl,
};
