/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl_rows.c - compares members with the fields that a schema lists.
 */
#include "ctl_rows.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_NAME 256

void gw_ctl_count(json_t *counts, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(counts, name));

    json_object_set_new(counts, name, json_integer(n + 1));
}

const json_t *gw_ctl_schema_field(const json_t *schema, const char *name)
{
    json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(schema, "fields"), i, entry) {
        const json_t *field = json_object_get(entry, name);

        if (field != NULL)
            return field;
    }
    return NULL;
}

/* null, and what is empty, is no loss. */
static int holds_something(const json_t *value)
{
    return !json_is_null(value) && (json_is_object(value) ? json_object_size(value) > 0 : !json_is_array(value)
                                                                                         || json_array_size(value) > 0);
}

void gw_ctl_row_fit(json_t *row, const json_t *schema, const char *prefix, json_t *left_out)
{
    char full[LONGEST_NAME];
    const char *name;
    json_t *value;
    void *next;

    json_object_foreach_safe (row, next, name, value) {
        const json_t *field = gw_ctl_schema_field(schema, name);
        const char *type = json_string_value(json_object_get(field, "type"));

        snprintf(full, sizeof(full), "%s.%s", prefix, name);
        if (field == NULL) {
            if (holds_something(value))
                gw_ctl_count(left_out, full);
            json_object_del(row, name);
        }
        else if (type != NULL && strcmp(type, "record") == 0 && json_is_object(value)
                 && json_object_get(field, "fields") != NULL) {
            gw_ctl_row_fit(value, field, full, left_out);
        }
    }
}
