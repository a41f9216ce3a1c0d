/* SPDX-License-Identifier: Apache-2.0 */
/* sizelimit_schema.c - request-size-limiting's field table and its units. */
#include "sizelimit_schema.h"

#include <string.h>

static const char *const units[] = { "megabytes", "kilobytes", "bytes", NULL };
static const apr_int64_t unit_bytes[] = { 1024 * 1024, 1024, 1 };

#define CONF(member) .at = GW_AT(gw_sizelimit_conf, member)

static const gw_field fields[] = {
    { .name = "allowed_payload_size", .type = GW_T_INTEGER, .dflt = "128", GW_BETWEEN(0, 8796093022207),
      .flags = GW_REQUIRED, CONF(allowed_payload_size), .help = "the largest body, in units" },
    { .name = "size_unit", .type = GW_T_STRING, .flags = GW_REQUIRED, .dflt = "\"megabytes\"", .one_of = units,
      CONF(size_unit), .help = "the unit: 1048576, 1024 or 1 bytes" },
    { .name = "require_content_length", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false",
      CONF(require_content_length), .help = "refuse requests that do not tell their length" },
    { .name = NULL }
};

const gw_schema gw_sizelimit_conf_schema = {
    .name = "request-size-limiting", .fields = fields, .help = "how large a body may be"
};

const char *gw_sizelimit_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_sizelimit_conf *conf = vconf;

    (void)arena;
    (void)ptemp;
    for (int i = 0; units[i] != NULL; i++)
        if (strcmp(conf->size_unit, units[i]) == 0)
            conf->max_bytes = conf->allowed_payload_size * unit_bytes[i];
    return NULL;
}
