/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply.h - the two writers of answers that are ours: gw_reply (mod_gw.h) for what we decide, and the error filter for
 * every error on a gateway's virtual host, ours or httpd's.
 */
#ifndef GW_CORE_REPLY_H
#define GW_CORE_REPLY_H

#include "mod_gw.h"

/* Shorthand: a message in the client's format. Returns what the hook is to return. */
int gw_reply_error(request_rec *r, int status, const char *message);
/* Shorthand: {"message":"..."}. */
int gw_reply_exit(request_rec *r, int status, const char *message);
/* The body that an answer of this status has; NULL = none. Sets r->status: for requests that are only tried out. */
const char *gw_reply_body(request_rec *r, int status);
/* What every answer carries: Server, Via, latencies, the request id. Called when the headers are about to go out;
 * response_headers.c. */
void gw_headers_set(request_rec *r);

#endif
