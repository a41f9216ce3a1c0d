/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.c - a scheme handler around mod_proxy_http's: makes attempts, tells the log about each that failed, and leaves
 * the last verdict in gw_proxying for proxy.c.
 */
#include "retry.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>
#include <mod_proxy.h>

#include "attempt.h"
#include "body.h"
#include "peers.h"

APLOG_USE_MODULE(gw);

static ap_filter_rec_t *answer_filter; /* proxy.c's; set while hooks are registered */

/* Where an attempt is headed; what mod_proxy hands to scheme handlers. */
typedef struct upstream_call {
    proxy_worker *worker;
    proxy_server_conf *conf;
    char *url;
    const char *proxy_name;
    apr_port_t proxy_port;
} upstream_call;

void gw_keepalives_hide(gw_proxying *proxying, conn_rec *c)
{
    if (!proxying->hides_keepalives) {
        proxying->hides_keepalives = 1;
        proxying->keepalives = c->keepalives;
        c->keepalives = 0;
    }
}

void gw_keepalives_show(gw_proxying *proxying, conn_rec *c)
{
    if (proxying->hides_keepalives) {
        proxying->hides_keepalives = 0;
        c->keepalives = proxying->keepalives;
    }
}

/* ---- one attempt ---- */

int gw_status_line_came(request_rec *r)
{
    const char *note = apr_table_get(r->notes, "proxy-status");

    return note && *note != '1'; /* an interim answer is none */
}

static int note_says(request_rec *r, const char *words)
{
    const char *note = apr_table_get(r->notes, "error-notes");

    return note && ap_strstr_c(note, words);
}

/* mod_proxy returns a number; the rest stands in its notes, its log lines and the clock. */
static void judge(gw_proxying *proxying, request_rec *r, int status, const gw_attempt *attempt,
                  apr_interval_time_t took)
{
    gw_attempt_facts facts = { .status = status, .is_new = attempt->is_new };

    facts.has_status_line = gw_status_line_came(r);
    facts.read_timed_out = apr_table_get(r->notes, "proxy_timedout") != NULL;
    facts.unresolved = status == HTTP_INTERNAL_SERVER_ERROR && note_says(r, "DNS lookup failure");
    facts.handshake_failed = status == HTTP_INTERNAL_SERVER_ERROR && note_says(r, "SSL Handshake");
    facts.certificate_refused = facts.handshake_failed && attempt->certificate_problem;
    proxying->failure = gw_failure_of(&facts);
    proxying->timed_out = facts.read_timed_out || status == HTTP_GATEWAY_TIME_OUT;
    if (proxying->failure == GW_FAILED_CONNECT && attempt->worker)
        proxying->timed_out = APR_STATUS_IS_TIMEUP(attempt->rv) || took >= attempt->worker->connect_timeout;
    if (proxying->failure == GW_FAILED_HANDSHAKE && attempt->worker)
        proxying->timed_out = took >= attempt->worker->proxy->s->timeout;
}

static int make_attempt(request_rec *r, gw_request *q, const upstream_call *call)
{
    gw_proxying *proxying = q->proxying;
    const gw_worker *ours = proxying->worker;
    apr_time_t began = apr_time_now();
    gw_attempt attempt;
    int status;

    if (q->sent == 0)
        q->sent = began;
    q->tries++;
    if (proxying->binding)
        gw_peer_begin(q);
    gw_attempt_begin(&attempt, ours && ours->proxy == call->worker ? ours : NULL);
    status = proxy_run_scheme_handler(r, call->worker, call->conf, call->url, call->proxy_name, call->proxy_port);
    gw_attempt_end(&attempt);
    proxying->failure = GW_FAILED_NOT;
    if (ap_is_HTTP_ERROR(status)) {
        judge(proxying, r, status, &attempt, apr_time_now() - began);
        proxying->rv = attempt.rv;
        proxying->detail = attempt.certificate_problem;
    }
    if (proxying->binding)
        gw_peer_end(r, q, !ap_is_HTTP_ERROR(status));
    return status;
}

/* ---- whether and how to go on ---- */

/* A body is kept where a failure after it was read may lead to another attempt: TLS handshakes come after reading. */
static void keep_body(request_rec *r, const gw_request *q, const char *url)
{
    int may_matter = gw_method_is_idempotent(r->method) || strncmp(url, "https:", 6) == 0;

    if (may_matter && (q->route == NULL || q->route->request_buffering))
        gw_body_keep(r, gw_conf_server(r->server)->replay_buffer);
}

static int may_go_on(request_rec *r, const gw_request *q, int reuse_failures)
{
    const gw_service *service = q->service;
    gw_retry_question question = {
        .failure = q->proxying->failure,
        .is_idempotent = gw_method_is_idempotent(r->method),
        .can_replay = gw_body_can_replay(r),
        .client_got_something = r->sent_bodyct || r->bytes_sent > 0,
        .client_is_gone = r->connection->aborted,
        .tries = q->tries,
        .tries_allowed = q->route && service ? 1 + (int)service->retries : 1,
        .reuse_failures = reuse_failures,
        .elapsed = apr_time_now() - q->sent,
    };

    if (service)
        question.budget = gw_retry_budget(service->connect_timeout, service->read_timeout > service->write_timeout
                                                                        ? service->read_timeout
                                                                        : service->write_timeout);
    return gw_retry_is_allowed(&question);
}

/* One line for each attempt that failed. The query is left out: it may hold a credential. */
static void log_failure(request_rec *r, const gw_request *q, const char *url, int goes_on)
{
    const gw_proxying *proxying = q->proxying;
    const char *service = q->service ? q->service->id : q->static_service ? q->static_service : "-", *cause = "";
    char reason[120];
    int level = !goes_on ? APLOG_ERR : proxying->failure == GW_FAILED_REUSED ? APLOG_INFO : APLOG_WARNING;

    if (proxying->detail)
        cause = apr_pstrcat(r->pool, ": ", proxying->detail, NULL);
    else if (proxying->rv != APR_SUCCESS && proxying->rv != APR_EGENERAL) /* APR_EGENERAL says nothing */
        cause = apr_psprintf(r->pool, ": (%d)%s", proxying->rv, apr_strerror(proxying->rv, reason, sizeof(reason)));
    ap_log_rerror(APLOG_MARK, level, 0, r, GWLOGNO(1520) "upstream: %s%s, upstream: \"%.*s\" (route=%s, service=%s, "
                  "request_id=%s, try=%d/%" APR_INT64_T_FMT ")",
                  gw_failure_text(proxying->failure, proxying->timed_out), cause, (int)strcspn(url, "?"), url,
                  q->route ? q->route->id : "-", service, q->id, q->tries,
                  q->route && q->service ? q->service->retries + 1 : 1);
}

/* As if the attempt had never been. */
static void forget_attempt(request_rec *r, const gw_proxying *proxying)
{
    static const char *const notes[] = { "error-notes", "verbose-error-to", "proxy_timedout", "proxy-status",
                                         "proxy-source-port" };
    size_t i;

    for (i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
        apr_table_unset(r->notes, notes[i]);
    r->status = HTTP_OK;
    r->status_line = NULL;
    /* What mod_proxy_http had read before it had a connection is still there; afterwards it is gone. */
    if (proxying->failure != GW_FAILED_CONNECT)
        gw_body_rewind(r);
    /* Another pooled connection may be as dead as the last one. */
    apr_table_setn(r->subprocess_env, "proxy-initial-not-pooled", "1");
}

/* Another peer of the upstream, where there is one. 0: none is up any more, and the last failure stands. */
static int turn_to_next(upstream_call *call, request_rec *r, gw_request *q)
{
    if (q->proxying->binding == NULL)
        return 1;
    if (q->proxying->failure != GW_FAILED_REUSED)
        gw_peer_avoid(r, q);
    if (!gw_peer_choose(r, q, &call->url))
        return 0;
    call->worker = q->proxying->worker->proxy;
    return 1;
}

/* ---- the hook ---- */

static int is_http(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

static int hook_handle_scheme(request_rec *r, proxy_worker *worker, proxy_server_conf *conf, char *url,
                              const char *proxy_name, apr_port_t proxy_port)
{
    upstream_call call = { worker, conf, url, proxy_name, proxy_port };
    gw_request *q = gw_request_get(r);
    int status, goes_on, reuse_failures = 0;

    if (q == NULL || q->proxying == NULL || q->proxying->is_trying || !is_http(url))
        return DECLINED; /* is_trying: this is our own call, mod_proxy_http's turn */
    q->proxying->is_trying = 1;
    gw_keepalives_hide(q->proxying, r->connection);
    ap_add_output_filter_handle(answer_filter, q->proxying, r, r->connection);
    /* A 200 to "Range" is the upstream's to give; httpd would cut it to a 206, or refuse it, whatever the method. */
    ap_remove_output_filter_byhandle(r->output_filters, "BYTERANGE");
    keep_body(r, q, url);
    do {
        status = make_attempt(r, q, &call);
        if (q->proxying->failure == GW_FAILED_NOT)
            break;
        reuse_failures += q->proxying->failure == GW_FAILED_REUSED;
        goes_on = may_go_on(r, q, reuse_failures);
        log_failure(r, q, call.url, goes_on);
        if (goes_on) {
            forget_attempt(r, q->proxying);
            goes_on = turn_to_next(&call, r, q);
        }
    } while (goes_on);
    q->proxying->is_trying = 0;
    q->proxying->has_tried = 1;
    return status;
}

void gw_retry_register(ap_filter_rec_t *filter)
{
    answer_filter = filter;
    proxy_hook_scheme_handler(hook_handle_scheme, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
