/* SPDX-License-Identifier: Apache-2.0 */
/*
 * declarative_file.c - reads the file and hands it to the loader.
 */
#include "declarative_file.h"

#include <string.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "declarative.h"

#define MOST_BYTES APR_INT64_C(268435456)

const char *gw_declarative_file_read(gw_declarative_file *file, apr_pool_t *p)
{
    apr_finfo_t info;
    apr_file_t *in;
    apr_status_t rv;
    char why[120], *text;

    if (*file->name == '\0')
        return NULL;
    if (gw_decl_format_of(file->name) < 0)
        return apr_pstrcat(p, "unknown file type: ", file->name, ". (Accepted types: json, yaml)", NULL);
    rv = apr_file_open(&in, file->name, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_OS_DEFAULT, p);
    if (rv == APR_SUCCESS)
        rv = apr_file_info_get(&info, APR_FINFO_SIZE | APR_FINFO_TYPE, in);
    if (rv != APR_SUCCESS)
        return apr_psprintf(p, "%s: %s", file->name, apr_strerror(rv, why, sizeof(why)));
    if (info.filetype != APR_REG)
        return apr_psprintf(p, "%s: it is no file", file->name);
    if (info.size > MOST_BYTES)
        return apr_psprintf(p, "%s: more than %" APR_INT64_T_FMT " bytes", file->name, MOST_BYTES);
    text = apr_palloc(p, (apr_size_t)info.size + 1);
    rv = info.size > 0 ? apr_file_read_full(in, text, (apr_size_t)info.size, &file->len) : APR_SUCCESS;
    apr_file_close(in);
    if (rv != APR_SUCCESS)
        return apr_psprintf(p, "%s: %s", file->name, apr_strerror(rv, why, sizeof(why)));
    text[file->len] = '\0';
    file->text = text;
    return NULL;
}

/* Each line with the file's name before it, as compilers do. */
static const char *name_lines(const char *name, const char *lines, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, lines), *end;
    const char *out = "";

    for (; rest != NULL && *rest != '\0'; rest = end) {
        if ((end = strchr(rest, '\n')) != NULL)
            *end++ = '\0';
        out = apr_pstrcat(p, out, *out != '\0' ? "\n" : "", name, ": ", rest, NULL);
    }
    return out;
}

apr_status_t gw_declarative_file_load(const char **report, const gw_declarative_file *file, gw_db *db, apr_pool_t *p)
{
    gw_decl_load load = { .name = file->name, .text = file->text, .len = file->len, .build = GW_VERSION };
    apr_status_t rv;
    int i;

    if (*file->name == '\0') {
        *report = "no declarative file: what was loaded last stays";
        return APR_SUCCESS;
    }
    load.format = (gw_decl_format)gw_decl_format_of(file->name);
    rv = gw_decl_load_run(&load, db, p);
    if (rv != APR_SUCCESS) {
        *report = name_lines(file->name, load.why != NULL ? load.why : "it cannot be loaded", p);
        return rv;
    }
    *report = load.is_same ? apr_pstrcat(p, file->name, " is in force already", NULL)
                           : apr_psprintf(p, "%s is in force (changed rows=%d)", file->name, load.nrows);
    for (i = 0; load.warnings != NULL && i < load.warnings->nelts; i++)
        *report = apr_pstrcat(p, *report, "\n", file->name, ": ", APR_ARRAY_IDX(load.warnings, i, const char *), NULL);
    return APR_SUCCESS;
}
