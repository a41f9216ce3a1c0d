/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_http.h - the edge between the Admin API's calls and httpd: guarding, reading, answering.
 */
#ifndef GW_ADMIN_HTTP_H
#define GW_ADMIN_HTTP_H

#include "admin_call.h"
#include "origin_check.h"
#include "page_path.h"

/* 0 when this browser and this Host may ask; else the status of the answer in call. *verdict: for the CORS headers.
 * is_page: the web page is asked for, whither links of other sites may lead. */
int gw_admin_guard(gw_origin_verdict *verdict, request_rec *r, admin_call *call, int is_page); /* admin_guard.c */
/* Startup: learns the machine's name. */
void gw_admin_guard_start(apr_pool_t *pconf);

/* The whole body, at most `max` bytes, in r's pool. 0, an HTTP status, or AP_FILTER_ERROR when a filter has answered
 * already. */
int gw_admin_read_body(const char **bytes, apr_size_t *len, request_rec *r, apr_int64_t max); /* admin_body.c */

/* A file of the web page. 0 when it was sent, else the status of the answer in call. */
int gw_admin_send_page(request_rec *r, admin_call *call, const gw_page_file *file); /* admin_page.c */

/* Write the answer; returns what the handler is to return. */
int gw_admin_reply(request_rec *r, const admin_call *call, int status); /* admin_reply.c */
void gw_admin_reply_cors(request_rec *r, gw_origin_verdict verdict, const char *methods);

#endif
