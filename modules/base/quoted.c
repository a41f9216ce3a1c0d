/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quoted.c - quoted-strings of headers.
 */
#include "text.h"

#include <string.h>

const char *gw_quoted_string(const char *s, apr_pool_t *p)
{
    char *quoted = apr_palloc(p, 2 * strlen(s) + 3), *out = quoted;

    *out++ = '"';
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            *out++ = '\\';
        *out++ = *s;
    }
    *out++ = '"';
    *out = '\0';
    return quoted;
}
