/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_impl.h - what the files of this room share: a document in the making. Nobody else includes it.
 */
#ifndef GW_DECLARATIVE_DECL_IMPL_H
#define GW_DECLARATIVE_DECL_IMPL_H

#include "declarative.h"

typedef struct decl_entry decl_entry;
typedef struct decl_set decl_set;

/* A foreign field of an entry. */
typedef struct decl_ref {
    const gw_field *field;
    decl_entry *target;    /* in the document; NULL: a stored row */
    struct decl_ref *next;
} decl_ref;

struct decl_entry {
    decl_set *set;
    decl_entry *parent;           /* nested below it; NULL = flat */
    const gw_field *parent_field; /* that names the parent */
    const json_t *given;          /* as the document has it, borrowed */
    int index;                    /* in the list it stands in */
    json_t *row;                  /* in the making, then complete; owned by the decl */
    const char *id;               /* settled */
    int is_id_given;
    decl_ref *refs;
    apr_array_header_t *absent;   /* const char *: generated fields that the document leaves to us, dotted */
    json_t *ttl;                  /* as given, or NULL; borrowed from `given` */
    json_t *fields;               /* what the schema says is wrong; NULL = nothing */
    json_t *messages;             /* array: what else is wrong: references, uniqueness */
    const char *collision;        /* that it stands in the way of another one; NULL = it does not */
    const char *collision_key;    /* told under this key instead of the entry's place */
    json_t *old;                  /* the stored row that it becomes; while comparing */
    decl_entry *next;             /* of the same set */
};

/* All entries of one entity. */
struct decl_set {
    const gw_entity *entity;
    char space[37];               /* namespace of its ids */
    decl_entry *first, *last;
    int n;
    apr_hash_t *by_id;
    apr_hash_t *by_key;           /* endpoint key */
    apr_hash_t *unnamed;          /* ids of entries that nothing names */
    decl_set *next;               /* in the registry's order */
};

struct gw_decl {
    apr_pool_t *p;
    const json_t *document;
    apr_time_t now;
    decl_set *sets;
    int transforms;               /* `_transform` */
    int is_old_format;            /* 1.1 and 2.1: paths may be regular expressions without '~' */
    gw_decl_find_fn *find;
    void *baton;
    apr_status_t find_rv;
    apr_hash_t *found;            /* what `find` said: "entity:key" */
    json_t *tree;                 /* what is wrong outside of entries */
    apr_array_header_t *warnings;
};

/* ---- decl_gather.c ---- */
/* Fill the sets from the document; what is no entry is noted in decl->tree. Ids are settled. */
void decl_gather(gw_decl *decl);
decl_set *decl_set_find(const gw_decl *decl, const char *name);
/* The endpoint key's value in an object; NULL if it has none. Borrowed. */
const char *decl_key_of(const gw_entity *entity, const json_t *object);
void decl_warn(gw_decl *decl, const char *text);

/* ---- decl_ids.c ---- */
void decl_settle_space(decl_set *set);
/* Give the entry its id; its parent has one. */
void decl_settle_id(gw_decl *decl, decl_entry *entry);
/* The values of gw_entity.identity, ids for parents, as one text in p; NULL when the entity has none. */
const char *decl_identity(const gw_entity *entity, const json_t *row, apr_pool_t *p);

/* ---- decl_refs.c ---- */
/* Replace references by {"id": ...}; those that lead nowhere are noted. */
void decl_resolve(gw_decl *decl);
/* Note that an entry stands in the way of another, or refers to nothing. */
void decl_collide(gw_decl *decl, decl_entry *entry, const char *what, const char *value);
void decl_note_dangling(gw_decl *decl, decl_entry *entry, const gw_field *field, const char *key);

/* ---- decl_legacy.c ---- */
/* What older formats and older files meant. */
void decl_modernise(gw_decl *decl, decl_entry *entry);

/* ---- decl_check.c ---- */
void decl_check(gw_decl *decl);

/* ---- decl_protocols.c ---- */
/* Entries are checked, references followed. */
void decl_check_protocols(gw_decl *decl);

/* ---- decl_errors.c ---- */
int decl_is_bad(const gw_decl *decl);
const gw_error *decl_error(const gw_decl *decl);

/* ---- decl_absent.c ---- */
/* Array of const char *, in p: GW_AUTO fields that `row` has no value for, dotted. */
apr_array_header_t *decl_absent_fields(const gw_schema *schema, const json_t *row, apr_pool_t *p);
/* Take their values over from the row as it was stored; in place. */
void decl_carry_over(const apr_array_header_t *absent, json_t *row, const json_t *old, apr_pool_t *p);
/* Do two rows say the same? When they were written, and how long they live, is left aside. */
int decl_is_same(const gw_entity *entity, const json_t *row, const json_t *old);

#endif
