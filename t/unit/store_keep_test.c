/* SPDX-License-Identifier: Apache-2.0 */
/* store_keep_test.c - the secret that nodes share, and rows that are kept in another way than they were written. */
#include "store_fixture.h"

static void test_secret(fixture *f)
{
    unsigned char one[32], again[32], other[32];
    gw_db *db = fixture_open(f);

    is_int(gw_store_secret(one, f->db, "a", f->p), APR_SUCCESS, say(f, "a secret is made"));
    is_int(gw_store_secret(again, db, "a", f->p), APR_SUCCESS, say(f, "and found by others"));
    ok(memcmp(one, again, 32) == 0, say(f, "the same"));
    is_int(gw_store_secret(other, db, "b", f->p), APR_SUCCESS, say(f, "another name"));
    ok(memcmp(one, other, 32) != 0, say(f, "another secret"));
    fixture_run(f->db, "UPDATE gw_secrets SET secret = 'no hex' WHERE name = 'b'");
    is_int(gw_store_secret(other, db, "b", f->p), APR_EGENERAL, say(f, "a damaged one is none"));
    ok(memcmp(one, other, 32) != 0, say(f, "and nothing is written"));
    gw_db_close(db);
}

static const char *prefix = "new:";

static const char *kept_prefix(void)
{
    return prefix;
}

/* A key becomes "new:KEY", unless it is one that cannot be mended. */
static const gw_error *mend(json_t *row, const json_t *old, apr_pool_t *p)
{
    const char *key = row != NULL ? json_string_value(json_object_get(row, "key")) : NULL;

    (void)old;
    if (key != NULL && strncmp(key, "new:", 4) != 0 && strcmp(key, "stuck") != 0)
        json_object_set_new(row, "key", json_string(apr_pstrcat(p, "new:", key, NULL)));
    return NULL;
}

static const char *key_of(fixture *f, int n)
{
    json_t *row = NULL;
    const char *key = NULL;

    if (gw_row_load(&row, f->db, &tokens, NULL, id_of(f, n), f->p) == APR_SUCCESS)
        key = apr_pstrdup(f->p, json_string_value(json_object_get(row, "key")));
    json_decref(row);
    return key;
}

static void test_rekeep(fixture *f)
{
    enum { NROWS = 450 }; /* more than two batches */
    int n = -1, nmended = 0;

    tokens.kept_field = "key";
    tokens.kept_prefix = kept_prefix;
    prefix = NULL;
    for (int i = 1; i <= NROWS; i++)
        put_row(f, f->db, &tokens, apr_psprintf(f->p, "{\"id\":\"%s\",\"key\":\"k%d\",\"ttl\":%s}", id_of(f, i), i,
                                                i == 2 ? "1000" : "null"), NULL);
    put_row(f, f->db, &tokens, apr_psprintf(f->p, "{\"id\":\"%s\",\"key\":null}", id_of(f, NROWS + 1)), NULL);
    put_row(f, f->db, &tokens, apr_psprintf(f->p, "{\"id\":\"%s\",\"key\":\"new:x\"}", id_of(f, NROWS + 2)), NULL);
    is_int(gw_store_rekeep(&n, f->db, f->p), APR_SUCCESS, say(f, "nothing is asked for"));
    is_int(n, 0, say(f, "and nothing is done"));
    is_str(key_of(f, 1), "k1", say(f, "to rows"));

    prefix = "new:";
    tokens.on_write = mend;
    is_int(gw_store_rekeep(&n, f->db, f->p), APR_SUCCESS, say(f, "rows are written anew"));
    is_int(n, NROWS, say(f, "those that need it"));
    for (int i = 1; i <= NROWS; i++)
        nmended += strcmp(key_of(f, i), apr_psprintf(f->p, "new:k%d", i)) == 0;
    is_int(nmended, NROWS, say(f, "each of them"));
    is_str(key_of(f, NROWS + 1), NULL, say(f, "no key stays none"));
    is_str(key_of(f, NROWS + 2), "new:x", say(f, "what is as it should be stays"));
    fixture_run(f->db, "UPDATE tokens SET expires_ms = 1 WHERE key = 'new:k2'");
    is_str(key_of(f, 2), NULL, say(f, "a moment of expiry is kept"));
    is_int(gw_store_rekeep(&n, f->db, f->p), APR_SUCCESS, say(f, "again"));
    is_int(n, 0, say(f, "there is nothing left to do"));

    tokens.on_write = NULL;
    put_row(f, f->db, &tokens, apr_psprintf(f->p, "{\"id\":\"%s\",\"key\":\"stuck\"}", id_of(f, NROWS + 3)), NULL);
    tokens.on_write = mend;
    is_int(gw_store_rekeep(&n, f->db, f->p), APR_SUCCESS, say(f, "a row that nothing mends"));
    is_int(n, 0, say(f, "is no endless task"));
    tokens.on_write = NULL;
    tokens.kept_field = NULL;
}

int main(void)
{
    apr_initialize();
    each_database(test_secret, 1);
    each_database(test_rekeep, 1);
    return done();
}
