/* SPDX-License-Identifier: Apache-2.0 */
/* store_write_test.c - writes: every refusal of the catalogue, cascades, on_write, transactions, children. */
#include "store_fixture.h"

static int exists(fixture *f, const gw_entity *entity, const char *id)
{
    json_t *row = load_row(f, entity, id);

    json_decref(row);
    return row != NULL;
}

static void is_refused(fixture *f, apr_status_t rv, const gw_error *err, gw_error_code code, const char *message,
                       const char *fields, const char *why)
{
    is_int(rv, APR_EGENERAL, say(f, why));
    is_int(err != NULL ? (int)err->code : -1, (int)code, say(f, apr_psprintf(f->p, "%s: code", why)));
    is_str(err != NULL ? err->message : NULL, message, say(f, apr_psprintf(f->p, "%s: message", why)));
    if (fields != NULL)
        is_json(err != NULL ? err->fields : NULL, fields, say(f, apr_psprintf(f->p, "%s: fields", why)));
}

static void put_family(fixture *f)
{
    put_row(f, f->db, &owners, "{\"id\":\"" ID(1) "\",\"name\":\"ann\"}", NULL);
    put_row(f, f->db, &owners, "{\"id\":\"" ID(2) "\",\"name\":\"bob\"}", NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"" ID(3) "\",\"name\":\"box\"}", NULL);
    put_row(f, f->db, &items, "{\"id\":\"" ID(4) "\",\"full_name\":\"i\",\"owner\":{\"id\":\"" ID(1) "\"},"
                              "\"box\":{\"id\":\"" ID(3) "\"}}", NULL);
    put_row(f, f->db, &items, "{\"id\":\"" ID(5) "\",\"full_name\":\"i\"}", NULL);
    put_row(f, f->db, &tokens, "{\"id\":\"" ID(6) "\",\"key\":\"k\",\"owner\":{\"id\":\"" ID(1) "\"}}", NULL);
}

/* ---- refusals of insert, by entity and row ---- */

static const struct {
    const gw_entity *entity;
    const char *row;
    gw_error_code code;
    const char *message, *fields, *why;
} refusals[] = {
    { &owners, "{\"id\":\"" ID(7) "\",\"name\":\"ann\"}", GW_E_UNIQUE, "UNIQUE violation detected on '{name=\"ann\"}'",
      "{\"name\":\"ann\"}", "a unique field" },
    { &owners, "{\"id\":\"" ID(1) "\",\"name\":\"new\"}", GW_E_PRIMARY_KEY,
      "primary key violation on key '{id=\"" ID(1) "\"}'", "{\"id\":\"" ID(1) "\"}", "an id that is taken" },
    { &items, "{\"id\":\"" ID(7) "\",\"full_name\":\"i\",\"owner\":{\"id\":\"" ID(1) "\"}}", GW_E_UNIQUE,
      "UNIQUE violation detected on '{full_name=\"i\",owner={id=\"" ID(1) "\"}}'",
      "{\"full_name\":\"i\",\"owner\":{\"id\":\"" ID(1) "\"}}", "several fields, one of them foreign" },
    { &items, "{\"id\":\"" ID(7) "\",\"full_name\":\"i\",\"owner\":null}", GW_E_UNIQUE,
      "UNIQUE violation detected on '{full_name=\"i\",owner=null}'", "{\"full_name\":\"i\",\"owner\":null}",
      "several fields, null is a value" },
    { &items, "{\"id\":\"" ID(7) "\",\"full_name\":\"j\",\"owner\":{\"id\":\"" ID(9) "\"}}", GW_E_FOREIGN_KEY,
      "the foreign key '{id=\"" ID(9) "\"}' does not reference an existing 'owners' entity.",
      "{\"owner\":{\"id\":\"" ID(9) "\"}}", "a parent that does not exist" },
    { &boxes, "{\"id\":\"" ID(7) "\",\"ghost\":{\"id\":\"" ID(1) "\"}}", GW_E_FOREIGN_KEY,
      "the foreign key '{id=\"" ID(1) "\"}' does not reference an existing 'ghosts' entity.",
      "{\"ghost\":{\"id\":\"" ID(1) "\"}}", "a parent of an entity that is not registered" },
    { &boxes, "{\"id\":\"" ID(7) "\",\"stray\":{\"id\":\"" ID(1) "\"}}", GW_E_FOREIGN_KEY,
      "the foreign key '{id=\"" ID(1) "\"}' does not reference an existing 'strays' entity.",
      "{\"stray\":{\"id\":\"" ID(1) "\"}}", "a parent of an entity without a table" },
};

/* 32 KiB that do not compress: Postgres cannot index them; SQLite does not mind. */
static void test_long_value(fixture *f)
{
    char *name = apr_pcalloc(f->p, 32769);
    const gw_error *err = NULL;
    unsigned seed = 1;
    apr_status_t rv;
    int i;

    for (i = 0; i < 32768; i++) {
        seed = seed * 1103515245 + 12345;
        name[i] = "abcdefghijklmnopqrstuvwxyzABCDEF"[seed >> 27];
    }
    rv = put_row(f, f->db, &owners, apr_psprintf(f->p, "{\"id\":\"" ID(8) "\",\"name\":\"%s\"}", name), &err);
    if (f->store->ops->driver == GW_SQLITE)
        is_int(rv, APR_SUCCESS, say(f, "a very long name"));
    else
        is_refused(f, rv, err, GW_E_SCHEMA, "schema violation (name: value is too long)",
                   "{\"name\":\"value is too long\"}", "a value longer than an index can hold");
}

static void test_refusals(fixture *f)
{
    const gw_error *err;
    json_t *row;
    size_t i;
    apr_status_t rv;

    put_family(f);
    for (i = 0; i < COUNT(refusals); i++) {
        err = NULL;
        rv = put_row(f, f->db, refusals[i].entity, refusals[i].row, &err);
        is_refused(f, rv, err, refusals[i].code, refusals[i].message, refusals[i].fields, refusals[i].why);
        ok(!exists(f, refusals[i].entity, ID(7)), say(f, "nothing of it is left"));
    }

    err = NULL;
    rv = patch_row(f, f->db, &owners, ID(2), "{\"name\":\"ann\"}", &err);
    is_refused(f, rv, err, GW_E_UNIQUE, "UNIQUE violation detected on '{name=\"ann\"}'", "{\"name\":\"ann\"}",
               "an update to a taken name");
    err = NULL;
    rv = patch_row(f, f->db, &items, ID(5), "{\"owner\":{\"id\":\"" ID(9) "\"}}", &err);
    is_refused(f, rv, err, GW_E_FOREIGN_KEY,
               "the foreign key '{id=\"" ID(9) "\"}' does not reference an existing 'owners' entity.",
               "{\"owner\":{\"id\":\"" ID(9) "\"}}", "an update to a parent that does not exist");
    err = NULL;
    rv = delete_row(f, f->db, &boxes, ID(3), &err);
    is_refused(f, rv, err, GW_E_FOREIGN_KEY, "an existing 'items' entity references this 'boxes' entity",
               "{\"@referenced_by\":\"items\"}", "a delete of what is referred to");
    ok(exists(f, &boxes, ID(3)), say(f, "the box stays"));

    row = json_pack("{s:s, s:s%}", "id", ID(7), "name", "a\0b", (size_t)3);
    gw_db_begin_write(f->db);
    rv = gw_row_insert(&err, f->db, &owners, row, f->p);
    gw_db_rollback(f->db);
    is_refused(f, rv, err, GW_E_SCHEMA, "schema violation (name: must not contain NUL characters)",
               "{\"name\":\"must not contain NUL characters\"}", "a NUL character");
    json_decref(row);

    test_long_value(f);
    is_int(delete_row(f, f->db, &owners, ID(9), NULL), APR_NOTFOUND, say(f, "a delete of nothing"));
    is_int(delete_row(f, f->db, &owners, "x", NULL), APR_NOTFOUND, say(f, "a delete by no uuid"));
    is_int(patch_row(f, f->db, &owners, ID(9), "{}", NULL), APR_NOTFOUND, say(f, "an update of nothing"));
    is_int(put_row(f, f->db, &strays, "{\"id\":\"" ID(7) "\"}", NULL), APR_ENOTIMPL, say(f, "no table"));
    ok(exists(f, &owners, ID(1)), say(f, "the others go on"));
}

static void test_cascades(fixture *f)
{
    put_family(f);
    is_int(delete_row(f, f->db, &owners, ID(1), NULL), APR_SUCCESS, say(f, "a parent goes"));
    ok(!exists(f, &items, ID(4)), say(f, "its item goes with it"));
    ok(!exists(f, &tokens, ID(6)), say(f, "its token goes with it"));
    ok(exists(f, &items, ID(5)), say(f, "the item of nobody stays"));
    is_int(delete_row(f, f->db, &boxes, ID(3), NULL), APR_SUCCESS, say(f, "the box is free now"));
}

/* ---- on_write ---- */

static const gw_error *judge(json_t *row, const json_t *old, apr_pool_t *p)
{
    gw_error *err = apr_pcalloc(p, sizeof(*err));

    err->code = GW_E_SCHEMA;
    if (row == NULL)
        err->message = strcmp(json_string_value(json_object_get(old, "name")), "keep") == 0 ? "kept" : NULL;
    else if (strcmp(json_string_value(json_object_get(row, "name")), "bad") == 0)
        err->message = old != NULL ? "bad update" : "bad insert";
    else if (old == NULL)
        json_object_set_new(row, "tags", json_pack("[s]", "judged"));
    return err->message != NULL ? err : NULL;
}

static void test_on_write(fixture *f)
{
    const gw_error *err = NULL;
    json_t *row;
    apr_status_t rv;

    owners.on_write = judge;
    rv = put_row(f, f->db, &owners, "{\"id\":\"" ID(1) "\",\"name\":\"bad\"}", &err);
    is_refused(f, rv, err, GW_E_SCHEMA, "bad insert", NULL, "on_write refuses an insert");
    put_row(f, f->db, &owners, "{\"id\":\"" ID(1) "\",\"name\":\"keep\"}", NULL);
    row = load_row(f, &owners, ID(1));
    is_json(json_object_get(row, "tags"), "[\"judged\"]", say(f, "on_write completes a row"));
    json_decref(row);
    rv = patch_row(f, f->db, &owners, ID(1), "{\"name\":\"bad\"}", &err);
    is_refused(f, rv, err, GW_E_SCHEMA, "bad update", NULL, "on_write refuses an update");
    rv = delete_row(f, f->db, &owners, ID(1), &err);
    is_refused(f, rv, err, GW_E_SCHEMA, "kept", NULL, "on_write refuses a delete");
    is_int(patch_row(f, f->db, &owners, ID(1), "{\"name\":\"go\"}", NULL), APR_SUCCESS, say(f, "on_write lets pass"));
    is_int(delete_row(f, f->db, &owners, ID(1), NULL), APR_SUCCESS, say(f, "on_write lets go"));
    owners.on_write = NULL;
}

/* ---- transactions ---- */

static void test_transactions(fixture *f)
{
    gw_db *other = fixture_open(f);
    const gw_error *err = NULL;
    json_t *row = parse("{\"id\":\"" ID(1) "\",\"name\":\"ann\"}"), *seen = NULL;

    is_int(gw_row_insert(&err, f->db, &owners, row, f->p), APR_EINVAL, say(f, "a write outside of a transaction"));
    gw_db_begin_read(f->db);
    is_int(gw_row_insert(&err, f->db, &owners, row, f->p), APR_EINVAL, say(f, "a write in a read transaction"));
    is_int(gw_db_begin_write(f->db), APR_EINVAL, say(f, "a transaction in a transaction"));
    gw_db_rollback(f->db);
    is_int(gw_db_commit(f->db), APR_EINVAL, say(f, "a commit of nothing"));
    gw_db_rollback(f->db);

    gw_db_begin_write(f->db);
    gw_row_insert(&err, f->db, &owners, row, f->p);
    is_int(gw_row_load(&seen, other, &owners, NULL, ID(1), f->p), APR_NOTFOUND, say(f, "unseen before the commit"));
    is_int(gw_row_load(&seen, f->db, &owners, NULL, ID(1), f->p), APR_SUCCESS, say(f, "seen by its writer"));
    json_decref(seen);
    gw_db_rollback(f->db);
    is_int(gw_row_load(&seen, f->db, &owners, NULL, ID(1), f->p), APR_NOTFOUND, say(f, "gone after the rollback"));
    gw_db_begin_write(f->db);
    is_int(gw_row_update(&err, f->db, &owners, row, row, f->p), APR_NOTFOUND, say(f, "and is not updated"));
    gw_db_rollback(f->db);

    gw_db_begin_write(f->db);
    gw_row_insert(&err, f->db, &owners, row, f->p);
    gw_row_insert(&err, f->db, &owners, row, f->p);
    is_int(gw_db_commit(f->db), APR_EGENERAL, say(f, "a commit after a failure says so"));
    is_int(gw_row_load(&seen, f->db, &owners, NULL, ID(1), f->p), APR_NOTFOUND, say(f, "and wrote nothing"));

    gw_db_begin_read(other);
    gw_row_load(&seen, other, &owners, NULL, ID(1), f->p);
    put_row(f, f->db, &owners, "{\"id\":\"" ID(1) "\",\"name\":\"ann\"}", NULL);
    is_int(gw_row_load(&seen, other, &owners, NULL, ID(1), f->p), APR_NOTFOUND, say(f, "a read transaction: one view"));
    gw_db_commit(other);
    is_int(gw_row_load(&seen, other, &owners, NULL, ID(1), f->p), APR_SUCCESS, say(f, "the next one sees more"));
    json_decref(seen);
    json_decref(row);

    /* a borrowed handle that somebody left inside of a transaction */
    fixture_run(other, "BEGIN");
    is_int(gw_db_begin_write(gw_db_wrap(f->store, other->native, NULL, f->p)), APR_SUCCESS,
           say(f, "a wrapped handle is clean"));
    fixture_run(other, "ROLLBACK");
    gw_db_close(other);
    is_int(gw_db_ping(other), APR_EAGAIN, say(f, "a closed connection is away"));
    is_int(gw_db_ping(f->db), APR_SUCCESS, say(f, "ping"));
}

/* ---- with children ---- */

static void test_children(fixture *f)
{
    static const char *const kinds[] = { "items", "tokens", NULL };
    static const char *const odd[] = { "items", "strays", "ghosts", NULL };
    static const char *const none[] = { NULL };
    json_t *out = NULL;

    put_family(f);
    gw_row_load_with_children(&out, f->db, &owners, "name", "ann", kinds, f->p);
    is_json(out, "{\"owner\":{\"id\":\"" ID(1) "\",\"name\":\"ann\",\"tags\":null},"
                 "\"items\":[{\"id\":\"" ID(4) "\",\"full_name\":\"i\",\"owner\":{\"id\":\"" ID(1) "\"},"
                 "\"box\":{\"id\":\"" ID(3) "\"}}],"
                 "\"tokens\":[{\"id\":\"" ID(6) "\",\"key\":\"k\",\"owner\":{\"id\":\"" ID(1) "\"},\"ttl\":null}]}",
            say(f, "a row with its children"));
    json_decref(out);
    gw_row_load_with_children(&out, f->db, &owners, NULL, ID(2), kinds, f->p);
    is_json(out, "{\"owner\":{\"id\":\"" ID(2) "\",\"name\":\"bob\",\"tags\":null},\"items\":[],\"tokens\":[]}",
            say(f, "a row without children"));
    json_decref(out);
    out = NULL;
    is_int(gw_row_load_with_children(&out, f->db, &owners, NULL, ID(1), odd, f->p), APR_SUCCESS,
           say(f, "children without a table, or unknown"));
    is_int(json_array_size(json_object_get(out, "items")), 1, say(f, "do not hide the others"));
    is_json(json_object_get(out, "strays"), "[]", say(f, "and are none"));
    is_json(json_object_get(out, "ghosts"), "[]", say(f, "and are none"));
    json_decref(out);
    gw_row_load_with_children(&out, f->db, &boxes, "name", "box", none, f->p);
    is_str(json_string_value(json_object_get(json_object_get(out, "row"), "name")), "box", say(f, "no children asked"));
    json_decref(out);
    is_int(gw_row_load_with_children(&out, f->db, &owners, "name", "eve", kinds, f->p), APR_NOTFOUND, say(f, "no row"));
}

static void test_registry(fixture *f)
{
    static const char *const order[] = { "owners", "strays", "boxes", "items", "tokens" };
    const apr_array_header_t *all = gw_registry_all();
    gw_entity odd = owners;
    gw_field bad[] = { { .name = "id" }, { .name = "a\"b" }, { .name = NULL } };
    gw_schema schema = { .name = "odd", .fields = bad };
    size_t i, j, at[COUNT(order)] = { 0 };

    for (i = 0; i < COUNT(order); i++)
        for (j = 0; j < (size_t)all->nelts; j++)
            if (strcmp(APR_ARRAY_IDX(all, j, const gw_entity *)->name, order[i]) == 0)
                at[i] = j;
    ok(all->nelts == COUNT(order), say(f, "all are there"));
    ok(at[0] < at[1] && at[0] < at[3] && at[2] < at[3] && at[1] < at[2] && at[0] < at[4], say(f, "parents first"));
    is_str(gw_registry_add(&owners, f->p), "entity 'owners' is registered already", say(f, "a name twice"));
    odd.api = 99;
    ok(gw_registry_add(&odd, f->p) != NULL, say(f, "another version"));
    odd.api = GW_API_VERSION;
    odd.name = "odd;";
    ok(gw_registry_add(&odd, f->p) != NULL, say(f, "a name that is no identifier"));
    odd.name = "odd";
    odd.schema = &schema;
    is_str(gw_registry_add(&odd, f->p), "entity 'odd': field 'a\"b' cannot be a column's name",
           say(f, "a field that is none"));
    schema.fields = bad + 2;
    is_str(gw_registry_add(&odd, f->p), "entity 'odd': it has no field 'id'", say(f, "no id"));
    ok(gw_registry_find("odd") == NULL && gw_registry_find(NULL) == NULL, say(f, "refused ones are not there"));
    ok(gw_store_make("mysql", "", f->p) == NULL && gw_store_make(NULL, "", f->p) == NULL, say(f, "other databases"));
}

int main(void)
{
    static void (*const tests[])(fixture *) = { test_refusals, test_cascades, test_on_write, test_transactions,
                                                test_children, test_registry };
    size_t i;

    apr_initialize();
    for (i = 0; i < COUNT(tests); i++)
        each_database(tests[i], 1);
    return done();
}
