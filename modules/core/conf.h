/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - what the directives say. Written while the configuration is read, read-only afterwards.
 */
#ifndef GW_CORE_CONF_H
#define GW_CORE_CONF_H

#include <apr_network_io.h>

#include "mod_gw.h"
#include "model.h"

#define GW_UNSET (-1)

typedef enum gw_router_mode { GW_ROUTER_OFF, GW_ROUTER_ON, GW_ROUTER_FALLTHROUGH } gw_router_mode;

/* Per server; GW_UNSET (numbers) and NULL (pointers) before merging, never after gw_conf_server(). */
typedef struct gw_server_conf {
    int router;                       /* gw_router_mode */
    int migrate;                      /* GwMigrate */
    const char *sql_dir;              /* GwMigrate's second argument: the folder of migrations, absolute */
    const char *state_dir;            /* GwStateDir, absolute */
    const char *jwks_ca_file;         /* GwJwksCAFile, absolute; NULL = whom the system trusts */
    const char *hook_ca_file;         /* GwHookCAFile, absolute; NULL = whom the system trusts */
    const char *declarative_file;     /* GwDeclarativeConfig; NULL = the database is the source */
    apr_int64_t cache_bytes;          /* GwCacheBytes, per child */
    apr_interval_time_t cache_ttl;    /* GwCacheTTL; 0 = until changed */
    apr_interval_time_t cache_miss_ttl; /* GwCacheMissTTL; 0 = not kept */
    int token_cache_entries;
    apr_interval_time_t propagation_timeout;
    apr_int64_t replay_buffer;        /* bytes */
    int store_waiters;                /* 0 = half of the child's threads */
    apr_array_header_t *trusted_proxies; /* of apr_ipsubnet_t *; NULL = none */
    unsigned headers;                 /* GW_HEADER_* that answers carry (GwHeaders) */
    int headers_given;
    const char *api_version;
    int legacy_status;
    int key_at_rest_hashed;
    int hash_threads, hook_threads;   /* 0 = by the number of threads */
    int ambiguous_paths_allowed;
    int audit_days;                   /* GwAuditDays; 0 = no audit */
    apr_array_header_t *admin_hosts;  /* of const char * */
    apr_array_header_t *admin_origins;
    apr_int64_t admin_max_body;
    const char *admin_ui;             /* GwAdminUi, absolute; "" = off */
    apr_array_header_t *places;       /* of gw_static_place: <Location>s of this server with GwPlugin; NULL = none */
    /* What a directory's configuration becomes for a routed request that no <Location> applies to, without and with
     * preserve_host; proxy.c */
    struct ap_conf_vector_t *proxied[2];
    int has_tls;                      /* mod_ssl's SSLEngine; complete when all has been read */
    struct gw_admin_conf *admin;      /* what of this the Admin API sees; admin_api.c */
} gw_server_conf;

enum {
    GW_HEADER_SERVER = 1 << 0, GW_HEADER_VIA = 1 << 1, GW_HEADER_PROXY_LATENCY = 1 << 2,
    GW_HEADER_UPSTREAM_LATENCY = 1 << 3, GW_HEADER_RESPONSE_LATENCY = 1 << 4, GW_HEADER_ADMIN_LATENCY = 1 << 5,
    GW_HEADER_UPSTREAM_STATUS = 1 << 6, GW_HEADER_REQUEST_ID = 1 << 7
};

/* Per directory. */
typedef struct gw_dir_conf {
    const char *service;              /* GwService */
    apr_array_header_t *plugins;      /* of gw_static_plugin; the innermost of a name wins; NULL = none */
    unsigned phases;                  /* union of their GW_PHASE_* */
} gw_dir_conf;

/* A section with GwPlugin in it. */
typedef struct gw_static_place {
    const gw_dir_conf *dir;           /* as it stands, not merged */
    const char *name;                 /* server and location */
    int is_guarded;                   /* it has Require lines, which may refuse somebody */
} gw_static_place;

/* Complete: every member has its default. Borrowed; from post_config on. */
const gw_server_conf *gw_conf_server(const server_rec *s);
/* 1 when the other end of the connection is one of GwTrustedProxies, whomever mod_remoteip takes for the client. */
int gw_conf_trusts_peer(const request_rec *r);
const gw_dir_conf *gw_conf_dir(request_rec *r);

/* ---- for mod_gw.c ---- */
extern const command_rec gw_commands[];
void *gw_conf_create_server(apr_pool_t *p, server_rec *s);
void *gw_conf_merge_server(apr_pool_t *p, void *base, void *add);
void *gw_conf_create_dir(apr_pool_t *p, char *dir);
void *gw_conf_merge_dir(apr_pool_t *p, void *base, void *add);
/* Fill in the defaults of all servers, and give process-wide settings to each; first thing in post_config. */
void gw_conf_complete(server_rec *main_server, apr_pool_t *pconf);

#endif
