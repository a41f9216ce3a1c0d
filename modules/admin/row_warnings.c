/* SPDX-License-Identifier: Apache-2.0 */
/*
 * row_warnings.c - a table of field values that are out of reach of an HTTP gateway on httpd, or not used by it.
 */
#include "row_warnings.h"

#include <string.h>

#define UNUSED_KEY "rsa_public_key is not used: algorithm is one of HS256, HS384, HS512; say which one the tokens have"

/* `value` is a string, "true", or "" for any but http and https; `with` (may be NULL): a field that holds text. */
static const struct { const char *entity, *field, *value, *with, *text; } rows[] = {
    { "routes", "path_handling", "v1", NULL, "path_handling 'v1' is stored, but paths are handled as 'v0'" },
    { "routes", "protocols", "", NULL,
      "only protocols 'http' and 'https' are matched; others are stored without effect" },
    { "services", "protocol", "", NULL,
      "only protocols 'http' and 'https' are proxied; this service cannot be reached" },
    { "upstreams", "algorithm", "latency", NULL,
      "algorithm 'latency' is stored without effect; 'round-robin' is used" },
    { "upstreams", "use_srv_name", "true", NULL, "use_srv_name is stored without effect" },
    { "jwt_secrets", "algorithm", "HS256", "rsa_public_key", UNUSED_KEY },
    { "jwt_secrets", "algorithm", "HS384", "rsa_public_key", UNUSED_KEY },
    { "jwt_secrets", "algorithm", "HS512", "rsa_public_key", UNUSED_KEY },
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

static int applies(size_t i, const char *entity, const json_t *row)
{
    return strcmp(rows[i].entity, entity) == 0 && is_value(json_object_get(row, rows[i].field), rows[i].value)
           && (rows[i].with == NULL || json_is_string(json_object_get(row, rows[i].with)));
}

const char *gw_row_warning(const char *entity, const json_t *row, int *at)
{
    size_t i;

    for (i = (size_t)*at; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (applies(i, entity, row)) {
            *at = (int)i + 1;
            return rows[i].text;
        }
    }
    return NULL;
}
