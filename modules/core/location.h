/* SPDX-License-Identifier: Apache-2.0 */
/*
 * location.h - what <Location> sections say about a path that need not be the request's own.
 */
#ifndef GW_CORE_LOCATION_H
#define GW_CORE_LOCATION_H

#include <httpd.h>

#include "conf.h"

/* What the gateway is told by the <Location>s that match this path; in r->pool or older. Leaves r as it was. Request
 * thread, from pre_translate_name on. */
const gw_dir_conf *gw_location_at(request_rec *r, const char *path);
/* 1 when SetHandler makes the request's place the Admin API's. Request thread, from pre_translate_name on. */
int gw_location_is_admins(request_rec *r);
/* The same for an error, which may come before the request has a place (its line or its headers are bad): then its
 * host's "/" tells. Request thread. */
int gw_location_was_admins(request_rec *r);
/* 1 when this canonical path, read by somebody who decodes more of it than we do, lies in other <Location>s (or above
 * the root), whatever these say: a Require counts as a plugin does. 0 with GwAmbiguousPaths allow, and where neither
 * routes nor any Location are the gateway's. Request thread. */
int gw_location_is_ambiguous(request_rec *r, const char *path);
/* All sections with GwPlugin, of all servers: array of gw_location in p. */
apr_array_header_t *gw_location_list(const server_rec *s, apr_pool_t *p);

#endif
