/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_gw_middleman.c - the middleman plugin: a service of the user's own (the hook) is asked by POST before a request
 * goes on; what it answers decides.
 *
 * Wiring and the order of things: remembered answer, one flight for equal questions, breaker, gate, hook. What is
 * asked: hook_payload.c; what an answer means: hook_answer.c; how it is asked: hook_client.c.
 */
#include "mod_gw.h"

#include <apr_strings.h>
#include <http_log.h>

#include "decision_cache.h"
#include "hook_client.h"
#include "hook_gate.h"
#include "hook_payload.h"
#include "middleman_schema.h"

#define PRIORITY 900
#define CACHE_SHARE 4 /* of GwCacheBytes: a fourth, at most, for decisions */

extern GW_MODULE gw_middleman_module;
APLOG_USE_MODULE(gw_middleman);

static gw_plugin middleman_plugin = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_plugin),
    .name = "middleman",
    .version = "1.0.0",
    .priority = PRIORITY,
    .phases = GW_PHASE_AUTHZ,
    .flags = GW_PLUGIN_NO_CONSUMER | GW_PLUGIN_GUARDS,
    .schema = &gw_middleman_conf_schema,
    .conf_size = sizeof(gw_middleman_conf),
    .prepare = gw_middleman_conf_prepare,
};

/* This child's; made in child_init, each locks for itself. */
static gw_hook_client *client;
static gw_hook_gate *gate;
static gw_decisions *decisions;

/* A question and all that it is asked with. */
typedef struct question {
    request_rec *r;
    const gw_middleman_conf *conf;
    const char *payload;
    apr_size_t len;
} question;

/* ---- asking ---- */

static void log_failure(const question *q, const char *why, int opened)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, q->r, GWLOGNO(5001) "middleman: the hook gave no answer: %s (route=%s)%s",
                  why, gw_route_for_log(q->r), opened ? ": it is left alone for a while" : "");
}

static gw_landing ask_now(gw_decision **decision, const question *q)
{
    const gw_middleman_conf *conf = q->conf;
    gw_hook_reply reply = { 0 };
    const char *why = gw_hook_ask(&reply, client, conf, q->payload, q->len, q->r->pool);
    const apr_time_t now = apr_time_now();

    if (why == NULL && (*decision = gw_decision_make(conf, &reply, now, q->r->pool)) == NULL)
        why = apr_psprintf(q->r->pool, "status %d", reply.status);
    if (why != NULL) {
        log_failure(q, why, gw_breaker_fail(conf->breaker, &conf->breaker_limits, now));
        return GW_LANDED_FAILED;
    }
    if (gw_breaker_succeed(conf->breaker))
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, q->r, GWLOGNO(5002) "middleman: the hook answers again (route=%s)",
                      gw_route_for_log(q->r));
    return (*decision)->fresh_until > 0 ? GW_LANDED_SHARED : GW_LANDED_ALONE;
}

/* Past the breaker and the gate. */
static gw_landing ask(gw_decision **decision, const question *q)
{
    const gw_breaker_word word = gw_breaker_admit(q->conf->breaker, &q->conf->breaker_limits, apr_time_now());
    gw_landing landing;

    if (word == GW_BREAKER_OPEN)
        return GW_LANDED_FAILED;
    if (!gw_hook_gate_enter(gate, q->conf->origin)) {
        if (word == GW_BREAKER_PROBE)
            gw_breaker_withdraw(q->conf->breaker);
        return GW_LANDED_BUSY;
    }
    landing = ask_now(decision, q);
    gw_hook_gate_leave(gate, q->conf->origin);
    return landing;
}

static int is_fresh(const gw_decision *decision)
{
    return decision != NULL && apr_time_now() < decision->fresh_until;
}

static gw_landing lead(gw_decision **decision, const question *q, const gw_question_key *key)
{
    gw_decision *known = gw_decisions_find(decisions, key); /* a flight may have landed since we looked */
    gw_landing landing;

    if (is_fresh(known)) {
        *decision = known;
        return GW_LANDED_SHARED;
    }
    gw_decision_release(known);
    landing = ask(decision, q);
    if (landing == GW_LANDED_SHARED)
        gw_decisions_remember(decisions, key, *decision);
    return landing;
}

/* With all who ask the same now. */
static gw_landing ask_together(gw_decision **decision, const question *q, const gw_question_key *key)
{
    int is_leader;
    gw_flight *flight = gw_flight_board(&is_leader, decisions, key);
    gw_landing landing = GW_LANDED_BUSY;

    if (is_leader) {
        landing = lead(decision, q, key);
        gw_flight_land(decisions, flight, landing, *decision);
    } else if (gw_hook_gate_join_line(gate, q->conf->origin)) {
        landing = gw_flight_await(decision, decisions, flight, apr_time_from_msec(q->conf->timeout + 1000));
        gw_hook_gate_leave_line(gate, q->conf->origin);
    }
    gw_flight_leave(decisions, flight);
    return landing == GW_LANDED_ALONE && !is_leader ? ask(decision, q) : landing;
}

/* Is the hook down? It gave no answer or one that speaks of its own trouble, or nobody gets one. That it is merely in
 * demand does not count: whoever sends many could keep an answer alive that the hook would not give any more. */
static int is_down(gw_landing landing, const gw_decision *decision, const gw_middleman_conf *conf)
{
    if (decision != NULL)
        return gw_decision_is_trouble(decision);
    return landing != GW_LANDED_BUSY || gw_hook_gate_is_stuck(gate, conf->origin);
}

/* *decision is the caller's unless the hook failed or is not asked. */
static gw_landing decide(gw_decision **decision, const question *q)
{
    gw_question_key key;
    gw_decision *known;
    gw_landing landing;

    if (q->conf->cache_ttl <= 0 && q->conf->cache_negative_ttl <= 0)
        return ask(decision, q);
    gw_question_key_make(&key, decisions, q->conf->serial, q->payload, q->len, q->r->pool);
    known = gw_decisions_find(decisions, &key);
    if (is_fresh(known)) {
        *decision = known;
        return GW_LANDED_SHARED;
    }
    landing = ask_together(decision, q, &key);
    if (known != NULL && apr_time_now() < known->stale_until && is_down(landing, *decision, q->conf)) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, q->r, GWLOGNO(5003) "middleman: the hook is down: its last answer to "
                      "this question counts (route=%s)", gw_route_for_log(q->r));
        gw_decision_release(*decision);
        *decision = known;
        return GW_LANDED_SHARED;
    }
    gw_decision_release(known);
    return landing;
}

/* ---- what comes of it ---- */

/* Headers that only the hook may set. */
static void hide_headers(request_rec *r, const gw_middleman_conf *conf)
{
    for (int i = 0; i < conf->upstream_headers.n; i++)
        gw_upstream_header(r, conf->upstream_headers.v[i], NULL);
}

static void pass_to_upstream(request_rec *r, const gw_decision *decision)
{
    apr_table_t *headers = apr_table_make(r->pool, decision->nheaders);

    for (int i = 0; i < decision->nheaders; i++)
        apr_table_merge(headers, decision->headers[i].name, decision->headers[i].value);
    for (int i = 0; i < apr_table_elts(headers)->nelts; i++) {
        const apr_table_entry_t *header = &APR_ARRAY_IDX(apr_table_elts(headers), i, apr_table_entry_t);

        gw_upstream_header(r, apr_pstrdup(r->pool, header->key), header->val);
    }
}

static int refuse(request_rec *r, const gw_decision *decision)
{
    const gw_answer answer = {
        .status = decision->status,
        .kind = decision->is_text ? GW_EXIT : GW_JSON,
        .text = apr_pstrdup(r->pool, decision->body),
    };
    const gw_consumer *consumer = gw_request_consumer(r);

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(5004) "middleman: refused: the hook says %d (consumer=%s, "
                  "route=%s)", decision->status, consumer ? consumer->id : "-", gw_route_for_log(r));
    for (int i = 0; i < decision->nheaders; i++)
        apr_table_add(r->err_headers_out, decision->headers[i].name, decision->headers[i].value);
    return gw_reply(r, &answer);
}

/* No answer. A request that was turned away for want of a thread is never let through: that would be in the hands of
 * whoever sends many. */
static int go_without(const question *q, gw_landing landing)
{
    static const gw_answer unavailable = {
        HTTP_SERVICE_UNAVAILABLE, GW_EXIT, "Authorization service unavailable", NULL
    };
    const int passes = landing == GW_LANDED_FAILED && q->conf->lets_pass_on_error;

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, q->r, GWLOGNO(5005) "middleman: %s: %s (route=%s)",
                  passes ? "let through" : "refused",
                  landing == GW_LANDED_BUSY ? "GwHookThreads are busy" : "the hook is down", gw_route_for_log(q->r));
    return passes ? DECLINED : gw_reply(q->r, &unavailable);
}

static int act_on(const question *q)
{
    gw_decision *decision = NULL;
    const gw_landing landing = decide(&decision, q);
    int rc = DECLINED;

    if (decision == NULL)
        return go_without(q, landing);
    if (decision->status > 299)
        rc = refuse(q->r, decision);
    else if (decision->nheaders > 0)
        pass_to_upstream(q->r, decision);
    gw_decision_release(decision);
    return rc;
}

/* authz; request thread. DECLINED: not configured here, or it goes on. */
static int hook_authorize(request_rec *r)
{
    const gw_middleman_conf *conf = gw_plugin_conf(r, &middleman_plugin);
    gw_hook_request told = { .method = r->method, .query = r->args };
    question q = { .r = r, .conf = conf };
    int is_whole;
    apr_status_t rv;

    if (conf == NULL)
        return DECLINED;
    if (r->method_number == M_OPTIONS && !conf->run_on_preflight) {
        gw_explain(r, "run_on_preflight is off, and the method is OPTIONS");
        hide_headers(r, conf);
        return DECLINED;
    }
    if (gw_is_tried_out(r, "the hook is not asked")) {
        hide_headers(r, conf);
        return DECLINED;
    }
    if ((rv = gw_body_peek(r, conf->max_body, &told.body, &told.body_len, &is_whole)) != APR_SUCCESS)
        return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    told.is_truncated = !is_whole;
    told.path = gw_request_path(r);
    told.headers = gw_request_headers(r);
    q.payload = gw_hook_payload(&q.len, &told, &conf->send_headers, r->pool);
    hide_headers(r, conf);
    return act_on(&q);
}

static void hook_begin(apr_pool_t *pchild, server_rec *s)
{
    const int nthreads = gw_hook_threads(s);

    client = gw_hook_client_make(nthreads, gw_hook_ca_file(s), pchild);
    gate = gw_hook_gate_make(nthreads, pchild);
    decisions = gw_decisions_make((apr_size_t)(gw_cache_bytes(s) / CACHE_SHARE), pchild);
}

static void register_hooks(apr_pool_t *p)
{
    gw_plugin_register(&middleman_plugin, p);
    ap_hook_child_init(hook_begin, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authz(hook_authorize, NULL, NULL, GW_ORDER(PRIORITY), AP_AUTH_INTERNAL_PER_URI);
}

GW_MODULE gw_middleman_module = {
    STANDARD20_MODULE_STUFF,
    NULL, NULL, NULL, NULL, NULL,
    register_hooks,
    AP_MODULE_FLAG_NONE
};
