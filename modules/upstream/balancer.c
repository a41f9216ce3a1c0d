/* SPDX-License-Identifier: Apache-2.0 */
/*
 * balancer.c - the choice of a peer. Making balancers: balancer_make.c.
 */
#include "balancer.h"

#include <math.h>

#include "mix_hash.h"

#define PROBES 32 /* random turns of the wheel before looking at it one by one */

static int is_free(const gw_peer *peer, const gw_pick *pick, int i)
{
    return (pick->tried == NULL || !pick->tried[i]) && gw_health_is_up(peer->cell);
}

/* ---- round-robin ---- */

/* The turn is a peer's that is down: another one, by chance and weight, so that its neighbour on the wheel does not get
 * all that was meant for it. */
static int pick_instead(const gw_balancer *b, const gw_pick *pick, apr_uint32_t turn)
{
    apr_uint64_t dice = turn;
    int n;

    for (n = 0; n < PROBES; n++) {
        int i;

        dice = gw_mix(dice + APR_UINT64_C(0x9E3779B97F4A7C15));
        i = (int)b->turns[dice % (apr_uint64_t)b->nturns];
        if (is_free(&b->peers[i], pick, i))
            return i;
    }
    for (n = 0; n < b->npeers; n++) {
        int i = (int)((dice + (apr_uint64_t)n) % (apr_uint64_t)b->npeers);

        if (is_free(&b->peers[i], pick, i))
            return i;
    }
    return -1;
}

static int pick_by_turn(gw_balancer *b, const gw_pick *pick)
{
    apr_uint32_t turn = __atomic_fetch_add(&b->turn, 1, __ATOMIC_RELAXED);
    int i;

    if (b->nturns == 0)
        return -1;
    i = (int)b->turns[turn % (apr_uint32_t)b->nturns];
    return is_free(&b->peers[i], pick, i) ? i : pick_instead(b, pick, turn);
}

/* ---- least connections ---- */

static int pick_least_busy(gw_balancer *b, const gw_pick *pick)
{
    apr_uint32_t turn = __atomic_fetch_add(&b->turn, 1, __ATOMIC_RELAXED);
    apr_int64_t best_load = 0, best_weight = 1;
    int best = -1, n;

    for (n = 0; n < b->npeers; n++) {
        int i = (int)((turn + (apr_uint32_t)n) % (apr_uint32_t)b->npeers); /* equals take turns */
        const gw_peer *peer = &b->peers[i];
        apr_int64_t load = __atomic_load_n(&peer->nactive, __ATOMIC_RELAXED) + 1, weight = peer->target->weight;

        if (is_free(peer, pick, i) && (best < 0 || load * best_weight < best_load * weight)) {
            best = i;
            best_load = load;
            best_weight = weight;
        }
    }
    return best;
}

/* ---- hashing ---- */

/* In (0, 1]: a peer of weight w wins with a probability of w over the sum of all, if the lowest -log(u)/w wins. */
static double draw(apr_uint64_t hash, const gw_peer *peer)
{
    double u = ((double)(gw_mix(hash ^ peer->seed) >> 11) + 1) * 0x1p-53;

    return -log(u) / (double)peer->target->weight;
}

static int pick_by_hash_weighted(const gw_balancer *b, const gw_pick *pick)
{
    double best_score = 0;
    int best = -1, i;

    for (i = 0; i < b->npeers; i++) {
        double score;

        if (!is_free(&b->peers[i], pick, i))
            continue;
        score = draw(pick->hash, &b->peers[i]);
        if (best < 0 || score < best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

/* The same choice without logarithms. */
static int pick_by_hash_equal(const gw_balancer *b, const gw_pick *pick)
{
    apr_uint64_t best_mixed = 0;
    int best = -1, i;

    for (i = 0; i < b->npeers; i++) {
        apr_uint64_t mixed = gw_mix(pick->hash ^ b->peers[i].seed) >> 11;

        if ((best < 0 || mixed > best_mixed) && is_free(&b->peers[i], pick, i)) {
            best = i;
            best_mixed = mixed;
        }
    }
    return best;
}

/* ---- the choice ---- */

static int has_enough(const gw_balancer *b)
{
    const double threshold = b->upstream->healthchecks.threshold;
    apr_int64_t available = 0;
    int i;

    if (threshold <= 0)
        return 1;
    for (i = 0; i < b->npeers; i++)
        available += gw_health_is_up(b->peers[i].cell) ? b->peers[i].target->weight : 0;
    return (double)available * 100 >= threshold * (double)b->weight;
}

static int pick_any(gw_balancer *b, const gw_pick *pick)
{
    switch (b->upstream->algorithm) {
    case GW_LEAST_CONNECTIONS:
        return pick_least_busy(b, pick);
    case GW_CONSISTENT_HASHING:
        if (pick->has_hash)
            return b->has_equal_weights ? pick_by_hash_equal(b, pick) : pick_by_hash_weighted(b, pick);
        return pick_by_turn(b, pick);
    default:
        return pick_by_turn(b, pick);
    }
}

int gw_balancer_pick(gw_balancer *balancer, const gw_pick *pick)
{
    gw_pick again = *pick;
    int i;

    if (balancer->npeers == 0 || !has_enough(balancer))
        return -1;
    i = pick_any(balancer, pick);
    if (i >= 0 || pick->tried == NULL)
        return i;
    again.tried = NULL; /* all that are up have failed once: once more */
    return pick_any(balancer, &again);
}

int gw_balancer_is_up(const gw_balancer *balancer)
{
    int i;

    for (i = 0; i < balancer->npeers; i++)
        if (gw_health_is_up(balancer->peers[i].cell))
            return has_enough(balancer);
    return 0;
}
