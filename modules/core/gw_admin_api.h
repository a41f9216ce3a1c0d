/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gw_admin_api.h - core's one header for mod_gw_admin: the store's rows, the registries, announcing a change.
 * Exported by mod_gw.so for mod_gw_admin.so only, as is the store; not installed.
 */
#ifndef GW_CORE_ADMIN_API_H
#define GW_CORE_ADMIN_API_H

#include "mod_gw.h"
#include "store.h"

/* What the directives say to the Admin API; complete, read-only after the configuration was read. */
typedef struct gw_admin_conf {
    const char *api_version;           /* GwApiVersion: the version that clients are told */
    const char *database;              /* "postgres", "sqlite" or "off" (declarative: entity writes are refused) */
    const apr_array_header_t *hosts;   /* GwAdminHost, of const char *; may be NULL */
    const apr_array_header_t *origins; /* GwAdminOrigin, of const char *; may be NULL */
    int keeps_audit;                   /* GwAuditDays is not 0 */
    apr_int64_t max_body;              /* GwAdminMaxBody, bytes */
    const char *state_dir;             /* GwStateDir */
    const char *ui_dir;                /* GwAdminUi; "" = off */
    const char *sql_dir;               /* where migrations are */
    int sends_server;                  /* GwHeaders: may we set Server and X-Kong-Admin-Latency */
    int sends_latency;
} gw_admin_conf;

/* Borrowed, for as long as the configuration lives. Threads: any. */
GW_DECLARE(const gw_admin_conf *) gw_admin_conf_get(const server_rec *s);

/* One Admin API call's connection. APR_EAGAIN: the store is away; answer 503. */
GW_DECLARE(apr_status_t) gw_admin_open(gw_db **db, request_rec *r);
/* `outcome`: APR_EAGAIN when the database was found to be away. */
GW_DECLARE(void) gw_admin_close(gw_db *db, request_rec *r, apr_status_t outcome);
/* After a commit: 1 when the change is in force on all children of this node, 0 when some are pending. */
GW_DECLARE(int) gw_admin_announce(request_rec *r);

/* 1 when SetHandler makes the request's place the Admin API's. From pre_translate_name on. */
GW_DECLARE(int) gw_admin_is_asked(request_rec *r);
/* 1 when an error of r is answered in the Admin API's words, also where the request never got a place. */
GW_DECLARE(int) gw_admin_has_refused(request_rec *r);
/* The path that %{request}^gw has instead of the client's; borrowed for r's life. Before the log is written. */
GW_DECLARE(void) gw_admin_log_path(request_rec *r, const char *path);
/* May a call be read in one way only? OK, or HTTP_BAD_REQUEST (logged). In pre_translate_name: before its body is read,
 * and before anything but the reading of the request could have closed the connection. */
GW_DECLARE(int) gw_admin_check_framing(request_rec *r);

/* Plugins by priority: array of const gw_plugin *. */
GW_DECLARE(const apr_array_header_t *) gw_admin_plugins(void);
/* By name or alias; NULL: not loaded. */
GW_DECLARE(const gw_plugin *) gw_admin_plugin(const char *name);
/* Do a plugin row's protocols fit the row of its route (or NULL) and at least one of its service's routes (array of
 * rows, or NULL)? NULL when they do, else code 2, in p. Pure. */
GW_DECLARE(const gw_error *) gw_admin_check_protocols(const json_t *plugin, const json_t *route, const json_t *routes,
                                                      apr_pool_t *p);
/* Who asks: whom httpd has authenticated or, where a trusted proxy (GwTrustedProxies) such as the gateway itself stands
 * in front, the consumer that it names; NULL = nobody knows. Valid UTF-8, borrowed or in r's pool. */
GW_DECLARE(const char *) gw_admin_who(request_rec *r);
/* A request to try out. */
typedef struct gw_explain_question {
    const char *method;
    const char *url;       /* a path, or a whole URL */
    const json_t *headers; /* name to text; NULL = none */
    const char *body;      /* NULL = none */
    const char *client_ip; /* NULL = who asks */
} gw_explain_question;

/* What would become of the request: it runs through all phases up to the handler, which is not run. NULL and *out (new
 * reference), or what is wrong with the question. No connection may be held. */
GW_DECLARE(const char *) gw_admin_explain(json_t **out, request_rec *admin, const gw_explain_question *question);
/* Where requests are taken and routed: [{"ip", "port", "ssl"}] of all sockets that listen. New reference. */
GW_DECLARE(json_t *) gw_admin_listeners(void);
/* The `gateway` member of /status. New reference. */
GW_DECLARE(json_t *) gw_admin_describe(void);
/* ---- targets, as this node sees them ---- */

/* {"checks": can anything become unhealthy by itself, "health": of the whole, "targets": {id: {"health", "data"}}}; new
 * reference. NULL: the upstream is not in force. */
GW_DECLARE(json_t *) gw_admin_upstream_health(const char *upstream_id);
/* Say that the target's addresses (`address` NULL = all, else "ip" or "ip:port") are up or down, on this node. How many
 * there are; -1: the upstream is not in force. */
GW_DECLARE(int) gw_admin_set_target_health(const char *upstream_id, const char *target_id, const char *address,
                                           int is_up);

/* This node's uuid; the same over restarts. */
GW_DECLARE(const char *) gw_admin_node_id(void);
/* mod_gw's own version ("0.1.0"). */
GW_DECLARE(const char *) gw_admin_version(void);

#endif
