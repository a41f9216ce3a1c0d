/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_write.h - JSON values as YAML text that every YAML parser reads back as the same values. Pure.
 */
#ifndef GW_DECLARATIVE_YAML_WRITE_H
#define GW_DECLARATIVE_YAML_WRITE_H

#include <jansson.h>

#include "growing.h"

/* Block style, two spaces a level, members in their order; what a plain word could be mistaken for is quoted.
 * A document that is never held as a whole is written in parts: an object's first members, then a list as its next
 * member (which must not stay empty), and of that list one array of items after the other. */
void gw_yaml_add(gw_growing *out, const json_t *value);
void gw_yaml_add_list(gw_growing *out, const char *key);

#endif
