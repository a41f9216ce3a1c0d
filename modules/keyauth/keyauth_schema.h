/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_schema.h - the field tables of key-auth and its credentials, and the structs they compile to. Pure.
 */
#ifndef GW_KEYAUTH_SCHEMA_H
#define GW_KEYAUTH_SCHEMA_H

#include "gw_entity.h"

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_keyauth_conf {
    gw_strings key_names; /* in the order they are looked for */
    int key_in_header, key_in_query, key_in_body;
    int key_in_authorization; /* "Authorization: Bearer KEY", after all names */
    int hide_credentials;
    int run_on_preflight;
    const char *anonymous; /* consumer id or username, NULL = none */
    const char *realm;
    const char *challenge; /* WWW-Authenticate; made by gw_keyauth_conf_prepare */
} gw_keyauth_conf;

/* A credential; arena-owned. */
typedef struct gw_keyauth_credential {
    const char *key;
} gw_keyauth_credential;

extern const gw_schema gw_keyauth_conf_schema;
extern const gw_schema gw_keyauth_credential_schema;

/* `prepare` of gw_plugin. */
const char *gw_keyauth_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

#endif
