/* SPDX-License-Identifier: Apache-2.0 */
/* correlation_schema.c - correlation-id's field table and its three ways to make an id. */
#include "correlation_schema.h"

#include <string.h>
#include <apr_strings.h>

#include "text.h"

static const char *const generators[] = { "uuid", "uuid#counter", "tracker", NULL };

#define CONF(member) .at = GW_AT(gw_correlation_conf, member)

static const gw_field fields[] = {
    { .name = "header_name", .type = GW_T_STRING, .flags = GW_REQUIRED, .dflt = "\"Kong-Request-ID\"",
      .check = gw_check_header_name, CONF(header_name), .help = "header that carries the id" },
    { .name = "generator", .type = GW_T_STRING, .flags = GW_REQUIRED, .dflt = "\"uuid#counter\"",
      .one_of = generators, CONF(generator), .help = "how ids are made" },
    { .name = "echo_downstream", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(echo_downstream),
      .help = "tell the client too" },
    { .name = NULL }
};

const gw_schema gw_correlation_conf_schema = {
    .name = "correlation-id", .fields = fields, .help = "an id that follows a request"
};

const char *gw_correlation_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_correlation_conf *conf = vconf;

    (void)arena;
    (void)ptemp;
    for (int i = 0; generators[i] != NULL; i++)
        if (strcmp(conf->generator, generators[i]) == 0)
            conf->kind = (gw_correlation_kind)i;
    return NULL;
}

const char *gw_correlation_make(gw_correlation_kind kind, const gw_correlation_facts *facts, apr_pool_t *p)
{
    char uuid[37];

    switch (kind) {
    case GW_CORRELATION_COUNTER:
        return apr_psprintf(p, "%s#%" APR_UINT64_T_FMT, facts->child, facts->count);
    case GW_CORRELATION_TRACKER:
        return apr_psprintf(p, "%s-%d-%d-%ld-%ld-%" APR_INT64_T_FMT ".%03d", facts->address, facts->port, facts->pid,
                            facts->connection, facts->requests, (apr_int64_t)apr_time_sec(facts->now),
                            (int)apr_time_msec(facts->now));
    case GW_CORRELATION_UUID:
        break;
    }
    gw_uuid_make(uuid);
    return apr_pstrdup(p, uuid);
}

int gw_correlation_is_given(const char *value)
{
    return value != NULL && value[strspn(value, " \t")] != '\0';
}
