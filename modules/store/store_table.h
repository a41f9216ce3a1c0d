/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_table.h - an entity as SQL sees it: its columns and the statements made from its schema, once, when it is
 * registered. Identifiers come from schemas only and are always quoted; values are always parameters. Private to
 * this room.
 */
#ifndef GW_STORE_TABLE_H
#define GW_STORE_TABLE_H

#include "store_driver.h"

typedef enum gw_column_kind {
    GW_COLUMN_TEXT,
    GW_COLUMN_UUID,
    GW_COLUMN_INTEGER,
    GW_COLUMN_NUMBER,
    GW_COLUMN_BOOLEAN,
    GW_COLUMN_JSON
} gw_column_kind;

typedef struct gw_column {
    const char *name;      /* "service_id" */
    const gw_field *field; /* named "service" */
    gw_column_kind kind;
} gw_column;

/* A field with GW_CHILDREN: no column, but the keys of rows of another table. */
typedef struct gw_child_list {
    const gw_field *field;
    const gw_entity *entity; /* whose rows; NULL: not registered, and the list is empty */
    const gw_field *link;    /* of theirs, to this table */
} gw_child_list;

#define GW_MAX_CHILD_LISTS 2
#define GW_BATCH_ROWS 500 /* written by one statement */

/* The statements of one driver. Parameters as told. */
typedef struct gw_table_sql {
    const char *columns;    /* "id", "name", ...: what gw_table_row reads; the table under its own name */
    const char *is_alive;   /* condition on rows that have not expired; NULL without has_ttl */
    const char *select;     /* SELECT columns FROM table WHERE [alive AND]: a condition is to follow */
    const char *insert;     /* $1... the columns; with has_ttl, one more: seconds to live */
    const char *update;     /* the same parameters; $1 is the id */
    const char *update_ttl; /* as update, and the seconds to live; NULL without has_ttl */
    const char *delete;     /* $1 the id */
    const char *in_ids;     /* condition: the id is one of $1, a JSON array */
    const char *insert_many; /* $1 a JSON array of gw_table_record; NULL: one by one is as fast */
    const char *delete_many; /* $1 a JSON array of ids; NULL: one by one is as fast */
    const char *make_room;  /* drop expired rows that a new one could meet; $1... the id and the unique columns, in
                               order; NULL without has_ttl */
    const char *make_room_many; /* the same for $1, a JSON array of gw_table_record; NULL where make_room or
                                   insert_many is */
} gw_table_sql;

typedef struct gw_table {
    const gw_entity *entity;
    int ncolumns;
    const gw_column *columns; /* [0] is the id */
    int nlists;
    gw_child_list lists[GW_MAX_CHILD_LISTS];
    gw_table_sql sql[2];      /* by gw_driver */
} gw_table;

/* NULL and *why when the schema has names that are no plain identifiers, no `id`, or too many fields. In p. */
gw_table *gw_table_make(const char **why, const gw_entity *entity, apr_pool_t *p);
/* `other` is registered, too: one of the table's child lists may be of its rows. */
void gw_table_settle(gw_table *table, const gw_entity *other, apr_pool_t *p);
/* The column of a field by the field's name; NULL if there is none. */
const gw_column *gw_table_column(const gw_table *table, const char *field);

/* The table of a registered entity (store_registry.c); NULL otherwise. */
const gw_table *gw_table_of(const gw_entity *entity);

/* ---- store_children.c ---- */

/* The row was written: make its child lists true where they are arrays, and then say in `row` what they are now. Rows
 * that come are processed by their schema; their entity has no on_write. APR_EGENERAL: *err, as of gw_row_insert. */
apr_status_t gw_children_write(const gw_error **err, gw_db *db, const gw_table *table, json_t *row, apr_pool_t *p);

/* ---- store_write.c ---- */

/* Before a row is written in place of `old` (NULL: it is new): on_write, then its parameters. APR_EGENERAL: *err. */
apr_status_t gw_write_prepare(const gw_error **err, const char ***params, const gw_table *table, const json_t *old,
                              json_t *row, apr_pool_t *p);

/* ---- store_values.c ---- */

/* A row from the cells of `columns`. New reference; NULL when a cell is not what its column promises. */
json_t *gw_table_row(const gw_table *table, const char *const *cells);
/* The parameters of insert and update: ncolumns of them, and the seconds to live with has_ttl; in p. Uuids in `row`
 * become lower case. NULL and *field when a string holds a NUL character. */
const char **gw_table_params(const char **field, const gw_table *table, json_t *row, apr_pool_t *p);
/* The same row as a member of $1 of insert_many, from the `params` that gw_table_params made of it: an object of
 * columns, without those that are NULL. New reference. */
json_t *gw_table_record(const gw_table *table, const char *const *params, const json_t *row);
/* Any value as text, in p. */
const char *gw_table_json(const json_t *value, apr_pool_t *p);
/* A look-up's value as its column's parameter: `value` itself or a copy in p; NULL when the column cannot hold it. */
const char *gw_column_param(const gw_column *column, const char *value, apr_pool_t *p);
/* The column of a look-up (`field` NULL = id) and its parameter. APR_NOTFOUND: no row can have that value.
 * APR_EINVAL: no such field, or `table` is NULL. */
apr_status_t gw_table_condition(const gw_column **column, const char **param, const gw_table *table,
                                const char *field, const char *value, apr_pool_t *p);
/* The status of a read whose rows went through gw_table_row: what that refused, while the database found no fault,
 * is noted as a corrupt row. db->fault.kind was reset before. */
apr_status_t gw_table_judge(gw_db *db, apr_status_t rv, const gw_table *table);

#endif
