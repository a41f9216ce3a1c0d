/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_migrate.c - bring the tables to what this build knows (sql/README.md). Each script is one transaction that
 * first takes a lock and looks again whether another node was quicker; gw_migrations remembers what ran.
 */
#include "store_driver.h"

#include <stdlib.h>
#include <string.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define MAX_SCRIPT_BYTES (4 * 1024 * 1024)

typedef struct script {
    const char *owner;
    int version;
    const char *name; /* "001-entities.sql" */
    const char *path;
    int is_done; /* the database has seen it */
} script;

typedef struct owner {
    const char *name;
    int here;     /* scripts on disk */
    int done;     /* scripts that the database has seen ... */
    int is_ahead; /* ... of which we know one not */
} owner;

/* What is on disk, and what the database has seen. */
typedef struct plan {
    apr_array_header_t *owners;  /* of owner, core first, then by name */
    apr_array_header_t *scripts; /* of script, in the order to run */
    apr_pool_t *p;
} plan;

/* ---- the folder ---- */

static int cmp_names(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    int by_core = (strcmp(y, "core") == 0) - (strcmp(x, "core") == 0);

    return by_core ? by_core : strcmp(x, y);
}

/* Names in a folder, sorted, "core" first; hidden ones left out. */
static apr_status_t list_folder(apr_array_header_t **names, const char *path, apr_pool_t *p)
{
    apr_array_header_t *found = apr_array_make(p, 8, sizeof(const char *));
    apr_finfo_t info;
    apr_dir_t *dir;
    apr_status_t rv = apr_dir_open(&dir, path, p);

    if (rv != APR_SUCCESS)
        return rv;
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS)
        if (info.name[0] != '.')
            APR_ARRAY_PUSH(found, const char *) = apr_pstrdup(p, info.name);
    apr_dir_close(dir);
    qsort(found->elts, found->nelts, sizeof(const char *), cmp_names);
    *names = found;
    return APR_SUCCESS;
}

/* The number of "NNN-what.sql"; 0 when it is something else. */
static int version_of(const char *name)
{
    size_t len = strlen(name);

    if (len < 9 || strcmp(name + len - 4, ".sql") != 0 || name[3] != '-' || !apr_isdigit(name[0]) ||
        !apr_isdigit(name[1]) || !apr_isdigit(name[2]))
        return 0;
    return (name[0] - '0') * 100 + (name[1] - '0') * 10 + (name[2] - '0');
}

/* One owner's scripts. APR_SUCCESS also when it has none for this driver. */
static apr_status_t gather_owner(plan *todo, const char **why, const char *sql_dir, const char *name,
                                 const char *driver)
{
    const char *folder = apr_pstrcat(todo->p, sql_dir, "/", name, "/", driver, NULL);
    apr_array_header_t *names;
    owner *o;
    int i, newest = 0;

    if (list_folder(&names, folder, todo->p) != APR_SUCCESS)
        return APR_SUCCESS;
    o = apr_array_push(todo->owners);
    o->name = name;
    o->here = o->done = o->is_ahead = 0;
    for (i = 0; i < names->nelts; i++) {
        const char *file = APR_ARRAY_IDX(names, i, const char *);
        int version = version_of(file);
        script *s;

        if (version == 0)
            continue;
        if (version == newest) {
            *why = apr_psprintf(todo->p, "%s/%s: number %03d is taken twice", folder, file, version);
            return APR_EGENERAL;
        }
        s = apr_array_push(todo->scripts);
        s->owner = name;
        s->version = newest = version;
        s->is_done = 0;
        o->here++;
        s->name = file;
        s->path = apr_pstrcat(todo->p, folder, "/", file, NULL);
    }
    return APR_SUCCESS;
}

static apr_status_t gather(plan *todo, const char **why, const char *sql_dir, const char *driver, apr_pool_t *p)
{
    apr_array_header_t *names;
    apr_status_t rv = list_folder(&names, sql_dir, p);
    int i;

    if (rv != APR_SUCCESS) {
        char text[128];

        *why = apr_psprintf(p, "%s: %s", sql_dir, apr_strerror(rv, text, sizeof(text)));
        return APR_EGENERAL;
    }
    todo->p = p;
    todo->owners = apr_array_make(p, 8, sizeof(owner));
    todo->scripts = apr_array_make(p, 8, sizeof(script));
    for (i = 0; i < names->nelts && rv == APR_SUCCESS; i++)
        rv = gather_owner(todo, why, sql_dir, APR_ARRAY_IDX(names, i, const char *), driver);
    if (rv == APR_SUCCESS && todo->scripts->nelts == 0) {
        *why = apr_psprintf(p, "%s: there are no scripts for %s below it", sql_dir, driver);
        rv = APR_EGENERAL;
    }
    return rv;
}

static apr_status_t read_script(const char **text, const char **why, const char *path, apr_pool_t *p)
{
    char reason[128], *buffer;
    apr_file_t *file;
    apr_finfo_t info;
    apr_size_t len;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, p);

    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
        if (rv == APR_SUCCESS && info.size > MAX_SCRIPT_BYTES)
            rv = APR_ENOSPC;
        if (rv == APR_SUCCESS) {
            buffer = apr_pcalloc(p, (apr_size_t)info.size + 1);
            rv = apr_file_read_full(file, buffer, (apr_size_t)info.size, &len);
            *text = buffer;
        }
        apr_file_close(file);
    }
    if (rv == APR_SUCCESS)
        return rv;
    *why = apr_psprintf(p, "%s: %s", path, apr_strerror(rv, reason, sizeof(reason)));
    return APR_EGENERAL;
}

/* ---- the database ---- */

static owner *find_owner(const plan *todo, const char *name)
{
    int i;

    for (i = 0; i < todo->owners->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(todo->owners, i, owner).name, name) == 0)
            return &APR_ARRAY_IDX(todo->owners, i, owner);
    return NULL;
}

static script *find_script(const plan *todo, const char *name, int version)
{
    int i;

    for (i = 0; i < todo->scripts->nelts; i++) {
        script *s = &APR_ARRAY_IDX(todo->scripts, i, script);

        if (s->version == version && strcmp(s->owner, name) == 0)
            return s;
    }
    return NULL;
}

static apr_status_t take_version(void *baton, int ncells, const char *const *cells)
{
    plan *todo = baton;
    owner *o = find_owner(todo, cells[0]);
    script *s = find_script(todo, cells[0], (int)apr_atoi64(cells[1]));

    (void)ncells;
    if (o == NULL) /* a module that is not installed here */
        return APR_SUCCESS;
    o->done++;
    if (s != NULL)
        s->is_done = 1;
    else
        o->is_ahead = 1;
    return APR_SUCCESS;
}

/* What the database has seen; nothing, where gw_migrations does not exist. */
static apr_status_t read_versions(plan *todo, gw_db *db)
{
    gw_result result = { take_version, todo, 0 };
    apr_array_header_t *tables;
    apr_status_t rv = gw_db_tables(&tables, db, todo->p);
    int i;

    for (i = 0; i < todo->owners->nelts; i++)
        APR_ARRAY_IDX(todo->owners, i, owner).done = 0;
    if (rv != APR_SUCCESS || !gw_has_table(tables, "gw_migrations"))
        return rv;
    return gw_db_read(db, "SELECT owner, version FROM gw_migrations", 0, NULL, &result);
}

/* One node at a time until this transaction ends. */
static apr_status_t take_lock(gw_db *db)
{
    gw_result nothing = { NULL, NULL, 0 };
    apr_status_t rv = APR_SUCCESS;

    if (db->ops->driver == GW_PGSQL)
        rv = gw_db_read(db,
                        "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),"
                        " pg_advisory_xact_lock(hashtext('gw_migrations'), hashtext(current_schema()))",
                        0, NULL, &nothing);
    if (rv != APR_SUCCESS)
        return rv;
    return db->ops->script(db,
                           "CREATE TABLE IF NOT EXISTS gw_migrations (owner text NOT NULL, version integer NOT NULL,"
                           " script text NOT NULL, at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,"
                           " PRIMARY KEY (owner, version))");
}

static apr_status_t record(gw_db *db, const script *s, apr_pool_t *p)
{
    const char *params[] = { s->owner, apr_itoa(p, s->version), s->name };

    return gw_db_write(db, "INSERT INTO gw_migrations (owner, version, script) VALUES ($1, $2, $3)", 3, params, NULL);
}

/* Within a transaction: run the script, unless another node was quicker. */
static apr_status_t run_script(plan *todo, const char **why, gw_db *db, const script *s)
{
    const char *text;
    apr_status_t rv = take_lock(db);

    if (rv == APR_SUCCESS)
        rv = read_versions(todo, db);
    if (rv != APR_SUCCESS || s->is_done)
        return rv;
    rv = read_script(&text, why, s->path, todo->p);
    if (rv == APR_SUCCESS)
        rv = db->ops->script(db, text);
    if (rv == APR_SUCCESS)
        rv = record(db, s, todo->p);
    return rv;
}

static apr_status_t run_scripts(plan *todo, const char **why, gw_db *db)
{
    int i;

    for (i = 0; i < todo->scripts->nelts; i++) {
        const script *s = &APR_ARRAY_IDX(todo->scripts, i, script);
        apr_status_t rv;

        if (s->is_done)
            continue;
        rv = gw_db_begin_write(db);
        if (rv == APR_SUCCESS) {
            rv = run_script(todo, why, db, s);
            if (rv == APR_SUCCESS)
                rv = gw_db_commit(db);
            gw_db_rollback(db);
        }
        if (rv != APR_SUCCESS) {
            if (*why == NULL)
                *why = apr_psprintf(todo->p, "%s/%s: %s", s->owner, s->name, gw_db_why(db));
            return rv;
        }
    }
    return read_versions(todo, db);
}

static void report(gw_migration_state *state, const plan *todo)
{
    int i;

    state->pending = state->ahead = 0;
    state->report = "";
    for (i = 0; i < todo->scripts->nelts; i++)
        state->pending += !APR_ARRAY_IDX(todo->scripts, i, script).is_done;
    for (i = 0; i < todo->owners->nelts; i++) {
        const owner *o = &APR_ARRAY_IDX(todo->owners, i, owner);

        state->ahead |= o->is_ahead;
        state->report = apr_psprintf(todo->p, "%s%s%s: %d of %d%s", state->report, i ? "\n" : "", o->name, o->done,
                                     o->here, o->is_ahead ? " (the database is newer than this build)" : "");
    }
}

apr_status_t gw_store_migrate(gw_migration_state *state, const char **why, gw_db *db, const char *sql_dir, int run,
                              apr_pool_t *p)
{
    gw_migration_state seen;
    const char *reason = NULL;
    int was_patient = db->is_patient;
    plan todo;
    apr_status_t rv = gather(&todo, &reason, sql_dir, db->ops->name, p);

    db->is_patient = 1;
    if (rv == APR_SUCCESS)
        rv = read_versions(&todo, db);
    if (rv == APR_SUCCESS) {
        report(&seen, &todo);
        if (run && seen.pending > 0 && !seen.ahead)
            rv = run_scripts(&todo, &reason, db);
    }
    db->is_patient = was_patient;
    if (rv != APR_SUCCESS) {
        *why = reason != NULL ? reason : apr_pstrdup(p, gw_db_why(db));
        return rv;
    }
    report(&seen, &todo);
    *state = seen;
    return APR_SUCCESS;
}
