/* SPDX-License-Identifier: Apache-2.0 */
/* store_rows_test.c - rows written and read back: values, pages, filters, children, refusals, expiry. */
#include "store_fixture.h"

/* ---- values ---- */

static const struct { const char *json, *why; } values[] = {
    { "{}", "a row of nothing but an id: all else is null" },
    { "{\"name\":\"plain\",\"amount\":7,\"weight\":0.5,\"is_open\":true}", "scalars" },
    { "{\"name\":\"'; DROP TABLE boxes; --\",\"words\":[\"$1\",\"?1\",\"%s\",\"\\\\\"]}",
      "SQL metacharacters are data" },
    { "{\"name\":\"\\\"{[\\u00e4\\u4e2d\\ud83d\\ude00\\u0001\\n\"}", "quotes, brackets, Unicode, control characters" },
    { "{\"amount\":9007199254740993}", "integers beyond a double's 53 bits" },
    { "{\"amount\":-9223372036854775808}", "the smallest integer" },
    { "{\"weight\":0.1}", "a number that binary cannot hold" },
    { "{\"weight\":1e300}", "a large number" },
    { "{\"weight\":3.0}", "a whole number stays a number" },
    { "{\"is_open\":false,\"amount\":0,\"weight\":0.0}", "falsy values are not null" },
    { "{\"name\":\"\"}", "an empty string is not null" },
    { "{\"name\":\"null\",\"words\":[\"null\",\"t\",\"1\"]}", "words that look like other things" },
    { "{\"words\":[],\"tags\":[],\"group\":{},\"parts\":{}}", "empty containers are not null" },
    { "{\"words\":[\"a\",null,\"b\",\"a\"]}", "holes, order and duplicates in arrays" },
    { "{\"tags\":[\"b\",\"a\"]}", "sets keep their order" },
    { "{\"group\":{\"x-y\":[\"1\",\"2\"],\"\":[]},\"parts\":{\"a\":{\"b\":null,\"c\":[1,2.5,true]}}}",
      "maps and records" },
    { "{\"code\":\"a0000000-0000-4000-8000-00000000000b\"}", "uuids beside the id" },
};

static void test_values(fixture *f)
{
    size_t i;

    for (i = 0; i < COUNT(values); i++) {
        json_t *row = parse(values[i].json), *got = NULL;
        const gw_error *err = NULL;
        const gw_field *field;

        json_object_set_new(row, "id", json_string(id_of(f, 1)));
        for (field = box_fields; field->name != NULL; field++)
            if (json_object_get(row, field->name) == NULL)
                json_object_set_new(row, field->name, json_null());
        gw_db_begin_write(f->db);
        if (gw_row_insert(&err, f->db, &boxes, row, f->p) != APR_SUCCESS)
            printf("# %s %s\n", err ? err->message : "", gw_db_why(f->db));
        gw_row_load(&got, f->db, &boxes, NULL, id_of(f, 1), f->p);
        ok(got != NULL && json_equal(got, row), say(f, values[i].why));
        if (got != NULL && !json_equal(got, row))
            printf("# %s\n", json_dumps(got, 0));
        gw_db_rollback(f->db);
        json_decref(row);
        json_decref(got);
    }
}

static void test_lookups(fixture *f)
{
    static const struct { const char *field, *value; apr_status_t want; const char *why; } lookups[] = {
        { NULL, "00000000-0000-4000-8000-000000000001", APR_SUCCESS, "by id" },
        { NULL, "A0000000-0000-4000-8000-00000000000B", APR_SUCCESS, "by id in capitals" },
        { "name", "first", APR_SUCCESS, "by unique field" },
        { "name", "First", APR_NOTFOUND, "case matters" },
        { "amount", "5", APR_SUCCESS, "by integer" },
        { "amount", "5x", APR_NOTFOUND, "no integer" },
        { "amount", "99999999999999999999", APR_NOTFOUND, "an integer too large" },
        { "is_open", "true", APR_SUCCESS, "by boolean" },
        { NULL, "00000000-0000-4000-8000-000000000009", APR_NOTFOUND, "no such row" },
        { NULL, "not-a-uuid", APR_NOTFOUND, "no uuid" },
        { NULL, "", APR_NOTFOUND, "nothing" },
        { "name", "\xff\xfe", APR_NOTFOUND, "no UTF-8" },
        { "name", "' OR 1=1 --", APR_NOTFOUND, "no injection" },
        { "colour", "red", APR_EINVAL, "unknown field" },
    };
    size_t i;

    put_row(f, f->db, &boxes, "{\"id\":\"00000000-0000-4000-8000-000000000001\",\"name\":\"first\",\"amount\":5}",
            NULL);
    put_row(f, f->db, &boxes, "{\"id\":\"A0000000-0000-4000-8000-00000000000B\",\"is_open\":true}", NULL);
    for (i = 0; i < COUNT(lookups); i++) {
        json_t *row = NULL;

        is_int(gw_row_load(&row, f->db, &boxes, lookups[i].field, lookups[i].value, f->p), lookups[i].want,
               say(f, lookups[i].why));
        json_decref(row);
    }
    is_int(gw_row_load(NULL, f->db, &strays, NULL, id_of(f, 1), f->p), APR_ENOTIMPL,
           say(f, "an entity without a table"));
}

/* ---- pages ---- */

static const char *page_text(fixture *f, gw_page *page, int *npages)
{
    const char *text = "", *next;

    *npages = 0;
    do {
        json_t *rows = NULL, *row;
        size_t i;

        if (gw_row_page(&rows, &next, f->db, &boxes, page, f->p) != APR_SUCCESS)
            return apr_psprintf(f->p, "failed: %s", gw_db_why(f->db));
        json_array_foreach(rows, i, row)
            text = apr_pstrcat(f->p, text, *text ? " " : "", json_string_value(json_object_get(row, "name")), NULL);
        json_decref(rows);
        page->after_id = next;
        ++*npages;
    } while (next != NULL && *npages < 20);
    return text;
}

/* gw_row_visitor: takes three rows, keeps none. */
static apr_status_t take_three(void *baton, const gw_entity *entity, json_t *row)
{
    int *nrows = baton;

    if (entity != &boxes || !json_is_string(json_object_get(row, "name")) || row->refcount != 1)
        return APR_EINVAL;
    return ++*nrows < 3 ? APR_SUCCESS : APR_EOF;
}

static void test_each(fixture *f)
{
    const char *next = "untouched";
    int nrows = 0;

    is_int(gw_row_each(&next, f->db, &boxes, &(gw_page){ .size = 2 }, take_three, &nrows, f->p), APR_SUCCESS,
           say(f, "row by row"));
    is_int(nrows, 2, say(f, "no more than the page"));
    is_str(next, "00000000-0000-4000-8000-000000000002", say(f, "and where it goes on"));
    next = "untouched";
    nrows = 0;
    is_int(gw_row_each(&next, f->db, &boxes, &(gw_page){ .size = 5 }, take_three, &nrows, f->p), APR_EOF,
           say(f, "a visitor has enough"));
    is_int(nrows, 3, say(f, "and sees no more"));
    is_str(next, "untouched", say(f, "no page, no next"));
}

static void test_pages(fixture *f)
{
    static const char *const red[] = { "red", NULL }, *const both[] = { "red", "blue", NULL };
    static const char *const odd[] = { "a\"'b", NULL }, *const none[] = { NULL };
    static const struct { gw_page page; const char *want; int npages; const char *why; } pages[] = {
        { { .size = 100 }, "b1 b2 b3 b4 b5", 1, "all at once" },
        { { .size = 2 }, "b1 b2 b3 b4 b5", 3, "two by two" },
        { { .size = 5 }, "b1 b2 b3 b4 b5", 1, "a full page has no next" },
        { { .size = 1 }, "b1 b2 b3 b4 b5", 5, "one by one" },
        { { .size = 9, .tags = red }, "b1 b2 b4", 1, "one tag" },
        { { .size = 1, .tags = red }, "b1 b2 b4", 3, "one tag, in pages" },
        { { .size = 9, .tags = both }, "b2", 1, "all of two tags" },
        { { .size = 9, .tags = both, .tags_any = 1 }, "b1 b2 b3 b4", 1, "any of two tags" },
        { { .size = 9, .tags = odd }, "b5", 1, "a tag of quotes" },
        { { .size = 9, .tags = none }, "b1 b2 b3 b4 b5", 1, "no tags asked for" },
        { { .size = 9, .where_field = "amount", .where_value = "2" }, "b2 b4", 1, "by a scalar" },
        { { .size = 9, .where_field = "amount", .where_value = "x" }, "", 1, "by what a scalar cannot be" },
        { { .size = 9, .where_field = "amount", .where_value = "2", .tags = both }, "b2", 1, "scalar and tags" },
        { { .size = 9, .where_field = "amount", .where_value = "2", .and_field = "name", .and_value = "b4" }, "b4", 1,
          "by two fields" },
        { { .size = 9, .where_field = "amount", .where_value = "1", .and_field = "name", .and_value = "b4" }, "", 1,
          "of which one is another" },
        { { .size = 9, .after_id = "00000000-0000-4000-8000-000000000003" }, "b4 b5", 1, "after an id" },
        { { .size = 9, .after_id = "zzz" }, "", 1, "after no id" },
        { { .size = 9, .after_id = "00000000-0000-4000-8000-000000000007" }, "", 1, "after the last" },
    };
    static const char *const tags[] = { "[\"red\"]", "[\"red\",\"blue\"]", "[\"blue\"]", "[\"green\",\"red\"]",
                                        "[\"a\\\"'b\"]" };
    size_t i;

    for (i = COUNT(tags); i > 0; i--)
        put_row(f, f->db, &boxes,
                apr_psprintf(f->p, "{\"id\":\"%s\",\"name\":\"b%d\",\"amount\":%d,\"tags\":%s}", id_of(f, (int)i),
                             (int)i, i % 2 ? 1 : 2, tags[i - 1]), NULL);
    for (i = 0; i < COUNT(pages); i++) {
        gw_page page = pages[i].page;
        int npages;

        is_str(page_text(f, &page, &npages), pages[i].want, say(f, pages[i].why));
        is_int(npages, pages[i].npages, say(f, apr_psprintf(f->p, "%s: pages", pages[i].why)));
    }
    test_each(f);
    put_row(f, f->db, &boxes, apr_psprintf(f->p, "{\"id\":\"%s\",\"name\":\"b6\"}", id_of(f, 6)), NULL);
    put_row(f, f->db, &boxes, apr_psprintf(f->p, "{\"id\":\"%s\",\"name\":\"b7\",\"tags\":[]}", id_of(f, 7)), NULL);
    is_str(page_text(f, &(gw_page){ .size = 9, .is_tagged = 1 }, &(int){ 0 }), "b1 b2 b3 b4 b5",
           say(f, "tagged at all: neither null nor empty"));
}

int main(void)
{
    apr_initialize();
    each_database(test_values, 1);
    each_database(test_lookups, 1);
    each_database(test_pages, 1);
    return done();
}
