/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_target.c - what plugins change of the upstream's URL, before mod_proxy makes it (its fixups come later).
 *
 * r->filename is "proxy:SCHEME://HOST/PATH"; with ProxyPass's nocanon the client's query stands there too, and r->args
 * is not looked at.
 */
#include "request.h"

#include <string.h>
#include <strings.h>
#include <apr_strings.h>

#include "canonical.h"

/* Where the path begins in r->filename; NULL when r is not proxied. */
static const char *find_path(const request_rec *r)
{
    const char *host = r->proxyreq && r->filename ? strstr(r->filename, "://") : NULL;

    return host != NULL ? strchr(host + 3, '/') : NULL;
}

static void aim(request_rec *r, const char *path_at, const char *path, const char *query)
{
    const char *start = apr_pstrmemdup(r->pool, r->filename, (apr_size_t)(path_at - r->filename));

    r->filename = apr_pstrcat(r->pool, start, path, query ? "?" : "", query, NULL);
}

void gw_upstream_query(request_rec *r, const char *query)
{
    const char *at = find_path(r);

    r->args = query != NULL ? apr_pstrdup(r->pool, query) : NULL;
    if (at != NULL && apr_table_get(r->notes, "proxy-nocanon"))
        aim(r, at, apr_pstrmemdup(r->pool, at, strcspn(at, "?")), query);
}

/* The byte at *at, with "%2e", "%2f", "%5c" and '\\' read as a careless upstream may; moves *at behind it. */
static char read_byte(const char **at)
{
    static const struct {
        const char *triplet;
        char byte;
    } careless[] = { { "%2e", '.' }, { "%2f", '/' }, { "%5c", '/' } };
    const char c = *(*at)++;

    for (size_t i = 0; c == '%' && i < sizeof(careless) / sizeof(careless[0]); i++)
        if (strncasecmp(*at - 1, careless[i].triplet, 3) == 0) {
            *at += 2;
            return careless[i].byte;
        }
    return c == '\\' ? '/' : c;
}

/* Segments "." and "..", whatever stands behind a ';' in them. What climbs did not come from whoever wrote the
 * configuration. */
static int has_dot_segment(const char *path)
{
    int length = 0, is_dots = 1;
    char c;

    do {
        c = read_byte(&path);
        if (c == '/' || c == '\0' || c == ';') {
            if (is_dots && length >= 1 && length <= 2)
                return 1;
            length = 0;
            is_dots = c != ';'; /* a parameter is no segment */
        } else {
            length++;
            is_dots = is_dots && c == '.';
        }
    } while (c != '\0');
    return 0;
}

int gw_upstream_uri(request_rec *r, const char *path)
{
    const char *at = find_path(r), *canonical = NULL, *query, *why;

    if (*path == '/' && !has_dot_segment(path))
        canonical = gw_path_canonical(&why, path, r->pool);
    if (at == NULL || canonical == NULL)
        return 0;
    query = strchr(at, '?');
    aim(r, at, gw_path_encode(canonical, r->pool), query != NULL ? query + 1 : NULL);
    return 1;
}
