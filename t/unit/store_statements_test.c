/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_statements_test.c - what a borrowed connection to SQLite keeps: each statement is compiled once, however many
 * borrow the connection, and none is left when it is to be closed.
 */
#include "store_fixture.h"

#include <sqlite3.h>

#define THREE "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"

typedef struct borrowed {
    fixture *f;
    apr_pool_t *p; /* ends before the connection is closed */
    sqlite3 *native;
    gw_db_kept *kept;
    gw_db *db;
    int nrows, ninner;
} borrowed;

static int count_statements(const borrowed *b)
{
    int n = 0;

    for (sqlite3_stmt *at = NULL; (at = sqlite3_next_stmt(b->native, at)) != NULL; n++)
        ;
    return n;
}

static void borrow(borrowed *b)
{
    b->db = gw_db_wrap(b->f->store, b->native, b->kept, b->p);
}

static apr_status_t run_one(borrowed *b, const char *sql, gw_cells_fn *take)
{
    gw_result result = { take, b, 0 };

    return gw_db_read(b->db, sql, 0, NULL, &result);
}

static apr_status_t count_inner(void *baton, int ncells, const char *const *cells)
{
    (void)ncells, (void)cells;
    ((borrowed *)baton)->ninner++;
    return APR_SUCCESS;
}

/* A row at whose sight the same is asked. */
static apr_status_t ask_same(void *baton, int ncells, const char *const *cells)
{
    borrowed *b = baton;

    (void)ncells, (void)cells;
    b->nrows++;
    return run_one(b, THREE, count_inner);
}

static apr_status_t ask_many(borrowed *b)
{
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; i < 200 && rv == APR_SUCCESS; i++)
        rv = run_one(b, apr_psprintf(b->p, "SELECT %d", i), NULL);
    return rv;
}

/* A row at whose sight more is asked than is kept. */
static apr_status_t ask_others(void *baton, int ncells, const char *const *cells)
{
    (void)ncells, (void)cells;
    ((borrowed *)baton)->nrows++;
    return ask_many(baton);
}

static void test_kept(borrowed *b)
{
    fixture *f = b->f;

    borrow(b);
    for (int i = 0; i < 3; i++)
        run_one(b, THREE, NULL);
    is_int(count_statements(b), 1, say(f, "compiled once"));
    borrow(b);
    run_one(b, THREE, NULL);
    is_int(count_statements(b), 1, say(f, "for the next borrower too"));
    gw_db_begin_write(b->db);
    run_one(b, THREE, NULL);
    gw_db_rollback(b->db);
    run_one(b, THREE, NULL);
    is_int(count_statements(b), 3, say(f, "in a transaction as outside of it"));
    is_int(run_one(b, "SELECT nonsense", NULL) == APR_SUCCESS, 0, say(f, "what is refused"));
    is_int(count_statements(b), 3, say(f, "is not kept"));
    fixture_run(f->db, "CREATE TABLE kept_test (a text); INSERT INTO kept_test VALUES ('x'), ('y')");
    is_int(run_one(b, "SELECT a FROM kept_test", count_inner), APR_SUCCESS, say(f, "a table is read"));
    fixture_run(f->db, "ALTER TABLE kept_test ADD COLUMN b text");
    is_int(run_one(b, "SELECT a FROM kept_test", count_inner), APR_SUCCESS, say(f, "and read when it has changed"));
    is_int(b->ninner, 4, say(f, "with all its rows"));
    fixture_run(f->db, "DROP TABLE kept_test");
    is_int(run_one(b, "SELECT a FROM kept_test", NULL) == APR_SUCCESS, 0, say(f, "until it is gone"));
}

static apr_status_t stop_at_once(void *baton, int ncells, const char *const *cells)
{
    (void)baton, (void)ncells, (void)cells;
    return APR_EGENERAL;
}

/* What was kept is as good as new, whatever became of it the last time. */
static void test_again(borrowed *b)
{
    static const char insert[] = "INSERT INTO owners (id, name) VALUES ('" ID(1) "', 'ann')";
    fixture *f = b->f;
    gw_result nothing = { NULL, NULL, 0 };

    is_int(run_one(b, THREE, stop_at_once), APR_EGENERAL, say(f, "who reads stops"));
    b->ninner = 0;
    is_int(run_one(b, THREE, count_inner), APR_SUCCESS, say(f, "the next is told"));
    is_int(b->ninner, 3, say(f, "all rows"));

    for (int i = 0; i < 2; i++) {
        gw_db_begin_write(b->db);
        is_int(gw_db_write(b->db, insert, 0, NULL, &nothing), APR_SUCCESS, say(f, "a row is written"));
        is_int(gw_db_write(b->db, insert, 0, NULL, &nothing), APR_EGENERAL, say(f, "and refused the second time"));
        gw_db_rollback(b->db);
    }
    fixture_run(f->db, "DELETE FROM gw_events");
    gw_db_begin_write(b->db);
    gw_db_expect_much(b->db);
    gw_db_mute(b->db);
    gw_db_write(b->db, insert, 0, NULL, &nothing);
    gw_db_commit(b->db);
    b->ninner = 0;
    run_one(b, "SELECT * FROM gw_events WHERE entity = 'owners'", count_inner);
    is_int(b->ninner, 0, say(f, "a transaction that is to be silent is"));
    fixture_run(f->db, "DELETE FROM owners; DELETE FROM gw_events");
    gw_db_begin_write(b->db);
    gw_db_write(b->db, insert, 0, NULL, &nothing);
    gw_db_commit(b->db);
    run_one(b, "SELECT * FROM gw_events WHERE entity = 'owners'", count_inner);
    is_int(b->ninner, 1, say(f, "and no other"));
}

static apr_status_t note_cells(void *baton, int ncells, const char *const *cells)
{
    (void)cells;
    ((borrowed *)baton)->nrows = ncells;
    return APR_SUCCESS;
}

static void test_other_tables(borrowed *b)
{
    static const char read[] = "SELECT * FROM other_test";
    fixture *f = b->f;

    fixture_run(f->db, "CREATE TABLE other_test (a text); INSERT INTO other_test VALUES ('x')");
    run_one(b, read, note_cells);
    is_int(b->nrows, 1, say(f, "one column"));
    fixture_run(f->db, "DROP TABLE other_test; CREATE TABLE other_test (a text, b text);"
                       " INSERT INTO other_test VALUES ('x', 'y')");
    run_one(b, read, note_cells);
    is_int(b->nrows, 2, say(f, "two, in a table of the same name"));
}

static void test_nested(borrowed *b)
{
    fixture *f = b->f;

    b->nrows = b->ninner = 0;
    is_int(run_one(b, THREE, ask_same), APR_SUCCESS, say(f, "a statement that is asked while it answers"));
    is_int(b->nrows, 3, say(f, "answers as if alone"));
    is_int(b->ninner, 9, say(f, "each time"));
    b->nrows = 0;
    is_int(run_one(b, THREE, ask_others), APR_SUCCESS, say(f, "more others than are kept"));
    is_int(b->nrows, 3, say(f, "do not end it"));
    is_int(ask_many(b), APR_SUCCESS, say(f, "any number of statements"));
    ok(count_statements(b) <= 64, say(f, "are kept to a bound"));
}

static void test_statements(fixture *f)
{
    borrowed b = { .f = f };

    if (gw_store_driver(f->store) != GW_SQLITE)
        return;
    apr_pool_create(&b.p, f->p);
    if (sqlite3_open(f->params, &b.native) != SQLITE_OK)
        abort();
    is_int(gw_db_prepare_connection(&b.kept, f->store, b.native, b.p), APR_SUCCESS, say(f, "a connection"));
    ok(b.kept != NULL, say(f, "keeps statements"));
    test_kept(&b);
    test_again(&b);
    test_other_tables(&b);
    test_nested(&b);
    apr_pool_destroy(b.p);
    is_int(sqlite3_close(b.native), SQLITE_OK, say(f, "none is left when the connection is to be closed"));
}

int main(void)
{
    apr_initialize();
    each_database(test_statements, 1);
    return done();
}
