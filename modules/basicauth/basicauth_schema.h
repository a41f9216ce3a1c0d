/* SPDX-License-Identifier: Apache-2.0 */
/*
 * basicauth_schema.h - the field tables of basic-auth and its credentials, and the structs they compile to. Pure.
 */
#ifndef GW_BASICAUTH_SCHEMA_H
#define GW_BASICAUTH_SCHEMA_H

#include "gw_entity.h"

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_basicauth_conf {
    const char *anonymous; /* consumer id or username, NULL = none */
    int hide_credentials;
    const char *realm;
    const char *challenge; /* WWW-Authenticate; made by gw_basicauth_conf_prepare */
} gw_basicauth_conf;

/* A credential; arena-owned. */
typedef struct gw_basicauth_credential {
    const char *password; /* as kept: password.h */
} gw_basicauth_credential;

extern const gw_schema gw_basicauth_conf_schema;
extern const gw_schema gw_basicauth_credential_schema;

/* `prepare` of gw_plugin. */
const char *gw_basicauth_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);
/* `transform` of gw_entity: the password becomes its hash. The stored hash, given back, stays what it is. A credential
 * that changes its consumer needs its password anew, as the reference wants it. */
const gw_error *gw_basicauth_transform(json_t *row, const json_t *old, apr_pool_t *p);

#endif
