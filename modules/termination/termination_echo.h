/* SPDX-License-Identifier: Apache-2.0 */
/*
 * termination_echo.h - a request as JSON, for whoever wants to see what the gateway saw. Pure.
 */
#ifndef GW_TERMINATION_ECHO_H
#define GW_TERMINATION_ECHO_H

#include <apr_tables.h>
#include <jansson.h>

/* Borrowed; strings need not be UTF-8: bytes that are none are read as Latin-1. */
typedef struct gw_echo_request {
    const char *scheme, *method, *path;
    const char *host;           /* without port */
    int port;
    const apr_table_t *headers;
    const char *query;          /* NULL = none */
    const char *body;           /* NULL = too long to be shown */
    apr_size_t body_len;
} gw_echo_request;

/* {scheme, host, port, method, path, headers, query, body, raw_body}: header names in lower case, a list where a name
 * is repeated; `body` is what a form, multipart or JSON body says, null for others. New reference. */
json_t *gw_echo_describe(const gw_echo_request *request, apr_pool_t *p);

#endif
