/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_units.c - a table of units.
 */
#include "byte_units.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SCALE 10

static const struct { char letter; const char *suffix; double bytes; } units[] = {
    { 'b', NULL, 1 },
    { 'k', "KiB", 1024.0 },
    { 'm', "MiB", 1024.0 * 1024 },
    { 'g', "GiB", 1024.0 * 1024 * 1024 },
};

const char *gw_byte_unit_parse(gw_byte_unit *unit, const char *text, const char *scale, apr_pool_t *p)
{
    size_t i;

    unit->scale = 2;
    if (scale != NULL && apr_isdigit(*scale))
        unit->scale = (int)strtol(scale, NULL, 10);
    if (unit->scale < 0 || unit->scale > MAX_SCALE)
        unit->scale = MAX_SCALE;
    if (text == NULL)
        text = "m";
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (apr_tolower(*text) == units[i].letter && text[1] == '\0') {
            unit->suffix = units[i].suffix;
            unit->bytes = units[i].bytes;
            return NULL;
        }
    }
    return apr_psprintf(p, "invalid unit '%s' (expected 'k/K', 'm/M', or 'g/G')", text);
}

json_t *gw_bytes_format(const gw_byte_unit *unit, double bytes, apr_pool_t *p)
{
    if (unit->suffix == NULL)
        return json_integer((json_int_t)bytes);
    return json_string(apr_psprintf(p, "%.*f %s", unit->scale, bytes / unit->bytes, unit->suffix));
}
