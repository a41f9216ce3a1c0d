/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.c - see peers.h. The choice itself is balancer.c's; this file reads requests for it and tells it how they went.
 */
#include "peers.h"

#include <apr_strings.h>
#include <http_log.h>

#include "child.h"
#include "health_rules.h"
#include "mix_hash.h"
#include "text.h"

APLOG_USE_MODULE(gw);

#define TELL_INTERVAL apr_time_from_sec(10)

/* ---- what a request is hashed by ---- */

/* One side of hash_on and hash_fallback. */
typedef struct hash_side {
    gw_hash_input input;
    const char *header, *query_arg, *uri_capture;
} hash_side;

static const char *capture_text(const gw_request *q, const char *name, apr_pool_t *p)
{
    int i;

    for (i = 0; q->path && i < q->match.ncaptures; i++) {
        const int from = q->match.capture_offsets[2 * i], to = q->match.capture_offsets[2 * i + 1];

        if (strcmp(q->match.capture_names[i], name) == 0)
            return apr_pstrmemdup(p, q->path + from, (apr_size_t)(to - from));
    }
    return NULL;
}

/* The client's cookie, or a fresh one that it gets with the answer. */
static const char *cookie_text(request_rec *r, gw_request *q, const gw_upstream *upstream)
{
    const char *header = apr_table_get(q->proxying->client_headers, "Cookie"), *value = NULL;
    char fresh[37];

    if (upstream->hash_on_cookie == NULL)
        return NULL;
    if (header)
        value = gw_cookie_get(header, upstream->hash_on_cookie, r->pool);
    if (value && *value)
        return value;
    if (q->proxying->cookie) /* made for an earlier attempt */
        return q->proxying->cookie;
    gw_uuid_make(fresh);
    q->proxying->cookie = apr_pstrdup(r->pool, fresh);
    apr_table_addn(r->err_headers_out, "Set-Cookie",
                   apr_pstrcat(r->pool, upstream->hash_on_cookie, "=", fresh, "; Path=",
                               upstream->hash_on_cookie_path, NULL));
    return q->proxying->cookie;
}

/* NULL or "": the request has none. */
static const char *input_text(request_rec *r, gw_request *q, const gw_upstream *upstream, const hash_side *side)
{
    switch (side->input) {
    case GW_HASH_CONSUMER:
        return q->consumer ? q->consumer->id : NULL;
    case GW_HASH_IP:
        return gw_client_ip(r);
    case GW_HASH_HEADER:
        return side->header ? apr_table_get(q->proxying->client_headers, side->header) : NULL;
    case GW_HASH_COOKIE:
        return cookie_text(r, q, upstream);
    case GW_HASH_PATH:
        return q->path;
    case GW_HASH_QUERY_ARG:
        return side->query_arg && r->args ? gw_query_get(NULL, r->args, side->query_arg, r->pool) : NULL;
    case GW_HASH_URI_CAPTURE:
        return side->uri_capture ? capture_text(q, side->uri_capture, r->pool) : NULL;
    default:
        return NULL;
    }
}

static void hash_request(gw_pick *pick, request_rec *r, gw_request *q, const gw_upstream *upstream)
{
    const hash_side sides[] = {
        { upstream->hash_on, upstream->hash_on_header, upstream->hash_on_query_arg, upstream->hash_on_uri_capture },
        { upstream->hash_fallback, upstream->hash_fallback_header, upstream->hash_fallback_query_arg,
          upstream->hash_fallback_uri_capture },
    };
    size_t i;

    for (i = 0; i < 2 && !pick->has_hash; i++) {
        const char *text = input_text(r, q, upstream, &sides[i]);

        if (text == NULL || *text == '\0')
            continue;
        pick->hash = gw_mix_text(0, text);
        pick->has_hash = 1;
    }
}

/* ---- choosing ---- */

/* scheme://host:port of the worker, then what stood behind the one before. */
static char *aim(const gw_worker *worker, const char *url, apr_pool_t *p)
{
    const char *authority = strstr(url, "://"), *path = authority ? strpbrk(authority + 3, "/?") : NULL;

    return apr_pstrcat(p, worker->proxy->s->name_ex, path && *path == '?' ? "/" : "", path ? path : "/", NULL);
}

static void tell_none_is_up(request_rec *r, const gw_upstream *upstream)
{
    static apr_time_t told;

    if (gw_is_time_to_tell(&told, TELL_INTERVAL))
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, GWLOGNO(1700) "upstream: no target is up (upstream=%s)",
                      upstream->name);
}

int gw_peer_choose(request_rec *r, gw_request *q, char **url)
{
    gw_proxying *proxying = q->proxying;
    gw_balancer *balancer = proxying->binding->balancer;
    gw_pick pick = { .tried = proxying->tried };
    gw_worker *worker;
    int i;

    if (balancer->upstream->algorithm == GW_CONSISTENT_HASHING)
        hash_request(&pick, r, q, balancer->upstream);
    i = gw_balancer_pick(balancer, &pick);
    if (i < 0) {
        tell_none_is_up(r, balancer->upstream);
        return 0;
    }
    worker = gw_worker_of_peer(proxying->binding, i, r->server);
    if (worker == NULL)
        return 0;
    proxying->peer = i;
    proxying->worker = worker;
    if (url)
        *url = aim(worker, *url, r->pool);
    return 1;
}

void gw_peer_avoid(request_rec *r, gw_request *q)
{
    gw_proxying *proxying = q->proxying;

    if (proxying->tried == NULL)
        proxying->tried = apr_pcalloc(r->pool, (apr_size_t)proxying->binding->nworkers);
    proxying->tried[proxying->peer] = 1;
}

/* ---- outcomes ---- */

static gw_peer *peer_of(const gw_proxying *proxying)
{
    return &proxying->binding->balancer->peers[proxying->peer];
}

void gw_peer_begin(gw_request *q)
{
    __atomic_add_fetch(&peer_of(q->proxying)->nactive, 1, __ATOMIC_RELAXED);
}

static gw_health_turn report_failure(gw_peer *peer, const gw_health_side *passive, const gw_proxying *proxying)
{
    switch (proxying->failure) {
    case GW_FAILED_RESOLVE:
    case GW_FAILED_CONNECT:
    case GW_FAILED_HANDSHAKE:
    case GW_FAILED_VERIFY:
    case GW_FAILED_EXCHANGE:
    case GW_FAILED_GARBAGE:
        return gw_health_failed(peer->cell, passive, proxying->timed_out);
    default: /* a kept connection that died is nobody's failure */
        return GW_HEALTH_SAME;
    }
}

static void tell_turn(gw_health_turn turn, request_rec *r, const gw_upstream *upstream, const gw_peer *peer)
{
    if (turn != GW_HEALTH_SAME)
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                      GWLOGNO(1701) "upstream: a target is %s by what requests met (upstream=%s, target=%s, ip=%s)",
                      turn == GW_HEALTH_NOW_HEALTHY ? "healthy" : "unhealthy", upstream->name, peer->target->target,
                      peer->ip);
}

void gw_peer_end(request_rec *r, gw_request *q, int is_answered)
{
    const gw_proxying *proxying = q->proxying;
    const gw_upstream *upstream = proxying->binding->balancer->upstream;
    gw_peer *peer = peer_of(proxying);
    gw_health_turn turn = GW_HEALTH_SAME;

    __atomic_sub_fetch(&peer->nactive, 1, __ATOMIC_RELAXED);
    if (proxying->failure == GW_FAILED_CONNECT && !peer->target->is_address && gw_child_get()->names)
        gw_names_hurry(gw_child_get()->names, peer->target->host);
    if (!gw_upstream_checks_health(upstream))
        return;
    if (proxying->failure == GW_FAILED_NOT && is_answered && q->has_failed)
        turn = gw_health_failed(peer->cell, &upstream->healthchecks.passive, 0); /* it was no HTTP (proxy.c) */
    else if (proxying->failure != GW_FAILED_NOT)
        turn = report_failure(peer, &upstream->healthchecks.passive, proxying);
    else if (is_answered)
        turn = gw_health_answered(peer->cell, &upstream->healthchecks.passive, r->status);
    tell_turn(turn, r, upstream, peer);
}
