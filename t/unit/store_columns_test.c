/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_columns_test.c - the tables of sql/ are what the schemas say: columns and their types, foreign keys and what
 * becomes of children, unique constraints by name, triggers. In both directions, on both databases.
 */
#include "store_fixture.h"
#include "store_table.h"
#include "entities.h"
#include "basicauth_schema.h"
#include "jwt_schema.h"
#include "keyauth_schema.h"
#include "session_schema.h"
#include "urlauth_schema.h"

/* Entities whose modules need httpd: by their schemas alone. Core's come from entities.h. */
static const gw_entity others[] = {
    { .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "jwt_secrets", .schema = &gw_jwt_secret_schema,
      .owner = "jwt" },
    { .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "keyauth_credentials",
      .schema = &gw_keyauth_credential_schema, .owner = "keyauth", .has_ttl = 1 },
    { .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "sessions", .schema = &gw_session_row_schema,
      .owner = "session", .has_ttl = 1, .is_quiet = 1 },
    { .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "basicauth_credentials",
      .schema = &gw_basicauth_credential_schema, .owner = "basicauth" },
    { .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "login_user", .schema = &gw_login_user_schema,
      .owner = "urlauth" },
    { .api = GW_API_VERSION, .size = sizeof(gw_entity), .name = "api_mgr", .schema = &gw_api_mgr_schema,
      .owner = "urlauth" },
};

static const char *const type_names[][2] = {
    [GW_COLUMN_TEXT] = { [GW_PGSQL] = "text", [GW_SQLITE] = "text" },
    [GW_COLUMN_UUID] = { [GW_PGSQL] = "uuid", [GW_SQLITE] = "text" },
    [GW_COLUMN_INTEGER] = { [GW_PGSQL] = "bigint", [GW_SQLITE] = "integer" },
    [GW_COLUMN_NUMBER] = { [GW_PGSQL] = "double precision", [GW_SQLITE] = "real" },
    [GW_COLUMN_BOOLEAN] = { [GW_PGSQL] = "boolean", [GW_SQLITE] = "boolean" },
    [GW_COLUMN_JSON] = { [GW_PGSQL] = "json", [GW_SQLITE] = "text" },
};

static const char *const sql_columns[] = {
    [GW_PGSQL] = "SELECT column_name || ' ' || data_type FROM information_schema.columns"
                 " WHERE table_schema = current_schema() AND table_name = $1",
    [GW_SQLITE] = "SELECT name || ' ' || lower(type) FROM pragma_table_info($1)",
};
static const char *const sql_parents[] = {
    [GW_PGSQL] = "SELECT conname || ' ' || confrelid::regclass || CASE confdeltype WHEN 'c' THEN ' CASCADE' ELSE '' END"
                 " FROM pg_constraint WHERE contype = 'f' AND conrelid = $1::regclass",
    [GW_SQLITE] = "SELECT $1 || '_' || replace(\"from\", '_id', '_fkey') || ' ' || \"table\" ||"
                  " CASE on_delete WHEN 'CASCADE' THEN ' CASCADE' ELSE '' END FROM pragma_foreign_key_list($1)",
};
/* Unique constraints over single columns but the id, by the names they have (SQLite: should have). */
static const char *const sql_unique[] = {
    [GW_PGSQL] = "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = $1::regclass"
                 " AND indisunique AND NOT indisprimary AND indnatts = 1",
    [GW_SQLITE] = "SELECT $1 || '_' || i.name || '_key' FROM pragma_index_list($1) l, pragma_index_info(l.name) i"
                  " WHERE l.\"unique\" AND l.origin <> 'pk' AND i.name IS NOT NULL"
                  " AND (SELECT count(*) FROM pragma_index_info(l.name)) = 1",
};
/* What tells readers of changes. */
static const char *const sql_triggers[] = {
    [GW_PGSQL] = "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal",
    [GW_SQLITE] = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1",
};

static apr_status_t take_word(void *baton, int ncells, const char *const *cells)
{
    apr_array_header_t *words = baton;

    (void)ncells;
    APR_ARRAY_PUSH(words, const char *) = apr_pstrdup(words->pool, cells[0]);
    return APR_SUCCESS;
}

static int cmp_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *join_sorted(apr_array_header_t *words)
{
    const char *text = "";
    int i;

    qsort(words->elts, words->nelts, sizeof(const char *), cmp_words);
    for (i = 0; i < words->nelts; i++)
        text = apr_pstrcat(words->pool, text, i ? ", " : "", APR_ARRAY_IDX(words, i, const char *), NULL);
    return text;
}

static const char *ask(fixture *f, const char *const *sql, const char *table)
{
    apr_array_header_t *words = apr_array_make(f->p, 32, sizeof(const char *));
    gw_result result = { take_word, words, 0 };

    if (gw_db_read(f->db, sql[f->store->ops->driver], 1, &table, &result) != APR_SUCCESS)
        return gw_db_why(f->db);
    return join_sorted(words);
}

static const char *expect_columns(fixture *f, const gw_table *table)
{
    apr_array_header_t *words = apr_array_make(f->p, 32, sizeof(const char *));
    gw_driver driver = f->store->ops->driver;
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const gw_column *column = &table->columns[i];
        const char *type = type_names[column->kind][driver];

        if (driver == GW_PGSQL && strcmp(column->name, "tags") == 0)
            type = "jsonb";
        APR_ARRAY_PUSH(words, const char *) = apr_pstrcat(f->p, column->name, " ", type, NULL);
    }
    if (table->entity->has_ttl)
        APR_ARRAY_PUSH(words, const char *) =
            apr_pstrcat(f->p, "expires_ms ", type_names[GW_COLUMN_INTEGER][driver], NULL);
    return join_sorted(words);
}

static const char *expect_parents(fixture *f, const gw_table *table)
{
    apr_array_header_t *words = apr_array_make(f->p, 8, sizeof(const char *));
    int i;

    for (i = 0; i < table->ncolumns; i++) {
        const gw_field *field = table->columns[i].field;

        if (field->type == GW_T_FOREIGN && gw_registry_find(field->reference) != NULL && !(field->flags & GW_LOOSE))
            APR_ARRAY_PUSH(words, const char *) =
                apr_pstrcat(f->p, table->entity->name, "_", field->name, "_fkey ", field->reference,
                            field->flags & GW_CASCADE ? " CASCADE" : "", NULL);
    }
    return join_sorted(words);
}

static const char *expect_unique(fixture *f, const gw_table *table)
{
    apr_array_header_t *words = apr_array_make(f->p, 8, sizeof(const char *));
    int i;

    for (i = 0; i < table->ncolumns; i++)
        if (table->columns[i].field->flags & GW_UNIQUE)
            APR_ARRAY_PUSH(words, const char *) =
                apr_pstrcat(f->p, table->entity->name, "_", table->columns[i].field->name, "_key", NULL);
    return join_sorted(words);
}

/* Quiet: new rows write no event. Plugins are kept with their consumer and tell of it too. */
static const char *expect_triggers(fixture *f, const gw_entity *entity)
{
    const int is_kept_with_consumer = strcmp(entity->name, "plugins") == 0;

    if (f->store->ops->driver == GW_PGSQL && is_kept_with_consumer)
        return "gw_event, gw_event_all, gw_event_consumer";
    if (is_kept_with_consumer)
        return "plugins_gw_consumer_delete, plugins_gw_consumer_insert, plugins_gw_consumer_update, "
               "plugins_gw_delete, plugins_gw_insert, plugins_gw_update";
    if (f->store->ops->driver == GW_PGSQL)
        return entity->is_quiet ? "gw_event, gw_event_all, gw_event_delete" : "gw_event, gw_event_all";
    return apr_pstrcat(f->p, entity->name, "_gw_delete, ", entity->is_quiet ? "" : entity->name,
                       entity->is_quiet ? "" : "_gw_insert, ", entity->name, "_gw_update", NULL);
}

static void test_columns(fixture *f)
{
    const apr_array_header_t *all;
    size_t i;
    int j;

    for (i = 0; gw_entities_all[i] != NULL; i++)
        gw_registry_add(gw_entities_all[i], f->p);
    for (i = 0; i < COUNT(others); i++)
        gw_registry_add(&others[i], f->p);
    f->sql_dir = apr_pstrcat(f->p, getenv("GW_TEST_SRCDIR") != NULL ? getenv("GW_TEST_SRCDIR") : "..", "/sql", NULL);
    fixture_migrate(f);

    all = gw_registry_all();
    for (j = 0; j < all->nelts; j++) {
        const gw_entity *entity = APR_ARRAY_IDX(all, j, const gw_entity *);
        const gw_table *table = gw_table_of(entity);

        if (strcmp(entity->owner, "fixture") == 0)
            continue;
        is_str(ask(f, sql_columns, entity->name), expect_columns(f, table),
               say(f, apr_pstrcat(f->p, entity->name, ": columns", NULL)));
        is_str(ask(f, sql_parents, entity->name), expect_parents(f, table),
               say(f, apr_pstrcat(f->p, entity->name, ": foreign keys", NULL)));
        is_str(ask(f, sql_unique, entity->name), expect_unique(f, table),
               say(f, apr_pstrcat(f->p, entity->name, ": unique constraints", NULL)));
        is_str(ask(f, sql_triggers, entity->name), expect_triggers(f, entity),
               say(f, apr_pstrcat(f->p, entity->name, ": triggers", NULL)));
    }
}

int main(void)
{
    apr_initialize();
    each_database(test_columns, 0);
    return done();
}
