/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_find.h - where a request carries its token. Pure.
 */
#ifndef GW_JWT_FIND_H
#define GW_JWT_FIND_H

#include <apr_pools.h>

#include "gw_schema.h"

typedef struct gw_jwt_places {
    const char *query;   /* NULL = none */
    const char *cookies; /* the Cookie header, NULL = none */
    const char *(*header)(void *baton, const char *name);
    void *baton;
} gw_jwt_places;

/* Read every place; the same token found twice counts once. *ntokens: how many different ones. The first one,
 * borrowed or in p; NULL when there is none. */
const char *gw_jwt_find(int *ntokens, const gw_jwt_places *places, const gw_strings *params,
                        const gw_strings *cookie_names, const gw_strings *headers, apr_pool_t *p);

#endif
