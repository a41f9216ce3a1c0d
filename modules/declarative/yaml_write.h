/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_write.h - JSON values as YAML text that every YAML parser reads back as the same values. Pure.
 */
#ifndef GW_DECLARATIVE_YAML_WRITE_H
#define GW_DECLARATIVE_YAML_WRITE_H

#include <stddef.h>
#include <jansson.h>

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif
/* Block style, two spaces a level, members in their order; what a plain word could be mistaken for is quoted. malloced,
 * with a NUL behind its *len bytes; NULL when there is no memory. */
char *gw_yaml_write(size_t *len, const json_t *value);
#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
