/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_good_test.c - the file comes back as it was written; a damaged one is found out before any row is visited.
 */
#include <stdlib.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "last_good.h"
#include "tap.h"

static apr_pool_t *pool;
static const char *path;

/* Appends "entity:name " to the text in baton. */
static apr_status_t note_row(void *baton, const char *entity, json_t *row)
{
    const char **seen = baton;

    *seen = apr_pstrcat(pool, *seen, entity, ":", json_string_value(json_object_get(row, "name")), " ", NULL);
    return APR_SUCCESS;
}

static apr_status_t stop_at_once(void *baton, const char *entity, json_t *row)
{
    (void)entity;
    (void)row;
    ++*(int *)baton;
    return APR_EINTR;
}

static apr_status_t save(int nrows, int is_committed)
{
    apr_pool_t *p;
    gw_last_good *file = NULL;
    apr_status_t rv;

    apr_pool_create(&p, pool);
    rv = gw_last_good_begin(&file, path, p);
    for (int i = 0; i < nrows && rv == APR_SUCCESS; i++) {
        json_t *row = json_pack("{s:s, s:s}", "name", apr_psprintf(p, "n%d", i), "text", "line\nfeed \"\xc3\xa9\"");

        rv = gw_last_good_add(file, i % 2 ? "routes" : "services", row);
        json_decref(row);
    }
    if (rv == APR_SUCCESS && is_committed)
        rv = gw_last_good_commit(file);
    apr_pool_destroy(p);
    return rv;
}

static char *slurp(apr_size_t *len)
{
    apr_file_t *file;
    apr_finfo_t info;
    char *text;

    apr_file_open(&file, path, APR_FOPEN_READ, APR_OS_DEFAULT, pool);
    apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_PROT, file);
    text = apr_palloc(pool, (apr_size_t)info.size);
    apr_file_read_full(file, text, (apr_size_t)info.size, len);
    apr_file_close(file);
    return text;
}

static void test_round_trip(void)
{
    const char *seen = "", *why = NULL;
    apr_finfo_t info;
    int n = 0;

    is_int(gw_last_good_load(&why, path, note_row, &seen, pool), APR_ENOENT, "there is no file at first");
    is_int(save(3, 1), APR_SUCCESS, "a file is written");
    apr_stat(&info, path, APR_FINFO_PROT, pool);
    is_int(info.protection, APR_FPROT_UREAD | APR_FPROT_UWRITE, "for its owner only");
    is_int(gw_last_good_load(&why, path, note_row, &seen, pool), APR_SUCCESS, "and read");
    is_str(seen, "services:n0 routes:n1 services:n2 ", "its rows come in the order they were written");
    is_int(save(5, 0), APR_SUCCESS, "a file that is given up");
    seen = "";
    gw_last_good_load(&why, path, note_row, &seen, pool);
    is_str(seen, "services:n0 routes:n1 services:n2 ", "leaves the one before in its place");
    ok(apr_stat(&info, apr_psprintf(pool, "%s.%ld.tmp", path, (long)getpid()), APR_FINFO_TYPE, pool) != APR_SUCCESS,
       "and nothing else behind");
    is_int(gw_last_good_load(&why, path, stop_at_once, &n, pool), APR_EINTR, "a visitor that stops is obeyed");
    is_int(n, 1, "at once");
    is_int(save(0, 1), APR_SUCCESS, "no rows are a configuration as well");
    seen = "";
    is_int(gw_last_good_load(&why, path, note_row, &seen, pool), APR_SUCCESS, "which is read");
    is_str(seen, "", "as no rows");
}

/* Each byte changed, each length cut: found out, and nobody visited. */
static void test_damage(void)
{
    const char *seen = "";
    apr_size_t len;
    char *text, *copy;
    int unnoticed = 0;

    save(4, 1);
    text = slurp(&len);
    copy = apr_palloc(pool, len);
    for (apr_size_t i = 0; i < len; i++) {
        memcpy(copy, text, len);
        copy[i] ^= 1;
        unnoticed += gw_last_good_parse(NULL, copy, len, note_row, &seen, pool) == NULL;
        unnoticed += gw_last_good_parse(NULL, text, i, note_row, &seen, pool) == NULL;
    }
    is_int(unnoticed, 0, "every changed byte and every cut is found out");
    is_str(seen, "", "before any row is visited");
    ok(gw_last_good_parse(NULL, text, len, note_row, &seen, pool) == NULL, "the whole text is good");
}

static void test_words(void)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        { "", "it is no last-good file of this version" },
        { "mod_gw last-good 2\nend 0 x\n", "it is no last-good file of this version" },
        { "mod_gw last-good 1\n", "its end is missing" },
        { "mod_gw last-good 1\n[\"services\",{}]\n", "its end is missing" },
        { "mod_gw last-good 1\nend", "its end is missing" },
        { "mod_gw last-good 1\nend 0 00\n", "its sum is wrong" },
        { "mod_gw last-good 1\nend 0 08b62c57ce1de9c4ed96e2e13d1ba5d9fb6b5ab1f1c4bb2f6f2f0c2f3a4cbb01\n",
          "its sum is wrong" },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        is_str(gw_last_good_parse(NULL, rows[i].text, strlen(rows[i].text), note_row, NULL, pool), rows[i].why,
               apr_psprintf(pool, "row %d says what is wrong", (int)i));
}

int main(void)
{
    char folder[] = "/tmp/gw-last-good-XXXXXX";

    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (mkdtemp(folder) == NULL)
        return 1;
    path = apr_pstrcat(pool, folder, "/last-good", NULL);
    test_round_trip();
    test_damage();
    test_words();
    apr_file_remove(path, pool);
    apr_dir_remove(folder, pool);
    apr_pool_destroy(pool);
    return done();
}
