/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_rules.h - what is done to a set of named values, in this order: remove, rename, replace (if present), add
 * (if absent), append. What the values belong to (headers, a query, a body) is an editor's affair. Pure.
 */
#ifndef GW_TRANSFORM_RULES_H
#define GW_TRANSFORM_RULES_H

#include "transform_template.h"

typedef enum gw_value_type { GW_VALUE_STRING, GW_VALUE_NUMBER, GW_VALUE_BOOLEAN } gw_value_type;

/* "name:value", or a name alone. Arena-owned. */
typedef struct gw_transform_entry {
    const char *name;
    const gw_template *value; /* the new name for rename; NULL = none */
    gw_value_type type;
} gw_transform_entry;

typedef struct gw_transform_entries {
    int n;
    gw_transform_entry *v;
} gw_transform_entries;

typedef struct gw_transform_rules {
    gw_transform_entries remove, rename, replace, add, append;
} gw_transform_rules;

/* How to change one kind of document; `doc` is the editor's own. Names and values are borrowed until the document is
 * written. */
typedef struct gw_transform_editor {
    int (*has)(void *doc, const char *name);
    void (*remove)(void *doc, const char *name);
    void (*rename)(void *doc, const char *from, const char *to); /* `from` is there; what was called `to` goes */
    void (*set)(void *doc, const char *name, const char *value, gw_value_type type); /* once, whatever was there */
    void (*append)(void *doc, const char *name, const char *value, gw_value_type type);
} gw_transform_editor;

/* Entries of a config's list: "name:value" or "name"; colons before the value are dropped, values may have places.
 * NULL, or what is wrong with a value, in p. */
const char *gw_transform_entries_make(gw_transform_entries *entries, const gw_strings *list, gw_arena *arena,
                                      apr_pool_t *p);
/* The same with values that are taken as they are; `types` are those of the first ones, the others are strings. */
void gw_transform_literals_make(gw_transform_entries *entries, const gw_strings *list, const gw_strings *types,
                                gw_arena *arena);
int gw_transform_is_empty(const gw_transform_rules *rules);
/* 1 when a value has places. */
int gw_transform_is_variable(const gw_transform_rules *rules);
/* Do it. A value whose template has nothing to be filled from is not set. */
void gw_transform_apply(const gw_transform_rules *rules, const gw_transform_editor *editor, void *doc,
                        const gw_template_env *env, apr_pool_t *p);

#endif
