/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h - services, routes and plugin rows as requests see them: compiled, immutable, shared by snapshots.
 *
 * Made from JSON rows, each in an arena of its own, and never changed afterwards. Those of services, routes and plugins
 * without a consumer belong to the builder's workshop (snapshot.h): requests hold a whole snapshot, never a row. Those
 * of plugins with a consumer belong to whoever compiled them. Pure: no httpd.h.
 */
#ifndef GW_ENTITIES_MODEL_H
#define GW_ENTITIES_MODEL_H

#include "gw_plugin.h"

/* Protocols, as bits. */
enum {
    GW_PROTO_HTTP = 1 << 0, GW_PROTO_HTTPS = 1 << 1, GW_PROTO_GRPC = 1 << 2, GW_PROTO_GRPCS = 1 << 3,
    GW_PROTO_TCP = 1 << 4, GW_PROTO_TLS = 1 << 5, GW_PROTO_TLS_PASSTHROUGH = 1 << 6, GW_PROTO_UDP = 1 << 7
};

#define GW_PROTO_IN_REACH (GW_PROTO_HTTP | GW_PROTO_HTTPS) /* what is served; the rest is stored and warned about */

/* The workshop's bookkeeping of a row that snapshots share. */
typedef struct gw_life {
    apr_uint64_t born;    /* the first link that could show it */
    struct gw_life *next; /* of those that wait for the same snapshot's end */
    void (*destroy)(struct gw_life *life, void (*release_worker)(void *worker));
} gw_life;

typedef struct gw_service {
    const char *id;
    const char *name;            /* may be NULL */
    const char *protocol;        /* "http", "https" */
    const char *host;
    apr_int64_t port;
    const char *path;            /* may be NULL */
    const char *target;          /* what mod_proxy wants to see before a path: "proxy:http://host:port" */
    apr_int64_t retries;
    apr_int64_t connect_timeout; /* ms */
    apr_int64_t write_timeout;   /* ms */
    apr_int64_t read_timeout;    /* ms */
    int tls_verify;              /* -1 unset, 0, 1 */
    apr_int64_t tls_verify_depth;/* -1 unset */
    const char *client_certificate; /* id or NULL */
    gw_strings ca_certificates;
    int enabled;
    /* proxy/worker.c: the worker that serves it, made at first use; released with the row. */
    void *volatile worker;
    int place;                   /* in its snapshots' tables; the workshop's */
    gw_arena *arena;
    gw_life life;
} gw_service;

typedef struct gw_route_header {
    const char *name;            /* lower case, '-' for '_' */
    gw_strings values;           /* lower case; "~*re" is a regex */
} gw_route_header;

typedef struct gw_route {
    const char *id;
    const char *name;            /* may be NULL */
    apr_int64_t created_at;
    unsigned protocols;          /* GW_PROTO_* */
    gw_strings methods, hosts, paths, snis;
    int nheaders;
    const gw_route_header *headers;
    apr_int64_t https_redirect_status_code;
    apr_int64_t regex_priority;
    int strip_path;
    int path_handling_v1;
    int preserve_host;
    int request_buffering;
    int response_buffering;
    const char *service_id;      /* NULL: none */
    struct gw_program *program;  /* router.h: made with the row; NULL = the router makes its own */
    int nfailures;               /* gw_program_nfailures, at hand */
    int place;                   /* in its snapshots' tables; the workshop's */
    gw_arena *arena;
    gw_life life;
} gw_route;

/* Which of the three parents a plugin row names, as bits; which of them win: plan.h. */
enum { GW_SCOPE_ROUTE = 1 << 0, GW_SCOPE_SERVICE = 1 << 1, GW_SCOPE_CONSUMER = 1 << 2 };

typedef struct gw_plugin_row {
    const char *id;
    int index;                   /* of its gw_plugin in the registry */
    int enabled;
    unsigned protocols;          /* GW_PROTO_* */
    unsigned scope;              /* GW_SCOPE_*: of the ids that follow */
    const char *route_id, *service_id, *consumer_id; /* NULL where not in scope */
    const void *conf;            /* compiled by the plugin's schema */
    const gw_plugin *plugin;
    gw_arena *arena;
    gw_life life;
} gw_plugin_row;

/* A plugin configured in a <Location> by GwPlugin. */
typedef struct gw_static_plugin {
    const gw_plugin *plugin;
    const void *conf;            /* compiled while the configuration was read */
    const char *place;           /* where it stands: server and location */
    const char *made_secret; /* a field that was not given, so that this start made it; NULL = none */
    const char *shown;       /* the config as people may see it: compact JSON, secrets masked */
} gw_static_plugin;

#endif
