/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canonical.h - one canonical form of a request path, for router, plugins and upstream alike.
 *
 * RFC 3986 6.2.2 (case, percent-encoding and path segment normalisation) on the side of caution: what a client has no
 * honest reason to send is refused (`..` above the root, %00 and other control characters, % without two hex digits),
 * %2F and %5C stay and separate nothing, `\` becomes %5C, and a raw `?` or `#` cannot end a path. Pure.
 */
#ifndef GW_BASE_CANONICAL_H
#define GW_BASE_CANONICAL_H

#include <apr_pools.h>

/* The canonical form of `raw` (a path without query, starting with '/'): percent triplets of ordinary bytes
 * decoded, the others in upper case, dot segments and doubled slashes removed. NULL when it must be refused (400),
 * then *why says why (a constant; untouched otherwise). `raw` itself is returned when it is canonical already;
 * otherwise in p. This is what is matched and stripped; forward it through gw_path_encode.
 * Canonical paths are their own canonical form. */
const char *gw_path_canonical(const char **why, const char *raw, apr_pool_t *p);
/* Percent-encode every byte that is neither unreserved nor reserved nor part of a triplet; `path` itself if none.
 * The canonical form of what this makes from a canonical path is that path again. */
const char *gw_path_encode(const char *path, apr_pool_t *p);
/* The decoded view that a careless upstream could take of a canonical path: %2F, %5C decoded to slashes, `;` and %3B
 * parameters removed, made canonical again. `path` itself when that changes nothing; "" when the view climbs above
 * the root. */
const char *gw_path_decoded_view(const char *path, apr_pool_t *p);
/* The same, where %3B is part of a name: "/a/.%3B%2F..%2Fb" is /a/b to some and /b to others. */
const char *gw_path_literal_view(const char *path, apr_pool_t *p);
/* For the check of route paths: the normalised form of a prefix path, which is what a canonical request path can
 * match (no refusals: a `%` without two hex digits becomes %25, `..` stops at the root); `path` itself if it is. */
const char *gw_path_normalise(const char *path, apr_pool_t *p);

#endif
