/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_path.c - the path to send upstream from service path, request path and match: section 4 of the routing
 * contract, a row of its table per branch.
 */
#include "router.h"

#include <string.h>

#include <apr_strings.h>

#include "canonical.h"

/* What the matched text left may begin with half a segment; a dot segment that only came about by stripping goes. */
static const char *drop_dots(const char *rest)
{
    if (strcmp(rest, ".") == 0 || strcmp(rest, "..") == 0)
        return "";
    if (strncmp(rest, "./", 2) == 0)
        return rest + 2;
    if (strncmp(rest, "../", 3) == 0)
        return rest + 3;
    return rest;
}

static int ends_with_slash(const char *s)
{
    size_t len = strlen(s);

    return len > 0 && s[len - 1] == '/';
}

static const char *join_to_slash(const char *base, const char *path, const char *rest, int strip, apr_pool_t *p)
{
    apr_size_t bare = strlen(base) - 1; /* without its '/' */

    if (!strip)
        return apr_pstrcat(p, base, path[0] == '/' ? path + 1 : path, NULL);
    if (rest[0] == '\0')
        return bare == 0 || ends_with_slash(path) ? base : apr_pstrmemdup(p, base, bare);
    if (rest[0] == '/')
        return apr_pstrcat(p, base, rest + 1, NULL);
    return apr_pstrcat(p, base, rest, NULL);
}

static const char *join_to_word(const char *base, const char *path, const char *rest, int strip, apr_pool_t *p)
{
    if (!strip)
        return strcmp(path, "/") == 0 ? base : apr_pstrcat(p, base, path, NULL);
    if (rest[0] == '\0')
        return path[0] != '\0' && path[1] != '\0' && ends_with_slash(path) ? apr_pstrcat(p, base, "/", NULL) : base;
    return apr_pstrcat(p, base, rest[0] == '/' ? "" : "/", rest, NULL);
}

const char *gw_upstream_path(const char **prefix, const char *service_path, const char *path, const gw_match *match,
                             apr_pool_t *p)
{
    const char *base = service_path != NULL && service_path[0] != '\0' ? service_path : "/", *rest;
    int strip = match->route != NULL && match->route->strip_path;
    int has_path = match->matched_len > 0 || match->by_regex;

    if (strip && has_path)
        rest = drop_dots(path + match->matched_len);
    else
        rest = path[0] == '/' ? path + 1 : path;
    if (prefix != NULL) {
        int stripped = strip && match->matched_len > 0 && !(match->matched_len == 1 && path[0] == '/');

        *prefix = stripped ? apr_pstrmemdup(p, path, match->matched_len) : NULL;
    }
    return ends_with_slash(base) ? join_to_slash(base, path, rest, strip, p)
                                 : join_to_word(base, path, rest, strip, p);
}

int gw_upstream_path_leaves(const char *service_path, const char *path, apr_pool_t *p)
{
    const char *view = gw_path_decoded_view(path, p), *base;
    apr_size_t len;

    if (view == path)
        return 0;
    base = gw_path_decoded_view(service_path != NULL && service_path[0] != '\0' ? service_path : "/", p);
    len = strlen(base);
    if (len > 0 && base[len - 1] == '/')
        len--;
    return view[0] == '\0' || strncmp(view, base, len) != 0 || (view[len] != '\0' && view[len] != '/');
}
