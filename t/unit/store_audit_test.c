/* SPDX-License-Identifier: Apache-2.0 */
/* store_audit_test.c - the audit: with its transaction or not at all, newest first, filtered, paged, swept by age. */
#include "store_fixture.h"

static void add(fixture *f, const char *entity, const char *id, const char *before, const char *after)
{
    gw_audit_entry entry = { .who = "ann", .from = "127.0.0.1", .method = "PATCH", .path = "/p", .entity = entity,
                             .entity_id = id, .before = before != NULL ? parse(before) : NULL,
                             .after = after != NULL ? parse(after) : NULL };

    gw_db_begin_write(f->db);
    is_int(gw_audit_add(f->db, &entry, f->p), APR_SUCCESS, say(f, apr_psprintf(f->p, "entry %s", id)));
    is_int(gw_db_commit(f->db), APR_SUCCESS, say(f, "commit"));
    json_decref((json_t *)entry.before);
    json_decref((json_t *)entry.after);
}

/* The ids of a page's rows, in order. */
static const char *page(fixture *f, apr_int64_t *next, gw_audit_query query)
{
    const char *ids = "";
    json_t *rows = NULL, *row;
    size_t i;

    if (gw_audit_page(&rows, next, f->db, &query, f->p) != APR_SUCCESS)
        return gw_db_why(f->db);
    json_array_foreach(rows, i, row)
        ids = apr_pstrcat(f->p, ids, i ? " " : "", json_string_value(json_object_get(row, "entity_id")), NULL);
    json_decref(rows);
    return ids;
}

static void test_entries(fixture *f)
{
    const gw_audit_entry nobody = { .method = "POST", .path = "/x", .entity = "owners", .entity_id = "none" };
    apr_int64_t next = -1;
    json_t *rows = NULL, *row;
    gw_audit_query one = { .size = 1 };

    is_int(gw_audit_add(f->db, &nobody, f->p), APR_EINVAL, say(f, "outside of a transaction"));
    gw_db_begin_write(f->db);
    is_int(gw_audit_add(f->db, &nobody, f->p), APR_SUCCESS, say(f, "inside one"));
    gw_db_rollback(f->db);
    is_str(page(f, &next, (gw_audit_query){ .size = 9 }), "", say(f, "rolled back with it"));

    add(f, "owners", "a", NULL, "{\"id\":\"a\",\"name\":\"\\\"; DROP\"}");
    add(f, "owners", "b", "{\"id\":\"b\"}", NULL);
    add(f, "boxes", "c", "{}", "{\"k\":[1,null,2.5]}");
    add(f, "owners", "a", "{}", "{}");
    is_str(page(f, &next, (gw_audit_query){ .size = 9 }), "a c b a", say(f, "newest first"));
    is_int(next, 0, say(f, "that was all"));
    is_str(page(f, &next, (gw_audit_query){ .size = 9, .entity = "owners" }), "a b a", say(f, "of one entity"));
    is_str(page(f, &next, (gw_audit_query){ .size = 9, .entity_id = "a" }), "a a", say(f, "of one row"));
    is_str(page(f, &next, (gw_audit_query){ .size = 9, .entity = "boxes", .entity_id = "a" }), "", say(f, "of both"));
    is_str(page(f, &next, (gw_audit_query){ .size = 2 }), "a c", say(f, "a page"));
    ok(next > 0, say(f, "there is more"));
    add(f, "boxes", "new", NULL, NULL);
    is_str(page(f, &next, (gw_audit_query){ .size = 2, .before = next }), "b a", say(f, "the next one, whatever came"));
    is_int(next, 0, say(f, "the last one"));

    gw_audit_page(&rows, &next, f->db, &one, f->p);
    row = json_array_get(rows, 0);
    is_int((int)json_object_size(row), 10, say(f, "members"));
    ok(json_number_value(json_object_get(row, "at")) > 1e9, say(f, "a time in seconds"));
    json_object_del(row, "at");
    ok(json_is_integer(json_object_get(row, "id")), say(f, "a number of its own"));
    json_object_del(row, "id");
    is_json(row, "{\"after\":null,\"before\":null,\"entity\":\"boxes\",\"entity_id\":\"new\",\"from\":\"127.0.0.1\","
                 "\"method\":\"PATCH\",\"path\":\"/p\",\"who\":\"ann\"}", say(f, "the entry"));
    json_decref(rows);
}

static void test_sweep(fixture *f)
{
    apr_int64_t next;

    add(f, "owners", "old", NULL, NULL);
    add(f, "owners", "older", NULL, NULL);
    fixture_run(f->db, "UPDATE gw_audit SET at_ms = at_ms - 86401000");
    add(f, "owners", "new", NULL, NULL);
    is_int(gw_audit_sweep(f->db, 2), APR_SUCCESS, say(f, "sweep of two days"));
    is_str(page(f, &next, (gw_audit_query){ .size = 9 }), "new older old", say(f, "nothing is that old"));
    is_int(gw_audit_sweep(f->db, 1), APR_SUCCESS, say(f, "sweep of one day"));
    is_str(page(f, &next, (gw_audit_query){ .size = 9 }), "new", say(f, "what is older is gone"));
    fixture_run(f->db, "UPDATE gw_audit SET at_ms = at_ms - 1000");
    is_int(gw_audit_sweep(f->db, 0), APR_SUCCESS, say(f, "sweep of everything"));
    is_str(page(f, &next, (gw_audit_query){ .size = 9 }), "", say(f, "nothing is left"));
}

int main(void)
{
    apr_initialize();
    each_database(test_entries, 1);
    each_database(test_sweep, 1);
    return done();
}
