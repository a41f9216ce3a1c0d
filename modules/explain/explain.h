/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - a request made in memory and taken through httpd's own phases up to fixups: what would become of it.
 *
 * The real hooks run, so the answer cannot differ from the real thing; no handler does, so nothing is sent anywhere.
 * It is a look-up subrequest (r->main is the Admin API's call) on a connection that is pretended: nothing is counted or
 * logged for it.
 */
#ifndef GW_EXPLAIN_EXPLAIN_H
#define GW_EXPLAIN_EXPLAIN_H

#include "gw_admin_api.h"
#include "trace.h"

/* explain_request.c: the request, ready for ap_process_request_internal. *why (in p): what is wrong with the question,
 * then NULL is returned. All in p; trace->is_tls and host are filled in. */
request_rec *gw_explain_make_request(const char **why, gw_trace *trace, request_rec *admin,
                                     const gw_explain_question *question, apr_pool_t *p);
/* explain_plugins.c: [{"name", "id", "scope", "config", "verdict", "reason"}], by priority. New reference. */
json_t *gw_explain_plugins(request_rec *r, const gw_trace *trace);
/* explain_route.c: {"candidates":[...], "why":"..."} are set in `out`. `headers`: as the client sent them. */
void gw_explain_route(json_t *out, request_rec *r, apr_table_t *headers);

#endif
