/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - rows in Postgres or SQLite, by entity. The only room with SQL.
 *
 * A gw_store says which database; a gw_db is one connection, used by one thread at a time. Request threads wrap
 * the native handle of mod_dbd's pool (gw_db_wrap); builder, listener and migration open their own (gw_db_open).
 * Statements are generated from the entities' schemas; no entity is known by name. Rows are JSON objects whose
 * members are the schema's fields.
 *
 * Every function that returns apr_status_t:
 *   APR_SUCCESS
 *   APR_NOTFOUND   there is no such row
 *   APR_EAGAIN     the database is away, or too busy to answer in time: 503; nothing was written (but see
 *                  gw_db_commit). gw_db_is_away tells the two apart. Logged by the caller, once per change of state
 *   APR_ENOTIMPL   the entity's table (or the event table) does not exist: a migration is missing. That entity alone
 *                  is out of order
 *   APR_EINVAL     a mistake of the caller: a write outside of a write transaction, an unknown field
 *   APR_EGENERAL   refused: *err says what to tell the client (functions without one: gw_db_why says it to the log)
 * Outputs are set on success only. After a failure inside a transaction, roll back: nothing else will work.
 */
#ifndef GW_STORE_STORE_H
#define GW_STORE_STORE_H

#include "gw_entity.h"

#include <apr_errno.h>
#include <apr_tables.h>

/* mod_gw.so exports the store for mod_gw_admin.so. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct gw_store gw_store;
typedef struct gw_db gw_db;
typedef struct gw_db_kept gw_db_kept;

typedef enum gw_driver { GW_PGSQL, GW_SQLITE } gw_driver;

/* ---- registry (pconf; filled while modules register, read-only afterwards) ---- */

/* NULL, or why it is refused: another API version, a name that is taken, names that cannot be SQL identifiers.
 * The registry is emptied by a cleanup of the pool of the first call. */
const char *gw_registry_add(const gw_entity *entity, apr_pool_t *pconf);
/* NULL if there is none. */
const gw_entity *gw_registry_find(const char *name);
/* Parents come before children. Array of const gw_entity *; never NULL, borrowed until the next gw_registry_add. */
const apr_array_header_t *gw_registry_all(void);

/* ---- store and connections ---- */

/* `driver` and `params` as in DBDriver and DBDParams. NULL for a driver that is neither pgsql nor sqlite3. In p. */
gw_store *gw_store_make(const char *driver, const char *params, apr_pool_t *p);
gw_driver gw_store_driver(const gw_store *store);
/* A connection of one's own, closed by gw_db_close or the pool's end. *why in p on failure. */
apr_status_t gw_db_open(gw_db **db, const char **why, const gw_store *store, apr_pool_t *p);
/* The same in a pool of its own, ended by gw_db_close_alone only. NULL on failure, *why in p. */
gw_db *gw_db_open_alone(const char **why, const gw_store *store, apr_pool_t *p);
void gw_db_close_alone(gw_db *db);
/* Borrow a native PGconn or sqlite3 (apr_dbd_native_handle); the caller closes the handle, not we. `kept`: what
 * gw_db_prepare_connection made for this connection, or NULL. In p. */
gw_db *gw_db_wrap(const gw_store *store, void *native, gw_db_kept *kept, apr_pool_t *p);
void gw_db_close(gw_db *db);
/* Once per fresh native connection: timeouts, pragmas. *kept is what it keeps from one borrower to the next, compiled
 * statements; p, which it ends with, must end before the connection is closed. NULL: nothing. */
apr_status_t gw_db_prepare_connection(gw_db_kept **kept, const gw_store *store, void *native, apr_pool_t *p);
/* A cheap round trip; a lost connection is made anew. */
apr_status_t gw_db_ping(gw_db *db);
/* 1 when the last failure was a lost or refused connection, 0 when it was anything else. */
int gw_db_is_away(const gw_db *db);
/* 1 when the last failure was that nothing more goes onto the disk. */
int gw_db_is_full(const gw_db *db);
/* 1 when the last failure was that the database gave this transaction up for another writer's (a deadlock): the same
 * again may well succeed. */
int gw_db_is_lost(const gw_db *db);
/* The last failure in words, for the log only. */
const char *gw_db_why(const gw_db *db);

/* ---- transactions; a write outside of one is refused ---- */
apr_status_t gw_db_begin_read(gw_db *db);  /* one consistent view for all that follows */
apr_status_t gw_db_begin_write(gw_db *db); /* SQLite: takes the write lock now */
/* Not APR_SUCCESS: nothing was written. The one exception: the connection is lost while the server commits, and the
 * server cannot be asked afterwards; then APR_EAGAIN, and gw_db_is_unknown is 1 until the next transaction begins. */
apr_status_t gw_db_commit(gw_db *db);
int gw_db_is_unknown(const gw_db *db);
/* In a transaction: it will read or write a large part of the database, and may take memory for that until it ends. */
void gw_db_expect_much(gw_db *db);
/* In a write transaction whose caller announces that everything changed (gw_store_announce_all): what it writes need
 * not write events of its own until it ends. */
void gw_db_mute(gw_db *db);
void gw_db_rollback(gw_db *db);            /* also after a failure; harmless without a transaction */

/* ---- rows ---- */

/*
 * How a row is kept: table = the entity's name; a column for each field, of the same name; a foreign field `service`
 * in column `service_id`; arrays, sets, maps and records as JSON text. An entity with has_ttl has a column
 * `expires_ms` (milliseconds since 1970, NULL = never) and no column `ttl`: a row's member `ttl` holds the seconds
 * that remain, rounded up, or null. What has expired is seen by nobody and stands in nobody's way.
 * Uuids are kept in lower case. Time is the database's.
 */

/* One row by unique field (`field` NULL = id). *row: new reference. A value that the field cannot hold (no uuid, not
 * UTF-8) is APR_NOTFOUND. Outside of a transaction a connection found dead is made anew and the read repeated. */
apr_status_t gw_row_load(json_t **row, gw_db *db, const gw_entity *entity, const char *field, const char *value,
                         apr_pool_t *p);

typedef struct gw_page {
    int size;                    /* at most this many */
    const char *after_id;        /* NULL = from the start; order is ascending id */
    const char *where_field;     /* NULL, or an equality filter: foreign field ("service") or scalar */
    const char *where_value;
    const char *and_field;       /* NULL, or a second filter */
    const char *and_value;
    const char *const *tags;     /* NULL-terminated or NULL */
    int tags_any;                /* 0 = all of them, 1 = any */
    int is_tagged;               /* only rows that have tags */
} gw_page;

/* Called for one row after the other; the row is borrowed. Anything but APR_SUCCESS stops, and is returned. */
typedef apr_status_t gw_row_visitor(void *baton, const gw_entity *entity, json_t *row);

/* A page, of which one row is held at a time. The database is not to be asked by `visit`; what it was told before a
 * failure is no page. *next_after: the id to go on after, NULL at the end; in p. */
apr_status_t gw_row_each(const char **next_after, gw_db *db, const gw_entity *entity, const gw_page *page,
                         gw_row_visitor *visit, void *baton, apr_pool_t *p);
/* The same as one JSON array. *rows: new reference. */
apr_status_t gw_row_page(json_t **rows, const char **next_after, gw_db *db, const gw_entity *entity,
                         const gw_page *page, apr_pool_t *p);

/* How many rows there are after page->after_id with its filters. Where page->size is not 0, counting stops there. */
apr_status_t gw_row_count(apr_int64_t *count, gw_db *db, const gw_entity *entity, const gw_page *page, apr_pool_t *p);

/* At most `size` rows, by id, that hold `text` (valid UTF-8, ASCII letters in any case) in one of `fields` (texts and
 * lists of texts; those that the entity lacks are left out), or whose id begins with it. Of lists, the JSON text is
 * looked at: the caller looks closer. A scan. *rows: new reference. */
apr_status_t gw_row_search(json_t **rows, gw_db *db, const gw_entity *entity, const char *text,
                           const char *const *fields, int size, apr_pool_t *p);

/* Insert a complete, checked row (on_write is run first; it and generated values end up in `row`).
 * APR_EGENERAL: *err is GW_E_UNIQUE, GW_E_PRIMARY_KEY, GW_E_FOREIGN_KEY, GW_E_DATABASE or what on_write said. A foreign
 * field that names an entity which is not registered, or has no table, can only be null. */
apr_status_t gw_row_insert(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *row, apr_pool_t *p);
/* Replace the row of that id by `row` (complete). `old` is the row as loaded in this transaction; a `ttl` that is
 * equal in both leaves the moment of expiry as it is. */
apr_status_t gw_row_update(const gw_error **err, gw_db *db, const gw_entity *entity, const json_t *old, json_t *row,
                           apr_pool_t *p);
/* Delete by id with all that cascades (on_write is called for the row itself only). GW_E_FOREIGN_KEY when another row
 * still refers to it. */
apr_status_t gw_row_delete(const gw_error **err, gw_db *db, const gw_entity *entity, const char *id, apr_pool_t *p);
/* The same for a row as loaded in this transaction. APR_NOTFOUND: it went meanwhile, with a parent. */
apr_status_t gw_row_delete_known(const gw_error **err, gw_db *db, const gw_entity *entity, const json_t *old,
                                 apr_pool_t *p);
/* gw_row_insert and gw_row_delete_known for all of `nrows` rows of one entity, in their order: many in a statement
 * where that is faster, so that on_write may be asked twice for a row. APR_EGENERAL: *err is what the first row that is
 * refused is told by itself; nothing else will work then. Rows to be deleted that went meanwhile are passed over. */
apr_status_t gw_rows_insert(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *const *rows, int nrows,
                            apr_pool_t *p);
apr_status_t gw_rows_delete_known(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *const *olds,
                                  int nrows, apr_pool_t *p);
/* A copy in p of an error whose pool ends earlier. */
const gw_error *gw_error_dup(const gw_error *err, apr_pool_t *p);
/* As gw_row_load, but locks the row until the transaction ends (Postgres FOR UPDATE / FOR KEY SHARE for parents). */
apr_status_t gw_row_lock(json_t **row, gw_db *db, const gw_entity *entity, const char *field, const char *value,
                         int as_parent, apr_pool_t *p);

/* A consumer with what requests need of it, in one query: {"consumer": row, "plugins": [rows], "acls": [rows]}.
 * `children` (NULL-terminated) names the entities to bring along by foreign key; one that is not registered or has no
 * table gives []. The row stands under the name of the children's foreign field, or "row" if there is none. New
 * reference. */
apr_status_t gw_row_load_with_children(json_t **out, gw_db *db, const gw_entity *entity, const char *field,
                                       const char *value, const char *const *children, apr_pool_t *p);

/* One statement over tables that are no entities, by itself; it must bear to be run twice, for a connection found dead
 * is made anew. Parameters are text, NULL = SQL's NULL. *rows: new reference, an array of arrays of strings and nulls.
 * More than `max` rows: APR_EINVAL. */
apr_status_t gw_db_query(json_t **rows, gw_db *db, const gw_sql *sql, const char *const *params, int nparams, int max);

/* ---- changes (coherence) ---- */

/* Where a reader stands in the event table; belongs to one reader, survives reconnects. In p. */
typedef struct gw_cursor gw_cursor;
gw_cursor *gw_cursor_make(apr_pool_t *p);

typedef struct gw_change {
    const gw_entity *entity;
    const char *id;
    json_t *row; /* the row as it is now; NULL when it is gone. Borrowed: lives as long as the pool */
} gw_change;

/* Read everything that lives in the snapshot in one read transaction, parents first, and set the cursor to that moment.
 * `p` is for transient memory, cleared in between by the callee through subpools. */
apr_status_t gw_store_load(gw_db *db, gw_cursor *cursor, gw_row_visitor *visit, void *baton, apr_pool_t *p);
/* What changed since the cursor, each row once in its present state, in one read transaction; the cursor moves on
 * only on success, and not when *reload is set. *changes: array of gw_change in p, entities in registry order, of all
 * placements. *reload != 0 (then *changes is empty): the cursor was never set, fell behind the pruning horizon, stands
 * in another database's time, met an `all` event or more changes than a reload costs; drop all caches and call
 * gw_store_load. */
apr_status_t gw_store_changes(apr_array_header_t **changes, int *reload, gw_db *db, gw_cursor *cursor, apr_pool_t *p);
/* *behind: 1 when gw_store_changes would have something to say. One cheap query; the cursor stays where it is. */
apr_status_t gw_store_is_behind(int *behind, gw_db *db, const gw_cursor *cursor);
/* In a write transaction: tell every reader to reload. */
apr_status_t gw_store_announce_all(gw_db *db);
/* Forget events older than the horizon, and rows that have expired: some thousands a call, in transactions of its
 * own. Any node may do so at any time. *more: 1 when it is worth calling again. */
apr_status_t gw_store_prune_events(gw_db *db, apr_interval_time_t horizon);
apr_status_t gw_store_prune_expired(int *more, gw_db *db);

/* The 32 bytes that all who use this database share by that name; made by the first who asks. A transaction of its
 * own. */
apr_status_t gw_store_secret(unsigned char out[32], gw_db *db, const char *name, apr_pool_t *p);
/* Write rows anew whose `kept_field` does not begin with its entity's `kept_prefix`, some hundreds in a transaction;
 * *nwritten of them. Stops when a row stays as it was. */
apr_status_t gw_store_rekeep(int *nwritten, gw_db *db, apr_pool_t *p);
/* Does the entity's table exist? To be asked where a missing one must not end the transaction. */
apr_status_t gw_store_has_table(int *is_there, gw_db *db, const gw_entity *entity, apr_pool_t *p);
/* Which declarative configuration the rows are: what was set last, in p. APR_NOTFOUND: none. */
apr_status_t gw_store_mark_get(const char **mark, gw_db *db, apr_pool_t *p);
/* In a write transaction. */
apr_status_t gw_store_mark_set(gw_db *db, const char *mark);

/* Postgres only (SQLite: APR_ENOTIMPL), on a connection of one's own: LISTEN on the store's channel, then wait until
 * something was notified, `stop_fd` (-1 = none) became readable or timeout_ms (-1 = for ever) passed.
 * APR_SUCCESS: notified; APR_TIMEUP; APR_EINTR: stop_fd; APR_EAGAIN: connection lost: close it, open another. */
apr_status_t gw_store_listen(gw_db *db);
apr_status_t gw_store_wait(gw_db *db, int stop_fd, int timeout_ms);

/* ---- the audit: who changed what ---- */

/* One change. Texts are valid UTF-8; all borrowed. */
typedef struct gw_audit_entry {
    const char *who;            /* NULL = nobody said */
    const char *from;           /* the client's address, or NULL */
    const char *method, *path;
    const char *entity, *entity_id;
    const json_t *before, *after; /* the row without its secrets; NULL = there was none, there is none now */
} gw_audit_entry;

/* In the transaction of the change. */
apr_status_t gw_audit_add(gw_db *db, const gw_audit_entry *entry, apr_pool_t *p);

typedef struct gw_audit_query {
    int size;               /* at most this many */
    apr_int64_t before;     /* only entries with smaller ids; 0 = from the newest on */
    const char *entity;     /* only this one's, or NULL */
    const char *entity_id;  /* only this row's, or NULL */
} gw_audit_query;

/* Newest first: {"id", "at" (seconds, to the millisecond), "who", "from", "method", "path", "entity", "entity_id",
 * "before", "after"}. *rows: new reference; *next_before: to go on with, 0 at the end. */
apr_status_t gw_audit_page(json_t **rows, apr_int64_t *next_before, gw_db *db, const gw_audit_query *query,
                           apr_pool_t *p);
/* Forget some thousands of the entries that are older than `days`. A transaction of its own. */
apr_status_t gw_audit_sweep(gw_db *db, int days);

/* ---- migrations ---- */

typedef struct gw_migration_state {
    int pending;            /* scripts not yet run */
    int ahead;              /* the database is newer than this build: refuse to start */
    const char *report;     /* a line per owner for people, in p */
} gw_migration_state;

/* Look (run == 0) or run what is missing (several nodes may do so at once: they queue for one lock), from
 * sql_dir/<owner>/<driver>/NNN-what.sql for every owner that has a folder, "core" first. Each script is one
 * transaction. Nothing is run when any owner is ahead. *why in p on failure. See sql/README.md. */
apr_status_t gw_store_migrate(gw_migration_state *state, const char **why, gw_db *db, const char *sql_dir, int run,
                              apr_pool_t *p);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif
