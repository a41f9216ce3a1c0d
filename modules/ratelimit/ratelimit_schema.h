/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ratelimit_schema.h - the field table of rate-limiting and the struct it compiles to. Pure.
 */
#ifndef GW_RATELIMIT_SCHEMA_H
#define GW_RATELIMIT_SCHEMA_H

#include "gw_entity.h"
#include "redis_link.h"
#include "window.h"

typedef enum gw_limit_by {
    GW_BY_CONSUMER,
    GW_BY_CREDENTIAL,
    GW_BY_IP,
    GW_BY_SERVICE,
    GW_BY_HEADER,
    GW_BY_PATH
} gw_limit_by;

typedef enum gw_limit_policy { GW_POLICY_LOCAL, GW_POLICY_CLUSTER, GW_POLICY_REDIS } gw_limit_policy;

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_ratelimit_conf {
    double given[GW_NPERIODS];   /* 0 = no limit */
    const char *limit_by_name, *policy_name;
    const char *header_name, *path;
    int fault_tolerant, hide_client_headers;
    apr_int64_t error_code;
    const char *error_message;
    const char *redis_host, *redis_password, *redis_username, *redis_server_name;
    apr_int64_t redis_port, redis_database;
    double redis_timeout_ms;
    int redis_ssl, redis_ssl_verify;
    double sync_rate;
    /* digested */
    gw_limit_by limit_by;
    gw_limit_policy policy;
    int nlimits;
    gw_limit limits[GW_NPERIODS];
    const char *limit_texts[GW_NPERIODS]; /* as headers say them */
    gw_redis_target redis;
} gw_ratelimit_conf;

extern const gw_schema gw_ratelimit_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_ratelimit_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
