/* SPDX-License-Identifier: Apache-2.0 */
/* log_text.c - see log_text.h. Most texts are plain: they cost one look at each byte. */
#include "log_text.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"

static int is_plain(char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

static const char *escape(const char *text, apr_pool_t *p)
{
    json_t *string = json_string(gw_text_printable(text, strlen(text), p));
    char *quoted = string != NULL ? json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;
    const char *escaped = quoted != NULL ? apr_pstrmemdup(p, quoted + 1, strlen(quoted) - 2) : "?";

    free(quoted);
    json_decref(string);
    return escaped;
}

const char *gw_log_text(const char *text, apr_pool_t *p)
{
    const char *s = text;

    while (is_plain(*s))
        s++;
    return *s == '\0' ? text : escape(text, p);
}
