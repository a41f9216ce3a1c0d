/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_pool.c - ties Jansson's references to APR's pools.
 */
#include "json_pool.h"

#include <apr_strings.h>
#include <string.h>

#include "text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static apr_status_t release_json(void *value)
{
    json_decref(value);
    return APR_SUCCESS;
}

json_t *gw_json_keep(json_t *value, apr_pool_t *p)
{
    if (value != NULL)
        apr_pool_cleanup_register(p, value, release_json, apr_pool_cleanup_null);
    return value;
}

/* The length of the UTF-8 character at `s`, 0 when there is none. */
static apr_size_t character_len(const char *s, apr_size_t len)
{
    apr_size_t n;

    for (n = 1; n <= 4 && n <= len; n++)
        if (*s != '\0' && gw_utf8_is_valid(s, n))
            return n;
    return 0;
}

const char *gw_text_printable(const char *s, apr_size_t len, apr_pool_t *p)
{
    char *out, *at;

    if (memchr(s, '\0', len) == NULL && gw_utf8_is_valid(s, len))
        return apr_pstrmemdup(p, s, len);
    at = out = apr_palloc(p, 3 * len + 1);
    while (len > 0) {
        apr_size_t n = character_len(s, len);

        memcpy(at, n > 0 ? s : REPLACEMENT, n > 0 ? n : 3);
        at += n > 0 ? n : 3;
        s += n > 0 ? n : 1;
        len -= n > 0 ? n : 1;
    }
    *at = '\0';
    return out;
}
