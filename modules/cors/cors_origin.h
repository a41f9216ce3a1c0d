/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cors_origin.h - which origins (RFC 6454) a config admits. Pure.
 */
#ifndef GW_CORS_ORIGIN_H
#define GW_CORS_ORIGIN_H

#include "gw_schema.h"

typedef struct gw_cors_origins gw_cors_origins;

typedef enum gw_cors_kind {
    GW_CORS_ALL,     /* "*" */
    GW_CORS_LITERAL, /* one origin, told whoever asks */
    GW_CORS_LIST     /* the client's origin is compared with each entry */
} gw_cors_kind;

/* From `origins` of a config: nothing or "*" alone admits all. In the arena but for regexes: gw_cors_origins_free. */
gw_cors_origins *gw_cors_origins_make(const gw_strings *origins, gw_arena *arena);
void gw_cors_origins_free(gw_cors_origins *origins);
gw_cors_kind gw_cors_origins_kind(const gw_cors_origins *origins);
/* What Access-Control-Allow-Origin says to a client that sent `origin` (NULL = none): "*", the one literal origin, the
 * client's own without its scheme's port, or NULL: it is not admitted. Borrowed or in p. */
const char *gw_cors_origins_admit(const gw_cors_origins *origins, const char *origin, apr_pool_t *p);

#endif
