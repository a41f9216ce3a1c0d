/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_restart_test.c - a database that goes away and comes back: Postgres killed, stopped, hanging; SQLite's file
 * out of reach. Runs a cluster of its own, since it is not kind to it.
 */
#include "store_fixture.h"

#include <signal.h>
#include <sys/stat.h>

static const char *cluster; /* its folder */

/* Run build/private-postgres; its first line, or NULL. */
static const char *private_postgres(apr_pool_t *p, const char *verb)
{
    char line[512] = "";
    FILE *out = popen(apr_psprintf(p, "%s/build/private-postgres %s %s 2>&1", getenv("GW_TEST_SRCDIR"), verb, cluster),
                      "r");

    if (out == NULL)
        return NULL;
    if (fgets(line, sizeof(line), out) != NULL)
        line[strcspn(line, "\n")] = '\0';
    return pclose(out) == 0 ? apr_pstrdup(p, line) : NULL;
}

static apr_status_t load_one(fixture *f, gw_db *db)
{
    json_t *row = NULL;
    apr_status_t rv = gw_row_load(&row, db, &owners, NULL, ID(1), f->p);

    json_decref(row);
    return rv;
}

static void test_restart(fixture *f)
{
    gw_db *other = fixture_open(f);
    const gw_error *err;
    const char *why = "";
    json_t *row = parse("{\"id\":\"" ID(2) "\"}");
    gw_cursor *cursor = gw_cursor_make(f->p);
    apr_array_header_t *changes;
    int reload;

    put_row(f, f->db, &owners, "{\"id\":\"" ID(1) "\"}", NULL);
    private_postgres(f->p, "kill");
    private_postgres(f->p, "start --no-fsync");
    is_int(load_one(f, f->db), APR_SUCCESS, say(f, "a read after a crash heals in silence"));
    is_int(gw_db_begin_write(other), APR_SUCCESS, say(f, "so does a transaction"));
    is_int(gw_row_insert(&err, other, &owners, row, f->p), APR_SUCCESS, say(f, "and works"));

    private_postgres(f->p, "kill");
    private_postgres(f->p, "start --no-fsync");
    is_int(gw_db_commit(other), APR_EAGAIN, say(f, "a commit on a lost connection fails"));
    is_int(gw_db_is_unknown(other), 0, say(f, "as the server says when it is back"));
    is_int(gw_row_load(&row, f->db, &owners, NULL, ID(2), f->p), APR_NOTFOUND, say(f, "and wrote nothing"));
    gw_db_begin_write(other);
    gw_row_insert(&err, other, &owners, row, f->p);
    private_postgres(f->p, "kill");
    is_int(gw_db_commit(other), APR_EAGAIN, say(f, "a commit whose server is gone"));
    is_int(gw_db_is_unknown(other), 1, say(f, "may have arrived, for all we know"));
    private_postgres(f->p, "start --no-fsync");
    gw_db_begin_read(other);
    is_int(gw_db_is_unknown(other), 0, say(f, "the next transaction is another matter"));
    gw_db_rollback(other);
    gw_db_begin_read(f->db);
    private_postgres(f->p, "kill");
    private_postgres(f->p, "start --no-fsync");
    is_int(load_one(f, f->db), APR_EAGAIN, say(f, "inside a transaction nothing is repeated"));
    ok(gw_db_is_away(f->db), say(f, "the database is away"));
    gw_db_rollback(f->db);
    is_int(load_one(f, f->db), APR_SUCCESS, say(f, "after the rollback it heals"));

    private_postgres(f->p, "stop");
    is_int(load_one(f, f->db), APR_EAGAIN, say(f, "stopped: away"));
    is_int(gw_db_begin_write(f->db), APR_EAGAIN, say(f, "for writes too"));
    is_int(gw_store_changes(&changes, &reload, f->db, cursor, f->p), APR_SUCCESS, say(f, "an unset cursor asks none"));
    is_int(gw_db_open(&other, &why, f->store, f->p), APR_EAGAIN, say(f, "and for new connections"));
    ok(strstr(why, "refused") != NULL, say(f, "with a reason"));
    private_postgres(f->p, "start --no-fsync");
    is_int(gw_db_ping(f->db), APR_SUCCESS, say(f, "and back"));
    json_decref(row);
}

/* The COMMIT arrived, its answer did not. */
static void test_settle(fixture *f)
{
    gw_db *db = fixture_open(f);
    const gw_error *err;
    const char *params[1], *status = "";
    json_t *row = parse("{\"id\":\"" ID(3) "\"}");

    gw_db_begin_write(db);
    gw_row_insert(&err, db, &owners, row, f->p);
    fixture_run(db, "COMMIT");
    is_int(db->ops->settle(db), APR_SUCCESS, say(f, "a commit whose answer was lost is found out"));
    db->txn = GW_TXN_NONE;
    json_object_set_new(row, "id", json_string(ID(4)));
    gw_db_begin_write(db);
    gw_row_insert(&err, db, &owners, row, f->p);
    params[0] = db->xid;
    gw_db_read_one(&status, f->db, "SELECT pg_xact_status($1::xid8)", 1, params, f->p);
    is_str(status, "in progress", say(f, "the id is that of the transaction"));
    is_int(db->ops->settle(db), APR_EAGAIN, say(f, "and so is one that never arrived"));
    gw_db_rollback(db);
    json_decref(row);
}

/* A server that accepts and says nothing: the kernel answers for a stopped process. */
static void test_hang(fixture *f)
{
    const char *pid = NULL;
    apr_time_t began;

    gw_db_read_one(&pid, f->db, "SELECT pg_backend_pid()", 0, NULL, f->p);
    kill(atol(pid), SIGSTOP);
    began = apr_time_now();
    load_one(f, f->db);
    ok(apr_time_now() - began < apr_time_from_sec(20), say(f, "a silent server does not keep us"));
    kill(atol(pid), SIGCONT);
    is_int(load_one(f, f->db), APR_SUCCESS, say(f, "and is used again when it speaks"));
}

static void test_sqlite(fixture *f)
{
    gw_store *store = gw_store_make("sqlite3", "/nonexistent/gw.db", f->p);
    const char *why = "";
    struct stat info;
    gw_db *db;

    is_int(gw_db_open(&db, &why, store, f->p), APR_EAGAIN, say(f, "a file out of reach is away"));
    is_str(why, "unable to open database file", say(f, "with a reason"));
    store = gw_store_make("sqlite3", "/etc/passwd", f->p);
    is_int(gw_db_open(&db, &why, store, f->p), APR_EAGAIN, say(f, "no database: away"));
    stat(f->params, &info);
    is_int(info.st_mode & 0777, 0600, say(f, "nobody else reads the file"));
}

int main(void)
{
    apr_pool_t *p;
    fixture f;
    char dir[] = "/tmp/gw-pg-XXXXXX";
    const char *conninfo;

    apr_initialize();
    apr_pool_create(&p, NULL);
    fixture_register(p);
    fixture_make(&f, GW_SQLITE, p);
    fixture_migrate(&f);
    test_sqlite(&f);
    fixture_remove(&f);

    if (getenv("GW_TEST_PG") == NULL || getenv("GW_TEST_SRCDIR") == NULL) {
        printf("# GW_TEST_PG and GW_TEST_SRCDIR are not both set: Postgres is left out\n");
        return done();
    }
    cluster = apr_pstrcat(p, mkdtemp(dir), "/pg", NULL);
    chmod(dir, 0755);
    conninfo = private_postgres(p, "start --no-fsync");
    if (conninfo == NULL) {
        printf("Bail out! no Postgres of one's own\n");
        return 2;
    }
    setenv("GW_TEST_PG", conninfo, 1);
    fixture_make(&f, GW_PGSQL, p);
    fixture_migrate(&f);
    test_restart(&f);
    test_settle(&f);
    test_hang(&f);
    fixture_remove(&f);
    private_postgres(p, "stop");
    apr_pool_destroy(p);
    if (fork() == 0)
        execlp("rm", "rm", "-rf", dir, (char *)NULL);
    return done();
}
