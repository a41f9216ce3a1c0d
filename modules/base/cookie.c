/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cookie.c - one value out of a Cookie header (RFC 6265 section 4.2.1). Names are compared byte for byte; quotes
 * around a value belong to it.
 */
#include "text.h"

#include <string.h>
#include <apr_strings.h>

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

const char *gw_cookie_get(const char *header, const char *name, apr_pool_t *p)
{
    apr_size_t len = strlen(name);

    while (header != NULL && *header != '\0') {
        const char *at = skip_blanks(header), *end = at + strcspn(at, ";");

        if (strncmp(at, name, len) == 0 && *skip_blanks(at + len) == '=') {
            at = skip_blanks(skip_blanks(at + len) + 1);
            if (at > end)
                at = end;
            while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            return apr_pstrmemdup(p, at, (apr_size_t)(end - at));
        }
        header = *end == ';' ? end + 1 : NULL;
    }
    return NULL;
}
