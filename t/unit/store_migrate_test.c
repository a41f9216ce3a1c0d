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

/* How many scripts core has today. */
static int count_core(fixture *f)
{
    const char *folder = apr_pstrcat(f->p, f->sql_dir, "/core/", f->name, NULL);
    apr_finfo_t info;
    apr_dir_t *dir;
    int n = 0;

    if (apr_dir_open(&dir, folder, f->p) != APR_SUCCESS)
        return 0;
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS)
        n += strstr(info.name, ".sql") != NULL;
    apr_dir_close(dir);
    return n;
}

static void test_life(fixture *f)
{
    const char *why = "";
    int ncore = count_core(f);

    f->db = fixture_open(f);
    is_int(migrate(f, f->db, 0, NULL), APR_SUCCESS, say(f, "looking at nothing"));
    is_int(state.pending, ncore + 1, say(f, "everything is missing"));
    is_str(state.report, apr_psprintf(f->p, "core: 0 of %d\nfixture: 0 of 1", ncore), say(f, "and told, core first"));
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "running"));
    is_int(state.pending, 0, say(f, "nothing is missing"));
    is_str(state.report, apr_psprintf(f->p, "core: %d of %d\nfixture: 1 of 1", ncore, ncore), say(f, "and told"));
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "running again"));
    is_str(one(f, "SELECT CAST(count(*) AS text) FROM gw_migrations"), apr_itoa(f->p, ncore + 1),
           say(f, "does nothing"));

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
    add_script(f, "fixture", "002-more.sql", "");

    add_script(f, "fixture", "010-gap.sql", "CREATE TABLE gap (id text);");
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "a gap in the numbers is none of ours"));
    is_str(one(f, "SELECT CAST(count(*) AS text) FROM gap"), "0", say(f, "what comes after it is run"));
    add_script(f, "fixture", "005-late.sql", "CREATE TABLE late (id text);");
    is_int(migrate(f, f->db, 0, NULL), APR_SUCCESS, say(f, "a script that came late"));
    is_int(state.pending, 1, say(f, "is missing"));
    is_int(migrate(f, f->db, 1, NULL), APR_SUCCESS, say(f, "is run"));
    is_str(one(f, "SELECT CAST(count(*) AS text) FROM late"), "0", say(f, "although newer ones ran before"));
    add_script(f, "fixture", "005-twice.sql", "");
    is_int(migrate(f, f->db, 0, &why), APR_EGENERAL, say(f, "a number that is taken twice"));
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
    is_str(one(f, "SELECT CAST(count(*) AS text) FROM gw_migrations"), apr_itoa(f->p, count_core(f) + 2),
           say(f, "each script ran once"));
}

int main(void)
{
    apr_initialize();
    each_database(test_life, 0);
    each_database(test_crowd, 0);
    return done();
}
