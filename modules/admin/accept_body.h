/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accept_body.h - which bodies the Admin API takes, and what JSON object they stand for. Pure.
 */
#ifndef GW_ADMIN_ACCEPT_BODY_H
#define GW_ADMIN_ACCEPT_BODY_H

#include "gw_entity.h"

#define GW_MAX_ARGUMENTS 1000

typedef enum gw_body_kind {
    GW_BODY_NONE,      /* an empty object */
    GW_BODY_JSON,
    GW_BODY_FORM,
    GW_BODY_MULTIPART,
    GW_BODY_YAML,
    GW_BODY_REFUSED    /* 415 without a body */
} gw_body_kind;

/* By the Content-Type (NULL = none sent), whether there are bytes, and whether the endpoint takes YAML. */
gw_body_kind gw_body_kind_of(const char *content_type, int has_bytes, int takes_yaml);

typedef struct gw_body_result {
    json_t *object;       /* new reference; NULL when refused */
    int is_form;          /* strings still want gw_schema_coerce */
    const char *message;  /* refused: 400 {"message": ...} ... */
    const gw_error *err;  /* ... or this error of the catalogue; memory in p */
} gw_body_result;

/* Decode the bytes of a body of that kind (not YAML, not REFUSED). */
gw_body_result gw_body_decode(gw_body_kind kind, const char *content_type, const char *bytes, apr_size_t len,
                              apr_pool_t *p);

#endif
