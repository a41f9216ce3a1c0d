/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_rows.h - what all calls on rows share: keys, loading, showing.
 * Return values as in admin_call.h: 0 = go on, else the status of the answer given.
 */
#ifndef GW_ADMIN_CRUD_ROWS_H
#define GW_ADMIN_CRUD_ROWS_H

#include "admin_call.h"

/* How a row is taken. */
typedef enum gw_hold { GW_HOLD_NONE, GW_HOLD_ROW } gw_hold;

/* A row's address: its id, or the value of its entity's endpoint key. */
typedef struct gw_row_key {
    const gw_entity *entity;
    const char *value;
    int is_id;
} gw_row_key;

/* Of what a path names, of its parent, of an id; borrowed from the target. */
gw_row_key gw_key_of_target(const gw_path_target *target);
gw_row_key gw_key_of_parent(const gw_path_target *target);
gw_row_key gw_key_of_id(const gw_entity *entity, const char *id);

/* Can such a row exist at all? Otherwise code 1 (no uuid) or code 10 (not a valid name). */
int gw_key_check(admin_call *call, const gw_row_key *key);
/* gw_key_check, then the row, borrowed from p; *row NULL when there is none. */
int gw_crud_load(admin_call *call, json_t **row, const gw_row_key *key, gw_hold hold);
/* The owner of a nested target; 404 when there is none. Then the nested row, *row NULL when it is not the owner's. */
int gw_crud_load_parent(admin_call *call, json_t **parent);
int gw_crud_load_child(admin_call *call, json_t **row, const json_t *parent, gw_hold hold);

/* A nested target that is named by its entity's nested key is named by its id from now on; 404 when there is none. A
 * PUT gets that key into its body, and a fresh id if there is none. */
int gw_crud_settle_nested_key(admin_call *call, const json_t *parent);

/* The id that a foreign field of the row holds; NULL when it is null. Borrowed. */
const char *gw_row_parent_id(const json_t *row, const gw_field *field);
const char *gw_row_id(const json_t *row);
/* {"id": id}: new reference. */
json_t *gw_reference_make(const char *id);

/* Answer with the row as clients see it, and its entity tag; adds warnings where parts of it have no effect. A GET of
 * what the client has already is answered 304. */
int gw_crud_show(admin_call *call, int status, const gw_entity *entity, json_t *row);
/* The same without answering: new reference. */
json_t *gw_crud_view(const gw_entity *entity, json_t *row);

#endif
