/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_events.c - what changed since a reader looked last. Triggers write gw_events in the transaction of the change.
 *
 * Postgres: a cursor is the text of the snapshot it was read under (pg_current_snapshot). An event is new exactly when
 * its transaction was not visible in that snapshot; so a transaction that began early and committed late is not
 * missed, and nothing need be remembered beside the text. SQLite: writers come one after the other, a cursor is the
 * last id. Pruning (store_prune.c) notes how far it went; a cursor that may have missed something reloads.
 */
#include "store_table.h"

#include <stdlib.h>
#include <string.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "json_pool.h"

#define PAGE_ROWS 500     /* rows of one query while loading */
#define MAX_CHANGES 10000 /* beyond, loading everything is cheaper */
#define BATCH_IDS 200     /* rows of one query while reading changes */

struct gw_cursor {
    char *snapshot; /* Postgres, malloced; NULL = never set */
    apr_int64_t id; /* SQLite; -1 = never set */
};

/* ---- the statements ---- */

static const char *const sql_now[] = {
    [GW_PGSQL] = "SELECT pg_current_snapshot() FROM gw_events_horizon", /* fails without tables, not with none */
    [GW_SQLITE] = "SELECT coalesce(max(id), (SELECT id FROM gw_events_horizon)) FROM gw_events",
};
/* $1 the cursor. 1 when it may have missed something that was pruned, or belongs to another database. */
static const char *const sql_is_lost[] = {
    [GW_PGSQL] = "SELECT CASE WHEN xid >= pg_snapshot_xmin($1::pg_snapshot)"
                 " OR pg_snapshot_xmax($1::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())"
                 " THEN 1 ELSE 0 END FROM gw_events_horizon",
    [GW_SQLITE] = "SELECT id > CAST($1 AS integer) OR CAST($1 AS integer) >"
                  " coalesce((SELECT max(id) FROM gw_events), id) FROM gw_events_horizon",
};
/* Events of a restored dump carry transactions of another cluster's time: not visible in the present, so left out. */
#define SINCE_PGSQL                                                                                                    \
    " FROM gw_events WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1)"           \
    " AND pg_visible_in_snapshot(xid, pg_current_snapshot())"
#define SINCE_SQLITE " FROM gw_events WHERE id > CAST($1 AS integer)"
static const char *const sql_changes[] = {
    [GW_PGSQL] = "SELECT DISTINCT entity, row_id" SINCE_PGSQL " LIMIT " APR_STRINGIFY(MAX_CHANGES),
    [GW_SQLITE] = "SELECT DISTINCT entity, row_id" SINCE_SQLITE " LIMIT " APR_STRINGIFY(MAX_CHANGES),
};
static const char *const sql_is_behind[] = {
    [GW_PGSQL] = "SELECT CASE WHEN EXISTS (SELECT 1" SINCE_PGSQL ") THEN 1 ELSE 0 END",
    [GW_SQLITE] = "SELECT EXISTS (SELECT 1" SINCE_SQLITE ")",
};
/* ---- cursors ---- */

static apr_status_t free_cursor(void *c)
{
    free(((gw_cursor *)c)->snapshot);
    return APR_SUCCESS;
}

static int is_set(const gw_db *db, const gw_cursor *cursor)
{
    return db->ops->driver == GW_PGSQL ? cursor->snapshot != NULL : cursor->id >= 0;
}

static const char *format_cursor(const gw_db *db, const gw_cursor *cursor, char buffer[24])
{
    if (db->ops->driver == GW_PGSQL)
        return cursor->snapshot;
    apr_snprintf(buffer, 24, "%" APR_INT64_T_FMT, cursor->id);
    return buffer;
}

static void set_cursor(const gw_db *db, gw_cursor *cursor, const char *text)
{
    if (db->ops->driver == GW_SQLITE) {
        cursor->id = apr_atoi64(text);
        return;
    }
    free(cursor->snapshot);
    cursor->snapshot = strdup(text);
}

/* ---- changes ---- */

typedef struct change_reader {
    apr_array_header_t *changes; /* of gw_change */
    int all, n;
    apr_pool_t *p;
} change_reader;

static apr_status_t take_change(void *baton, int ncells, const char *const *cells)
{
    change_reader *reader = baton;
    const gw_entity *entity;
    gw_change *change;

    (void)ncells;
    reader->n++;
    if (cells[1] == NULL) {
        reader->all = 1;
        return APR_SUCCESS;
    }
    entity = gw_registry_find(cells[0]);
    if (entity == NULL) /* of a module that is not loaded here */
        return APR_SUCCESS;
    change = apr_array_push(reader->changes);
    change->entity = entity;
    change->id = apr_pstrdup(reader->p, cells[1]);
    change->row = NULL;
    return APR_SUCCESS;
}

typedef struct row_reader {
    const gw_table *table;
    apr_array_header_t *changes;
    int from, to; /* the batch */
    apr_pool_t *p;
} row_reader;

static apr_status_t take_present(void *baton, int ncells, const char *const *cells)
{
    row_reader *reader = baton;
    json_t *row = gw_table_row(reader->table, cells);
    int i;

    (void)ncells;
    if (row == NULL)
        return APR_EGENERAL;
    gw_json_keep(row, reader->p);
    for (i = reader->from; i < reader->to; i++) {
        gw_change *change = &APR_ARRAY_IDX(reader->changes, i, gw_change);

        if (strcmp(change->id, cells[0]) == 0)
            change->row = row;
    }
    return APR_SUCCESS;
}

static int cmp_changes(const void *a, const void *b)
{
    const gw_change *x = a, *y = b;
    const apr_array_header_t *all = gw_registry_all();
    int i;

    if (x->entity == y->entity)
        return strcmp(x->id, y->id);
    for (i = 0; i < all->nelts; i++) {
        if (APR_ARRAY_IDX(all, i, const gw_entity *) == x->entity)
            return -1;
        if (APR_ARRAY_IDX(all, i, const gw_entity *) == y->entity)
            return 1;
    }
    return 0;
}

/* The present rows of changes [from, to), all of one entity. */
static apr_status_t read_batch(gw_db *db, apr_array_header_t *changes, int from, int to, apr_pool_t *p)
{
    row_reader reader = { gw_table_of(APR_ARRAY_IDX(changes, from, gw_change).entity), changes, from, to, p };
    gw_result result = { take_present, &reader, 0 };
    json_t *ids = json_array();
    const gw_table_sql *statements = &reader.table->sql[db->ops->driver];
    const char *sql = apr_pstrcat(p, statements->select, statements->in_ids, NULL);
    const char *param;
    size_t nids;
    int i;

    for (i = from; i < to; i++)
        json_array_append_new(ids, json_string(APR_ARRAY_IDX(changes, i, gw_change).id));
    param = gw_table_json(ids, p);
    nids = json_array_size(ids);
    json_decref(ids);
    if (nids != (size_t)(to - from))
        return APR_ENOMEM; /* who is not asked for would look as if it were gone */
    return gw_db_read(db, sql, 1, &param, &result);
}

/* Fill in the rows. Entities without a table are left out of the list. */
static apr_status_t read_rows(gw_db *db, apr_array_header_t *changes, apr_pool_t *p)
{
    apr_array_header_t *tables;
    apr_status_t rv = gw_db_tables(&tables, db, p);
    int from = 0, to, kept = 0;

    qsort(changes->elts, changes->nelts, sizeof(gw_change), cmp_changes);
    for (; rv == APR_SUCCESS && from < changes->nelts; from = to) {
        const gw_entity *entity = APR_ARRAY_IDX(changes, from, gw_change).entity;

        for (to = from; to < changes->nelts && to - from < BATCH_IDS; to++)
            if (APR_ARRAY_IDX(changes, to, gw_change).entity != entity)
                break;
        if (!gw_has_table(tables, entity->name))
            continue;
        rv = read_batch(db, changes, from, to, p);
        memmove(&APR_ARRAY_IDX(changes, kept, gw_change), &APR_ARRAY_IDX(changes, from, gw_change),
                (to - from) * sizeof(gw_change));
        kept += to - from;
    }
    changes->nelts = kept;
    return rv;
}

/* Within the read transaction: *lost, or the new cursor and the changes. */
static apr_status_t look(change_reader *reader, const char **now, int *lost, gw_db *db, const gw_cursor *cursor,
                         apr_pool_t *p)
{
    gw_driver driver = db->ops->driver;
    gw_result result = { take_change, reader, 0 };
    char buffer[24];
    const char *param = format_cursor(db, cursor, buffer), *is_lost;
    apr_status_t rv = gw_db_read_one(&is_lost, db, sql_is_lost[driver], 1, &param, p);

    if (rv == APR_SUCCESS)
        rv = gw_db_read_one(now, db, sql_now[driver], 0, NULL, p);
    if (rv == APR_SUCCESS)
        rv = gw_db_read(db, sql_changes[driver], 1, &param, &result);
    if (rv != APR_SUCCESS)
        return rv;
    *lost = strcmp(is_lost, "1") == 0 || reader->all || reader->n >= MAX_CHANGES;
    return *lost ? APR_SUCCESS : read_rows(db, reader->changes, p);
}

/* ---- loading ---- */

/* All rows of one entity to the visitor, in pages. */
static apr_status_t visit_all(gw_db *db, const gw_entity *entity, gw_row_visitor *visit, void *baton, apr_pool_t *ptemp)
{
    gw_page page = { .size = PAGE_ROWS };
    char after[128];
    const char *next;

    do {
        json_t *rows, *row;
        size_t i;
        apr_status_t rv = gw_row_page(&rows, &next, db, entity, &page, ptemp);

        if (rv != APR_SUCCESS)
            return rv;
        for (i = 0; i < json_array_size(rows) && rv == APR_SUCCESS; i++) {
            row = json_array_get(rows, i);
            rv = visit(baton, entity, row);
        }
        json_decref(rows);
        if (rv != APR_SUCCESS)
            return rv;
        apr_cpystrn(after, next != NULL ? next : "", sizeof(after));
        page.after_id = after;
        apr_pool_clear(ptemp);
    } while (after[0] != '\0');
    return APR_SUCCESS;
}

static apr_status_t load_all(gw_db *db, const char **now, gw_row_visitor *visit, void *baton, apr_pool_t *p)
{
    const apr_array_header_t *all = gw_registry_all();
    apr_array_header_t *tables;
    apr_pool_t *ptemp;
    apr_status_t rv = gw_db_read_one(now, db, sql_now[db->ops->driver], 0, NULL, p);
    int i;

    if (rv == APR_SUCCESS)
        rv = gw_db_tables(&tables, db, p);
    apr_pool_create(&ptemp, p);
    for (i = 0; i < all->nelts && rv == APR_SUCCESS; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(all, i, const gw_entity *);

        if (entity->placement == GW_IN_SNAPSHOT && gw_has_table(tables, entity->name))
            rv = visit_all(db, entity, visit, baton, ptemp);
    }
    apr_pool_destroy(ptemp);
    return rv;
}

gw_cursor *gw_cursor_make(apr_pool_t *p)
{
    gw_cursor *cursor = apr_pcalloc(p, sizeof(*cursor));

    cursor->id = -1;
    apr_pool_cleanup_register(p, cursor, free_cursor, apr_pool_cleanup_null);
    return cursor;
}

apr_status_t gw_store_load(gw_db *db, gw_cursor *cursor, gw_row_visitor *visit, void *baton, apr_pool_t *p)
{
    const char *now;
    apr_status_t rv = gw_db_begin_read(db);

    if (rv != APR_SUCCESS)
        return rv;
    rv = gw_db_end(db, load_all(db, &now, visit, baton, p));
    if (rv == APR_SUCCESS)
        set_cursor(db, cursor, now);
    return rv;
}

apr_status_t gw_store_changes(apr_array_header_t **changes, int *reload, gw_db *db, gw_cursor *cursor, apr_pool_t *p)
{
    change_reader reader = { apr_array_make(p, 16, sizeof(gw_change)), 0, 0, p };
    const char *now;
    int lost = 1;
    apr_status_t rv = APR_SUCCESS;

    if (is_set(db, cursor)) {
        rv = gw_db_begin_read(db);
        if (rv != APR_SUCCESS)
            return rv;
        rv = gw_db_end(db, look(&reader, &now, &lost, db, cursor, p));
    }
    if (rv != APR_SUCCESS)
        return rv;
    if (lost)
        apr_array_clear(reader.changes);
    else
        set_cursor(db, cursor, now);
    *reload = lost;
    *changes = reader.changes;
    return APR_SUCCESS;
}

apr_status_t gw_store_is_behind(int *behind, gw_db *db, const gw_cursor *cursor)
{
    char buffer[24];
    const char *param, *text;
    apr_pool_t *ptemp;
    apr_status_t rv = APR_SUCCESS;
    int answer = 1, i;

    if (!is_set(db, cursor)) {
        *behind = 1;
        return APR_SUCCESS;
    }
    param = format_cursor(db, cursor, buffer);
    apr_pool_create(&ptemp, db->pool);
    for (i = 0; i < 2; i++) {
        const char *const *sql = i == 0 ? sql_is_behind : sql_is_lost;

        rv = gw_db_read_one(&text, db, sql[db->ops->driver], 1, &param, ptemp);
        answer = rv == APR_SUCCESS && strcmp(text, "1") == 0;
        if (rv != APR_SUCCESS || answer)
            break;
    }
    apr_pool_destroy(ptemp);
    if (rv == APR_SUCCESS)
        *behind = answer;
    return rv;
}
