/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urlauth_schema.c - what may be configured and stored for url-auth, once; with the names of kong_jwt_url_auth, which
 * it is called by too.
 */
#include "urlauth_schema.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "arena.h"

#define CONF(member) .at = GW_AT(gw_urlauth_conf, member)

static const char *const algorithms[] = { "HS256", "HS384", "HS512", NULL };
static const char *const actions[] = { "deny", "allow", NULL };
static const gw_field service_name = { .type = GW_T_STRING };
static const gw_field service_number = { .type = GW_T_INTEGER, GW_BETWEEN(0, 2147483647) };

static const gw_field conf_fields[] = {
    { .name = "secret", .type = GW_T_STRING, .flags = GW_SECRET, CONF(secret),
      .help = "what tokens are signed with; required unless consumer is true" },
    { .name = "algorithm", .type = GW_T_STRING, .dflt = "\"HS256\"", .one_of = algorithms, CONF(algorithm),
      .help = "how they are signed; what a token says of itself counts for nothing" },
    { .name = "claim", .type = GW_T_STRING, .dflt = "\"phone\"", CONF(claim),
      .help = "the claim that names the user" },
    { .name = "maximum_expiration", .type = GW_T_NUMBER, .dflt = "259200", GW_BETWEEN(0, 31536000),
      CONF(maximum_expiration_s), .help = "longest accepted time to exp, seconds; 0 = any" },
    { .name = "consumer", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(by_consumer),
      .help = "the user is the consumer that an authentication plugin found: its username; no token is looked for" },
    { .name = "service_map", .type = GW_T_MAP, .flags = GW_REQUIRED, .element = &service_number, .keys = &service_name,
      .len_min = 1, CONF(service_map),
      .help = "the number that signs of a service begin with, by its name, the host (also without .com) or the path of "
              "its route" },
    { .name = "default_action", .type = GW_T_STRING, .dflt = "\"deny\"", .one_of = actions, CONF(default_action),
      .help = "what becomes of paths that api_mgr does not list: deny (404) or allow" },
    { .name = "phone_header", .type = GW_T_STRING, .dflt = "\"x-auth-phone\"", .check = gw_check_header_name,
      CONF(phone_header), .help = "tells the upstream the user; a client's own is removed" },
    { .name = "level_header", .type = GW_T_STRING, .dflt = "\"x-auth-level\"", .check = gw_check_header_name,
      CONF(level_header), .help = "tells the upstream the user's level; a client's own is removed" },
    { .name = "redis_host", .type = GW_T_STRING, .dflt = "\"127.0.0.1\"", .check = gw_check_host, CONF(redis_host),
      .help = "where logins are noted, so that a new one ends the one before; null = they are not" },
    { .name = "redis_port", .type = GW_T_INTEGER, .dflt = "6379", GW_BETWEEN(0, 65535), CONF(redis_port),
      .help = "Redis' port" },
    { .name = "redis_username", .type = GW_T_STRING, CONF(redis_username), .help = "as whom (Redis 6 ACLs)" },
    { .name = "redis_password", .type = GW_T_STRING, .flags = GW_SECRET | GW_MAY_BE_EMPTY, CONF(redis_password),
      .help = "what Redis is told with AUTH" },
    { .name = "redis_database", .type = GW_T_INTEGER, .dflt = "0", GW_BETWEEN(0, 65535), CONF(redis_database),
      .help = "the number of Redis' database" },
    { .name = "redis_ssl", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(redis_ssl),
      .help = "speak TLS with Redis" },
    { .name = "redis_ssl_verify", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false", CONF(redis_ssl_verify),
      .help = "check Redis' certificate against the system's authorities" },
    { .name = "redis_timeout", .type = GW_T_NUMBER, .dflt = "1000", GW_BETWEEN(1, 60000), CONF(redis_timeout_ms),
      .help = "ms until Redis must have answered, connecting included" },
    { .name = "redis_on_error", .type = GW_T_STRING, .dflt = "\"allow\"", .one_of = actions, CONF(redis_on_error),
      .help = "what becomes of requests while Redis does not answer: allow, or deny (503)" },
    { .name = "conflict_prefix", .type = GW_T_STRING, .dflt = "\"conflict:\"", CONF(conflict_prefix),
      .help = "what stands before a token in the key that ends it" },
    { .name = NULL }
};

static const char *ignore(json_t *entity, const json_t *value, apr_pool_t *p)
{
    (void)entity, (void)value, (void)p;
    return NULL;
}

static const gw_field any_string = { .type = GW_T_STRING };

static const gw_shorthand conf_shorthands[] = {
    { .field = { .name = "secret_key", .type = GW_T_STRING, .flags = GW_SECRET, .help = "old name of secret" },
      .target = "secret" },
    { .field = { .name = "redisHost", .type = GW_T_STRING, .check = gw_check_host, .help = "old name of redis_host" },
      .target = "redis_host" },
    { .field = { .name = "redisPort", .type = GW_T_INTEGER, GW_BETWEEN(0, 65535), .help = "old name of redis_port" },
      .target = "redis_port" },
    { .field = { .name = "redisPwd", .type = GW_T_STRING, .flags = GW_SECRET | GW_MAY_BE_EMPTY,
                 .help = "old name of redis_password" },
      .target = "redis_password" },
    { .field = { .name = "key_claim_name", .type = GW_T_STRING, .help = "taken and ignored" }, .expand = ignore },
    { .field = { .name = "claims_to_verify", .type = GW_T_SET, .element = &any_string, .flags = GW_COMMA_LIST,
                 .help = "taken and ignored: exp and nbf always are" },
      .expand = ignore },
    { .field = { .name = NULL } }
};

const gw_schema gw_urlauth_conf_schema = {
    .name = "url-auth", .fields = conf_fields, .shorthands = conf_shorthands,
    .help = "each path has a level, each user one: who may call what"
};

/* ---- rows ---- */

static const gw_field user_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "phone", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_UNIQUE, .help = "who it is: what tokens say" },
    { .name = "name", .type = GW_T_STRING, .help = "for people" },
    { .name = "password", .type = GW_T_STRING, .flags = GW_WRITE_ONLY | GW_SECRET,
      .help = "for the application that issues tokens; kept as it is given, never shown" },
    { .name = "level", .type = GW_T_INTEGER, .dflt = "0", GW_BETWEEN(0, 2147483647), .at = GW_AT(gw_login_user, level),
      .help = "what this user may: paths of this level and below" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

const gw_schema gw_login_user_schema = {
    .name = "login_user", .fields = user_fields, .help = "who may log in, and how much they may"
};

static const gw_field api_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "sign", .type = GW_T_STRING, .flags = GW_REQUIRED | GW_UNIQUE,
      .help = "the service's number, then the path: 0/auth" },
    { .name = "name", .type = GW_T_STRING, .help = "for people" },
    { .name = "auth_level", .type = GW_T_INTEGER, .dflt = "0", GW_BETWEEN(0, 2147483647),
      .at = GW_AT(gw_api_level, auth_level), .help = "what is needed: 0 nothing, 1 a user, 2 an administrator, ..." },
    GW_FIELD_TAGS,
    { .name = NULL }
};

const gw_schema gw_api_mgr_schema = { .name = "api_mgr", .fields = api_fields, .help = "which paths need which level" };

/* ---- the config made ready ---- */

static int cmp_services(const void *a, const void *b)
{
    return strcmp(((const gw_urlauth_service *)a)->name, ((const gw_urlauth_service *)b)->name);
}

static void digest_services(gw_urlauth_conf *conf, gw_arena *arena, apr_pool_t *ptemp)
{
    json_t *map = conf->service_map != NULL ? json_loads(conf->service_map, 0, NULL) : NULL, *number;
    gw_urlauth_service *services = gw_arena_calloc(arena, sizeof(*services) * (json_object_size(map) + 1));
    const char *name;

    json_object_foreach (map, name, number) {
        gw_urlauth_service *service = &services[conf->nservices++];

        service->name = gw_arena_strdup(arena, name);
        service->number = gw_arena_strdup(arena, apr_itoa(ptemp, (int)json_integer_value(number)));
    }
    qsort(services, (size_t)conf->nservices, sizeof(*services), cmp_services);
    conf->services = services;
    json_decref(map);
}

static void digest_redis(gw_urlauth_conf *conf)
{
    conf->needs_redis = conf->redis_host != NULL;
    conf->redis = (gw_redis_target){
        .host = conf->redis_host,
        .port = (int)conf->redis_port,
        .username = conf->redis_username,
        .password = conf->redis_password,
        .database = (int)conf->redis_database,
        .is_tls = conf->redis_ssl,
        .is_verified = conf->redis_ssl_verify,
        .timeout = (apr_interval_time_t)(conf->redis_timeout_ms * 1000),
    };
}

/* What was cleared with null means its default. */
static void fill_cleared(gw_urlauth_conf *conf)
{
    static const struct { size_t at; const char *dflt; } texts[] = {
        { offsetof(gw_urlauth_conf, algorithm), "HS256" },
        { offsetof(gw_urlauth_conf, claim), "phone" },
        { offsetof(gw_urlauth_conf, default_action), "deny" },
        { offsetof(gw_urlauth_conf, phone_header), "x-auth-phone" },
        { offsetof(gw_urlauth_conf, level_header), "x-auth-level" },
        { offsetof(gw_urlauth_conf, redis_on_error), "allow" },
        { offsetof(gw_urlauth_conf, conflict_prefix), "conflict:" },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char **text = (const char **)(void *)((char *)conf + texts[i].at);

        *text = *text != NULL ? *text : texts[i].dflt;
    }
    conf->redis_port = conf->redis_port > 0 ? conf->redis_port : 6379;
    conf->redis_timeout_ms = conf->redis_timeout_ms > 0 ? conf->redis_timeout_ms : 1000;
}

const char *gw_urlauth_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_urlauth_conf *conf = vconf;

    if (conf->secret == NULL && !conf->by_consumer)
        return "secret: required field missing";
    fill_cleared(conf);
    conf->alg = gw_jws_alg_find(conf->algorithm);
    conf->lets_unlisted_pass = strcmp(conf->default_action, "allow") == 0;
    digest_services(conf, arena, ptemp);
    digest_redis(conf);
    return NULL;
}
