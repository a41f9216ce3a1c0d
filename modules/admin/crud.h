/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud.h - calls on rows: one implementation for all entities.
 */
#ifndef GW_ADMIN_CRUD_H
#define GW_ADMIN_CRUD_H

#include "admin_call.h"

/* Run a call whose target is a collection, a row, a nested one or a link and whose method the target knows. Needs
 * call->db. Returns the status of the answer in call. */
int gw_crud_run(admin_call *call);

/* ---- the parts, by file ---- */

int gw_crud_list(admin_call *call);                                         /* crud_list.c */
/* A list that is shown otherwise. */
typedef struct gw_list_manner {
    void (*dress)(void *baton, json_t *shown); /* what is said of a row besides; NULL = nothing */
    void *baton;
    const char *path;                          /* where the next page is; NULL = the collection's own */
    const char *node_id;                       /* who says so, or NULL */
} gw_list_manner;
int gw_crud_list_as(admin_call *call, const gw_list_manner *manner);        /* crud_list.c */
int gw_crud_create(admin_call *call);                                       /* crud_create.c: POST */
/* PUT of the row at the target. `owner` (nested, else NULL) becomes its parent. */
int gw_crud_put(admin_call *call, const json_t *owner);                     /* crud_create.c */
/* PATCH and DELETE of the row at the target. `owner`: as above; the row must be its child. */
int gw_crud_patch(admin_call *call, const json_t *owner);                   /* crud_change.c */
int gw_crud_delete(admin_call *call, const json_t *owner);                  /* crud_change.c */
int gw_crud_link(admin_call *call);                                         /* crud_link.c: /routes/{key}/service */

/* Declarative mode: answers 405 (code 12) to a write that would have succeeded; 0 with a database. */
int gw_crud_refuse_readonly(admin_call *call, const char *verb);            /* crud_change.c */
/* Commit; 0, or the status of the answer when nothing was written. */
int gw_crud_commit(admin_call *call);                                       /* crud_change.c */

#endif
