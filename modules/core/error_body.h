/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error_body.h - what a refusal looks like: four formats, picked by Accept, and the sentence for each status.
 * Sources: docs/routing.md "Error bodies"; RFC 9110 12.5.1. Pure; threads: any.
 */
#ifndef GW_CORE_ERROR_BODY_H
#define GW_CORE_ERROR_BODY_H

#include <apr_pools.h>

typedef enum gw_body_format { GW_BODY_JSON, GW_BODY_HTML, GW_BODY_XML, GW_BODY_PLAIN } gw_body_format;

/* The format that an Accept header (or a Content-Type) asks for: highest q, the first among equals; a type that is
 * none of ours is JSON. `unless_told` when the header is NULL or empty. */
gw_body_format gw_body_negotiate(const char *accept, gw_body_format unless_told);
/* "application/json; charset=utf-8", ... */
const char *gw_body_content_type(gw_body_format format);
/* The whole body around `message`, which is escaped as the format wants. In p. */
const char *gw_body_error(gw_body_format format, const char *message, apr_pool_t *p);
/* {"message":"..."} on one line. In p. */
const char *gw_body_exit(const char *message, apr_pool_t *p);

/* The sentence for a status that a plugin gave without one. In p or static. */
const char *gw_status_text(int status, apr_pool_t *p);
/* The sentence for a status that httpd or mod_proxy came to by itself. In p or static. */
const char *gw_engine_text(int status, apr_pool_t *p);
/* The sentence for a status that the Admin API, or httpd in its place, answers: where there is none, NULL. Static. */
const char *gw_admin_text(int status);
/* The grpc-status that stands for a HTTP status. */
int gw_status_grpc(int status);
/* `message` as a grpc-message header: what is no printable ASCII becomes %XX. In p. */
const char *gw_grpc_message(const char *message, apr_pool_t *p);

#endif
