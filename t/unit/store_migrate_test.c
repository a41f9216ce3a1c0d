/* SPDX-License-Identifier: Apache-2.0 */
/* store_migrate_test.c - migrations: looking, running, several nodes at once, failures, a database that is newer. */
#include "store_fixture.h"

#include <sys/wait.h>

static gw_migration_state state;

/* The status of a migration; *state as it left it, *why in words. */
static apr_status_t migrate(fixture *f, gw_db *db, int run, const char **why)
{
    const char *ignored = NULL;

    return gw_store_migrate(&state, why != NULL ? why : &ignored, db, f->sql_dir, run, f->p);
}

static const char *one(fixture *f, const char *sql)
{
    const char *value = "failed";

    gw_db_read_one(&value, f->db, sql, 0, NULL, f->p);
    return value;
}

static void add_script(fixture *f, const char *owner, const char *name, const char *sql)
{
    const char *folder = apr_pstrcat(f->p, f->sql_dir, "/", owner, "/", f->name, NULL);

    apr_dir_make_recursive(folder, APR_FPROT_OS_DEFAULT, f->p);
    fixture_write(f, apr_pstrcat(f->p, folder, "/", name, NULL), sql);
}

static void remove_script(fixture *f, const char *owner, const char *name)
{
    unlink(apr_pstrcat(f->p, f->sql_dir, "/", owner, "/", f->name, "/", name, NULL));
}

static void test_life(fixture *f)
{
    const char *why = "";

    f->db = fixture_open(f);
    is_int(migrate(f, f->db, 0, NULL), APR_SUCCESS, say(f, "looking at nothing"));
    is_int(state.pending, 2, say(f, "everything is missing"));
    is_str(state.report, "core: 0 of 1\nfixture: 0 of 1", say(f, "and told, core first"));
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "running"));
    is_int(state.pending, 0, say(f, "nothing is missing"));
    is_str(state.report, "core: 1 of 1\nfixture: 1 of 1", say(f, "and told"));
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "running again"));
    is_str(one(f, "SELECT CAST(count(*) AS text) FROM gw_migrations"), "2", say(f, "does nothing"));

    add_script(f, "fixture", "002-more.sql", "CREATE TABLE more (id text); INSERT INTO more VALUES ('a;b');");
    add_script(f, "another", "001-first.sql", "CREATE TABLE another (id text);");
    add_script(f, "another", "README", "no script");
    is_int(migrate(f, f->db, 0, NULL), APR_SUCCESS, say(f, "looking"));
    is_int(state.pending, 2, say(f, "what is new"));
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "is run"));
    is_str(one(f, "SELECT id FROM more"), "a;b", say(f, "as it stands"));

    add_script(f, "fixture", "003-half.sql", "CREATE TABLE half (id text); CREATE TABLE more (id text);");
    is_int(migrate(f, f->db, 1, &why), APR_EGENERAL, say(f, "a script that fails"));
    ok(strstr(why, "fixture/003-half.sql: ") == why, say(f, "is named"));
    is_str(one(f, "SELECT id FROM half"), "failed", say(f, "and leaves nothing"));
    is_int(migrate(f, f->db, 0, NULL), APR_SUCCESS, say(f, "the rest goes on"));
    is_int(state.pending, 1, say(f, "it is still missing"));
    remove_script(f, "fixture", "003-half.sql");

    remove_script(f, "fixture", "002-more.sql");
    add_script(f, "another", "002-second.sql", "CREATE TABLE second (id text);");
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "an older build"));
    is_int(state.ahead, 1, say(f, "sees that the database is ahead"));
    is_str(one(f, "SELECT id FROM second"), "failed", say(f, "and runs nothing"));
    ok(strstr(state.report, "fixture: 2 of 1 (the database is newer than this build)") != NULL, say(f, "and says so"));
    add_script(f, "fixture", "004-gap.sql", "");
    is_int(migrate(f, f->db, 0, &why), APR_EGENERAL, say(f, "a gap in the numbers"));
    f->sql_dir = "/nonexistent";
    is_int(migrate(f, f->db, 0, &why), APR_EGENERAL, say(f, "no folder"));
    is_str(why, "/nonexistent: No such file or directory", say(f, "is told"));
    f->sql_dir = f->dir;
    is_int(migrate(f, f->db, 0, &why), APR_EGENERAL, say(f, "a folder of something else"));
}

#define NPROCESSES 4

/* Several nodes start at once: each process runs all, at the sound of the same pipe. */
static void test_crowd(fixture *f)
{
    pid_t pids[NPROCESSES];
    int gate[2], i, failed = 0, status;
    char c;

    if (pipe(gate) != 0)
        return;
    add_script(f, "slow", "001-slow.sql", f->store->ops->driver == GW_PGSQL
                                              ? "SELECT pg_sleep(0.1); CREATE TABLE slow (id text);"
                                              : "CREATE TABLE slow (id text);");
    fflush(stdout);
    for (i = 0; i < NPROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] != 0)
            continue;
        close(gate[1]);
        status = (int)read(gate[0], &c, 1); /* returns when the parent closes */
        f->db = fixture_open(f);
        status = migrate(f, f->db, 1, NULL) != APR_SUCCESS || state.pending != 0;
        gw_db_close(f->db);
        _exit(status);
    }
    close(gate[1]);
    for (i = 0; i < NPROCESSES; i++) {
        waitpid(pids[i], &status, 0);
        failed += status != 0;
    }
    close(gate[0]);
    f->db = fixture_open(f);
    is_int(failed, 0, say(f, "all of a crowd succeed"));
    is_str(one(f, "SELECT CAST(count(*) AS text) FROM gw_migrations"), "3", say(f, "each script ran once"));
}

int main(void)
{
    apr_initialize();
    each_database(test_life, 0);
    each_database(test_crowd, 0);
    return done();
}
