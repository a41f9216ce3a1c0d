/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url_sign.h - what api_mgr knows a request by: the service's number and the path within the service. Pure.
 */
#ifndef GW_URLAUTH_SIGN_H
#define GW_URLAUTH_SIGN_H

#include "urlauth_schema.h"

typedef struct gw_url_place {
    const char *service;  /* name; NULL = none */
    const char *host;     /* that the route was chosen by, without port, any case; NULL = by no host */
    const char *path;     /* canonical */
    apr_size_t matched;   /* bytes of it that the route's path matched; 0 = none */
} gw_url_place;

/* "0/auth", in p: the path without what the route's path matched. NULL: service_map knows neither the service's name,
 * nor the host (as it is, or without ".com"), nor the route's path (with or without its slashes). */
const char *gw_url_sign(const gw_url_place *place, const gw_urlauth_conf *conf, apr_pool_t *p);

#endif
