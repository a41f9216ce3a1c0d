/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_body.h - a request body that carries a declarative configuration: as it is, or as the text in `config`. Pure.
 */
#ifndef GW_ADMIN_CONFIG_BODY_H
#define GW_ADMIN_CONFIG_BODY_H

#include "accept_body.h"

typedef struct gw_config_body {
    json_t *document;     /* borrowed from p; NULL when refused */
    const char *text;     /* what it was read from, for its hash and for lines */
    apr_size_t len;
    const char *message;  /* refused: 400 {"message": ...} ... */
    const gw_error *err;  /* ... or this error of the catalogue, in p */
} gw_config_body;

/* The bytes of a body of that kind (not REFUSED). */
gw_config_body gw_config_body_read(gw_body_kind kind, const char *content_type, const char *bytes, apr_size_t len,
                                   apr_pool_t *p);

#endif
