/* SPDX-License-Identifier: Apache-2.0 */
/* store_expiry_test.c - rows with a ttl: what has expired is not there, and is swept. Moments are moved in the database,
 * so that no test sleeps. */
#include "store_fixture.h"

static void expire(fixture *f, const char *id)
{
    fixture_run(f->db, apr_psprintf(f->p, "UPDATE tokens SET expires_ms = 1000 WHERE id = '%s'", id));
}

static json_int_t ttl_of(fixture *f, const char *id)
{
    json_t *row = load_row(f, &tokens, id), *ttl = json_object_get(row, "ttl");
    json_int_t value = row == NULL ? -2 : json_is_null(ttl) ? -1 : json_integer_value(ttl);

    json_decref(row);
    return value;
}

static void test_expiry(fixture *f)
{
    static const char *const kinds[] = { "tokens", NULL };
    gw_page page = { .size = 10 };
    const char *next, *moment;
    json_t *rows = NULL, *out = NULL;
    int more;

    put_row(f, f->db, &owners, "{\"id\":\"" ID(9) "\",\"name\":\"ann\"}", NULL);
    put_row(f, f->db, &tokens, "{\"id\":\"" ID(1) "\",\"key\":\"a\",\"ttl\":100,\"owner\":{\"id\":\"" ID(9) "\"}}",
            NULL);
    put_row(f, f->db, &tokens, "{\"id\":\"" ID(2) "\",\"key\":\"b\",\"ttl\":0}", NULL);
    put_row(f, f->db, &tokens, "{\"id\":\"" ID(3) "\",\"key\":\"c\"}", NULL);
    is_int(ttl_of(f, ID(1)), 100, say(f, "seconds that remain, rounded up"));
    is_int(ttl_of(f, ID(2)), -1, say(f, "ttl 0 is for ever"));
    is_int(ttl_of(f, ID(3)), -1, say(f, "no ttl is for ever"));

    fixture_run(f->db, "UPDATE tokens SET expires_ms = expires_ms - 50000 WHERE key = 'a'");
    is_int(ttl_of(f, ID(1)), 50, say(f, "time goes by"));
    gw_db_read_one(&moment, f->db, "SELECT CAST(expires_ms AS text) FROM tokens WHERE key = 'a'", 0, NULL, f->p);
    patch_row(f, f->db, &tokens, ID(1), "{\"key\":\"a2\"}", NULL);
    gw_db_read_one(&next, f->db, "SELECT CAST(expires_ms AS text) FROM tokens WHERE key = 'a2'", 0, NULL, f->p);
    is_str(next, moment, say(f, "an update without ttl keeps the moment"));
    patch_row(f, f->db, &tokens, ID(1), "{\"ttl\":200}", NULL);
    is_int(ttl_of(f, ID(1)), 200, say(f, "an update with ttl sets it"));
    patch_row(f, f->db, &tokens, ID(2), "{\"ttl\":7}", NULL);
    is_int(ttl_of(f, ID(2)), 7, say(f, "also where there was none"));
    patch_row(f, f->db, &tokens, ID(2), "{\"ttl\":0}", NULL);
    is_int(ttl_of(f, ID(2)), -1, say(f, "and 0 takes it away"));

    expire(f, ID(1));
    is_int(ttl_of(f, ID(1)), -2, say(f, "what has expired is not found by id"));
    is_int(gw_row_load(&out, f->db, &tokens, "key", "a2", f->p), APR_NOTFOUND, say(f, "nor by key"));
    gw_row_page(&rows, &next, f->db, &tokens, &page, f->p);
    is_int(json_array_size(rows), 2, say(f, "nor in pages"));
    json_decref(rows);
    gw_row_load_with_children(&out, f->db, &owners, NULL, ID(9), kinds, f->p);
    is_json(json_object_get(out, "tokens"), "[]", say(f, "nor as a child"));
    json_decref(out);
    is_int(delete_row(f, f->db, &tokens, ID(1), NULL), APR_NOTFOUND, say(f, "nor can it be deleted"));
    is_int(patch_row(f, f->db, &tokens, ID(1), "{}", NULL), APR_NOTFOUND, say(f, "nor updated"));
    is_int(put_row(f, f->db, &tokens, "{\"id\":\"" ID(4) "\",\"key\":\"a2\"}", NULL), APR_SUCCESS,
           say(f, "its key can be taken"));
    expire(f, ID(4));
    is_int(put_row(f, f->db, &tokens, "{\"id\":\"" ID(4) "\",\"key\":\"d\"}", NULL), APR_SUCCESS,
           say(f, "its id can be taken"));
    expire(f, ID(4));
    is_int(patch_row(f, f->db, &tokens, ID(3), "{\"key\":\"d\"}", NULL), APR_SUCCESS, say(f, "by an update too"));
    put_row(f, f->db, &tokens, "{\"id\":\"" ID(5) "\",\"key\":\"e\"}", NULL);
    expire(f, ID(5));
    is_int(gw_store_prune_expired(&more, f->db), APR_SUCCESS, say(f, "pruning"));
    is_int(more, 0, say(f, "and there are no others to come back for"));
    gw_db_read_one(&next, f->db, "SELECT CAST(count(*) AS text) FROM tokens", 0, NULL, f->p);
    is_str(next, "2", say(f, "takes away what has expired, and that alone"));
}

static void test_sweep(fixture *f)
{
    int more = 0, calls = 0;
    const char *left;

    fixture_run(f->db, "DELETE FROM tokens");
    fixture_run(f->db, f->store->ops->driver == GW_PGSQL
                           ? "INSERT INTO tokens (id, expires_ms) SELECT gen_random_uuid(), 1000 FROM"
                             " generate_series(1, 2500)"
                           : "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                             " INSERT INTO tokens (id, expires_ms) SELECT printf('%08x-0000-4000-8000-000000000000', i),"
                             " 1000 FROM n");
    is_int(gw_store_prune_expired(&more, f->db), APR_SUCCESS, say(f, "one call of the sweep"));
    gw_db_read_one(&left, f->db, "SELECT CAST(count(*) AS text) FROM tokens", 0, NULL, f->p);
    is_str(left, "1500", say(f, "takes a thousand rows"));
    is_int(more, 1, say(f, "and says that it is worth calling again"));
    for (calls = 1; more && calls < 10; calls++)
        gw_store_prune_expired(&more, f->db);
    is_int(calls, 3, say(f, "until the last of 2500 is gone"));
    gw_db_read_one(&left, f->db, "SELECT CAST(count(*) AS text) FROM tokens", 0, NULL, f->p);
    is_str(left, "0", say(f, "nothing is left"));
}

int main(void)
{
    apr_initialize();
    each_database(test_expiry, 1);
    each_database(test_sweep, 1);
    return done();
}
