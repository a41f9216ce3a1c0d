/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_units.h - "0.13 MiB": the units of /status. Pure.
 */
#ifndef GW_ADMIN_BYTE_UNITS_H
#define GW_ADMIN_BYTE_UNITS_H

#include <apr_pools.h>
#include <jansson.h>

typedef struct gw_byte_unit {
    const char *suffix; /* "MiB"; NULL: plain bytes */
    double bytes;       /* in one unit */
    int scale;          /* digits after the point */
} gw_byte_unit;

/* Parameters as given (NULL = m, 2). NULL, or a message in p. */
const char *gw_byte_unit_parse(gw_byte_unit *unit, const char *text, const char *scale, apr_pool_t *p);
/* A string, or for plain bytes a number: new reference. */
json_t *gw_bytes_format(const gw_byte_unit *unit, double bytes, apr_pool_t *p);

#endif
