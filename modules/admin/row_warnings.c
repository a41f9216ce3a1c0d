/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row_warnings.c - a table of field values out of reach of an HTTP gateway on httpd.
 */
#include "row_warnings.h"

#include <string.h>

/* `value` is a string, "true", or "" for any but http and https. */
static const struct { const char *entity, *field, *value, *text; } rows[] = {
    { "routes", "path_handling", "v1", "path_handling 'v1' is stored, but paths are handled as 'v0'" },
    { "routes", "protocols", "", "only protocols 'http' and 'https' are matched; others are stored without effect" },
    { "services", "protocol", "", "only protocols 'http' and 'https' are proxied; this service cannot be reached" },
    { "upstreams", "algorithm", "latency", "algorithm 'latency' is stored without effect; 'round-robin' is used" },
    { "upstreams", "use_srv_name", "true", "use_srv_name is stored without effect" },
};

static int is_other_protocol(const json_t *value)
{
    const char *s = json_string_value(value);

    return s != NULL && strcmp(s, "http") != 0 && strcmp(s, "https") != 0;
}

static int is_value(const json_t *value, const char *want)
{
    size_t i;

    for (i = 0; i < json_array_size(value); i++)
        if (is_value(json_array_get(value, i), want))
            return 1;
    if (*want == '\0')
        return is_other_protocol(value);
    if (json_is_true(value))
        return strcmp(want, "true") == 0;
    return json_is_string(value) && strcmp(json_string_value(value), want) == 0;
}

const char *gw_row_warning(const char *entity, const json_t *row, int *at)
{
    size_t i;

    for (i = (size_t)*at; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].entity, entity) == 0 && is_value(json_object_get(row, rows[i].field), rows[i].value)) {
            *at = (int)i + 1;
            return rows[i].text;
        }
    }
    return NULL;
}
