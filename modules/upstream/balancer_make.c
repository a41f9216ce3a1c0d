/* SPDX-License-Identifier: Apache-2.0 */
/*
 * balancer_make.c - from an upstream, its targets and their addresses to peers and the wheel of the round-robin.
 */
#include "balancer.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "certificate.h"
#include "mix_hash.h"

#define BALANCER_BYTES 1024
#define MAX_TURNS 65536

/* ---- members and peers ---- */

static int cmp_targets(const void *a, const void *b)
{
    return strcmp((*(gw_target *const *)a)->target, (*(gw_target *const *)b)->target);
}

static void copy_members(gw_balancer *b, const gw_balancer_input *in)
{
    gw_target **sorted = gw_arena_alloc(b->arena, ((size_t)in->ntargets + 1) * sizeof(*sorted));
    int i;

    b->members = gw_arena_calloc(b->arena, ((size_t)in->ntargets + 1) * sizeof(*b->members));
    b->nmembers = in->ntargets;
    if (in->ntargets > 0)
        memcpy(sorted, in->targets, (size_t)in->ntargets * sizeof(*sorted));
    qsort(sorted, (size_t)in->ntargets, sizeof(*sorted), cmp_targets);
    for (i = 0; i < in->ntargets; i++)
        b->members[i].target = gw_target_hold(sorted[i]);
}

static gw_addresses addresses_of(const gw_target *target, const gw_balancer_input *in, gw_arena *arena)
{
    if (target->is_address)
        return (gw_addresses){ 1, &target->host };
    return in->resolve != NULL ? in->resolve(in->baton, target->host, arena) : (gw_addresses){ 0, NULL };
}

static void fill_peer(gw_peer *peer, const gw_balancer *b, const gw_balancer_input *in, const gw_target *target,
                      const char *ip)
{
    peer->target = target;
    peer->ip = ip;
    peer->seed = gw_mix_text(gw_mix_text(0, target->target), ip);
    if (in->health != NULL)
        peer->cell = gw_health_cell_get(in->health,
                                        gw_health_key(b->upstream->id, target->target, ip, target->port),
                                        apr_time_now());
}

/* Targets of weight 0 have no peers, but stand among the members. */
static void make_peers(gw_balancer *b, const gw_balancer_input *in)
{
    gw_addresses *found = gw_arena_calloc(b->arena, ((size_t)b->nmembers + 1) * sizeof(*found));
    int i, k, n = 0;

    for (i = 0; i < b->nmembers; i++) {
        found[i] = addresses_of(b->members[i].target, in, b->arena);
        b->members[i].is_resolved = found[i].n > 0;
        n += b->members[i].target->weight > 0 ? found[i].n : 0;
    }
    b->peers = gw_arena_calloc(b->arena, ((size_t)n + 1) * sizeof(*b->peers));
    b->has_equal_weights = 1;
    for (i = 0; i < b->nmembers; i++) {
        const gw_target *target = b->members[i].target;

        b->members[i].first = b->npeers;
        if (target->weight == 0)
            continue;
        b->members[i].n = found[i].n;
        b->weight += target->weight * (found[i].n > 0 ? found[i].n : 1);
        for (k = 0; k < found[i].n; k++)
            fill_peer(&b->peers[b->npeers++], b, in, target, found[i].ips[k]);
    }
    for (i = 1; i < b->npeers; i++)
        b->has_equal_weights &= b->peers[i].target->weight == b->peers[0].target->weight;
}

/* ---- the wheel ---- */

/* A peer with n turns has them at (k + 1/2) / n of the way round: none waits long, none comes twice in a row without
 * need. */
typedef struct turn_at {
    double at;
    apr_uint32_t peer;
} turn_at;

static int cmp_turns(const void *a, const void *b)
{
    const turn_at *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->peer < y->peer ? -1 : x->peer > y->peer;
}

static apr_int64_t common_divisor(apr_int64_t a, apr_int64_t b)
{
    while (b != 0) {
        apr_int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Turns of one peer: its weight in lowest terms, or scaled down until all fit; at least one. */
static apr_int64_t turns_of(const gw_peer *peer, apr_int64_t divisor, double scale)
{
    apr_int64_t n = (apr_int64_t)((double)(peer->target->weight / divisor) * scale + 0.5);

    return n > 0 ? n : 1;
}

static void make_wheel(gw_balancer *b)
{
    apr_int64_t divisor = 0, sum = 0, room = b->upstream->slots < MAX_TURNS ? b->upstream->slots : MAX_TURNS;
    double scale = 1;
    turn_at *order;
    int i, n = 0;

    for (i = 0; i < b->npeers; i++) {
        divisor = common_divisor(b->peers[i].target->weight, divisor);
        sum += b->peers[i].target->weight;
    }
    if (sum == 0)
        return;
    if (room < b->npeers)
        room = b->npeers;
    if (sum / divisor > room)
        scale = (double)room / (double)(sum / divisor);
    for (i = 0, sum = 0; i < b->npeers; i++)
        sum += turns_of(&b->peers[i], divisor, scale);
    if ((order = malloc((size_t)sum * sizeof(*order))) == NULL)
        abort();
    for (i = 0; i < b->npeers; i++) {
        apr_int64_t k, of = turns_of(&b->peers[i], divisor, scale);

        for (k = 0; k < of; k++)
            order[n++] = (turn_at){ ((double)k + 0.5) / (double)of, (apr_uint32_t)i };
    }
    qsort(order, (size_t)n, sizeof(*order), cmp_turns);
    b->turns = gw_arena_alloc(b->arena, (size_t)n * sizeof(*b->turns));
    for (i = 0; i < n; i++)
        b->turns[i] = order[i].peer;
    b->nturns = n;
    free(order);
}

/* ---- entry points ---- */

static void destroy_balancer(gw_life *life, void (*release_worker)(void *worker))
{
    (void)release_worker;
    gw_balancer_destroy((gw_balancer *)((char *)life - offsetof(gw_balancer, life)));
}

gw_balancer *gw_balancer_make(const gw_balancer_input *input)
{
    gw_arena *arena = gw_arena_make(BALANCER_BYTES);
    gw_balancer *b = gw_arena_calloc(arena, sizeof(*b));

    b->arena = arena;
    b->life.destroy = destroy_balancer;
    b->upstream = gw_upstream_hold(input->upstream);
    b->shown = input->shown != NULL ? gw_certificate_hold(input->shown) : NULL;
    copy_members(b, input);
    make_peers(b, input);
    make_wheel(b);
    return b;
}

void gw_balancer_destroy(gw_balancer *balancer)
{
    int i;

    for (i = 0; i < balancer->nmembers; i++)
        gw_target_release(balancer->members[i].target);
    gw_certificate_release(balancer->shown);
    gw_upstream_release(balancer->upstream);
    gw_arena_destroy(balancer->arena);
}

const char *gw_balancer_problem(const gw_balancer *balancer)
{
    if (balancer->upstream->client_certificate == NULL)
        return NULL;
    return balancer->shown != NULL ? balancer->shown->problem : "client_certificate is not there";
}

int gw_balancer_is_same(const gw_balancer *a, const gw_balancer *b)
{
    int i;

    if (a->upstream != b->upstream || a->nmembers != b->nmembers || a->npeers != b->npeers ||
        !gw_certificate_is_same(a->shown, b->shown))
        return 0;
    for (i = 0; i < a->nmembers; i++)
        if (a->members[i].target != b->members[i].target)
            return 0;
    for (i = 0; i < a->npeers; i++)
        if (a->peers[i].target != b->peers[i].target || strcmp(a->peers[i].ip, b->peers[i].ip) != 0)
            return 0;
    return 1;
}
