/* SPDX-License-Identifier: Apache-2.0 */
/*
 * correlation_schema.h - what may be configured for correlation-id, the struct it compiles to, and how ids are made.
 * Pure.
 */
#ifndef GW_CORRELATION_SCHEMA_H
#define GW_CORRELATION_SCHEMA_H

#include "gw_entity.h"

typedef enum gw_correlation_kind {
    GW_CORRELATION_UUID,
    GW_CORRELATION_COUNTER,
    GW_CORRELATION_TRACKER
} gw_correlation_kind;

/* The plugin's config; arena-owned, read-only after `prepare`. */
typedef struct gw_correlation_conf {
    const char *header_name;
    const char *generator;
    gw_correlation_kind kind; /* of generator; set by gw_correlation_conf_prepare */
    int echo_downstream;
} gw_correlation_conf;

/* What ids are made of; strings are borrowed. */
typedef struct gw_correlation_facts {
    const char *child;          /* a uuid of this child */
    apr_uint64_t count;         /* different each time, in this child */
    const char *address;        /* of the server's end of the connection */
    int port, pid;
    long connection, requests;  /* numbers of the connection, and of the request on it */
    apr_time_t now;
} gw_correlation_facts;

extern const gw_schema gw_correlation_conf_schema;

/* `prepare` of gw_plugin. */
const char *gw_correlation_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

/* A new id; in p. */
const char *gw_correlation_make(gw_correlation_kind kind, const gw_correlation_facts *facts, apr_pool_t *p);
/* 1 when what a client sent (NULL = nothing) is an id to keep: more than blanks. */
int gw_correlation_is_given(const char *value);

#endif
