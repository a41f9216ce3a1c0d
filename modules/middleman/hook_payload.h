/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_payload.h - the question: what a hook is told of a request, as JSON.
 *
 *   {"headers":{"host":"a","accept":["x","y"],...,"target_uri":"/path?query","target_method":"GET"},
 *    "uri_args":{"a":"1","flag":true},"body_data":"..."}
 *
 * Written straight into its text: the same request always gives the same bytes, so that they can be the key under which
 * an answer is remembered. Pure; threads: any.
 */
#ifndef GW_MIDDLEMAN_HOOK_PAYLOAD_H
#define GW_MIDDLEMAN_HOOK_PAYLOAD_H

#include <apr_tables.h>

#include "gw_schema.h"

/* All borrowed. */
typedef struct gw_hook_request {
    const char *method;
    const char *path;           /* as it is told, without query */
    const char *query;          /* NULL = none */
    const apr_table_t *headers;
    const char *body;           /* NULL or body_len 0: none */
    apr_size_t body_len;
    int is_truncated;           /* the body is longer than what may be sent: `body` is not looked at */
} gw_hook_request;

/* The payload, in p; *len bytes and a NUL. `only`: names of headers that are told; set = 0: all. Header names are told
 * in lower case, a client's "target_uri" or "target_method" never. A name that comes again makes a list. Bytes that are
 * no UTF-8 are taken for ISO 8859-1, but for the body, which is then sent as "body_base64". */
const char *gw_hook_payload(apr_size_t *len, const gw_hook_request *request, const gw_strings *only, apr_pool_t *p);

#endif
