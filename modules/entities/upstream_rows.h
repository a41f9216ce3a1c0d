/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_rows.h - rows of upstreams and targets, compiled: read-only after they were made, in an arena of their own.
 * Pure.
 */
#ifndef GW_ENTITIES_UPSTREAM_ROWS_H
#define GW_ENTITIES_UPSTREAM_ROWS_H

#include "gw_entity.h"

typedef enum gw_algorithm { GW_ROUND_ROBIN, GW_LEAST_CONNECTIONS, GW_CONSISTENT_HASHING } gw_algorithm;

/* What a request is hashed by. */
typedef enum gw_hash_input {
    GW_HASH_NONE, GW_HASH_CONSUMER, GW_HASH_IP, GW_HASH_HEADER, GW_HASH_COOKIE, GW_HASH_PATH, GW_HASH_QUERY_ARG,
    GW_HASH_URI_CAPTURE
} gw_hash_input;

/* What the schema compiles of healthchecks.{active,passive}.{healthy,unhealthy}; 0 = that does not count. */
typedef struct gw_health_limits {
    gw_integers http_statuses;
    apr_int64_t successes, tcp_failures, timeouts, http_failures;
    double interval; /* s; 0 = no probes; active only */
} gw_health_limits;

typedef struct gw_health_side {
    const char *type; /* "http", "https", "tcp"; grpc is probed as its transport */
    gw_health_limits healthy, unhealthy;
    /* active only */
    double timeout;   /* s */
    apr_int64_t concurrency;
    const char *http_path;
    const char *https_sni;  /* NULL: the target's name */
    int https_verify_certificate;
    const char *headers;    /* JSON text: name to list of values; NULL = none */
} gw_health_side;

typedef struct gw_healthchecks {
    gw_health_side active, passive;
    double threshold; /* percent of the weight that must be available */
} gw_healthchecks;

typedef struct gw_upstream {
    const char *id;
    const char *name;
    gw_algorithm algorithm;
    gw_hash_input hash_on, hash_fallback;
    const char *hash_on_header, *hash_fallback_header; /* these may be NULL */
    const char *hash_on_cookie, *hash_on_cookie_path;
    const char *hash_on_query_arg, *hash_fallback_query_arg;
    const char *hash_on_uri_capture, *hash_fallback_uri_capture;
    apr_int64_t slots;
    gw_healthchecks healthchecks;
    const char *host_header;        /* NULL: the target's name */
    const char *client_certificate; /* id or NULL */
    int use_srv_name, is_latency;   /* asked for, stored without effect */
    int refs;                       /* of those who hold it; builder thread */
    gw_arena *arena;
} gw_upstream;

typedef struct gw_target {
    const char *id;
    const char *target;      /* "host:port" */
    const char *host;        /* without brackets */
    int port;
    int is_address;          /* the host is one, and needs no resolving */
    apr_int64_t weight;
    const char *upstream_id;
    int refs;                /* of those who hold it; builder thread */
    gw_arena *arena;
} gw_target;

/* Compile a complete, checked row, held once; NULL when it has no id, or is of no use. The builder's thread alone holds
 * and releases. */
gw_upstream *gw_upstream_make(const json_t *row);
gw_upstream *gw_upstream_hold(gw_upstream *upstream);
void gw_upstream_release(gw_upstream *upstream);
gw_target *gw_target_make(const json_t *row);
gw_target *gw_target_hold(gw_target *target);
void gw_target_release(gw_target *target);

/* 1 when anything can become unhealthy by itself. */
int gw_upstream_checks_health(const gw_upstream *upstream);
/* 1 when probes shake hands. */
int gw_health_has_tls(const gw_health_side *active);

#endif
