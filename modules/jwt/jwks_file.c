/* SPDX-License-Identifier: Apache-2.0 */
/* jwks_file.c - see jwks_file.h. Written beside and renamed; readable for the server's user only. */
#include "jwks_file.h"

#include <string.h>
#include <unistd.h>

#include <apr_escape.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#define PREFIX "jwks-"

static const char *name_file(const char *dir, const char *url, apr_pool_t *p)
{
    unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(url, strlen(url), sum, NULL, EVP_sha256(), NULL);
    return apr_pstrcat(p, dir, "/" PREFIX, apr_pescape_hex(p, sum, 16, 0), NULL);
}

apr_status_t gw_jwks_file_load(gw_jwks **set, apr_time_t *fetched, apr_time_t after, const char *dir, const char *url,
                               apr_pool_t *ptemp)
{
    const char *why, *name = name_file(dir, url, ptemp);
    apr_file_t *file;
    apr_finfo_t info;
    apr_size_t len;
    char *text;

    if (apr_stat(&info, name, APR_FINFO_MTIME | APR_FINFO_SIZE, ptemp) != APR_SUCCESS || info.mtime <= after
        || info.size > GW_JWKS_MAX_BYTES || apr_file_open(&file, name, APR_FOPEN_READ, 0, ptemp) != APR_SUCCESS)
        return APR_NOTFOUND;
    text = apr_palloc(ptemp, (apr_size_t)info.size + 1);
    if (apr_file_read_full(file, text, (apr_size_t)info.size, &len) != APR_SUCCESS)
        len = 0;
    apr_file_close(file);
    if ((*set = gw_jwks_parse(&why, text, len)) == NULL)
        return APR_NOTFOUND;
    *fetched = info.mtime;
    return APR_SUCCESS;
}

apr_status_t gw_jwks_file_save(const char *dir, const char *url, const char *body, apr_size_t len, apr_pool_t *ptemp)
{
    const char *name = name_file(dir, url, ptemp), *aside = apr_psprintf(ptemp, "%s.%ld.tmp", name, (long)getpid());
    apr_file_t *file;
    apr_status_t rv = apr_file_open(&file, aside, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                                    APR_FPROT_UREAD | APR_FPROT_UWRITE, ptemp), rv_close;

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_file_write_full(file, body, len, NULL);
    rv_close = apr_file_close(file);
    if (rv == APR_SUCCESS)
        rv = rv_close;
    if (rv == APR_SUCCESS)
        rv = apr_file_rename(aside, name, ptemp);
    if (rv != APR_SUCCESS)
        apr_file_remove(aside, ptemp);
    return rv;
}

void gw_jwks_file_sweep(const char *dir, apr_time_t before, apr_pool_t *ptemp)
{
    apr_finfo_t info;
    apr_dir_t *open;

    if (apr_dir_open(&open, dir, ptemp) != APR_SUCCESS)
        return;
    while (apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_MTIME, open) == APR_SUCCESS)
        if (strncmp(info.name, PREFIX, strlen(PREFIX)) == 0 && info.mtime < before)
            apr_file_remove(apr_pstrcat(ptemp, dir, "/", info.name, NULL), ptemp);
    apr_dir_close(open);
}
