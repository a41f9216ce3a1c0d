/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https_only.c - routes for https alone, and who comes to them over http.
 */
#include "https_only.h"

#include <apr_strings.h>
#include <http_core.h>

#include "conf.h"
#include "match.h"
#include "mod_gw.h"
#include "reply.h"

/* The host that the client knows us by, as far as those who speak for it may be believed. */
static const char *forwarded_host(request_rec *r)
{
    const char *host = NULL;

    if (gw_conf_trusts_peer(r))
        host = apr_table_get(r->headers_in, "X-Forwarded-Host");
    return host ? host : apr_table_get(r->headers_in, "Host");
}

static int redirect_to_https(request_rec *r, int status)
{
    const gw_answer moved = { .status = status, .kind = GW_RAW };
    const char *host;
    int port;

    gw_host_split(&host, &port, forwarded_host(r), r->pool);
    if (*host == '\0')
        host = ap_get_server_name_for_url(r);
    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, "https://", host, gw_target_path_and_query(r->unparsed_uri), NULL));
    return gw_reply(r, &moved);
}

int gw_https_enforce(request_rec *r, const gw_route *route)
{
    const int status = (int)route->https_redirect_status_code;

    if ((route->protocols & (GW_PROTO_HTTP | GW_PROTO_HTTPS)) != GW_PROTO_HTTPS || strcmp(gw_scheme(r), "https") == 0)
        return OK;
    if (status != HTTP_UPGRADE_REQUIRED)
        return redirect_to_https(r, status);
    if (r->proto_num < HTTP_VERSION(2, 0)) {
        apr_table_setn(r->err_headers_out, "Connection", "Upgrade");
        apr_table_setn(r->err_headers_out, "Upgrade", "TLS/1.2, HTTP/1.1");
    }
    return gw_reply_error(r, HTTP_UPGRADE_REQUIRED, "Please use HTTPS protocol");
}
