/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw.h - all that a plugin module may see of the gateway.
 *
 * A plugin is an ordinary httpd module: it registers a gw_plugin (and entities, if it owns any) in register_hooks,
 * hooks httpd's own phases at GW_ORDER(priority), asks gw_plugin_conf() first and returns DECLINED when that is
 * NULL. Installed beside gw_plugin.h, gw_entity.h and gw_schema.h. mod_gw must be loaded before any plugin.
 */
#ifndef MOD_GW_H
#define MOD_GW_H

#include <apr_hooks.h>
#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>

#include "gw_entity.h"
#include "gw_plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What mod_gw.so exports. */
#if defined(__GNUC__)
#define GW_DECLARE(type) __attribute__((visibility("default"))) type
#else
#define GW_DECLARE(type) type
#endif

/* A module record that -fvisibility=hidden leaves visible:
 * GW_MODULE gw_jwt_module = { STANDARD20_MODULE_STUFF, ... }; */
#define GW_MODULE GW_DECLARE(module)

/* What log lines of ours begin with: ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(NNNN) "jwt: ..."). */
#define GWLOGNO(n) "GW" #n ": "

/* The order of a hook from a plugin's priority: higher priorities run first, in every phase. */
#define GW_ORDER(priority) (APR_HOOK_REALLY_FIRST - (priority))

/* ---- plugins (gw_plugin.h says what one is) ---- */

/* Make a plugin known; in register_hooks. A bad one stops the server's start with a message. */
GW_DECLARE(void) gw_plugin_register(gw_plugin *plugin, apr_pool_t *p);
/* Make an entity known; in register_hooks. */
GW_DECLARE(void) gw_entity_register(const gw_entity *entity, apr_pool_t *p);

/* The plugin's config for this request: NULL = not configured here. Resolved for route, service and the consumer
 * known now, and pinned for the rest of the request. Borrowed. */
GW_DECLARE(const void *) gw_plugin_conf(request_rec *r, const gw_plugin *plugin);

/* Which row gw_plugin_conf's answer comes from, and what that row is attached to; NULL where it is not. `place` stands
 * for a <Location>'s own configuration, which has no row: the same over restarts. */
typedef struct gw_plugin_source {
    const char *row_id, *route_id, *service_id, *consumer_id;
    const char *place;
} gw_plugin_source;

/* Borrowed, for the request's life; all NULL when there is no configuration. */
GW_DECLARE(void) gw_plugin_source_get(gw_plugin_source *source, request_rec *r, const gw_plugin *plugin);

/* 1 when the request is only tried out (POST /debug/explain): do nothing that others could notice (ask a service, write
 * a row), and return DECLINED. `left_out`: told as the reason, static; NULL: the plugin goes on all the same. Count and
 * session rules ask r->main anyway. */
GW_DECLARE(int) gw_is_tried_out(request_rec *r, const char *left_out);
/* Why the plugin whose turn it is decides as it does, for whom tries a request out: a clause as of printf, without
 * secrets; before or after the verdict. Of every other request it costs a look at one word. */
GW_DECLARE(void) gw_explain(request_rec *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- answers ---- */

typedef enum gw_answer_kind {
    GW_NEGOTIATED, /* `text` is a message, written in the client's format (error template) */
    GW_EXIT,       /* `text` is a message: {"message":"..."} */
    GW_JSON,       /* `text` is a JSON document */
    GW_RAW         /* `text` as it is, with `content_type` (may be NULL) */
} gw_answer_kind;

typedef struct gw_answer {
    int status;
    gw_answer_kind kind;
    const char *text;         /* NULL = the status's default text, or nothing for GW_RAW */
    const char *content_type; /* GW_RAW */
} gw_answer;

/* The one way to answer. From 400 up the answer is kept and the status returned (the error filter writes it);
 * below, it is written here and DONE returned. Return what it returns from the hook. Strings must live as long as r. */
GW_DECLARE(int) gw_reply(request_rec *r, const gw_answer *answer);

/* ---- what answers carry ---- */

/* Runs for each answer to a request that a plugin with GW_PHASE_RESPONSE applies to, when its headers are complete and
 * nothing is sent yet: an upstream's, one of ours, a refusal, "no Route matched". r->headers_out is what the client
 * gets, on refusals too (err_headers_out is empty by then). Of an answer that fails while it begins there are two
 * calls, with fresh headers. Not for subrequests, nor for pages that an ErrorDocument redirects to.
 * In a plugin's register_hooks: gw_hook_response(fn, NULL, NULL, GW_ORDER(priority)). Request thread. */
APR_DECLARE_EXTERNAL_HOOK(gw, GW, void, response, (request_rec * r))

/* ---- who asks ---- */

typedef struct gw_consumer {
    const char *id;
    const char *username;  /* may be NULL */
    const char *custom_id; /* may be NULL */
} gw_consumer;

typedef struct gw_credential {
    const char *id;
    const char *consumer_id;
    const char *key;        /* what it was looked up by */
    apr_uint64_t version;   /* differs when the row was changed */
    const void *conf;       /* the owner's compiled struct */
    const gw_entity *entity; /* whose row it is */
} gw_credential;

/* The consumer or credential settled so far; NULL = none. Borrowed, for the request's life. */
GW_DECLARE(const gw_consumer *) gw_request_consumer(request_rec *r);
GW_DECLARE(const gw_credential *) gw_request_credential(request_rec *r);
/* The consumer's rows of an entity with `with_consumer`, each as its compiled struct; *n of them, in no order. Borrowed
 * as the consumer is: nothing is asked of the database. */
GW_DECLARE(const void *const *) gw_consumer_rows(int *n, const gw_consumer *consumer, const gw_entity *entity);
/* 1 when a credential has been established and this plugin allows anonymous: nothing left to do for it. */
GW_DECLARE(int) gw_is_settled(request_rec *r, const char *anonymous);
/* A credential of `entity` by its look-up key. APR_SUCCESS: held until r's pool dies. APR_NOTFOUND: there is none.
 * APR_EAGAIN: the database is away and the answer is not cached. */
GW_DECLARE(apr_status_t) gw_credential_find(const gw_credential **credential, request_rec *r, const gw_entity *entity,
                                            const char *key);
/* The same by entity name and row id, for who noted those; an entity that is not loaded has no rows. */
GW_DECLARE(apr_status_t) gw_credential_find_by_id(const gw_credential **credential, request_rec *r,
                                                  const char *entity_name, const char *id);
/* A consumer by id; codes and life as of gw_credential_find. */
GW_DECLARE(apr_status_t) gw_consumer_find(const gw_consumer **consumer, request_rec *r, const char *id);
/* Record who asks. `identifier` is sent as X-Credential-Identifier; borrowed for the request's life. DECLINED, or the
 * status of a reply when the consumer cannot be had (gone: 500 or what `gone` says, database away: 503). */
GW_DECLARE(int) gw_authenticated(request_rec *r, const gw_credential *credential, const char *identifier,
                                 const gw_answer *gone);
/* Authentication failed. With `anonymous`: that consumer asks from now on, DECLINED. Without: the answer is given,
 * with `challenge` (may be NULL) as WWW-Authenticate. Returns what the hook is to return. */
GW_DECLARE(int) gw_refuse(request_rec *r, const char *anonymous, const gw_answer *answer,
                          const char *challenge);
/* 503 "Service unavailable": what is asked cannot be known now. Never downgraded to anonymous. Returns what the hook is
 * to return. */
GW_DECLARE(int) gw_unavailable(request_rec *r);

/* ---- revocations ---- */

/* 1 when the proof is revoked (/revocations): refuse it as one that is not good. Ask with all that it goes by, on each
 * request: the answer is in memory, and known while the database is away; while nothing is revoked it costs a look at
 * one word. */
GW_DECLARE(int) gw_is_revoked(request_rec *r, const gw_proof *proof);
/* Revoke one thing (the one member of `proof` that is set; issued_at is not looked at) until then; in force on this
 * node when it returns. No connection may be held. APR_SUCCESS; APR_EAGAIN: the database is away; any other error is
 * logged. */
GW_DECLARE(apr_status_t) gw_revoke(request_rec *r, const gw_proof *proof, apr_time_t until);

/* ---- the request ---- */

/* 1 when r is routed by the gateway. */
GW_DECLARE(int) gw_is_routed(request_rec *r);
/* Ids and names of what matched; NULL when absent. */
GW_DECLARE(const char *) gw_route_id(request_rec *r);
GW_DECLARE(const char *) gw_route_name(request_rec *r);
GW_DECLARE(const char *) gw_service_id(request_rec *r);
GW_DECLARE(const char *) gw_service_name(request_rec *r);
/* gw_route_id as log lines have it, behind "route=": "-" when absent. */
GW_DECLARE(const char *) gw_route_for_log(request_rec *r);
/* The client's address after trusted proxies; borrowed. */
GW_DECLARE(const char *) gw_client_ip(request_rec *r);
/* "http" or "https", after trusted proxies. */
GW_DECLARE(const char *) gw_scheme(request_rec *r);
/* The matched route and service as the Admin API shows them, less what no request needs (tags, times of change). New
 * references; NULL when absent. For people: no hot path calls them. */
GW_DECLARE(json_t *) gw_route_describe(request_rec *r);
GW_DECLARE(json_t *) gw_service_describe(request_rec *r);
/* {"named":{NAME:TEXT},"unnamed":[]}: what the groups of the route's regex matched. New reference. */
GW_DECLARE(json_t *) gw_captures_describe(request_rec *r);
/* This node's uuid, the same over restarts. */
GW_DECLARE(const char *) gw_node_id(void);
/* The path that was routed: canonical, percent-encoded, what upstreams and authorization services judge. In r->pool. */
GW_DECLARE(const char *) gw_request_path(request_rec *r);
/* The same as routes are matched: bytes that need no percent-encoding between a gateway and its rules are decoded.
 * *matched (may be NULL): how many bytes of it the route's path matched; 0 when no path took part. Borrowed. */
GW_DECLARE(const char *) gw_request_canonical(request_rec *r, apr_size_t *matched);
/* The host that was asked for, where it took part in the choice: a route with hosts, or a static Location's own virtual
 * host. NULL where it did not: there a client may have said anything. Borrowed. */
GW_DECLARE(const char *) gw_request_host(request_rec *r);
/* The request's headers as the upstream would get them by now: the client's, less what was hidden, X-Forwarded-* and
 * X-Real-IP as the gateway believes them (where the client sent some), who asks, and what plugins have set. A new table
 * in r->pool, which the caller may change; strings are borrowed. */
GW_DECLARE(apr_table_t *) gw_request_headers(request_rec *r);
/* Set (value) or remove (NULL) a header of the upstream request, late, so that no client can undo it. Copied. */
GW_DECLARE(void) gw_upstream_header(request_rec *r, const char *name, const char *value);
/* Send this query (NULL = none) or this path (percent-encoded or not, without query) upstream instead of the client's;
 * in fixups, at the latest. 0: such a path is refused (docs/routing.md "Paths"; dot segments too, wherever they lead),
 * nothing is changed; 1: it is taken. Copied. */
GW_DECLARE(void) gw_upstream_query(request_rec *r, const char *query);
GW_DECLARE(int) gw_upstream_uri(request_rec *r, const char *path);
/* Take a credential out of what is proxied: every header, or query parameter, of this name. Copied. */
GW_DECLARE(void) gw_hide_header(request_rec *r, const char *name);
GW_DECLARE(void) gw_hide_query(request_rec *r, const char *name);

/* The time, which on this node never runs back, whatever becomes of its clock: for what must not come to life again. */
GW_DECLARE(apr_time_t) gw_time_now(void);
/* GwTokenCacheEntries of the server. */
GW_DECLARE(int) gw_token_cache_entries(server_rec *s);
/* GwCacheBytes of the server. */
GW_DECLARE(apr_int64_t) gw_cache_bytes(server_rec *s);
/* GwHookThreads, or a quarter of this child's threads; at least 1. From child_init on. */
GW_DECLARE(int) gw_hook_threads(server_rec *s);
/* GwStateDir: what survives a restart; writable for children. Absolute. From post_config on. */
GW_DECLARE(const char *) gw_state_dir(server_rec *s);
/* GwJwksCAFile, absolute; NULL = whom the system trusts. */
GW_DECLARE(const char *) gw_jwks_ca_file(server_rec *s);
/* GwHookCAFile, in the same manner. */
GW_DECLARE(const char *) gw_hook_ca_file(server_rec *s);
/* GwLegacyStatus On where this request came in. */
GW_DECLARE(int) gw_wants_legacy_status(const request_rec *r);
/* GwKeyAtRest hashed; known from post_config on. */
GW_DECLARE(int) gw_keys_are_hashed(server_rec *s);
/* 32 random bytes that all nodes on this database share, the same over restarts, told to nobody: to derive keys from,
 * each by a purpose of its own. NULL until a child has read them, and outside of children. Threads: any. */
GW_DECLARE(const unsigned char *) gw_shared_secret(void);
/* GwHashThreads: how many threads of all children may hash passwords at once; >= 1. */
GW_DECLARE(int) gw_hash_threads(server_rec *s);

/* ---- rows that plugins write ----
 *
 * While a request is served, for entities of the plugin's own; one transaction each, waiting for the database. Codes:
 *   APR_SUCCESS   committed
 *   APR_NOTFOUND  there is no such row (gw_row_edit)
 *   APR_EEXIST    another row has this unique value
 *   APR_EAGAIN    the database is away or too busy; nothing was written (logged)
 *   others        refused, a mistake of the plugin; nothing was written (logged)
 * GW_CACHED entities are read with gw_credential_find, whatever they are. Of a request that is only tried out nothing
 * is written and no row is looked at: APR_SUCCESS, or APR_EAGAIN.
 */

/* Insert a row: a JSON object as the Admin API would take it, `ttl` included. What the schema generates ends up in
 * it. In force on this node when this returns, unless the entity is quiet. */
GW_DECLARE(apr_status_t) gw_row_add(request_rec *r, const gw_entity *entity, json_t *row);

typedef enum gw_row_fate { GW_ROW_KEEP, GW_ROW_SAVE, GW_ROW_DELETE } gw_row_fate;
/* What is to become of this row, which nobody else can change meanwhile; it may be changed in place. Its `ttl` is the
 * seconds that remain (as it was: the moment of expiry stays). Called at most once, in a transaction: be short. */
typedef gw_row_fate gw_row_edit_fn(void *baton, json_t *row);
/* Read the row whose unique `field` (NULL = id) is `value` and do what `edit` says. A deletion is in force on this node
 * when this returns; other changes are on their way. */
GW_DECLARE(apr_status_t) gw_row_edit(request_rec *r, const gw_entity *entity, const char *field, const char *value,
                                     gw_row_edit_fn *edit, void *baton);

/* ---- tables that are no entities: a plugin's own counters, or somebody else's tables ---- */

/* Run one statement by itself, while a request is served; it must bear to be run twice. Parameters are text, NULL =
 * SQL's NULL. *rows: new reference, an array (at most 1000) of arrays of strings and nulls. APR_EAGAIN: the database is
 * away or too busy. APR_EGENERAL: the statement is wrong (logged). */
GW_DECLARE(apr_status_t) gw_sql_run(json_t **rows, request_rec *r, const gw_sql *sql, const char *const *params,
                                    int nparams);

/* ---- bodies ---- */

/* 1 when the client sends a body, whatever the method. httpd's ap_request_has_body says that HEAD has none; a client
 * may send one, and it goes on to the upstream. */
GW_DECLARE(int) gw_has_body(const request_rec *r);
/* Read up to `max` bytes of the request body and put them back for whoever reads next. *complete: all of it.
 * Bytes are borrowed for the request's life. Any number of plugins may peek. APR_SUCCESS or what reading gave. */
GW_DECLARE(apr_status_t) gw_body_peek(request_rec *r, apr_off_t max, const char **bytes, apr_size_t *len,
                                      int *complete);
/* Send these bytes instead of the client's body; framing headers are put right. Copied. */
GW_DECLARE(void) gw_body_replace(request_rec *r, const char *bytes, apr_size_t len);
/* Refuse bodies above max bytes: at once where the length is told, else while they stream. Returns what the hook is to
 * return: DECLINED, or what gw_reply makes of `answer`, which is borrowed for the request's life (a refusal may come
 * after the hook). The smallest max asked for counts. */
GW_DECLARE(int) gw_body_limit(request_rec *r, apr_off_t max, const gw_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
