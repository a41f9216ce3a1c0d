/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_parse.h - YAML 1.1 text as JSON values, by libyaml's events, within bounds: bytes, depth, values (those that
 * aliases repeat are counted each time). Pure.
 */
#ifndef GW_DECLARATIVE_YAML_PARSE_H
#define GW_DECLARATIVE_YAML_PARSE_H

#include <apr_pools.h>
#include <jansson.h>

#define GW_YAML_DEPTH 64
#define GW_YAML_VALUES 20000000      /* of a whole document */
#define GW_YAML_ALIASED_VALUES 1000000 /* of which aliases may repeat */

/* Where and why a text is refused. */
typedef struct gw_text_fault {
    int line;            /* from 1; 0 = not known */
    const char *message; /* in p */
} gw_text_fault;

/* One document; an empty one is null. Scalars are what YAML 1.1 makes of them (yes, no, on, off are booleans); keys are
 * strings as written; `<<` merges. Refused: a second document, duplicate keys, NUL, tags other than YAML's own, aliases
 * that contain themselves. New reference, or NULL and *fault. */
json_t *gw_yaml_parse(gw_text_fault *fault, const char *text, apr_size_t len, apr_pool_t *p);

/* The line, from 1, of the value that `path` leads to: member names (strings) and positions (integers, from 0), an
 * array. Where the path ends early, the line of the last value that is there. Also for JSON. */
int gw_yaml_line(const char *text, apr_size_t len, const json_t *path);

#endif
