/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_template.h - values with places for what a request says: "user $(headers.x_user or 'nobody')".
 *
 * $(headers.NAME), $(query_params.NAME), $(uri_captures.NAME), each also as ["NAME"] or ['NAME'], uri_captures also as
 * [1]; alternatives and quoted words behind "or". Nothing else: no code is run. Pure.
 */
#ifndef GW_TRANSFORM_TEMPLATE_H
#define GW_TRANSFORM_TEMPLATE_H

#include <apr_tables.h>

#include "gw_schema.h"

typedef struct gw_template gw_template;

/* What places are filled from; all borrowed. */
typedef struct gw_template_env {
    const apr_table_t *headers;
    const char *query;         /* NULL = none */
    const json_t *captures;    /* {"named":{},"unnamed":[]}; NULL = none */
} gw_template_env;

/* NULL, then *template is set (in arena); or why it is none, in p. */
const char *gw_template_compile(const gw_template **template, const char *text, gw_arena *arena, apr_pool_t *p);
/* A text without places, whatever stands in it. */
const gw_template *gw_template_literal(const char *text, gw_arena *arena);
/* The value, in p or the template's own. NULL: a place has nothing to be filled from. */
const char *gw_template_render(const gw_template *template, const gw_template_env *env, apr_pool_t *p);
/* 1 when it has places. */
int gw_template_is_variable(const gw_template *template);

#endif
