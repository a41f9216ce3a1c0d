/* SPDX-License-Identifier: Apache-2.0 */
/*
 * termination_schema.h - what may be configured for request-termination, and the struct it compiles to. Pure.
 */
#ifndef GW_TERMINATION_SCHEMA_H
#define GW_TERMINATION_SCHEMA_H

#include "gw_entity.h"

/* The plugin's config; arena-owned, read-only. */
typedef struct gw_termination_conf {
    apr_int64_t status_code;  /* 100..599 */
    const char *message;      /* NULL = the status's own, if it has one */
    const char *content_type; /* of body; NULL = none */
    const char *body;         /* NULL = a message */
    const char *trigger;      /* header or query parameter without which nothing happens; NULL = always */
    int echo;
} gw_termination_conf;

extern const gw_schema gw_termination_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_termination_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

/* The sentence of a status for which none is configured; NULL = no body. */
const char *gw_termination_text(int status);

#endif
