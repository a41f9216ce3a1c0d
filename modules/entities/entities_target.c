/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_target.c - the schema of targets: the servers behind an upstream's name. "host" is short for "host:8000".
 */
#include "entities.h"

#include <math.h>

#include <apr_strings.h>

#include "host_port.h"
#include "upstream_rows.h"

#define DEFAULT_PORT 8000

static const char *check_target(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const gw_host_port parsed = gw_host_port_parse(json_string_value(value), p);

    (void)field;
    if (parsed.kind == GW_HOST_INVALID || parsed.port < 0)
        return apr_psprintf(p, "Invalid target ('%s'); not a valid hostname or ip address", json_string_value(value));
    return NULL;
}

static const char *expand_target(json_t *entity, const json_t *value, apr_pool_t *p)
{
    const char *text = json_string_value(value);
    gw_host_port parsed = { GW_HOST_INVALID, NULL, 0 };

    if (text != NULL)
        parsed = gw_host_port_parse(text, p);
    if (parsed.port == -1)
        parsed.port = DEFAULT_PORT;
    if (parsed.kind != GW_HOST_INVALID && parsed.port >= 0)
        json_object_set_new(entity, "target", json_string(gw_host_port_format(&parsed, p)));
    else
        json_object_set(entity, "target", (json_t *)value); /* its check refuses it */
    return NULL;
}

/* Seconds, with the milliseconds as a fraction. */
static json_t *generate_moment(apr_time_t now)
{
    return json_real(floor((double)now / 1000) / 1000);
}

static const gw_field fields[] = {
    GW_FIELD_ID_AT(gw_target, id),
    { .name = "created_at", .type = GW_T_NUMBER, .format = GW_FMT_TIMESTAMP, .flags = GW_AUTO,
      .generate = generate_moment, .help = "when it was made, seconds" },
    { .name = "updated_at", .type = GW_T_NUMBER, .format = GW_FMT_TIMESTAMP, .flags = GW_AUTO | GW_ALWAYS_NEW,
      .generate = generate_moment, .help = "when it was last written, seconds" },
    { .name = "upstream", .type = GW_T_FOREIGN, .flags = GW_REQUIRED | GW_CASCADE, .reference = "upstreams",
      .at = GW_AT(gw_target, upstream_id), .help = "the upstream that it serves" },
    { .name = "target", .type = GW_T_STRING, .flags = GW_REQUIRED, .check = check_target,
      .at = GW_AT(gw_target, target), .help = "host and port" },
    { .name = "weight", .type = GW_T_INTEGER, .dflt = "100", GW_BETWEEN(0, 65535), .at = GW_AT(gw_target, weight),
      .help = "its share of the requests; 0 = none" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

static const gw_shorthand shorthands[] = {
    { .field = { .name = "target", .type = GW_T_STRING, .help = "the port may be left out: 8000" },
      .expand = expand_target },
    { .field = { .name = NULL } }
};

static const gw_schema schema = {
    .name = "targets", .fields = fields, .shorthands = shorthands, .help = "the servers behind an upstream"
};

static const char *const identity[] = { "upstream", "target", NULL };

const gw_entity gw_entity_targets = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "targets",
    .nested = "targets",
    .owner = "core",
    .schema = &schema,
    .placement = GW_IN_SNAPSHOT,
    .nested_key = "target",
    .identity = identity,
    .put_is_patch = 1,
};
