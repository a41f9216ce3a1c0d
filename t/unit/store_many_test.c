/* SPDX-License-Identifier: Apache-2.0 */
/* store_many_test.c - many rows at once: whatever the number, what is told and what is kept is what single writes do. */
#include "store_fixture.h"
#include "store_table.h"

/* Rows of owners with the ids and names of their numbers: new references, in f->p's time. */
static json_t **make_owners(fixture *f, int from, int n)
{
    json_t **rows = apr_palloc(f->p, (n + 1) * sizeof(*rows));
    int i;

    for (i = 0; i < n; i++)
        rows[i] = json_pack("{s:s, s:s, s:[s]}", "id", id_of(f, from + i), "name",
                            apr_psprintf(f->p, "name-%d", from + i), "tags", "t");
    return rows;
}

static void drop(json_t **rows, int n)
{
    int i;

    for (i = 0; i < n; i++)
        json_decref(rows[i]);
}

static apr_status_t insert(fixture *f, const gw_error **err, const gw_entity *entity, json_t **rows, int n)
{
    apr_status_t rv = gw_db_begin_write(f->db);

    if (rv == APR_SUCCESS)
        rv = gw_rows_insert(err, f->db, entity, rows, n, f->p);
    return gw_db_end(f->db, rv);
}

static apr_status_t delete(fixture *f, const gw_error **err, const gw_entity *entity, json_t **rows, int n)
{
    apr_status_t rv = gw_db_begin_write(f->db);

    if (rv == APR_SUCCESS)
        rv = gw_rows_delete_known(err, f->db, entity, rows, n, f->p);
    return gw_db_end(f->db, rv);
}

static int count(fixture *f, const gw_entity *entity)
{
    const gw_page page = { .size = 0 };
    apr_int64_t n = -1;

    gw_row_count(&n, f->db, entity, &page, f->p);
    return (int)n;
}

static int count_events(fixture *f, const char *where)
{
    const char *text = "-1";

    gw_db_read_one(&text, f->db, apr_pstrcat(f->p, "SELECT count(*) FROM gw_events WHERE ", where, NULL), 0, NULL, f->p);
    return (int)apr_atoi64(text);
}

/* ---- how many ---- */

static const int sizes[] = { 0, 1, 2, GW_BATCH_ROWS - 1, GW_BATCH_ROWS, GW_BATCH_ROWS + 1, 2 * GW_BATCH_ROWS + 1 };

static void test_sizes(fixture *f)
{
    const gw_error *err = NULL;
    size_t i;

    for (i = 0; i < COUNT(sizes); i++) {
        const int n = sizes[i];
        json_t **rows = make_owners(f, 1, n);

        is_int(insert(f, &err, &owners, rows, n), APR_SUCCESS, say(f, apr_psprintf(f->p, "%d rows come", n)));
        is_int(count(f, &owners), n, say(f, "all of them"));
        is_int(delete(f, &err, &owners, rows, n), APR_SUCCESS, say(f, "they go"));
        is_int(count(f, &owners), 0, say(f, "all of them"));
        drop(rows, n);
    }
    ok(err == NULL, say(f, "nothing was refused"));
}

/* ---- what is kept ---- */

/* A box of every kind of value, and one that has none of them. */
static const char *const boxes_written[] = {
    "{\"id\":\"00000000-0000-4000-8000-00000000000A\",\"name\":\"a \\\"b\\\" \\\\ \\u00e4 \\n {}\",\"created_at\":17,"
    "\"code\":\"00000000-0000-4000-8000-0000000000FF\",\"amount\":-5,\"weight\":0.1,\"is_open\":true,\"tags\":[\"x\"],"
    "\"words\":[\"a\\\"\",\"\"],\"group\":{\"k\":\"v\"},\"parts\":{\"deep\":{\"n\":null,\"f\":1.5}},\"ghost\":null,"
    "\"stray\":null}",
    "{\"id\":\"00000000-0000-4000-8000-00000000000b\",\"name\":\"\",\"is_open\":false,\"amount\":0,\"words\":[],"
    "\"tags\":[],\"parts\":{}}",
    "{\"id\":\"00000000-0000-4000-8000-00000000000c\"}",
};

static void test_values(fixture *f)
{
    const gw_error *err = NULL;
    json_t *one[COUNT(boxes_written)] = { NULL }, *rows[COUNT(boxes_written)], *seen;
    const size_t n = COUNT(boxes_written);
    size_t i;

    for (i = 0; i < n; i++) {
        rows[i] = parse(boxes_written[i]);
        put_row(f, f->db, &boxes, boxes_written[i], NULL);
        gw_row_load(&one[i], f->db, &boxes, NULL, json_string_value(json_object_get(rows[i], "id")), f->p);
    }
    fixture_run(f->db, "DELETE FROM boxes");
    is_int(insert(f, &err, &boxes, rows, (int)n), APR_SUCCESS, say(f, "boxes at once"));
    for (i = 0; i < n; i++) {
        seen = NULL;
        gw_row_load(&seen, f->db, &boxes, NULL, json_string_value(json_object_get(rows[i], "id")), f->p);
        ok(one[i] != NULL && json_equal(one[i], seen), say(f, apr_psprintf(f->p, "box %d is as one by one", (int)i)));
        json_decref(seen);
        json_decref(one[i]);
    }
    is_str(json_string_value(json_object_get(rows[0], "id")), "00000000-0000-4000-8000-00000000000a",
           say(f, "ids become lower case"));
    drop(rows, (int)n);
}

static json_t *make_token(fixture *f, int n, int owner, int ttl)
{
    return json_pack("{s:s, s:s, s:{s:s}, s:o}", "id", id_of(f, n), "key", apr_psprintf(f->p, "k%d", n), "owner", "id",
                     id_of(f, owner), "ttl", ttl > 0 ? json_integer(ttl) : json_null());
}

static void test_expiry(fixture *f)
{
    const gw_error *err = NULL;
    json_t **family = make_owners(f, 1, 1), *rows[2], *seen = NULL;

    insert(f, &err, &owners, family, 1);
    rows[0] = make_token(f, 2, 1, 60);
    rows[1] = make_token(f, 3, 1, 0);
    is_int(insert(f, &err, &tokens, rows, 2), APR_SUCCESS, say(f, "rows with a ttl"));
    gw_row_load(&seen, f->db, &tokens, "key", "k2", f->p);
    ok(json_integer_value(json_object_get(seen, "ttl")) > 50, say(f, "it runs"));
    json_decref(seen);
    seen = NULL;
    gw_row_load(&seen, f->db, &tokens, "key", "k3", f->p);
    ok(json_is_null(json_object_get(seen, "ttl")), say(f, "or there is none"));
    json_decref(seen);
    fixture_run(f->db, "UPDATE tokens SET expires_ms = 1");
    is_int(insert(f, &err, &tokens, rows, 2), APR_SUCCESS, say(f, "what has expired is in nobody's way"));
    json_object_set_new(rows[1], "id", json_string(id_of(f, 4)));
    json_object_set_new(rows[0], "id", json_string(id_of(f, 5)));
    is_int(insert(f, &err, &tokens, rows, 2), APR_EGENERAL, say(f, "what lives is"));
    is_str(err != NULL ? err->message : NULL, "UNIQUE violation detected on '{key=\"k2\"}'", say(f, "it is told"));
    drop(rows, 2);
    drop(family, 1);
}

/* ---- what is refused ---- */

static const gw_error *refuse_bad(json_t *row, const json_t *old, apr_pool_t *p)
{
    static const gw_error bad = { GW_E_SCHEMA, "bad", NULL };
    const json_t *name = json_object_get(row != NULL ? row : old, "name");

    (void)p;
    return name != NULL && strcmp(json_string_value(name), row != NULL ? "bad" : "keep") == 0 ? &bad : NULL;
}

/* Where among many the one is that is refused. */
static const int places[] = { 0, 1, GW_BATCH_ROWS / 2, GW_BATCH_ROWS - 1, GW_BATCH_ROWS, 2 * GW_BATCH_ROWS };

static const struct {
    const gw_entity *entity;
    const char *row;
    const char *why;
} mistakes[] = {
    { &owners, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"name\":\"taken\"}", "a name that is taken" },
    { &owners, "{\"id\":\"10000000-0000-4000-8000-000000000000\",\"name\":\"new\"}", "an id that is taken" },
    { &owners, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"name\":\"bad\"}", "what on_write refuses" },
    { &owners, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"name\":\"a\\u0000b\"}", "a NUL character" },
    { &items, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"full_name\":\"x\",\"owner\":"
              "{\"id\":\"20000000-0000-4000-8000-000000000000\"}}", "a parent that does not exist" },
    { &items, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"full_name\":\"x\",\"owner\":{\"id\":\"none\"}}",
      "a parent by no id" },
    { &items, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"full_name\":\"f\",\"owner\":"
              "{\"id\":\"10000000-0000-4000-8000-000000000000\"}}", "several fields that are taken together" },
    { &boxes, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"ghost\":"
              "{\"id\":\"10000000-0000-4000-8000-000000000000\"}}",
      "a parent of nobody's" },
    { &boxes, "{\"id\":\"10000000-0000-4000-8000-000000000001\",\"stray\":"
              "{\"id\":\"10000000-0000-4000-8000-000000000000\"}}",
      "a parent without a table" },
    { &strays, "{\"id\":\"10000000-0000-4000-8000-000000000001\"}", "no table" },
};

static json_t *good_row(fixture *f, const gw_entity *entity, int n)
{
    return json_pack("{s:s, s:s}", "id", id_of(f, n + 1), entity == &items ? "full_name" : "name",
                     apr_psprintf(f->p, "n%d", n));
}

/* The mistake at that place among many: told as if it had come alone, and nothing stays. */
static void check_mistake(fixture *f, size_t which, int place, const char *before)
{
    const gw_entity *entity = mistakes[which].entity;
    const int n = 2 * GW_BATCH_ROWS + 1, there = entity != &strays ? count(f, entity) : 0;
    const char *why = apr_psprintf(f->p, "%s, as number %d: ", mistakes[which].why, place);
    const gw_error *alone = NULL, *err = NULL;
    json_t **rows = apr_palloc(f->p, n * sizeof(*rows)), *bad;
    apr_status_t rv, want;
    int i;

    bad = json_loads(mistakes[which].row, JSON_ALLOW_NUL, NULL);
    for (i = 0; i < n; i++)
        rows[i] = i == place ? bad : good_row(f, entity, i);
    gw_db_begin_write(f->db);
    want = gw_row_insert(&alone, f->db, entity, bad, f->p);
    gw_db_rollback(f->db);
    rv = insert(f, &err, entity, rows, n);
    is_int(rv, want, say(f, apr_pstrcat(f->p, why, "the same", NULL)));
    is_str(err != NULL ? err->message : NULL, alone != NULL ? alone->message : NULL,
           say(f, apr_pstrcat(f->p, why, "the message", NULL)));
    ok(err == NULL || json_equal(err->fields, alone->fields) || err->fields == alone->fields,
       say(f, apr_pstrcat(f->p, why, "the fields", NULL)));
    if (entity != &strays)
        is_int(count(f, entity), there, say(f, apr_pstrcat(f->p, why, before, NULL)));
    drop(rows, n);
}

static void test_mistakes(fixture *f)
{
    size_t i, j;

    put_row(f, f->db, &owners, "{\"id\":\"10000000-0000-4000-8000-000000000000\",\"name\":\"taken\"}", NULL);
    put_row(f, f->db, &items, "{\"id\":\"10000000-0000-4000-8000-000000000002\",\"full_name\":\"f\",\"owner\":"
                              "{\"id\":\"10000000-0000-4000-8000-000000000000\"}}", NULL);
    owners.on_write = refuse_bad;
    for (i = 0; i < COUNT(mistakes); i++)
        for (j = 0; j < (i == 0 ? COUNT(places) : 3); j++)
            check_mistake(f, i, places[i == 0 ? j : j * 2], "nothing stays");
    owners.on_write = NULL;
}

/* Two of the same come together: the second is told. And the connection goes on. */
static void test_twice(fixture *f)
{
    const gw_error *err = NULL;
    json_t **rows = make_owners(f, 1, 10);

    json_object_set_new(rows[7], "name", json_string("name-3"));
    is_int(insert(f, &err, &owners, rows, 10), APR_EGENERAL, say(f, "a name twice among many"));
    is_str(err->message, "UNIQUE violation detected on '{name=\"name-3\"}'", say(f, "it is told"));
    is_int(count(f, &owners), 0, say(f, "nothing stays"));
    json_object_set_new(rows[7], "name", json_string("other"));
    is_int(insert(f, &err, &owners, rows, 10), APR_SUCCESS, say(f, "mended, it goes"));
    is_int(gw_rows_insert(&err, f->db, &owners, rows, 10, f->p), APR_EINVAL, say(f, "outside of a transaction"));
    is_int(gw_rows_delete_known(&err, f->db, &owners, rows, 10, f->p), APR_EINVAL, say(f, "nor to delete"));
    drop(rows, 10);
}

/* ---- to delete ---- */

static void test_deletes(fixture *f)
{
    const gw_error *err = NULL;
    json_t **rows = make_owners(f, 1, 10), *box[2];

    insert(f, &err, &owners, rows, 10);
    delete_row(f, f->db, &owners, id_of(f, 3), NULL);
    owners.on_write = refuse_bad;
    json_object_set_new(rows[5], "name", json_string("keep"));
    is_int(delete(f, &err, &owners, rows, 10), APR_EGENERAL, say(f, "on_write refuses one"));
    is_str(err->message, "bad", say(f, "it is told"));
    is_int(count(f, &owners), 9, say(f, "all stay"));
    owners.on_write = NULL;
    is_int(delete(f, &err, &owners, rows, 10), APR_SUCCESS, say(f, "one that went meanwhile is passed over"));
    is_int(count(f, &owners), 0, say(f, "the others go"));
    drop(rows, 10);

    box[0] = good_row(f, &boxes, 1);
    box[1] = good_row(f, &boxes, 2);
    insert(f, &err, &boxes, box, 2);
    put_row(f, f->db, &items, apr_psprintf(f->p, "{\"id\":\"%s\",\"full_name\":\"i\",\"box\":{\"id\":\"%s\"}}",
                                           id_of(f, 50), id_of(f, 3)), NULL);
    err = NULL;
    is_int(delete(f, &err, &boxes, box, 2), APR_EGENERAL, say(f, "what is referred to stays"));
    is_str(err != NULL ? err->message : NULL, "an existing 'items' entity references this 'boxes' entity",
           say(f, "it is told by whom"));
    is_int(count(f, &boxes), 2, say(f, "nothing went"));
    drop(box, 2);
}

/* ---- events ---- */

static void test_events(fixture *f)
{
    const gw_error *err = NULL;
    json_t **rows = make_owners(f, 1, 5);

    insert(f, &err, &owners, rows, 5);
    is_int(count_events(f, "entity = 'owners'"), 5, say(f, "an event for each of many"));
    gw_db_begin_write(f->db);
    gw_db_mute(f->db);
    is_int(gw_rows_delete_known(&err, f->db, &owners, rows, 5, f->p), APR_SUCCESS, say(f, "muted"));
    gw_store_announce_all(f->db);
    is_int(gw_db_commit(f->db), APR_SUCCESS, say(f, "committed"));
    is_int(count_events(f, "entity = 'owners'"), 5, say(f, "no events of single rows"));
    is_int(count_events(f, "entity = '*'"), 1, say(f, "one for all"));
    insert(f, &err, &owners, rows, 5);
    is_int(count_events(f, "entity = 'owners'"), 10, say(f, "the next transaction writes them again"));
    drop(rows, 5);
}

int main(void)
{
    apr_initialize();
    each_database(test_sizes, 1);
    each_database(test_values, 1);
    each_database(test_expiry, 1);
    each_database(test_mistakes, 1);
    each_database(test_twice, 1);
    each_database(test_deletes, 1);
    each_database(test_events, 1);
    return done();
}
