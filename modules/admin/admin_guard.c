/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_guard.c - asks origin_check.c with what httpd knows of the request, and says no.
 */
#include "admin_http.h"

#include <apr_network_io.h>
#include <apr_strings.h>
#include <http_log.h>
#include <string.h>

APLOG_USE_MODULE(gw_admin);

static const char *machine_name; /* written at startup, read-only afterwards */

void gw_admin_guard_start(apr_pool_t *pconf)
{
    char name[APRMAXHOSTLEN + 1];

    machine_name = apr_gethostname(name, sizeof(name), pconf) == APR_SUCCESS ? apr_pstrdup(pconf, name) : NULL;
}

/* Somebody followed a link: the page opens in a window of its own, and the site with the link sees nothing of it. */
static int is_visit(request_rec *r)
{
    const char *mode = apr_table_get(r->headers_in, "Sec-Fetch-Mode");
    const char *dest = apr_table_get(r->headers_in, "Sec-Fetch-Dest");

    return r->method_number == M_GET && mode != NULL && strcmp(mode, "navigate") == 0 && dest != NULL &&
           strcmp(dest, "document") == 0;
}

int gw_admin_guard(gw_origin_verdict *verdict, request_rec *r, admin_call *call, int is_page)
{
    gw_origin_facts facts = {
        .origin = apr_table_get(r->headers_in, "Origin"),
        .fetch_site = apr_table_get(r->headers_in, "Sec-Fetch-Site"),
        .scheme = ap_http_scheme(r),
        .host = apr_table_get(r->headers_in, "Host"),
        .allowed = call->conf->origins,
    };

    *verdict = GW_ORIGIN_NONE;
    if (!gw_host_is_known(r->hostname, machine_name, r->server->server_hostname, call->conf->hosts)) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(3001) "admin: refused: unknown host (host=%s)",
                      r->hostname);
        return gw_call_message(call, HTTP_MISDIRECTED_REQUEST, "Unknown host");
    }
    *verdict = gw_origin_judge(&facts);
    if (*verdict != GW_ORIGIN_REFUSED || (is_page && is_visit(r)))
        return 0;
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(3002) "admin: refused: cross-site request (origin=%s site=%s)",
                  facts.origin != NULL ? facts.origin : "-", facts.fetch_site != NULL ? facts.fetch_site : "-");
    return gw_call_message(call, HTTP_FORBIDDEN, "Cross-site request refused");
}
