/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openapi_schema.h - field tables as JSON Schema (draft 2020-12, as OpenAPI 3.1 takes it). Pure; threads: any.
 */
#ifndef GW_ADMIN_OPENAPI_SCHEMA_H
#define GW_ADMIN_OPENAPI_SCHEMA_H

#include "gw_schema.h"

typedef enum gw_openapi_view {
    GW_OPENAPI_SHOWN,   /* what is answered: every field is there */
    GW_OPENAPI_NEW,     /* what a POST or PUT takes: what has no default is required, shorthands are taken */
    GW_OPENAPI_CHANGED  /* what a PATCH takes: nothing is required */
} gw_openapi_view;

/* {"type": "object", "properties": ...}: new reference. A record whose schema depends on the row is any object. */
json_t *gw_openapi_object(const gw_schema *schema, gw_openapi_view view);
/* One property: new reference. */
json_t *gw_openapi_field(const gw_field *field, gw_openapi_view view);

#endif
