/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_fixture.h - a database with four invented entities, fresh for each test program, on SQLite and (where
 * GW_TEST_PG holds a conninfo) on Postgres, in a schema of its own.
 *
 *   owners <- items (go with their owner)     boxes <- items (keep their box)     owners <- tokens (have a ttl)
 */
#ifndef GW_T_STORE_FIXTURE_H
#define GW_T_STORE_FIXTURE_H

#include "store_driver.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#define UNUSED __attribute__((unused))

static const gw_field fixture_word = { .type = GW_T_STRING };
static const gw_field owner_fields[] = {
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID },
    { .name = "name", .type = GW_T_STRING, .flags = GW_UNIQUE },
    { .name = "tags", .type = GW_T_SET, .element = &fixture_word },
    { .name = NULL },
};
static const gw_field box_fields[] = {
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID },
    { .name = "name", .type = GW_T_STRING, .flags = GW_UNIQUE },
    { .name = "created_at", .type = GW_T_INTEGER, .format = GW_FMT_TIMESTAMP },
    { .name = "code", .type = GW_T_STRING, .format = GW_FMT_UUID },
    { .name = "amount", .type = GW_T_INTEGER },
    { .name = "weight", .type = GW_T_NUMBER },
    { .name = "is_open", .type = GW_T_BOOLEAN },
    { .name = "tags", .type = GW_T_SET, .element = &fixture_word },
    { .name = "words", .type = GW_T_ARRAY, .element = &fixture_word },
    { .name = "group", .type = GW_T_MAP, .element = &fixture_word },
    { .name = "parts", .type = GW_T_RECORD },
    { .name = "ghost", .type = GW_T_FOREIGN, .reference = "ghosts" },
    { .name = "stray", .type = GW_T_FOREIGN, .reference = "strays" },
    { .name = NULL },
};
static const gw_field item_fields[] = {
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID },
    { .name = "full_name", .type = GW_T_STRING },
    { .name = "owner", .type = GW_T_FOREIGN, .reference = "owners", .flags = GW_CASCADE },
    { .name = "box", .type = GW_T_FOREIGN, .reference = "boxes" },
    { .name = NULL },
};
static const gw_field token_fields[] = {
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID },
    { .name = "key", .type = GW_T_STRING, .flags = GW_UNIQUE },
    { .name = "owner", .type = GW_T_FOREIGN, .reference = "owners", .flags = GW_CASCADE },
    { .name = "ttl", .type = GW_T_INTEGER },
    { .name = NULL },
};
/* Registered, but no migration makes its table. */
static const gw_field stray_fields[] = {
    { .name = "id", .type = GW_T_STRING, .format = GW_FMT_UUID },
    { .name = "owner", .type = GW_T_FOREIGN, .reference = "owners", .flags = GW_CASCADE },
    { .name = NULL },
};

static const gw_schema owner_schema = { .name = "owners", .fields = owner_fields };
static const gw_schema box_schema = { .name = "boxes", .fields = box_fields };
static const gw_schema item_schema = { .name = "items", .fields = item_fields };
static const gw_schema token_schema = { .name = "tokens", .fields = token_fields };
static const gw_schema stray_schema = { .name = "strays", .fields = stray_fields };

#define FIXTURE_ENTITY(n, s, ...)                                                                                      \
    { .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = n, .schema = s, .owner = "fixture", __VA_ARGS__ }
/* Not const: tests attach on_write. */
static gw_entity owners = FIXTURE_ENTITY("owners", &owner_schema, .placement = GW_CACHED);
static gw_entity boxes = FIXTURE_ENTITY("boxes", &box_schema, .placement = GW_IN_SNAPSHOT);
static gw_entity items = FIXTURE_ENTITY("items", &item_schema, .placement = GW_IN_SNAPSHOT);
static gw_entity tokens = FIXTURE_ENTITY("tokens", &token_schema, .placement = GW_CACHED, .has_ttl = 1);
static gw_entity strays = FIXTURE_ENTITY("strays", &stray_schema, .placement = GW_IN_SNAPSHOT);

static const char fixture_pgsql[] =
    "CREATE TABLE owners (id uuid PRIMARY KEY, name text CONSTRAINT owners_name_key UNIQUE, tags jsonb);\n"
    "CREATE TABLE boxes (id uuid PRIMARY KEY, name text CONSTRAINT boxes_name_key UNIQUE, created_at bigint,"
    " code uuid, amount bigint, weight double precision, is_open boolean, tags jsonb, words json, \"group\" json,"
    " parts json, ghost_id uuid, stray_id uuid);\n"
    "CREATE TABLE items (id uuid PRIMARY KEY, full_name text,"
    " owner_id uuid CONSTRAINT items_owner_fkey REFERENCES owners ON DELETE CASCADE,"
    " box_id uuid CONSTRAINT items_box_fkey REFERENCES boxes);\n"
    "CREATE UNIQUE INDEX items_full_name_owner_key ON items (full_name, coalesce(owner_id::text, ''));\n"
    "CREATE TABLE tokens (id uuid PRIMARY KEY, key text CONSTRAINT tokens_key_key UNIQUE,"
    " owner_id uuid CONSTRAINT tokens_owner_fkey REFERENCES owners ON DELETE CASCADE, expires_ms bigint);\n";
static const char fixture_sqlite[] =
    "CREATE TABLE owners (id text PRIMARY KEY NOT NULL, name text CONSTRAINT owners_name_key UNIQUE,"
    " tags text CHECK (tags IS NULL OR json_valid(tags)));\n"
    "CREATE TABLE boxes (id text PRIMARY KEY NOT NULL, name text CONSTRAINT boxes_name_key UNIQUE,"
    " created_at integer, code text, amount integer, weight real, is_open boolean, tags text, words text,"
    " \"group\" text, parts text, ghost_id text, stray_id text);\n"
    "CREATE TABLE items (id text PRIMARY KEY NOT NULL, full_name text,"
    " owner_id text CONSTRAINT items_owner_fkey REFERENCES owners (id) ON DELETE CASCADE,"
    " box_id text CONSTRAINT items_box_fkey REFERENCES boxes (id));\n"
    "CREATE UNIQUE INDEX items_full_name_owner_key ON items (full_name, coalesce(owner_id, ''));\n"
    "CREATE TABLE tokens (id text PRIMARY KEY NOT NULL, key text CONSTRAINT tokens_key_key UNIQUE,"
    " owner_id text CONSTRAINT tokens_owner_fkey REFERENCES owners (id) ON DELETE CASCADE, expires_ms integer);\n";

typedef struct fixture {
    apr_pool_t *p;
    const char *name;    /* of the driver, for test names */
    const char *dir;     /* temporary */
    const char *sql_dir; /* core as it is, and the fixture's */
    const char *params;
    gw_store *store;
    gw_db *db;           /* a connection of its own, migrated */
} fixture;

/* The n-th id: ascending, as the store orders them; ID's n is one digit as it is written. */
#define ID(n) "00000000-0000-4000-8000-00000000000" #n
UNUSED static const char *id_of(fixture *f, int n)
{
    return apr_psprintf(f->p, "00000000-0000-4000-8000-%012x", (unsigned)n);
}

/* A test's name with the database before it. */
UNUSED static const char *say(fixture *f, const char *what)
{
    return apr_psprintf(f->p, "%s: %s", f->name, what);
}

UNUSED static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    if (value == NULL) {
        printf("Bail out! not JSON: %s\n", text);
        exit(2);
    }
    return value;
}

/* Compare with JSON text; order of members is of no matter. `got` borrowed. */
UNUSED static int is_json(const json_t *got, const char *want, const char *name)
{
    json_t *expected = parse(want);
    char *text = got != NULL ? json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    char *expected_text = json_dumps(expected, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    int same = is_str(text, expected_text, name);

    free(text);
    free(expected_text);
    json_decref(expected);
    return same;
}

static void fixture_write(fixture *f, const char *path, const char *text)
{
    apr_file_t *file;

    if (apr_file_open(&file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE, APR_FPROT_OS_DEFAULT,
                      f->p) != APR_SUCCESS) {
        printf("Bail out! cannot write %s\n", path);
        exit(2);
    }
    apr_file_puts(text, file);
    apr_file_close(file);
}

static const char *fixture_triggers(fixture *f, int is_pgsql)
{
    static const char *const tables[] = { "owners", "boxes", "items", "tokens" };
    static const char *const ops[] = { "INSERT", "UPDATE", "DELETE" };
    const char *sql = "";
    size_t i, j;

    for (i = 0; i < COUNT(tables); i++) {
        if (is_pgsql) {
            sql = apr_psprintf(f->p, "%sCREATE TRIGGER gw_event AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW"
                                     " EXECUTE FUNCTION gw_event();\n", sql, tables[i]);
            continue;
        }
        for (j = 0; j < COUNT(ops); j++)
            sql = apr_psprintf(f->p, "%sCREATE TRIGGER %s_gw_%s AFTER %s ON %s BEGIN INSERT INTO gw_events"
                                     " (entity, row_id, op) VALUES ('%s', %s.id, '%s'); END;\n",
                               sql, tables[i], ops[j], ops[j], tables[i], tables[i], j == 2 ? "OLD" : "NEW", ops[j]);
    }
    return sql;
}

/* $sql_dir/core -> the real one; $sql_dir/fixture */
static void fixture_scripts(fixture *f)
{
    const char *source = getenv("GW_TEST_SRCDIR") != NULL ? getenv("GW_TEST_SRCDIR") : "..";
    char real[4096];
    int i;

    f->sql_dir = apr_pstrcat(f->p, f->dir, "/sql", NULL);
    apr_dir_make_recursive(apr_pstrcat(f->p, f->sql_dir, "/fixture/pgsql", NULL), APR_FPROT_OS_DEFAULT, f->p);
    apr_dir_make_recursive(apr_pstrcat(f->p, f->sql_dir, "/fixture/sqlite3", NULL), APR_FPROT_OS_DEFAULT, f->p);
    if (realpath(apr_pstrcat(f->p, source, "/sql/core", NULL), real) == NULL ||
        symlink(real, apr_pstrcat(f->p, f->sql_dir, "/core", NULL)) != 0) {
        printf("Bail out! no sql/core below %s\n", source);
        exit(2);
    }
    for (i = 0; i < 2; i++)
        fixture_write(f, apr_pstrcat(f->p, f->sql_dir, i ? "/fixture/pgsql" : "/fixture/sqlite3", "/001-tables.sql",
                                     NULL),
                      apr_pstrcat(f->p, i ? fixture_pgsql : fixture_sqlite, fixture_triggers(f, i), NULL));
}

UNUSED static void fixture_register(apr_pool_t *p)
{
    /* children before parents: the registry puts that right */
    gw_registry_add(&tokens, p);
    gw_registry_add(&items, p);
    gw_registry_add(&strays, p);
    gw_registry_add(&boxes, p);
    gw_registry_add(&owners, p);
}

UNUSED static gw_db *fixture_open(fixture *f)
{
    const char *why = "";
    gw_db *db;

    if (gw_db_open(&db, &why, f->store, f->p) != APR_SUCCESS) {
        printf("Bail out! %s: %s\n", f->name, why);
        exit(2);
    }
    return db;
}

/* Run one SQL statement, whatever it is. */
UNUSED static apr_status_t fixture_run(gw_db *db, const char *sql)
{
    return db->ops->script(db, sql);
}

static const char *fixture_schema(fixture *f, const char *conninfo)
{
    gw_store *plain = gw_store_make("pgsql", conninfo, f->p);
    const char *name = apr_psprintf(f->p, "t%d", (int)getpid());
    const char *why = "";
    gw_db *db;

    if (gw_db_open(&db, &why, plain, f->p) != APR_SUCCESS) {
        printf("Bail out! pgsql: %s\n", why);
        exit(2);
    }
    fixture_run(db, apr_psprintf(f->p, "CREATE SCHEMA %s", name));
    gw_db_close(db);
    return apr_psprintf(f->p, "%s options='-c search_path=%s'", conninfo, name);
}

/* A fresh database, not migrated. */
UNUSED static void fixture_make(fixture *f, gw_driver driver, apr_pool_t *p)
{
    char dir[] = "/tmp/gw-store-XXXXXX";

    memset(f, 0, sizeof(*f));
    f->p = p;
    f->dir = apr_pstrdup(p, mkdtemp(dir));
    f->name = driver == GW_PGSQL ? "pgsql" : "sqlite3";
    fixture_scripts(f);
    f->params = driver == GW_PGSQL ? fixture_schema(f, getenv("GW_TEST_PG")) : apr_pstrcat(p, f->dir, "/gw.db", NULL);
    f->store = gw_store_make(f->name, f->params, p);
}

UNUSED static void fixture_migrate(fixture *f)
{
    gw_migration_state state;
    const char *why = "";

    f->db = fixture_open(f);
    if (gw_store_migrate(&state, &why, f->db, f->sql_dir, 1, f->p) != APR_SUCCESS) {
        printf("Bail out! %s: %s\n", f->name, why);
        exit(2);
    }
}

UNUSED static void fixture_remove(fixture *f)
{
    if (f->db == NULL)
        f->db = fixture_open(f);
    if (f->store->ops->driver == GW_PGSQL)
        fixture_run(f->db, apr_psprintf(f->p, "DROP SCHEMA t%d CASCADE", (int)getpid()));
    gw_db_close(f->db);
    if (fork() == 0)
        execlp("rm", "rm", "-rf", f->dir, (char *)NULL);
}

/* Run a test on each database that there is. */
UNUSED static void each_database(void (*test)(fixture *f), int is_migrated)
{
    gw_driver drivers[] = { GW_SQLITE, GW_PGSQL };
    size_t i;

    for (i = 0; i < COUNT(drivers); i++) {
        apr_pool_t *p;
        fixture f;

        if (drivers[i] == GW_PGSQL && getenv("GW_TEST_PG") == NULL) {
            printf("# GW_TEST_PG is not set: Postgres is left out\n");
            continue;
        }
        apr_pool_create(&p, NULL);
        fixture_register(p);
        fixture_make(&f, drivers[i], p);
        if (is_migrated)
            fixture_migrate(&f);
        test(&f);
        fixture_remove(&f);
        apr_pool_destroy(p);
    }
}

/* ---- rows ---- */

/* Insert in a transaction of its own; the status of the insert. `text` is JSON; *row (may be NULL) as written. */
UNUSED static apr_status_t put_row(fixture *f, gw_db *db, const gw_entity *entity, const char *text,
                                   const gw_error **err)
{
    const gw_error *ignored = NULL;
    json_t *row = parse(text);
    apr_status_t rv = gw_db_begin_write(db);

    if (rv == APR_SUCCESS)
        rv = gw_row_insert(err != NULL ? err : &ignored, db, entity, row, f->p);
    if (rv == APR_SUCCESS)
        rv = gw_db_commit(db);
    gw_db_rollback(db);
    json_decref(row);
    return rv;
}

UNUSED static apr_status_t delete_row(fixture *f, gw_db *db, const gw_entity *entity, const char *id,
                                      const gw_error **err)
{
    const gw_error *ignored = NULL;
    apr_status_t rv = gw_db_begin_write(db);

    if (rv == APR_SUCCESS)
        rv = gw_row_delete(err != NULL ? err : &ignored, db, entity, id, f->p);
    if (rv == APR_SUCCESS)
        rv = gw_db_commit(db);
    gw_db_rollback(db);
    return rv;
}

/* Overlay `patch` on the row and write it. */
UNUSED static apr_status_t patch_row(fixture *f, gw_db *db, const gw_entity *entity, const char *id,
                                     const char *patch, const gw_error **err)
{
    const gw_error *ignored = NULL;
    json_t *old = NULL, *row = NULL, *overlay = parse(patch);
    apr_status_t rv = gw_db_begin_write(db);

    if (rv == APR_SUCCESS)
        rv = gw_row_lock(&old, db, entity, NULL, id, 0, f->p);
    if (rv == APR_SUCCESS) {
        row = json_deep_copy(old);
        json_object_update(row, overlay);
        rv = gw_row_update(err != NULL ? err : &ignored, db, entity, old, row, f->p);
    }
    if (rv == APR_SUCCESS)
        rv = gw_db_commit(db);
    gw_db_rollback(db);
    json_decref(old);
    json_decref(row);
    json_decref(overlay);
    return rv;
}

/* The row as it is now, the caller's; NULL: there is none. */
UNUSED static json_t *load_row(fixture *f, const gw_entity *entity, const char *id)
{
    json_t *row = NULL;

    gw_row_load(&row, f->db, entity, NULL, id, f->p);
    return row;
}

#endif
