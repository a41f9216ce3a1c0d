/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_impl.h - what the schema_*.c files share; nobody else includes it.
 * Calls go one way: check -> rules -> limits -> errors.
 */
#ifndef GW_BASE_SCHEMA_IMPL_H
#define GW_BASE_SCHEMA_IMPL_H

#include "schema.h"

#include <string.h>

/* Values without a description (maps of anything) may nest this deep. */
#define GW_FREE_FORM_DEPTH 32

struct gw_errors {
    apr_pool_t *p;
    json_t *tree;
    int count;
};

/* What the checks of one row share. */
typedef struct gw_check_scope {
    const json_t *entity; /* the whole row: what `pick` goes by */
    gw_write_kind kind;
    gw_unknown unknown;
    apr_pool_t *p;
} gw_check_scope;

/* ---- schema_errors.c ---- */

/* A message as JSON, broken bytes replaced. New reference. */
json_t *gw_errors_text(const char *message, apr_pool_t *p);
/* Put a message or a whole tree at `name` (a dot is a character like any other); a field keeps its first. Steals err;
 * NULL is no error. */
void gw_errors_put(gw_errors *errors, const char *name, json_t *err);
/* The node at `field` (dots nest); borrowed, NULL when that field is good. */
const json_t *gw_errors_at(const gw_errors *errors, const char *field);
/* The first byte (from 1) that is not UTF-8; 0 when all of it is. */
apr_size_t gw_errors_bad_utf8(const char *s, apr_size_t len);

/* ---- schema_limits.c ---- */

/* The checks that follow the type, in the fixed order, the custom one last. NULL or a message. A value of another type
 * than the limit is about passes it, except one_of and contains. */
const char *gw_limits_check(const gw_field *field, const json_t *value, apr_pool_t *p);

/* ---- schema_rules.c ---- */

/* Run the rules of `schema` over `object`. `outer`: the name of the record that object is in, or NULL at the top;
 * rules that speak of it as "outer.field" are left for gw_rules_check_outer. */
void gw_rules_check(const gw_check_scope *scope, const gw_schema *schema, const json_t *object, const char *outer,
                    gw_errors *errors);
/* Run those rules of a record's schema that name fields as the row does, over the row. */
void gw_rules_check_outer(const gw_check_scope *scope, const gw_schema *record, const json_t *entity, const char *outer,
                          gw_errors *errors);

/* ---- schema_check.c ---- */

/* Null handling, type, elements, limits. NULL when good, else a message or tree, new reference. *better: a new
 * reference when the parent is to hold another value in its place (1 for 1.0), else NULL. */
json_t *gw_value_check(const gw_check_scope *scope, const gw_field *field, json_t *value, json_t **better);

/* ---- small things ---- */

/* A number as messages show it: no point when it is whole; in p (schema_limits.c). */
const char *gw_number_format(double value, apr_pool_t *p);

/* ASCII only, whatever the locale. */
static inline int gw_char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline int gw_char_is_alnum(char c)
{
    return gw_char_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline const gw_schema *gw_field_record(const gw_field *field, const json_t *entity)
{
    return field->pick != NULL ? field->pick(entity) : field->record;
}

/* By exact name (a dot is a character like any other); NULL when there is none. */
static inline const gw_field *gw_field_find(const gw_schema *schema, const char *name)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++) {
        if (strcmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

static inline int gw_rule_is_end(const gw_rule *rule)
{
    return rule->fields[0] == NULL && rule->if_field == NULL && rule->check == NULL;
}

static inline int gw_json_is_null(const json_t *value)
{
    return value == NULL || json_is_null(value);
}

#endif
