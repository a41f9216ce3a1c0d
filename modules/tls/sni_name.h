/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sni_name.h - names that certificates are served for: "a.example.com", "*.example.com", "a.example.*", "*". Pure;
 * threads: any.
 */
#ifndef GW_TLS_SNI_NAME_H
#define GW_TLS_SNI_NAME_H

#include <stddef.h>

#include "gw_schema.h"

#define GW_SNI_MAX 253 /* bytes of a host name */

/* gw_check_fn of a name with at most one wildcard, as first or last character. */
gw_check_fn gw_check_sni_pattern;
/* The pattern as it is kept: lower case, without a final dot. New string in p. */
const char *gw_sni_normal(const char *pattern, apr_pool_t *p);
/* 1 when some name could match: a wildcard stands for whole labels only, "*example.com" for nothing. */
int gw_sni_can_match(const char *pattern);

/* The patterns that stand for a name, best first. */
typedef struct gw_sni_forms {
    int n;
    char text[4][GW_SNI_MAX + 3];
} gw_sni_forms;

/* `name`, NULL or not a host name's length: nobody said one, "*" alone. Else: itself in lower case, "*." for its first
 * label, ".*" for its last, "*". */
void gw_sni_forms_of(gw_sni_forms *forms, const char *name);

#endif
