/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_sqlite.c - SQLite, embedded: WAL, so that readers never wait; writers queue in short, jittered naps, so that
 * none starves. A connection keeps the statements that it has compiled: to compile one costs more than to run it.
 */
#include "store_driver.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>
#include <apr_strings.h>

#define BUSY_MS 5000
/* Pages in memory, in KiB: a transaction that goes all over the file reads and writes a page once if it can keep it. */
#define CACHE_KIB 2000
#define WIDE_CACHE_KIB 262144
#define NKEPT 64 /* statements kept by a connection */

typedef struct kept_statement {
    char *sql;
    sqlite3_stmt *statement;
    unsigned char places[GW_MAX_COLUMNS]; /* of $1, $2, ... among its parameters; 0 = not used by this driver's text */
} kept_statement;

struct gw_db_kept {
    kept_statement kept[NKEPT];
    unsigned next; /* the oldest, replaced first */
};

static gw_fault_kind kind_of(int rc, sqlite3 *handle)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
    case SQLITE_NOMEM:
        return GW_FAULT_BUSY;
    case SQLITE_FULL:
        return GW_FAULT_FULL;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_PERM:
        return GW_FAULT_AWAY;
    case SQLITE_CONSTRAINT:
        if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_ROWID)
            return GW_FAULT_UNIQUE;
        return rc == SQLITE_CONSTRAINT_FOREIGNKEY ? GW_FAULT_FOREIGN : GW_FAULT_BAD_VALUE;
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return GW_FAULT_BAD_VALUE;
    case SQLITE_ERROR:
        if (strstr(sqlite3_errmsg(handle), "no such table") || strstr(sqlite3_errmsg(handle), "no such column") ||
            strstr(sqlite3_errmsg(handle), "has no column"))
            return GW_FAULT_NO_TABLE;
        return GW_FAULT_OTHER;
    default:
        return GW_FAULT_OTHER;
    }
}

static apr_status_t fail_sqlite(gw_db *db)
{
    static const char unique[] = "UNIQUE constraint failed: ";
    sqlite3 *handle = db->native;
    const char *text = sqlite3_errmsg(handle);
    gw_fault_kind kind = kind_of(sqlite3_extended_errcode(handle), handle);

    gw_db_fail(db, kind, text);
    if (kind == GW_FAULT_UNIQUE && strncmp(text, unique, sizeof(unique) - 1) == 0)
        apr_cpystrn(db->fault.object, text + sizeof(unique) - 1, sizeof(db->fault.object));
    return gw_fault_status(kind);
}

/* SQLite asks whether to try again. Naps of 0.5 to 2 ms at first, up to 16 ms later, so that the first to come has
 * no standing advantage over the others. */
static int nap_while_busy(void *arg, int nth)
{
    unsigned random;
    apr_interval_time_t base = nth < 16 ? 500 : nth < 64 ? 1500 : 4000;

    (void)arg;
    sqlite3_randomness(sizeof(random), &random);
    apr_sleep(base + random % (3 * base));
    /* nth * the mean nap of its stage, in microseconds */
    return (nth < 16 ? nth * 1250 : nth < 64 ? 20000 + (nth - 16) * 3750 : 200000 + (nth - 64) * 10000) <
           BUSY_MS * 1000;
}

static gw_db_kept *keep_sqlite(void)
{
    return calloc(1, sizeof(gw_db_kept));
}

static void drop_statement(kept_statement *k)
{
    sqlite3_finalize(k->statement);
    free(k->sql);
    k->statement = NULL;
    k->sql = NULL;
}

static void drop_sqlite(gw_db_kept *kept)
{
    for (int i = 0; i < NKEPT; i++)
        if (kept->kept[i].sql != NULL)
            drop_statement(&kept->kept[i]);
    free(kept);
}

static void find_places(kept_statement *k)
{
    int i, left = sqlite3_bind_parameter_count(k->statement);

    memset(k->places, 0, sizeof(k->places));
    for (i = 0; i < GW_MAX_COLUMNS && left > 0; i++) {
        char name[16];

        apr_snprintf(name, sizeof(name), "$%d", i + 1);
        k->places[i] = (unsigned char)sqlite3_bind_parameter_index(k->statement, name);
        left -= k->places[i] != 0;
    }
}

static kept_statement *find_kept(gw_db_kept *kept, const char *sql)
{
    for (int i = 0; i < NKEPT; i++)
        if (kept->kept[i].sql != NULL && strcmp(kept->kept[i].sql, sql) == 0)
            return &kept->kept[i];
    return NULL;
}

/* The place of the oldest, which goes; NULL when it still hands out rows. */
static kept_statement *free_place(gw_db_kept *kept)
{
    kept_statement *k = &kept->kept[kept->next++ % NKEPT];

    if (k->sql != NULL && sqlite3_stmt_busy(k->statement))
        return NULL;
    if (k->sql != NULL)
        drop_statement(k);
    return k;
}

/* A statement ready to be bound: one that is kept, to be reset afterwards, or `once`, to be finalised. NULL: its text
 * is refused. */
static kept_statement *find_statement(gw_db *db, const char *sql, kept_statement *once)
{
    kept_statement *k = db->kept != NULL ? find_kept(db->kept, sql) : NULL;
    const int is_busy = k != NULL && sqlite3_stmt_busy(k->statement);
    const int is_to_keep = db->kept != NULL && !is_busy;
    const unsigned flags = is_to_keep ? SQLITE_PREPARE_PERSISTENT : 0;
    sqlite3_stmt *statement = NULL;

    if (k != NULL && !is_busy)
        return k;
    if (sqlite3_prepare_v3(db->native, sql, -1, flags, &statement, NULL) != SQLITE_OK || statement == NULL)
        return NULL;
    if (!is_to_keep || (k = free_place(db->kept)) == NULL || (k->sql = strdup(sql)) == NULL)
        k = once;
    k->statement = statement;
    find_places(k);
    return k;
}

static int bind_all(const kept_statement *k, int nparams, const char *const *params)
{
    int i;

    for (i = 0; i < nparams; i++) {
        int at = k->places[i], rc;

        if (at == 0)
            continue;
        rc = params[i] != NULL ? sqlite3_bind_text(k->statement, at, params[i], -1, SQLITE_STATIC)
                               : sqlite3_bind_null(k->statement, at);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

/* Text of a cell; doubles in 17 digits (SQLite's own text has 15), in `number`. */
static const char *cell_text(sqlite3_stmt *statement, int i, char number[32])
{
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_NULL:
        return NULL;
    case SQLITE_FLOAT:
        snprintf(number, 32, "%.17g", sqlite3_column_double(statement, i));
        return number;
    default:
        return (const char *)sqlite3_column_text(statement, i);
    }
}

static apr_status_t step_all(gw_db *db, sqlite3_stmt *statement, gw_result *result)
{
    const char *cells[GW_MAX_COLUMNS];
    char numbers[GW_MAX_COLUMNS][32];
    int ncells, rc, i;
    apr_status_t rv;

    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        if (result->take == NULL)
            continue;
        if ((ncells = sqlite3_data_count(statement)) > GW_MAX_COLUMNS)
            return APR_EINVAL;
        for (i = 0; i < ncells; i++)
            cells[i] = cell_text(statement, i, numbers[i]);
        rv = result->take(result->baton, ncells, cells);
        if (rv != APR_SUCCESS)
            return rv;
    }
    if (rc != SQLITE_DONE)
        return fail_sqlite(db);
    result->affected = sqlite3_changes(db->native);
    return APR_SUCCESS;
}

static apr_status_t exec_sqlite(gw_db *db, const char *sql, int nparams, const char *const *params, gw_result *result)
{
    kept_statement once = { .sql = NULL }, *k;
    apr_status_t rv;

    if (nparams > GW_MAX_COLUMNS)
        return APR_EINVAL;
    if ((k = find_statement(db, sql, &once)) == NULL)
        return fail_sqlite(db);
    if (bind_all(k, nparams, params) != SQLITE_OK)
        rv = fail_sqlite(db);
    else
        rv = step_all(db, k->statement, result);
    if (k != &once) {
        sqlite3_reset(k->statement);
        sqlite3_clear_bindings(k->statement);
    } else {
        sqlite3_finalize(k->statement);
    }
    return rv;
}

static apr_status_t script_sqlite(gw_db *db, const char *sql)
{
    return sqlite3_exec(db->native, sql, NULL, NULL, NULL) == SQLITE_OK ? APR_SUCCESS : fail_sqlite(db);
}

/* Credentials are in there: nobody else reads the file, whatever the umask. SQLite gives its side files the same. */
static void create_private(const char *path)
{
    int fd;

    if (path[0] == '\0' || path[0] == ':' || strncmp(path, "file:", 5) == 0)
        return;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

static apr_status_t open_sqlite(gw_db *db, const char *params)
{
    sqlite3 *handle = NULL;
    int rc;

    create_private(params);
    rc = sqlite3_open_v2(params, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL);
    db->native = handle;
    if (handle == NULL)
        return gw_db_fail(db, GW_FAULT_AWAY, "out of memory");
    return rc == SQLITE_OK ? APR_SUCCESS : fail_sqlite(db);
}

static void widen_sqlite(gw_db *db, int is_wide)
{
    if (is_wide)
        script_sqlite(db, "PRAGMA cache_size = -" APR_STRINGIFY(WIDE_CACHE_KIB));
    else
        script_sqlite(db, "PRAGMA cache_size = -" APR_STRINGIFY(CACHE_KIB) "; PRAGMA shrink_memory");
}

/* Triggers of entities do nothing but write events; foreign keys cascade without them. */
static void mute_sqlite(gw_db *db, int is_muted)
{
    sqlite3_db_config(db->native, SQLITE_DBCONFIG_ENABLE_TRIGGER, !is_muted, NULL);
}

static void close_sqlite(gw_db *db)
{
    sqlite3_close_v2(db->native);
}

static apr_status_t adopt_sqlite(gw_db *db)
{
    sqlite3 *handle = db->native;
    apr_time_t deadline = apr_time_now() + apr_time_from_msec(BUSY_MS);
    apr_status_t rv;

    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_handler(handle, nap_while_busy, NULL);
    /* The first switch to WAL does not ask the busy handler. */
    for (;;) {
        rv = script_sqlite(db, "PRAGMA journal_mode = WAL");
        if (rv != APR_EAGAIN || db->fault.kind != GW_FAULT_BUSY || apr_time_now() > deadline)
            break;
        nap_while_busy(NULL, 0);
    }
    if (rv == APR_SUCCESS)
        /* temp_store: what a statement may have to undo would go to a temporary file otherwise, page by page */
        rv = script_sqlite(db, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY");
    return rv;
}

static int is_in_transaction_sqlite(gw_db *db)
{
    return !sqlite3_get_autocommit(db->native);
}

const gw_driver_ops gw_sqlite_ops = {
    .driver = GW_SQLITE,
    .name = "sqlite3",
    .begin_read = "BEGIN",
    .begin_write = "BEGIN IMMEDIATE",
    .tables = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
    .now_ms = "CAST((julianday('now') - 2440587.5) * 86400000 AS integer)",
    .open = open_sqlite,
    .close = close_sqlite,
    .keep = keep_sqlite,
    .drop = drop_sqlite,
    .widen = widen_sqlite,
    .mute = mute_sqlite,
    .adopt = adopt_sqlite,
    .exec = exec_sqlite,
    .script = script_sqlite,
    .is_in_transaction = is_in_transaction_sqlite,
};
