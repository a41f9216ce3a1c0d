/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_events_test.c - what readers learn of changes: loading, changes, cascades, overlapping transactions, pruning,
 * notifications. Writers and readers take turns on connections of their own; nothing waits for time to pass.
 */
#include "store_fixture.h"

/* What was visited, as "entity:last digit of the id". */
typedef struct visits {
    apr_pool_t *p;
    const char *text;
} visits;

static apr_status_t visit_note(void *baton, const gw_entity *entity, json_t *row)
{
    visits *seen = baton;

    seen->text = apr_pstrcat(seen->p, seen->text, *seen->text ? " " : "", entity->name, ":",
                             json_string_value(json_object_get(row, "id")) + 35, NULL);
    return APR_SUCCESS;
}

static apr_status_t visit_stop(void *baton, const gw_entity *entity, json_t *row)
{
    (void)entity;
    (void)row;
    return ++*(int *)baton == 2 ? APR_ECONNABORTED : APR_SUCCESS;
}

/* The changes since the cursor, as "entity:last digit of the id", "-" before what is gone; "reload"; "failed". */
static const char *changes(fixture *f, gw_db *db, gw_cursor *cursor)
{
    apr_array_header_t *list;
    const char *text = "";
    int reload, i;

    if (gw_store_changes(&list, &reload, db, cursor, f->p) != APR_SUCCESS)
        return apr_pstrcat(f->p, "failed: ", gw_db_why(db), NULL);
    if (reload)
        return "reload";
    for (i = 0; i < list->nelts; i++) {
        const gw_change *c = &APR_ARRAY_IDX(list, i, gw_change);

        text = apr_pstrcat(f->p, text, *text ? " " : "", c->row != NULL ? "" : "-", c->entity->name, ":", c->id + 35,
                           NULL);
    }
    return text;
}

static int is_behind(gw_db *db, gw_cursor *cursor)
{
    int behind = -1;

    gw_store_is_behind(&behind, db, cursor);
    return behind;
}

/* A cursor that has just loaded; *seen (may be NULL): what. */
static gw_cursor *loaded(fixture *f, gw_db *db, const char **seen)
{
    gw_cursor *cursor = gw_cursor_make(f->p);
    visits noted = { f->p, "" };

    gw_store_load(db, cursor, visit_note, &noted, f->p);
    if (seen != NULL)
        *seen = noted.text;
    return cursor;
}

static void test_changes(fixture *f)
{
    gw_db *reader = fixture_open(f);
    gw_cursor *cursor = gw_cursor_make(f->p);
    const char *seen = "";
    int n = 0;

    is_str(changes(f, reader, cursor), "reload", say(f, "a cursor that was never set"));
    is_int(is_behind(reader, cursor), 1, say(f, "is behind"));
    put_row(f, f->db, &owners, "{\"id\":\"" ID(1) "\",\"name\":\"ann\"}", NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(3) "\",\"name\":\"box\"}", NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(2) "\"}", NULL);
    put_row(f, f->db, &items, "{\"id\":\"" ID(4) "\",\"owner\":{\"id\":\"" ID(1) "\"},\"box\":{\"id\":\"" ID(3) "\"}}",
            NULL);
    is_int(gw_store_load(reader, cursor, visit_stop, &n, f->p), APR_ECONNABORTED, say(f, "a visitor that stops"));
    is_str(changes(f, reader, cursor), "reload", say(f, "leaves the cursor unset"));
    cursor = loaded(f, reader, &seen);
    is_str(seen, "boxes:2 boxes:3 items:4", say(f, "loading: snapshot entities, parents first, by id"));
    is_str(changes(f, reader, cursor), "", say(f, "nothing since"));
    is_int(is_behind(reader, cursor), 0, say(f, "not behind"));

    put_row(f, f->db, &boxes, "{\"id\":\"" ID(5) "\"}", NULL);
    patch_row(f, f->db, &boxes, ID(5), "{\"name\":\"x\"}", NULL);
    patch_row(f, f->db, &owners, ID(1), "{\"name\":\"eve\"}", NULL);
    is_int(is_behind(reader, cursor), 1, say(f, "behind"));
    is_str(changes(f, reader, cursor), "owners:1 boxes:5", say(f, "each row once, of all placements, parents first"));
    is_str(changes(f, reader, cursor), "", say(f, "and only once"));
    delete_row(f, f->db, &boxes, ID(5), NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(6) "\"}", NULL);
    delete_row(f, f->db, &boxes, ID(6), NULL);
    is_str(changes(f, reader, cursor), "-boxes:5 -boxes:6", say(f, "rows that are gone"));
    delete_row(f, f->db, &owners, ID(1), NULL);
    is_str(changes(f, reader, cursor), "-owners:1 -items:4", say(f, "what went with its parent is told too"));
    patch_row(f, f->db, &boxes, ID(3), "{\"name\":\"y\"}", NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(3) "\"}", NULL);
    is_str(changes(f, reader, cursor), "boxes:3", say(f, "a refused write tells nothing of its own"));

    fixture_run(f->db, "UPDATE boxes SET name = 'by hand' WHERE name = 'y'");
    is_str(changes(f, reader, cursor), "boxes:3", say(f, "a change made by hand"));
    fixture_run(f->db, "INSERT INTO gw_events (entity, row_id, op) VALUES ('unknown', 'x', 'insert')");
    is_str(changes(f, reader, cursor), "", say(f, "an entity that nobody knows"));
    gw_db_begin_write(f->db);
    is_int(gw_store_announce_all(f->db), APR_SUCCESS, say(f, "everything changed"));
    gw_db_commit(f->db);
    is_str(changes(f, reader, cursor), "reload", say(f, "reload"));
    is_str(changes(f, reader, cursor), "reload", say(f, "until loaded"));
    is_str(changes(f, reader, loaded(f, reader, NULL)), "", say(f, "and then no more"));
    is_int(gw_store_announce_all(f->db), APR_EINVAL, say(f, "only in a write transaction"));
    gw_db_close(reader);
}

static void test_many(fixture *f)
{
    gw_db *reader = fixture_open(f);
    gw_cursor *cursor = loaded(f, reader, NULL);
    apr_array_header_t *list;
    int i, reload = 0, gone = 0;

    for (i = 0; i < 2; i++)
        fixture_run(f->db, f->store->ops->driver == GW_PGSQL
                               ? "INSERT INTO boxes (id, name) SELECT CAST('00000000-0000-4000-8000-' ||"
                                 " lpad(to_hex(n), 12, '0') AS uuid), 'n' || n FROM generate_series(1, 1234) n"
                                 " ON CONFLICT (id) DO UPDATE SET name = 'm' || boxes.name"
                               : "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1234)"
                                 " INSERT INTO boxes (id, name) SELECT '00000000-0000-4000-8000-' ||"
                                 " printf('%012x', n), 'n' || n FROM c WHERE true"
                                 " ON CONFLICT (id) DO UPDATE SET name = 'm' || name");
    is_int(gw_store_changes(&list, &reload, reader, cursor, f->p), APR_SUCCESS, say(f, "many changes"));
    is_int(list->nelts, 1234, say(f, "all of them"));
    for (i = 0; i < list->nelts; i++)
        gone += APR_ARRAY_IDX(list, i, gw_change).row == NULL;
    is_int(gone, 0, say(f, "with their rows"));
    i = 0;
    is_int(gw_store_load(reader, cursor, visit_stop, &i, f->p), APR_ECONNABORTED, say(f, "stopping early"));
    i = 10;
    is_int(gw_store_load(reader, cursor, visit_stop, &i, f->p), APR_SUCCESS, say(f, "loading in pages"));
    is_int(i, 1244, say(f, "visits each row"));
    fixture_run(f->db, f->store->ops->driver == GW_PGSQL
                           ? "INSERT INTO gw_events (entity, row_id, op) SELECT 'boxes', 'x' || n, 'delete'"
                             " FROM generate_series(1, 10000) n"
                           : "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 10000)"
                             " INSERT INTO gw_events (entity, row_id, op) SELECT 'boxes', 'x' || n, 'delete' FROM c");
    is_str(changes(f, reader, cursor), "reload", say(f, "more than a reload costs"));
    gw_db_close(reader);
}

/* Postgres: who began first may commit last. */
static void test_overlap(fixture *f)
{
    gw_db *old = fixture_open(f), *reader = fixture_open(f), *third = fixture_open(f);
    const gw_error *err;
    gw_cursor *cursor, *later;
    json_t *row;

    if (f->store->ops->driver == GW_SQLITE)
        return;
    row = parse("{\"id\":\"" ID(1) "\"}");
    cursor = loaded(f, reader, NULL);
    gw_db_begin_write(old);
    gw_row_insert(&err, old, &boxes, row, f->p);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(2) "\"}", NULL);
    is_str(changes(f, reader, cursor), "boxes:2", say(f, "the newer one is seen first"));
    later = loaded(f, third, NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(3) "\"}", NULL);
    is_str(changes(f, reader, cursor), "boxes:3", say(f, "and not again while the older one is open"));
    is_int(is_behind(reader, cursor), 0, say(f, "nothing new"));
    gw_store_prune_events(f->db, 0);
    gw_db_commit(old);
    is_str(changes(f, reader, cursor), "boxes:1", say(f, "the older one is not missed"));
    is_str(changes(f, reader, cursor), "", say(f, "nor told twice"));
    is_str(changes(f, third, later), "boxes:1 boxes:3", say(f, "nor missed by who loaded in between"));

    gw_db_begin_write(old);
    json_object_set_new(row, "id", json_string(ID(4)));
    gw_row_insert(&err, old, &boxes, row, f->p);
    later = loaded(f, third, NULL);
    gw_db_commit(old);
    gw_store_prune_events(f->db, 0);
    is_str(changes(f, third, later), "reload", say(f, "an old event that was pruned at once is not missed"));
    gw_db_begin_write(old);
    json_object_set_new(row, "id", json_string(ID(5)));
    gw_row_insert(&err, old, &boxes, row, f->p);
    gw_db_rollback(old);
    later = loaded(f, third, NULL);
    is_str(changes(f, third, later), "", say(f, "what was rolled back is nothing"));
    json_decref(row);
    gw_db_close(old);
    gw_db_close(reader);
    gw_db_close(third);
}

static const char *count_events(fixture *f)
{
    const char *n = NULL;

    gw_db_read_one(&n, f->db, "SELECT CAST(count(*) AS text) FROM gw_events", 0, NULL, f->p);
    return n;
}

static void test_pruning(fixture *f)
{
    gw_db *reader = fixture_open(f);
    gw_cursor *behind, *present;

    behind = loaded(f, reader, NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(1) "\"}", NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(2) "\"}", NULL);
    present = loaded(f, reader, NULL);
    is_int(gw_store_prune_events(f->db, apr_time_from_sec(3600)), APR_SUCCESS, say(f, "pruning"));
    is_str(count_events(f), "2", say(f, "young events stay"));
    is_str(changes(f, reader, behind), "boxes:1 boxes:2", say(f, "nobody lost anything"));
    behind = loaded(f, reader, NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(3) "\"}", NULL);
    present = loaded(f, reader, NULL);
    fixture_run(f->db, f->store->ops->driver == GW_PGSQL ? "UPDATE gw_events SET at = at - interval '2 hours'"
                                                         : "UPDATE gw_events SET at = at - 7200");
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(4) "\"}", NULL);
    is_int(gw_store_prune_events(f->db, apr_time_from_sec(3600)), APR_SUCCESS, say(f, "pruning again"));
    is_str(count_events(f), "1", say(f, "old events go"));
    is_str(changes(f, reader, behind), "reload", say(f, "who was behind reloads"));
    is_int(is_behind(reader, behind), 1, say(f, "and is told so"));
    is_str(changes(f, reader, present), "boxes:4", say(f, "who was not goes on"));
    fixture_run(f->db, f->store->ops->driver == GW_PGSQL ? "UPDATE gw_events SET at = at - interval '2 hours'"
                                                         : "UPDATE gw_events SET at = at - 7200");
    gw_store_prune_events(f->db, apr_time_from_sec(3600));
    gw_store_prune_events(f->db, apr_time_from_sec(3600));
    is_str(count_events(f), "0", say(f, "no events left"));
    is_str(changes(f, reader, present), "", say(f, "and nothing missed"));
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(5) "\"}", NULL);
    is_str(changes(f, reader, present), "boxes:5", say(f, "the next one comes"));

    /* another database in the place of the one that was: its time is behind ours */
    if (f->store->ops->driver == GW_SQLITE) {
        fixture_run(f->db, "DELETE FROM gw_events; DELETE FROM sqlite_sequence; UPDATE gw_events_horizon SET id = 0");
        is_str(changes(f, reader, present), "reload", say(f, "a database made anew"));
    } else { /* a restored dump: its events are of another cluster's time */
        fixture_run(f->db, "INSERT INTO gw_events (xid, entity, row_id, op)"
                           " VALUES ('99999999', 'boxes', '" ID(1) "', 'update')");
        is_str(changes(f, reader, present), "", say(f, "events of another cluster's time"));
    }
    gw_db_close(reader);
}

static void test_notify(fixture *f)
{
    gw_db *listener = fixture_open(f), *writer = fixture_open(f);
    const char *pid;
    int stop[2];

    if (pipe(stop) != 0)
        return;
    if (f->store->ops->driver == GW_SQLITE) {
        is_int(gw_store_listen(listener), APR_ENOTIMPL, say(f, "nothing to listen to"));
        is_int(gw_store_wait(listener, -1, 0), APR_ENOTIMPL, say(f, "nor to wait for"));
        return;
    }
    is_int(gw_store_listen(listener), APR_SUCCESS, say(f, "listen"));
    is_int(gw_store_wait(listener, stop[0], 0), APR_TIMEUP, say(f, "quiet"));
    put_row(f, writer, &boxes, "{\"id\":\"" ID(1) "\"}", NULL);
    is_int(gw_store_wait(listener, stop[0], 5000), APR_SUCCESS, say(f, "a commit is heard"));
    is_int(gw_store_wait(listener, stop[0], 0), APR_TIMEUP, say(f, "once"));
    gw_db_begin_write(writer);
    gw_store_announce_all(writer);
    is_int(gw_store_wait(listener, stop[0], 0), APR_TIMEUP, say(f, "not before the commit"));
    gw_db_commit(writer);
    is_int(gw_store_wait(listener, stop[0], 5000), APR_SUCCESS, say(f, "and after it"));
    fixture_run(writer, "TRUNCATE services CASCADE");
    is_int(gw_store_wait(listener, -1, 5000), APR_SUCCESS, say(f, "TRUNCATE is heard"));
    is_int(write(stop[1], "x", 1), 1, say(f, "stop"));
    is_int(gw_store_wait(listener, stop[0], -1), APR_EINTR, say(f, "is obeyed"));
    gw_db_read_one(&pid, listener, "SELECT pg_backend_pid()", 0, NULL, f->p);
    fixture_run(writer, apr_psprintf(f->p, "SELECT pg_terminate_backend(%s)", pid));
    is_int(gw_store_wait(listener, -1, 5000), APR_EAGAIN, say(f, "a lost connection is told"));
    ok(gw_db_is_away(listener), say(f, "as away"));
    gw_db_close(listener);
    gw_db_close(writer);
}

static void test_unmigrated(fixture *f)
{
    visits seen = { f->p, "" };
    gw_cursor *cursor = gw_cursor_make(f->p);
    int more;

    f->db = fixture_open(f);
    is_int(gw_store_load(f->db, cursor, visit_note, &seen, f->p), APR_ENOTIMPL, say(f, "loading without tables"));
    is_int(gw_store_prune_events(f->db, 0), APR_ENOTIMPL, say(f, "pruning without tables"));
    is_int(gw_store_prune_expired(&more, f->db), APR_SUCCESS, say(f, "nothing can have expired"));
}

int main(void)
{
    apr_initialize();
    each_database(test_changes, 1);
    each_database(test_many, 1);
    each_database(test_overlap, 1);
    each_database(test_pruning, 1);
    each_database(test_notify, 1);
    each_database(test_unmigrated, 0);
    return done();
}
