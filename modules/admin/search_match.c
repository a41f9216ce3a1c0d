/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search_match.c - the table of fields that people know rows by, names first.
 */
#include "search_match.h"

#include <apr_lib.h>
#include <string.h>
#include <strings.h>

#include "schema.h"

static const struct { const char *name; int is_name; } known[] = {
    { "name", 1 },    { "username", 1 }, { "custom_id", 1 }, { "target", 1 }, { "group", 1 }, { "key", 1 },
    { "instance_name", 1 }, { "host", 0 }, { "path", 0 },    { "hosts", 0 },  { "paths", 0 }, { "snis", 0 },
    { "tags", 0 },
};
#define NKNOWN (sizeof(known) / sizeof(known[0]))

const char *const *gw_search_fields(const gw_schema *schema, apr_pool_t *p)
{
    const char **fields = apr_pcalloc(p, (NKNOWN + 1) * sizeof(*fields));
    size_t i, n = 0;

    for (i = 0; i < NKNOWN; i++) {
        const gw_field *field = gw_schema_field(schema, known[i].name);

        if (field != NULL && !(field->flags & (GW_SECRET | GW_WRITE_ONLY | GW_INTERNAL)))
            fields[n++] = known[i].name;
    }
    return fields;
}

static int contains(const char *s, const char *text)
{
    size_t len = strlen(text);

    for (; *s != '\0'; s++)
        if (strncasecmp(s, text, len) == 0)
            return 1;
    return 0;
}

static int holds(const json_t *value, const char *text)
{
    size_t i;

    if (json_is_string(value))
        return contains(json_string_value(value), text);
    for (i = 0; i < json_array_size(value); i++)
        if (holds(json_array_get(value, i), text))
            return 1;
    return 0;
}

const char *gw_search_match(const json_t *row, const char *const *fields, const char *text)
{
    const char *id = json_string_value(json_object_get(row, "id"));

    if (id != NULL && strncasecmp(id, text, strlen(text)) == 0)
        return "id";
    for (; *fields != NULL; fields++)
        if (holds(json_object_get(row, *fields), text))
            return *fields;
    return NULL;
}

const char *gw_search_name(const json_t *row, const char *const *fields)
{
    size_t i;

    for (i = 0; i < NKNOWN; i++) {
        const json_t *value = json_object_get(row, known[i].name);
        const char *const *field = fields;

        while (*field != NULL && strcmp(*field, known[i].name) != 0)
            field++;
        if (known[i].is_name && *field != NULL && json_is_string(value))
            return json_string_value(value);
    }
    return NULL;
}
