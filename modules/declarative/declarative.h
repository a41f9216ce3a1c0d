/* SPDX-License-Identifier: Apache-2.0 */
/*
 * declarative.h - a whole configuration as one text: read, checked, compared with what is stored, put in force,
 * written.
 *
 * Everything is learned from the registry of entities: collections are their names, nesting follows foreign fields, ids
 * of rows that name none follow from what identifies them (gw_entity.identity, endpoint_key), so that the same text
 * gives the same ids everywhere. Pure but for the store; never httpd.h. Threads: any, each with values of its own.
 *
 *   decl_text.c     bytes to a document              decl_gather.c   document to entries, ids
 *   decl_refs.c     names to ids                     decl_check.c    schemas, uniqueness
 *   decl_errors.c   what is wrong, as clients and people are told
 *   decl_plan.c     entries against stored rows      decl_run.c      the difference as one transaction
 *   decl_prune.c    what stays against what goes     decl_export.c   stored rows as a document
 */
#ifndef GW_DECLARATIVE_DECLARATIVE_H
#define GW_DECLARATIVE_DECLARATIVE_H

#include <apr_hash.h>

#include "growing.h"
#include "store.h"
#include "yaml_parse.h"

/* mod_gw.so exports these for mod_gw_admin.so. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* ---- the text ---- */

typedef enum gw_decl_format {
    GW_DECL_ANY,  /* JSON if it is, else YAML */
    GW_DECL_JSON,
    GW_DECL_YAML
} gw_decl_format;

/* By the name's end: .json, .yml, .yaml; -1 for any other. */
int gw_decl_format_of(const char *file_name);
/* The document (new reference), or NULL and *fault. */
json_t *gw_decl_parse(gw_text_fault *fault, gw_decl_format format, const char *text, apr_size_t len, apr_pool_t *p);
/* The text's hash as /status tells it: 32 hex digits, in p. */
const char *gw_decl_hash(const char *text, apr_size_t len, apr_pool_t *p);
#define GW_DECL_NO_HASH "00000000000000000000000000000000"

/* ---- reading ---- */

typedef struct gw_decl gw_decl;

/* Who knows rows that a text refers to but does not hold: the id of the row of `entity` that `key` names, in p, or
 * NULL. *rv is set when it cannot be known. */
typedef const char *gw_decl_find_fn(void *baton, apr_status_t *rv, const gw_entity *entity, const char *key,
                                    apr_pool_t *p);

/* Read and check a document (borrowed, unchanged). `find` may be NULL: then the text must stand for itself. *decl is
 * always set, and lives in p. NULL when it is good, else code 14 with the tree of what is wrong, in p. */
const gw_error *gw_decl_read(gw_decl **decl, const json_t *document, gw_decl_find_fn *find, void *baton,
                             apr_time_t now, apr_pool_t *p);
/* What `find` failed with, else APR_SUCCESS. */
apr_status_t gw_decl_find_status(const gw_decl *decl);
/* What a bad document's answer lists with flatten_errors: new reference. */
json_t *gw_decl_flattened_errors(const gw_decl *decl);
/* The same for people: "line 7: services[0].host: required field missing", at most `most`, then how many more; array of
 * const char * in p. `text` is what the document was parsed from. */
apr_array_header_t *gw_decl_error_lines(const gw_decl *decl, const char *text, apr_size_t len, int most, apr_pool_t *p);
/* Things to mend: array of const char *. */
const apr_array_header_t *gw_decl_warnings(const gw_decl *decl);
/* Visit the rows, complete, checked and with their ids, in the registry's order. */
void gw_decl_each(const gw_decl *decl, void (*visit)(void *baton, const gw_entity *entity, json_t *row), void *baton);

/* ---- stored rows ---- */

typedef enum gw_decl_mode {
    GW_DECL_REPLACE, /* the text is everything: what it does not hold goes; ids are the text's */
    GW_DECL_PRUNE,   /* the same, but rows keep their ids where a unique field says that they are the same */
    GW_DECL_UPSERT   /* as before, and nothing goes */
} gw_decl_mode;

typedef enum gw_decl_step_kind { GW_DECL_CREATE, GW_DECL_UPDATE, GW_DECL_DELETE } gw_decl_step_kind;

typedef struct gw_decl_step {
    gw_decl_step_kind kind;
    const gw_entity *entity;
    const char *id;
    const char *label; /* what people call it; may be NULL */
    json_t *row;       /* create, update: complete; NULL for delete */
    json_t *old;       /* update, delete; NULL otherwise */
} gw_decl_step;

typedef struct gw_decl_plan {
    apr_array_header_t *steps; /* of gw_decl_step: parents first */
    json_t *unchanged;         /* entity: how many rows are as they should be */
} gw_decl_plan;

/* In a transaction: what has to be done so that the store holds what the text says. Run-time entities are left alone;
 * their rows, and those of nothing else, survive. APR_EGENERAL: *err, in p. */
apr_status_t gw_decl_compare(gw_decl_plan **plan, const gw_error **err, gw_db *db, gw_decl *decl, gw_decl_mode mode,
                             apr_pool_t *p);
/* A plan of GW_DECL_PRUNE: does anything that the text holds refer to a row that it takes away, by a foreign field or
 * in a list of ids? NULL, or GW_E_FOREIGN_KEY naming both, in p. */
const gw_error *gw_decl_check_prune(const gw_decl *decl, const gw_decl_plan *plan, apr_pool_t *p);
/* In a write transaction: do it. Readers are told once when much changes. APR_EGENERAL: *err, in p. */
apr_status_t gw_decl_run(const gw_error **err, gw_db *db, const gw_decl_plan *plan, apr_pool_t *p);
/* A plan as clients see it: {"create": {entity: [{id, name}]}, "update": ..., "delete": ..., "unchanged": {entity: n}};
 * updates say which fields change, secrets are masked. New reference. */
json_t *gw_decl_plan_show(const gw_decl_plan *plan, apr_pool_t *p);

/* In a read transaction: all rows but run-time ones, flat, with their ids, as the YAML of a document whose rows need no
 * further change (`_transform: false`). After a failure, `out` (the caller's to free) holds nothing of use. */
apr_status_t gw_decl_export(gw_growing *out, gw_db *db, apr_pool_t *p);

/* ---- a file instead of a database ---- */

typedef struct gw_decl_load {
    const char *name;              /* of the file, for messages; NULL: a text that came otherwise */
    gw_decl_format format;
    const char *text;
    apr_size_t len;
    const char *build;             /* a text is not loaded again by the build that loaded it last */
    /* out */
    int is_same;                   /* nothing was to be done */
    const char *why;               /* APR_EGENERAL: one or more lines, in p */
    const apr_array_header_t *warnings;
    int nrows;
} gw_decl_load;

/* Put a text in force: checked whole, then one transaction. APR_EGENERAL: it is bad, load->why says where; what was in
 * force stays. */
apr_status_t gw_decl_load_run(gw_decl_load *load, gw_db *db, apr_pool_t *p);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
