/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_consumer.c - the schema of consumers: who may ask.
 */
#include "entities.h"

static const gw_field fields[] = {
    GW_FIELD_ID_AT(gw_consumer_row, id),
    GW_FIELD_CREATED_AT,
    GW_FIELD_UPDATED_AT,
    { .name = "username", .type = GW_T_STRING, .flags = GW_UNIQUE, .at = GW_AT(gw_consumer_row, username),
      .help = "the name it goes by" },
    { .name = "custom_id", .type = GW_T_STRING, .flags = GW_UNIQUE, .at = GW_AT(gw_consumer_row, custom_id),
      .help = "its id in a system of yours" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

static const gw_rule rules[] = {
    { .kind = GW_AT_LEAST_ONE_OF, .fields = { "custom_id", "username" } },
    { .fields = { NULL } }
};

static const gw_schema schema = {
    .name = "consumers", .fields = fields, .rules = rules, .help = "those who ask: people or programs"
};

const gw_entity gw_entity_consumers = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "consumers",
    .path = "/consumers",
    .endpoint_key = "username",
    .owner = "core",
    .schema = &schema,
    .placement = GW_CACHED,
    .conf_size = sizeof(gw_consumer_row),
};
