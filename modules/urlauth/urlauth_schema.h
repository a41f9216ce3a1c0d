/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urlauth_schema.h - the field tables of url-auth, of the users and the paths that it knows, and the structs they
 * compile to. Pure.
 */
#ifndef GW_URLAUTH_SCHEMA_H
#define GW_URLAUTH_SCHEMA_H

#include "gw_entity.h"
#include "jws.h"
#include "redis_link.h"

/* What paths of a service begin with in api_mgr's signs. */
typedef struct gw_urlauth_service {
    const char *name; /* of the service, its host (with or without ".com"), or the path of its route */
    const char *number;
} gw_urlauth_service;

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_urlauth_conf {
    const char *secret, *algorithm, *claim;
    const char *service_map; /* JSON text */
    const char *default_action;
    double maximum_expiration_s;
    int by_consumer;
    const char *phone_header, *level_header;
    const char *redis_host, *redis_username, *redis_password, *conflict_prefix, *redis_on_error;
    apr_int64_t redis_port, redis_database;
    double redis_timeout_ms;
    int redis_ssl, redis_ssl_verify;
    /* digested */
    const gw_jws_alg *alg;
    int nservices;
    const gw_urlauth_service *services; /* sorted by name */
    int lets_unlisted_pass, needs_redis;
    gw_redis_target redis;
} gw_urlauth_conf;

/* A row of login_user, as far as requests need it; arena-owned. */
typedef struct gw_login_user {
    apr_int64_t level;
} gw_login_user;

/* A row of api_mgr; arena-owned. */
typedef struct gw_api_level {
    apr_int64_t auth_level;
} gw_api_level;

extern const gw_schema gw_urlauth_conf_schema;
extern const gw_schema gw_login_user_schema;
extern const gw_schema gw_api_mgr_schema;

/* `prepare` of gw_plugin. */
const char *gw_urlauth_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
