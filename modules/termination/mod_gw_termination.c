/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_termination.c - the request-termination plugin: an answer of ours instead of the upstream's.
 *
 * Wiring only. What may be configured: termination_schema.c; what echo shows: termination_echo.c.
 */
#include "mod_gw.h"

#include <stdlib.h>
#include <unistd.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "termination_echo.h"
#include "termination_schema.h"
#include "text.h"

#define PRIORITY 2
#define MAX_BODY (64 * 1024) /* bytes that echo shows */

extern GW_MODULE gw_termination_module;
APLOG_USE_MODULE(gw_termination);

static gw_plugin termination_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "request-termination",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_FIXUPS,
    .flags = GW_PLUGIN_GUARDS,
    .schema = &gw_termination_conf_schema,
    .conf_size = sizeof(gw_termination_conf),
    .prepare = gw_termination_conf_prepare,
};

static int is_triggered(request_rec *r, const char *trigger)
{
    int count = 0;

    if (trigger == NULL || apr_table_get(r->headers_in, trigger) != NULL)
        return 1;
    if (r->args != NULL)
        gw_query_get(&count, r->args, trigger, r->pool);
    return count > 0;
}

/* ---- echo ---- */

static const char *own_name(apr_pool_t *p)
{
    char name[APRMAXHOSTLEN + 1];

    return apr_gethostname(name, sizeof(name), p) == APR_SUCCESS ? apr_pstrdup(p, name) : "";
}

static apr_status_t describe_request(json_t **request, request_rec *r)
{
    gw_echo_request seen = {
        .scheme = gw_scheme(r), .host = r->hostname ? r->hostname : "", .port = (int)ap_get_server_port(r),
        .method = r->method, .path = r->uri, .headers = r->headers_in, .query = r->args,
    };
    int is_whole;
    apr_status_t rv = gw_body_peek(r, MAX_BODY, &seen.body, &seen.body_len, &is_whole);

    if (rv != APR_SUCCESS)
        return rv;
    if (!is_whole)
        seen.body = NULL;
    *request = gw_echo_describe(&seen, r->pool);
    json_object_set_new(*request, "uri_captures", gw_captures_describe(r));
    return APR_SUCCESS;
}

static json_t *or_null(json_t *value)
{
    return value != NULL ? value : json_null();
}

static int answer_echo(request_rec *r, const gw_termination_conf *conf, const char *message)
{
    gw_answer answer = { .status = (int)conf->status_code, .kind = GW_JSON };
    json_t *request, *document;
    char *text;
    apr_status_t rv = describe_request(&request, r);

    if (rv != APR_SUCCESS)
        return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    document = json_pack("{s:o,s:{s:s,s:i,s:s},s:o,s:o,s:o}", "message", or_null(message ? json_string(message) : NULL),
                         "kong", "node_id", gw_node_id(), "worker_pid", (int)getpid(), "hostname", own_name(r->pool),
                         "request", request, "matched_route", or_null(gw_route_describe(r)), "matched_service",
                         or_null(gw_service_describe(r)));
    text = json_dumps(document, JSON_COMPACT);
    answer.text = apr_pstrdup(r->pool, text != NULL ? text : "null");
    free(text);
    json_decref(document);
    return gw_reply(r, &answer);
}

/* ---- the rest ---- */

static int answer_plainly(request_rec *r, const gw_termination_conf *conf, const char *message)
{
    gw_answer answer = { .status = (int)conf->status_code, .kind = GW_RAW };

    if (conf->body != NULL) {
        answer.text = conf->body;
        answer.content_type = conf->content_type;
    } else if (message != NULL) {
        answer.text = message;
        answer.kind = GW_EXIT;
    }
    return gw_reply(r, &answer);
}

/* fixups; request thread. DECLINED: not configured here, or not triggered. */
static int hook_terminate(request_rec *r)
{
    static const gw_answer impossible = { .status = HTTP_INTERNAL_SERVER_ERROR, .kind = GW_EXIT };
    const gw_termination_conf *conf = gw_plugin_conf(r, &termination_plugin);
    const char *message;

    if (conf == NULL)
        return DECLINED;
    if (!is_triggered(r, conf->trigger)) {
        gw_explain(r, "neither a header nor a parameter of the query is called %s", conf->trigger);
        return DECLINED;
    }
    /* Nothing may follow what is no final answer (RFC 9110 15.2), and no client would take it for one. */
    if (conf->status_code < HTTP_OK) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4500) "termination: status %d ends no request: answered "
                      "with 500 (route=%s)", (int)conf->status_code, gw_route_for_log(r));
        return gw_reply(r, &impossible);
    }
    message = conf->message != NULL ? conf->message : gw_termination_text((int)conf->status_code);
    return conf->echo ? answer_echo(r, conf, message) : answer_plainly(r, conf, message);
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&termination_plugin, p);
    ap_hook_fixups(hook_terminate, NULL, NULL, GW_ORDER(PRIORITY));
}

GW_MODULE gw_termination_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
