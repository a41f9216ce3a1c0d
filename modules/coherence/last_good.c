/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_good.c - see last_good.h.
 */
#include "last_good.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_escape.h>
#include <apr_file_io.h>
#include <apr_mmap.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "text.h"

#define FIRST_LINE "mod_gw last-good 1\n"
#define SUM_BYTES 32
#define ROW_DEPTH 64

struct gw_last_good {
    apr_file_t *file;
    const char *path, *path_temp;
    EVP_MD_CTX *sum;
    apr_int64_t nrows;
    apr_pool_t *p;
};

/* ---- writing ---- */

static apr_status_t write_summed(gw_last_good *file, const char *bytes, apr_size_t len)
{
    if (!EVP_DigestUpdate(file->sum, bytes, len))
        return APR_EGENERAL;
    return apr_file_write_full(file->file, bytes, len, NULL);
}

static apr_status_t free_sum(void *sum)
{
    EVP_MD_CTX_free(sum);
    return APR_SUCCESS;
}

static apr_status_t drop_temporary(void *data)
{
    gw_last_good *file = data;

    apr_file_remove(file->path_temp, file->p);
    return APR_SUCCESS;
}

apr_status_t gw_last_good_begin(gw_last_good **out, const char *path, apr_pool_t *p)
{
    gw_last_good *file = apr_pcalloc(p, sizeof(*file));
    apr_status_t rv;

    *file = (gw_last_good){ .path = path, .p = p, .sum = EVP_MD_CTX_new() };
    if (file->sum == NULL)
        return APR_ENOMEM;
    apr_pool_cleanup_register(p, file->sum, free_sum, apr_pool_cleanup_null);
    if (!EVP_DigestInit_ex(file->sum, EVP_sha256(), NULL))
        return APR_EGENERAL;
    file->path_temp = apr_psprintf(p, "%s.%ld.tmp", path, (long)getpid());
    apr_file_remove(file->path_temp, p); /* of a namesake that was killed */
    rv = apr_file_open(&file->file, file->path_temp,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_EXCL | APR_FOPEN_BUFFERED,
                       APR_FPROT_UREAD | APR_FPROT_UWRITE, p);
    if (rv != APR_SUCCESS)
        return rv;
    apr_pool_cleanup_register(p, file, drop_temporary, apr_pool_cleanup_null);
    if ((rv = write_summed(file, FIRST_LINE, strlen(FIRST_LINE))) == APR_SUCCESS)
        *out = file;
    return rv;
}

apr_status_t gw_last_good_add(gw_last_good *file, const char *entity, const json_t *row)
{
    json_t *pair = json_pack("[s, O]", entity, row);
    char *line = pair ? json_dumps(pair, JSON_COMPACT) : NULL;
    apr_status_t rv = APR_ENOMEM;

    if (line != NULL && (rv = write_summed(file, line, strlen(line))) == APR_SUCCESS)
        rv = write_summed(file, "\n", 1);
    free(line);
    json_decref(pair);
    file->nrows++;
    return rv;
}

apr_status_t gw_last_good_commit(gw_last_good *file)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    char hex[SUM_BYTES * 2 + 1];
    apr_status_t rv, rv_close;

    if (!EVP_DigestFinal_ex(file->sum, sum, NULL))
        return APR_EGENERAL;
    apr_escape_hex(hex, sum, SUM_BYTES, 0, NULL);
    if (apr_file_printf(file->file, "end %" APR_INT64_T_FMT " %s\n", file->nrows, hex) < 0)
        return APR_EGENERAL;
    rv = apr_file_sync(file->file);
    rv_close = apr_file_close(file->file);
    if (rv != APR_SUCCESS || (rv = rv_close) != APR_SUCCESS)
        return rv;
    if ((rv = apr_file_rename(file->path_temp, file->path, file->p)) == APR_SUCCESS)
        apr_pool_cleanup_kill(file->p, file, drop_temporary);
    return rv;
}

/* ---- reading ---- */

/* The last line's start; NULL when the text does not end in one. */
static const char *find_last_line(const char *text, apr_size_t len)
{
    const char *at;

    if (len < 2 || text[len - 1] != '\n')
        return NULL;
    for (at = text + len - 1; at > text && at[-1] != '\n'; at--)
        ;
    return at;
}

/* *body_end: where the last line begins; *nrows: what it claims. */
static const char *check_whole(const char **body_end, apr_int64_t *nrows, const char *text, apr_size_t len,
                               apr_pool_t *p)
{
    const char *last = find_last_line(text, len);
    unsigned char sum[EVP_MAX_MD_SIZE];
    char hex[SUM_BYTES * 2 + 1], *end, *line;

    if (len < strlen(FIRST_LINE) || memcmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
        return "it is no last-good file of this version";
    if (last == NULL || last == text || (apr_size_t)(text + len - last) < 4 || memcmp(last, "end ", 4) != 0)
        return "its end is missing";
    line = apr_pstrmemdup(p, last + 4, (apr_size_t)(text + len - last) - 5);
    *nrows = apr_strtoi64(line, &end, 10);
    if (!EVP_Digest(text, (size_t)(last - text), sum, NULL, EVP_sha256(), NULL))
        return "its sum cannot be made";
    apr_escape_hex(hex, sum, SUM_BYTES, 0, NULL);
    if (*end != ' ' || strcmp(end + 1, hex) != 0)
        return "its sum is wrong";
    *body_end = last;
    return NULL;
}

/* One line as [entity, row]: new reference, or NULL. */
static json_t *parse_line(const char **entity, json_t **row, const char *line, apr_size_t len)
{
    json_t *pair = gw_json_parse(line, len, ROW_DEPTH);

    *entity = json_string_value(json_array_get(pair, 0));
    *row = json_array_get(pair, 1);
    if (*entity != NULL && json_is_object(*row))
        return pair;
    json_decref(pair);
    return NULL;
}

const char *gw_last_good_parse(apr_status_t *rv, const char *text, apr_size_t len, gw_last_good_visitor *visit,
                               void *baton, apr_pool_t *p)
{
    const char *end, *err;
    apr_int64_t nrows, seen = 0;
    apr_status_t outcome = APR_SUCCESS;

    if ((err = check_whole(&end, &nrows, text, len, p)) != NULL)
        return err;
    for (int pass = 0; pass < 2 && outcome == APR_SUCCESS; pass++) { /* all are read before the first is visited */
        for (const char *at = text + strlen(FIRST_LINE), *next; at < end && outcome == APR_SUCCESS; at = next + 1) {
            const char *entity;
            json_t *row, *pair;

            next = memchr(at, '\n', (size_t)(end - at)); /* there is one: `end` follows a newline */
            if ((pair = parse_line(&entity, &row, at, (apr_size_t)(next - at))) == NULL)
                return "a line is not a row";
            if (pass == 0)
                seen++;
            else
                outcome = visit(baton, entity, row);
            json_decref(pair);
        }
        if (seen != nrows)
            return "rows are missing";
    }
    if (rv != NULL)
        *rv = outcome;
    return NULL;
}

apr_status_t gw_last_good_load(const char **why, const char *path, gw_last_good_visitor *visit, void *baton,
                               apr_pool_t *p)
{
    apr_file_t *file;
    apr_finfo_t info;
    apr_mmap_t *map;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ, APR_OS_DEFAULT, p), outcome = APR_SUCCESS;

    if (rv != APR_SUCCESS)
        return rv;
    if ((rv = apr_file_info_get(&info, APR_FINFO_SIZE, file)) == APR_SUCCESS && info.size == 0) {
        *why = "it is empty";
        rv = APR_EGENERAL;
    } else if (rv == APR_SUCCESS
               && (rv = apr_mmap_create(&map, file, 0, (apr_size_t)info.size, APR_MMAP_READ, p)) == APR_SUCCESS) {
        *why = gw_last_good_parse(&outcome, map->mm, (apr_size_t)info.size, visit, baton, p);
        rv = *why != NULL ? APR_EGENERAL : outcome;
        apr_mmap_delete(map);
    }
    apr_file_close(file);
    return rv;
}
