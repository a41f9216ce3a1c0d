/* SPDX-License-Identifier: Apache-2.0 */
/* many_values.h - JSON objects of as many values as gw_json_parse_foreign counts. */
#ifndef GW_T_MANY_VALUES_H
#define GW_T_MANY_VALUES_H

#include <apr_strings.h>

#include "text.h"

/* {MEMBER,"a":[1,1,...]}: `n` brackets and commas. In p. */
static char *object_of_values(const char *member, int n, apr_pool_t *p)
{
    const apr_size_t ones = (apr_size_t)n - 2; /* two brackets, and a comma before each */
    char *list = apr_palloc(p, 2 * ones + 1), *at = list;

    for (apr_size_t i = 0; i < ones; i++)
        *at++ = '1', *at++ = ',';
    at[-1] = '\0';
    return apr_pstrcat(p, "{", member, ",\"a\":[", list, "]}", NULL);
}

#endif
