/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_driver.h - what the store asks of a database: run one statement with text parameters, hand over text rows,
 * say what went wrong. Private to this room; implemented by store_pgsql.c and store_sqlite.c, used through the
 * functions of store_db.c, which add transactions and the healing of lost connections.
 *
 * Parameters are written $1, $2, ... for both databases. A NULL pointer is SQL's NULL, in both directions.
 */
#ifndef GW_STORE_DRIVER_H
#define GW_STORE_DRIVER_H

#include "store.h"

#define GW_MAX_COLUMNS 128

typedef enum gw_fault_kind {
    GW_FAULT_NONE,
    GW_FAULT_AWAY,      /* no connection, or lost */
    GW_FAULT_BUSY,      /* a lock or a time limit: worth another try, later */
    GW_FAULT_LOST,      /* given up for another writer: the same transaction, begun anew, may well succeed */
    GW_FAULT_FULL,      /* no room left on the disk */
    GW_FAULT_UNIQUE,    /* `object`: name of the constraint or index; SQLite: may be "table.column, table.column" */
    GW_FAULT_FOREIGN,   /* `object`: the constraint, `table`: the referring table; both "" when not told */
    GW_FAULT_NO_TABLE,  /* table or column does not exist */
    GW_FAULT_BAD_VALUE, /* a value that its column cannot hold */
    GW_FAULT_TOO_LONG,  /* a value longer than an index can hold; which, is not told */
    GW_FAULT_OTHER
} gw_fault_kind;

/* The last failure of a connection. */
typedef struct gw_fault {
    gw_fault_kind kind;
    char object[256]; /* "" = not told */
    char table[128];
    char why[512];    /* for the log */
} gw_fault;

/* A row of a result; the cells are borrowed for the call. Anything but APR_SUCCESS stops and is returned. */
typedef apr_status_t gw_cells_fn(void *baton, int ncells, const char *const *cells);

/* What to do with the rows of a statement, and what became of it. */
typedef struct gw_result {
    gw_cells_fn *take; /* NULL = ignore rows */
    void *baton;
    apr_int64_t affected; /* out: rows written */
} gw_result;

/* One database's way. Each function fills db->fault when it returns anything but APR_SUCCESS (or what `take` said). */
typedef struct gw_driver_ops {
    gw_driver driver;
    const char *name;                      /* as in DBDriver and below sql/ */
    const char *begin_read, *begin_write;  /* statements */
    const char *tables;                    /* query: the names of the tables that an unqualified name finds */
    const char *now_ms;                    /* expression: milliseconds since 1970 */
    apr_status_t (*open)(gw_db *db, const char *params);
    void (*close)(gw_db *db);
    gw_db_kept *(*keep)(void);             /* what a connection keeps from one call to the next; NULL = nothing */
    void (*drop)(gw_db_kept *kept);        /* before the connection is closed; NULL = keeps nothing */
    void (*widen)(gw_db *db, int is_wide); /* memory for a transaction that touches much, and back; NULL = needs none */
    void (*mute)(gw_db *db, int is_muted); /* no events of single rows; NULL = cannot be had */
    apr_status_t (*adopt)(gw_db *db);      /* settings of a fresh connection */
    apr_status_t (*heal)(gw_db *db);       /* a lost connection anew; NULL = nothing to heal */
    apr_status_t (*settle)(gw_db *db);     /* what became of a COMMIT whose answer was lost; NULL = never is */
    apr_status_t (*exec)(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result);
    apr_status_t (*script)(gw_db *db, const char *sql); /* several statements, no parameters, no rows */
    int (*is_in_transaction)(gw_db *db);
} gw_driver_ops;

extern const gw_driver_ops gw_pgsql_ops, gw_sqlite_ops;

struct gw_store {
    const gw_driver_ops *ops;
    const char *params;
};

typedef enum gw_txn { GW_TXN_NONE, GW_TXN_READ, GW_TXN_WRITE } gw_txn;

struct gw_db {
    const gw_store *store;
    const gw_driver_ops *ops;
    apr_pool_t *pool;
    void *native;      /* PGconn or sqlite3; NULL = closed */
    int is_own;        /* opened by us: closed by us */
    gw_txn txn;
    int is_wide;       /* this transaction touches much */
    int is_muted;      /* its writes leave no events of their own */
    int is_failed;     /* a statement of this transaction failed: it can only be rolled back */
    int is_unknown;    /* the answer to our last COMMIT is lost, and nobody could be asked for it */
    int is_patient;    /* no time limit (migrations) */
    char xid[24];      /* Postgres: the write transaction's, to ask after it */
    const char *wrote_entity; /* and its last event, static; NULL = none yet */
    char wrote_id[64];
    gw_fault fault;
    gw_db_kept *kept;  /* NULL = keeps nothing */
};

/* ---- store_db.c ---- */

/* Run a statement that changes nothing. Outside of a transaction it is repeated once over a new connection if the
 * old one turns out to be dead, unless rows were handed over already. */
apr_status_t gw_db_read(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result);
/* Run a statement that writes; APR_EINVAL outside of a write transaction. */
apr_status_t gw_db_write(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result);
/* As gw_db_read, for one row of one column: *value in p, NULL for SQL's NULL. APR_NOTFOUND without a row. */
apr_status_t gw_db_read_one(const char **value, gw_db *db, const char *sql, int nparams, const char *const *params,
                            apr_pool_t *p);
/* Note the event that is written last, for the case that the answer to our COMMIT is lost. */
void gw_db_wrote(gw_db *db, const char *entity, const char *id);
/* Commit when all went well so far (rv), else roll back; the outcome. */
apr_status_t gw_db_end(gw_db *db, apr_status_t rv);
/* In a write transaction: from here on a failure can be undone, which leaves what came before as it was; not nested.
 * Between gw_db_try and one of the others only gw_db_write and gw_db_read. */
apr_status_t gw_db_try(gw_db *db);
apr_status_t gw_db_try_keep(gw_db *db);
apr_status_t gw_db_try_undo(gw_db *db);
/* Note a failure that no statement caused. Returns what its kind is as a status. */
apr_status_t gw_db_fail(gw_db *db, gw_fault_kind kind, const char *why);
/* The status that a kind of fault becomes. */
apr_status_t gw_fault_status(gw_fault_kind kind);
/* The tables that exist now: array of const char * in p. */
apr_status_t gw_db_tables(apr_array_header_t **tables, gw_db *db, apr_pool_t *p);
int gw_has_table(const apr_array_header_t *tables, const char *name);

#endif
