/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_find.h - where in a request the key stands: the first name with a value wins; for each name header, then
 * query, then body. Knows no request: it asks through functions. Pure.
 */
#ifndef GW_KEYAUTH_FIND_H
#define GW_KEYAUTH_FIND_H

#include "gw_schema.h"

/* The places that are searched; NULL = not that one. */
typedef struct gw_key_places {
    const char *(*header)(void *baton, const char *name);            /* its value; NULL = absent */
    const char *query;
    const char *(*field)(void *baton, const char *name, int *count); /* of the body: first value, how often */
    const char *authorization;                                       /* the header's value; searched last */
    void *baton;
} gw_key_places;

typedef struct gw_key_found {
    const char *name;    /* under which it was found; NULL = nowhere */
    const char *key;     /* never empty, but when is_repeated; decoded, borrowed or in p */
    int is_repeated;     /* more than one value at the place that won */
    int may_be_repeated; /* a header with ", " in it: httpd joins repeated ones so; else it belongs to the key */
} gw_key_found;

/* 1 and *found is complete, or 0 and it is zeroed. */
int gw_key_find(gw_key_found *found, const gw_key_places *places, const gw_strings *names, apr_pool_t *p);

#endif
