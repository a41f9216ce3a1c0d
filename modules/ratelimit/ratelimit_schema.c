/* SPDX-License-Identifier: Apache-2.0 */
/* ratelimit_schema.c - what may be configured for rate-limiting, once. */
#include "ratelimit_schema.h"

#include <math.h>
#include <string.h>
#include <apr_strings.h>

#include "arena.h"
#include "canonical.h"

#define CONF(member) .at = GW_AT(gw_ratelimit_conf, member)
#define PERIOD(name_, index)                                                                                           \
    { .name = name_, .type = GW_T_NUMBER, .has_gt = 1, .gt = 0, CONF(given[index]),                                    \
      .help = "requests in a " name_ " of the clock (UTC)" }

static const char *const bys[] = { "consumer", "credential", "ip", "service", "header", "path", NULL };
static const char *const policies[] = { "local", "cluster", "redis", NULL };

static const gw_field conf_fields[] = {
    PERIOD("second", GW_PERIOD_SECOND),
    PERIOD("minute", GW_PERIOD_MINUTE),
    PERIOD("hour", GW_PERIOD_HOUR),
    PERIOD("day", GW_PERIOD_DAY),
    PERIOD("month", GW_PERIOD_MONTH),
    PERIOD("year", GW_PERIOD_YEAR),
    { .name = "limit_by", .type = GW_T_STRING, .dflt = "\"consumer\"", .one_of = bys, CONF(limit_by_name),
      .help = "whose requests are counted together; where there is none of that, the client address's" },
    { .name = "header_name", .type = GW_T_STRING, .check = gw_check_header_name, CONF(header_name),
      .help = "the header of limit_by=header" },
    { .name = "path", .type = GW_T_STRING, .starts_with = "/", .check = gw_check_path, CONF(path),
      .help = "the path of limit_by=path" },
    { .name = "policy", .type = GW_T_STRING, .dflt = "\"local\"", .one_of = policies, CONF(policy_name),
      .help = "where requests are counted: on this node, in the database, in Redis" },
    { .name = "fault_tolerant", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true", CONF(fault_tolerant),
      .help = "requests pass, uncounted, while they cannot be counted; otherwise 503" },
    { .name = "redis_host", .type = GW_T_STRING, .check = gw_check_host, CONF(redis_host),
      .help = "Redis' host, of policy=redis" },
    { .name = "redis_port", .type = GW_T_INTEGER, .dflt = "6379", GW_BETWEEN(0, 65535), CONF(redis_port),
      .help = "Redis' port" },
    { .name = "redis_password", .type = GW_T_STRING, .flags = GW_SECRET | GW_MAY_BE_EMPTY, CONF(redis_password),
      .help = "what Redis is told with AUTH" },
    { .name = "redis_username", .type = GW_T_STRING, CONF(redis_username), .help = "and as whom (Redis 6 ACLs)" },
    { .name = "redis_ssl", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(redis_ssl),
      .help = "speak TLS with Redis" },
    { .name = "redis_ssl_verify", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(redis_ssl_verify),
      .help = "check Redis' certificate against the system's authorities" },
    { .name = "redis_server_name", .type = GW_T_STRING, .check = gw_check_sni, CONF(redis_server_name),
      .help = "the name in Redis' certificate, when it is not the host's" },
    { .name = "redis_timeout", .type = GW_T_NUMBER, .dflt = "2000", GW_BETWEEN(1, 60000), CONF(redis_timeout_ms),
      .help = "ms until Redis must have answered, connecting included" },
    { .name = "redis_database", .type = GW_T_INTEGER, .dflt = "0", GW_BETWEEN(0, 65535), CONF(redis_database),
      .help = "the number of Redis' database" },
    { .name = "hide_client_headers", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false",
      CONF(hide_client_headers), .help = "do not tell clients their limits" },
    { .name = "error_code", .type = GW_T_INTEGER, .dflt = "429", GW_BETWEEN(400, 599), CONF(error_code),
      .help = "status of a refusal" },
    { .name = "error_message", .type = GW_T_STRING, .dflt = "\"API rate limit exceeded\"", CONF(error_message),
      .help = "message of a refusal" },
    { .name = "sync_rate", .type = GW_T_NUMBER, .flags = GW_REQUIRED, .dflt = "-1", CONF(sync_rate),
      .help = "taken from other gateways' configurations: here Redis is asked at each request, whatever it says" },
    { .name = NULL }
};

static const char *const redis_only[] = { "redis", NULL };
static const char *const header_only[] = { "header", NULL };
static const char *const path_only[] = { "path", NULL };
static const gw_field is_redis = { .type = GW_T_STRING, .one_of = redis_only };
static const gw_field is_header = { .type = GW_T_STRING, .one_of = header_only };
static const gw_field is_path = { .type = GW_T_STRING, .one_of = path_only };
static const gw_field is_given = { .type = GW_T_STRING, .flags = GW_REQUIRED };
static const gw_field is_number = { .type = GW_T_NUMBER, .flags = GW_REQUIRED };

static const gw_rule conf_rules[] = {
    { .kind = GW_AT_LEAST_ONE_OF, .fields = { "config.second", "config.minute", "config.hour", "config.day",
                                              "config.month", "config.year" } },
    { .kind = GW_CONDITIONAL, .if_field = "config.policy", .if_match = &is_redis, .then_field = "config.redis_host",
      .then_match = &is_given },
    { .kind = GW_CONDITIONAL, .if_field = "config.policy", .if_match = &is_redis, .then_field = "config.redis_port",
      .then_match = &is_number },
    { .kind = GW_CONDITIONAL, .if_field = "config.policy", .if_match = &is_redis,
      .then_field = "config.redis_timeout", .then_match = &is_number },
    { .kind = GW_CONDITIONAL, .if_field = "config.limit_by", .if_match = &is_header,
      .then_field = "config.header_name", .then_match = &is_given },
    { .kind = GW_CONDITIONAL, .if_field = "config.limit_by", .if_match = &is_path, .then_field = "config.path",
      .then_match = &is_given },
    { .fields = { NULL } }
};

const gw_schema gw_ratelimit_conf_schema = {
    .name = "rate-limiting", .fields = conf_fields, .rules = conf_rules, .help = "how many requests in which time"
};

static int find_name(const char *name, const char *const *names, int dflt)
{
    for (int i = 0; name != NULL && names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return dflt;
}

/* A longer period may not have the lower limit. NULL or the message. */
static const char *check_order(const gw_ratelimit_conf *conf, apr_pool_t *p)
{
    int shorter = -1;

    for (int i = 0; i < GW_NPERIODS; i++) {
        if (conf->given[i] <= 0)
            continue;
        if (shorter >= 0 && conf->given[i] < conf->given[shorter])
            return apr_psprintf(p, "The limit for %s(%.1f) cannot be lower than the limit for %s(%.1f)",
                                gw_period_names[i], conf->given[i], gw_period_names[shorter], conf->given[shorter]);
        shorter = i;
    }
    return NULL;
}

static void digest_limits(gw_ratelimit_conf *conf, gw_arena *arena, apr_pool_t *ptemp)
{
    for (int i = 0; i < GW_NPERIODS; i++) {
        gw_limit *limit = &conf->limits[conf->nlimits];

        if (conf->given[i] <= 0)
            continue;
        limit->period = i;
        limit->limit = conf->given[i] < 9e15 ? (apr_int64_t)ceil(conf->given[i]) : APR_INT64_C(9000000000000000);
        conf->limit_texts[conf->nlimits++] =
            gw_arena_strdup(arena, apr_psprintf(ptemp, "%" APR_INT64_T_FMT, limit->limit));
    }
}

static void digest_redis(gw_ratelimit_conf *conf)
{
    conf->redis = (gw_redis_target){
        .host = conf->redis_host,
        .port = (int)conf->redis_port,
        .username = conf->redis_username,
        .password = conf->redis_password,
        .database = (int)conf->redis_database,
        .is_tls = conf->redis_ssl,
        .is_verified = conf->redis_ssl_verify,
        .server_name = conf->redis_server_name,
        .timeout = (apr_interval_time_t)(conf->redis_timeout_ms * 1000),
    };
}

const char *gw_ratelimit_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_ratelimit_conf *conf = vconf;
    const char *why = check_order(conf, ptemp);

    conf->limit_by = find_name(conf->limit_by_name, bys, GW_BY_CONSUMER);
    conf->policy = find_name(conf->policy_name, policies, GW_POLICY_LOCAL);
    if (why == NULL && conf->sync_rate > 0 && conf->policy != GW_POLICY_REDIS)
        why = "sync_rate can only be used with the redis policy";
    if (conf->path != NULL)
        conf->path = gw_arena_strdup(arena, gw_path_normalise(conf->path, ptemp));
    if (conf->error_code == 0) /* cleared: null means the default */
        conf->error_code = 429;
    if (conf->error_message == NULL)
        conf->error_message = "API rate limit exceeded";
    digest_limits(conf, arena, ptemp);
    digest_redis(conf);
    return why;
}
