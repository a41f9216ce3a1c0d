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
/* 1 when both name the same service and run the same plugins with the same settings. */
int gw_location_is_same(const gw_dir_conf *a, const gw_dir_conf *b);
/* 1 when this canonical path, read by somebody who decodes more of it than we do, lies where <Location>s tell the
 * gateway something else (or above the root). 0 with GwAmbiguousPaths allow. */
int gw_location_is_ambiguous(request_rec *r, const char *path);
/* All sections with GwPlugin, of all servers: array of gw_location in p. */
apr_array_header_t *gw_location_list(const server_rec *s, apr_pool_t *p);

#endif
