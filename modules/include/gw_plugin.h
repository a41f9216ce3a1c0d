/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gw_plugin.h - what a plugin is, beside its hooks: a name, a place in the order, a schema that compiles its config.
 *
 * The pure half of mod_gw.h, so that rows can be compiled, planned and tested without httpd. Registration and the
 * request side stand in mod_gw.h.
 */
#ifndef GW_PLUGIN_H
#define GW_PLUGIN_H

#include "gw_entity.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Phases a plugin takes part in; a hook whose bit is not in the route's mask returns at once. */
enum {
    GW_PHASE_ACCESS = 1 << 0,
    GW_PHASE_AUTHN = 1 << 1,
    GW_PHASE_AUTHZ = 1 << 2,
    GW_PHASE_FIXUPS = 1 << 3,
    GW_PHASE_RESPONSE = 1 << 4,
    GW_PHASE_LOG = 1 << 5
};

enum {
    GW_PLUGIN_NO_CONSUMER = 1 << 0, /* may not be attached to a consumer: "value must be null" */
    GW_PLUGIN_GUARDS = 1 << 1 /* it may refuse whoever asks, by who that is: beside it, an authentication plugin with
                               * `anonymous` is no open door (/status warns of those) */
};

/* Filled in by its module, registered once (mod_gw.h), read-only afterwards but for `index`. */
typedef struct gw_plugin {
    unsigned api;            /* GW_API_VERSION */
    size_t size;             /* sizeof(gw_plugin) */
    const char *name;        /* "key-auth" */
    const char *version;
    int priority;
    unsigned phases;         /* GW_PHASE_* */
    unsigned flags;          /* GW_PLUGIN_* */
    const gw_schema *schema; /* of `config` */
    size_t conf_size;        /* of the struct that the schema's fields land in */
    /* After compiling, once per row and child: parse regexes, keys. NULL or a message (in ptemp); a row with a message
     * is refused at write time. What it makes beyond the arena is freed by destroy. */
    const char *(*prepare)(void *conf, gw_arena *arena, apr_pool_t *ptemp);
    void (*destroy)(void *conf);
    const char *alias;       /* an older name that clients may use, or NULL */
    /* Names of query parameters that may hold credentials under this config, or NULL (the function, too). Borrowed as
     * long as the config is. Request lines are logged with their values masked, whether or not a hook of the plugin saw
     * the request. */
    const gw_strings *(*secret_query)(const void *conf);
    int index;               /* set by gw_plugin_register */
} gw_plugin;

/* What a proof of who asks (a token, a session) goes by; NULL or 0 where it does not say. */
typedef struct gw_proof {
    const char *jti;
    const char *session;     /* the id that its owner revokes it by */
    const char *consumer_id;
    apr_time_t issued_at;    /* 0: taken to be older than any `issued_before` */
} gw_proof;

#ifdef __cplusplus
}
#endif
#endif
