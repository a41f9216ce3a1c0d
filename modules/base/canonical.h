/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canonical.h - one canonical form of a request path, for router, plugins and upstream alike.
 * Sources: RFC 3986 6.2.2; the rules of docs/paths in ours: `..` above the root, %00, % without two hex digits and
 * control characters are refused; %2f and %5c stay and separate nothing; `\` becomes %5c.
 */
#ifndef GW_BASE_CANONICAL_H
#define GW_BASE_CANONICAL_H

#include <apr_pools.h>

/* The canonical form of `raw` (a path without query, starting with '/'): percent triplets of ordinary bytes
 * decoded, the others in upper case, dot segments and doubled slashes removed. NULL when it must be refused (400),
 * then *why says why. `raw` itself is returned when it is canonical already; otherwise in p.
 * This is what is matched and stripped; forward it through gw_path_encode. */
const char *gw_path_canonical(const char **why, const char *raw, apr_pool_t *p);
/* Percent-encode every byte that is neither unreserved nor reserved nor part of a triplet; `path` itself if none. */
const char *gw_path_encode(const char *path, apr_pool_t *p);
/* The decoded view that a careless upstream could take: %2f, %5c decoded, `;` parameters removed, made canonical
 * again. `path` itself when that changes nothing; "" when the view climbs above the root. */
const char *gw_path_decoded_view(const char *path, apr_pool_t *p);
/* For the check of route paths: the normalised form of a prefix path (no refusals); `path` itself if it is. */
const char *gw_path_normalise(const char *path, apr_pool_t *p);

#endif
