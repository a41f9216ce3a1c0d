/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_checks.c - see health_checks.h. The thread takes the current snapshot, starts the probes that are due, works
 * on those under way, and begins again. A probe holds the snapshot that its target is from.
 */
#include "health_checks.h"

#include <stdlib.h>

#include <http_log.h>

#include "health_rules.h"
#include "mod_gw.h"
#include "probe_text.h"
#include "prober.h"

APLOG_USE_MODULE(gw);

#define LONGEST_SLEEP apr_time_from_msec(200) /* a new snapshot or the end is noticed that soon */
#define SHORTEST_SLEEP apr_time_from_msec(5)

typedef struct keeper {
    gw_child *child;
    gw_prober *prober;
    gw_edition *edition;
} keeper;

/* One probe under way. */
typedef struct order {
    gw_edition *edition;
    const gw_upstream *upstream;
    const gw_peer *peer;
    int *running; /* of the balancer */
    char *request;
} order;

static void tell(const keeper *k, const order *o, gw_health_turn turn, gw_probe_result result, int status)
{
    static const char *const words[] = { "connected", "answered", "failed", "timed out" };

    if (turn != GW_HEALTH_SAME)
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, k->child->s,
                     GWLOGNO(1720) "upstream: a target is %s by its probes (upstream=%s, target=%s, ip=%s, last=%s, "
                     "status=%d)", turn == GW_HEALTH_NOW_HEALTHY ? "healthy" : "unhealthy", o->upstream->name,
                     o->peer->target->target, o->peer->ip, words[result], status);
}

/* gw_probe_done */
static void take_result(void *keeper_, void *order_, gw_probe_result result, int status)
{
    const keeper *k = keeper_;
    order *o = order_;
    const gw_health_side *active = &o->upstream->healthchecks.active;
    gw_health_turn turn = GW_HEALTH_SAME;

    if (GW_LOAD(k->child->is_stopping))
        ; /* given up, not failed */
    else if (result == GW_PROBE_CONNECTED)
        turn = gw_health_connected(o->peer->cell, active);
    else if (result == GW_PROBE_ANSWERED)
        turn = gw_health_answered(o->peer->cell, active, status);
    else
        turn = gw_health_failed(o->peer->cell, active, result == GW_PROBE_TIMED_OUT);
    tell(k, o, turn, result, status);
    --*o->running;
    gw_edition_release(o->edition);
    free(o->request);
    free(o);
}

static int is_http(const gw_health_side *active)
{
    return strcmp(active->type, "http") == 0 || strcmp(active->type, "https") == 0;
}

static void start_probe(keeper *k, gw_balancer *balancer, const gw_peer *peer)
{
    const gw_upstream *upstream = balancer->upstream;
    const gw_health_side *active = &upstream->healthchecks.active;
    order *o = calloc(1, sizeof(*o));
    gw_probe_order what = { .ip = peer->ip, .port = peer->target->port, .baton = o };

    if (o == NULL)
        abort();
    o->edition = gw_edition_hold(k->edition);
    o->upstream = upstream;
    o->peer = peer;
    o->running = &balancer->nprobes;
    o->request = is_http(active) ? gw_probe_make_request(upstream, peer->target) : NULL;
    what.request = o->request;
    what.timeout = active->timeout > 0 ? (apr_interval_time_t)(active->timeout * APR_USEC_PER_SEC)
                                       : apr_time_from_sec(1);
    what.has_tls = gw_health_has_tls(active);
    what.verifies = active->https_verify_certificate;
    what.shown = balancer->shown;
    what.tls_name = active->https_sni != NULL ? active->https_sni
                    : peer->target->is_address ? NULL : peer->target->host;
    ++*o->running;
    if (what.has_tls && gw_balancer_problem(balancer) != NULL) {
        take_result(k, o, GW_PROBE_FAILED, 0);
        return;
    }
    if (gw_prober_start(k->prober, &what))
        return;
    --*o->running;
    gw_edition_release(o->edition);
    free(o->request);
    free(o);
}

/* *wait shrinks to when the next is due. */
static void start_due(keeper *k, gw_balancer *balancer, apr_interval_time_t *wait)
{
    const gw_health_side *active = &balancer->upstream->healthchecks.active;
    const apr_time_t now = apr_time_now();
    apr_interval_time_t left;
    int i;

    for (i = 0; i < balancer->npeers && balancer->nprobes < active->concurrency; i++) {
        const gw_peer *peer = &balancer->peers[i];
        const apr_interval_time_t interval = peer->cell ? gw_health_interval(peer->cell, active) : 0;

        if (interval <= 0)
            continue;
        if (gw_health_take_probe(peer->cell, now, interval))
            start_probe(k, balancer, peer);
        left = gw_health_probe_left(peer->cell, now, interval);
        if (left < *wait)
            *wait = left;
    }
}

static apr_interval_time_t start_all_due(keeper *k)
{
    apr_interval_time_t wait = LONGEST_SLEEP;
    gw_balancer *const *balancers;
    int i, n;

    if ((k->edition = gw_edition_acquire(k->child->publisher)) == NULL)
        return wait;
    balancers = gw_snapshot_balancers(&n, gw_edition_snapshot(k->edition));
    for (i = 0; i < n; i++)
        start_due(k, balancers[i], &wait);
    gw_edition_release(k->edition);
    return wait > SHORTEST_SLEEP ? wait : SHORTEST_SLEEP;
}

static void run_checks(void *child, apr_pool_t *p)
{
    keeper k = { .child = child };

    (void)p;
    k.prober = gw_prober_make(take_result, &k);
    while (!GW_LOAD(k.child->is_stopping))
        gw_prober_run(k.prober, start_all_due(&k));
    gw_prober_end(k.prober);
}

/* ---- entry points ---- */

static int has_checks(const gw_snapshot *snapshot)
{
    gw_balancer *const *balancers;
    int i, n;

    balancers = gw_snapshot_balancers(&n, snapshot);
    for (i = 0; i < n; i++) {
        const gw_health_side *active = &balancers[i]->upstream->healthchecks.active;

        if (active->healthy.interval > 0 || active->unhealthy.interval > 0)
            return 1;
    }
    return 0;
}

void gw_health_checks_look(gw_child *child)
{
    gw_edition *edition;

    if (child->health == NULL || child->checks != NULL || (edition = gw_edition_acquire(child->publisher)) == NULL)
        return;
    if (has_checks(gw_edition_snapshot(edition)) &&
        (child->checks = gw_child_thread_start(run_checks, child)) == NULL)
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, child->s, GWLOGNO(1721) "upstream: no thread to probe targets");
    gw_edition_release(edition);
}

void gw_health_checks_end(gw_child *child, apr_interval_time_t timeout)
{
    if (child->checks != NULL)
        gw_child_thread_join(child->checks, timeout);
}
