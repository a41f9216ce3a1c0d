/* SPDX-License-Identifier: Apache-2.0 */
/* high_water.c - one number, microseconds since 1970, in a file that is replaced. */
#include "high_water.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#define DIGITS 20

apr_time_t gw_high_water_load(const char *name, apr_pool_t *p)
{
    char text[DIGITS + 1] = "", *end;
    apr_size_t len = 0;
    apr_file_t *file;
    apr_int64_t mark;

    if (apr_file_open(&file, name, APR_FOPEN_READ, APR_OS_DEFAULT, p) != APR_SUCCESS)
        return 0;
    apr_file_read_full(file, text, DIGITS, &len);
    apr_file_close(file);
    errno = 0;
    mark = apr_strtoi64(text, &end, 10);
    return errno == 0 && end != text && *end == '\n' && mark > 0 ? mark : 0;
}

apr_status_t gw_high_water_save(const char *name, apr_time_t mark, apr_pool_t *p)
{
    const char *fresh = apr_psprintf(p, "%s.%d", name, (int)getpid());
    apr_file_t *file;
    apr_status_t rv = apr_file_open(&file, fresh, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                                    APR_FPROT_UREAD | APR_FPROT_UWRITE, p);

    if (rv != APR_SUCCESS)
        return rv;
    rv = apr_file_printf(file, "%" APR_TIME_T_FMT "\n", mark) > 0 ? APR_SUCCESS : APR_EGENERAL;
    if (apr_file_close(file) != APR_SUCCESS && rv == APR_SUCCESS)
        rv = APR_EGENERAL;
    if (rv == APR_SUCCESS)
        rv = apr_file_rename(fresh, name, p);
    if (rv != APR_SUCCESS)
        apr_file_remove(fresh, p);
    return rv;
}
