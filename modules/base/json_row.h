/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_row.h - reads members of a row, the JSON object that stands for an entity. Pure, inline.
 */
#ifndef GW_BASE_JSON_ROW_H
#define GW_BASE_JSON_ROW_H

#include <jansson.h>

/* A member that is a string, borrowed from the row; NULL: it is not there, is null, or is no string. */
static inline const char *gw_json_text(const json_t *row, const char *name)
{
    return json_string_value(json_object_get(row, name));
}

/* The id of the entity that a member refers to ({"id": "..."}), borrowed from the row; NULL as above. */
static inline const char *gw_json_foreign_id(const json_t *row, const char *name)
{
    return gw_json_text(json_object_get(row, name), "id");
}

#endif
