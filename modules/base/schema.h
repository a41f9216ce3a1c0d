/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.h - what can be done with a field table (gw_schema.h). The order is fixed:
 * decode, form coercion, shorthands, merge (PATCH), defaults, field checks, entity checks.
 * Pure; threads: any, schemas are read-only.
 */
#ifndef GW_BASE_SCHEMA_H
#define GW_BASE_SCHEMA_H

#include "gw_entity.h"
#include "arena.h"

typedef enum gw_unknown {
    GW_UNKNOWN_REFUSE, /* "unknown field", internal ones too */
    GW_UNKNOWN_DROP,
    GW_UNKNOWN_OURS /* no client sent it: internal fields may be set, others are refused */
} gw_unknown;

typedef enum gw_write_kind { GW_WRITE_INSERT, GW_WRITE_UPDATE, GW_WRITE_UPSERT } gw_write_kind;

/* Errors of one validation; memory in p. */
gw_errors *gw_errors_make(apr_pool_t *p);
int gw_errors_any(const gw_errors *errors);
/* The tree for "fields": borrowed. */
json_t *gw_errors_tree(const gw_errors *errors);
/* NULL when there are none, else the error of the catalogue (code 2) in the errors' pool. */
const gw_error *gw_errors_result(const gw_errors *errors);
/* "schema violation (F: E)" / "n schema violations (F: E; F2: E2)" from a tree; in p. */
const char *gw_errors_message(const json_t *tree, apr_pool_t *p);
/* {k="v"} rendering of an object as the catalogue's messages show keys; in p. */
const char *gw_errors_key_text(const json_t *key, apr_pool_t *p);

/* Form coercion: strings become what the schema's fields want; anything that does not fit stays as it was.
 * In place. */
void gw_schema_coerce(const gw_schema *schema, json_t *entity, apr_pool_t *p);
/* Replace shorthands by what they stand for, in place; nested records too. Call it on what the client sent, before
 * a merge. A wrong value is reported under the old name, at the top of the tree, wherever it was nested. */
void gw_schema_expand(const gw_schema *schema, json_t *entity, gw_errors *errors, apr_pool_t *p);
/* PATCH: a new object = `old` overlaid with `patch`; records merge, all else is replaced; internal fields stay; lists
 * of children (GW_CHILDREN) that `patch` does not name are null: to be left alone. Shares nothing with either. New
 * reference. */
json_t *gw_schema_merge(const gw_schema *schema, const json_t *old, const json_t *patch);
/* Fill in defaults, generators and nulls, in place, in the order of the table. */
void gw_schema_fill(const gw_schema *schema, json_t *entity, gw_write_kind kind, apr_time_t now);
/* All field checks, then the rules. `old` (may be NULL) is compared for immutable fields. In place: sets lose
 * duplicates, 1.0 becomes 1 in integer fields, uuids become lower case, foreign references keep their id only. */
void gw_schema_check(const gw_schema *schema, json_t *entity, const json_t *old, gw_write_kind kind,
                     gw_unknown unknown, gw_errors *errors, apr_pool_t *p);
/* expand + fill + check in that order for a complete object. NULL when good, else the error (code 2) in p. */
const gw_error *gw_schema_process(const gw_schema *schema, json_t *entity, const json_t *old, gw_write_kind kind,
                                  gw_unknown unknown, apr_time_t now, apr_pool_t *p);
/* A whole PATCH: expand (patch, in place), merge, fill, check. Where a record's schema depends on the row, the patch
 * is read with old's key field. *row: the new row, new reference; untouched on failure. */
const gw_error *gw_schema_patch(json_t **row, const gw_schema *schema, json_t *patch, const json_t *old,
                                gw_unknown unknown, apr_time_t now, apr_pool_t *p);
/* The JSON shown to clients: fields in table order, write-only and internal ones left out. New reference. */
json_t *gw_schema_show(const gw_schema *schema, const json_t *row);
/* The same with secret fields masked ("***"), for logs, audit, explain. New reference. */
json_t *gw_schema_mask(const gw_schema *schema, const json_t *row);
/* {"fields":[{"host":{"type":"string",...}}],"entity_checks":[...]} for /schemas. New reference. */
json_t *gw_schema_describe(const gw_schema *schema);
/* The same with the records that depend on the row as `entity` ({"name":"jwt"}) picks them. New reference. */
json_t *gw_schema_describe_for(const gw_schema *schema, const json_t *entity);
/* Write a checked object into its C struct `conf` (zeroed by the caller, of the size its owner declared);
 * strings are copied into the arena. A null leaves what the caller put there, so -1 can stand for unset. */
void gw_schema_compile(const gw_schema *schema, const json_t *entity, void *conf, gw_arena *arena);
/* What gw_schema_compile put into `conf`, as JSON in the order of the table: fields without a member are left out, and
 * so is what people may not see. New reference. */
json_t *gw_schema_restore(const gw_schema *schema, const void *conf);
/* Find a field by name, dots for nested records; NULL if there is none. */
const gw_field *gw_schema_field(const gw_schema *schema, const char *name);
/* The first field by which rows of `schema` hang on a row of the entity called `parent`; NULL if they do not. */
const gw_field *gw_schema_link(const gw_schema *schema, const char *parent);

#endif
