/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - runs the request of a question and says what came of it. */
#include "explain.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

#include "reply.h"
#include "request.h"

#define SERVED DECLINED /* nobody answered: it would be proxied, or served by httpd */

/* ---- the result ---- */

static json_t *parse_or_text(const char *body)
{
    json_t *json = body != NULL ? json_loads(body, 0, NULL) : NULL;

    if (json == NULL && body != NULL)
        json = json_string(body);
    return json != NULL ? json : json_null();
}

/* Where it would go, credentials in the query masked as in the access log; NULL when it is httpd's own. */
static const char *upstream_of(request_rec *r)
{
    static const char before[] = "GET ", behind[] = " HTTP/1.1";
    const char *line;

    if (!r->proxyreq || r->filename == NULL || strncmp(r->filename, "proxy:", 6) != 0)
        return NULL;
    line = gw_request_masked(r, apr_pstrcat(r->pool, before, r->filename + 6, behind, NULL));
    return apr_pstrmemdup(r->pool, line + strlen(before), strlen(line) - strlen(before) - strlen(behind));
}

static json_t *describe_result(request_rec *r, int status)
{
    const gw_request *q = gw_request_get(r);

    if (status == DONE && q != NULL && q->answer != NULL)
        status = q->answer->status;
    if (status == SERVED && q != NULL && q->route != NULL && q->service == NULL)
        return json_pack("{s:i, s:{s:s}}", "status", HTTP_SERVICE_UNAVAILABLE, "body", "message",
                         "no Service found with those values");
    if (status != SERVED)
        return json_pack("{s:i, s:o}", "status", status, "body", parse_or_text(gw_reply_body(r, status)));
    return json_pack("{s:n, s:n, s:s?}", "status", "body", "upstream", upstream_of(r));
}

static json_t *describe_identity(request_rec *r)
{
    const gw_request *q = gw_request_get(r);

    if (q == NULL || q->consumer == NULL)
        return json_null();
    return json_pack("{s:s, s:s?, s:s?, s:b, s:s?}", "id", q->consumer->id, "username", q->consumer->username,
                     "custom_id", q->consumer->custom_id, "anonymous", q->is_anonymous, "credential",
                     q->credential != NULL ? q->credential->id : NULL);
}

/* ---- entry point ---- */

/* SERVED, DONE, or a status. As with every subrequest, post_read_request and header_parser are not run: MPMs take what
 * stands behind r->connection there for a connection of theirs. */
static int run_phases(request_rec *r)
{
    int rc = ap_process_request_internal(r);

    return rc == OK || rc == DECLINED ? SERVED : rc;
}

static json_t *or_null(json_t *value)
{
    return value != NULL ? value : json_null();
}

const char *gw_admin_explain(json_t **out, request_rec *admin, const gw_explain_question *question)
{
    gw_trace trace = { .current = -1 };
    apr_table_t *headers;
    const char *why = NULL, *method;
    request_rec *r;
    apr_pool_t *p;
    int rc;

    apr_pool_create(&p, admin->pool);
    trace.turns = apr_array_make(p, 8, sizeof(gw_turn));
    if ((r = gw_explain_make_request(&why, &trace, admin, question, p)) == NULL) {
        why = apr_pstrdup(admin->pool, why);
        apr_pool_destroy(p);
        return why;
    }
    headers = apr_table_copy(p, r->headers_in);
    method = r->method;
    rc = run_phases(r);
    r->method = method; /* as it was routed; a plugin may have changed it */
    *out = json_pack("{s:o, s:o}", "route", or_null(gw_route_describe(r)), "service",
                     or_null(gw_service_describe(r)));
    gw_explain_route(*out, r, headers);
    json_object_set_new(*out, "plugins", gw_explain_plugins(r, &trace));
    json_object_set_new(*out, "consumer", describe_identity(r));
    json_object_set_new(*out, "result", describe_result(r, rc));
    apr_pool_destroy(p);
    return NULL;
}
