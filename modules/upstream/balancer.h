/* SPDX-License-Identifier: Apache-2.0 */
/*
 * balancer.h - an upstream with the addresses behind it, and the choice of one of them for a request.
 *
 * Peers (one for each address of each target with a weight) are fixed once it is made; another set is another
 * balancer. What changes: the turn of the round-robin and the requests under way, atomic words of this child, and the
 * health of each peer, words in shared memory. Nothing is locked. Pure: no httpd.h.
 *
 *   round-robin           a wheel in which each peer stands as often as its weight says, spread evenly
 *   least-connections     fewest requests under way for its weight, in this child
 *   consistent-hashing    weighted rendezvous: every peer draws a number from the hash of request and peer, the best
 *                         wins. A peer that comes or goes moves its own share of the requests and no others; nodes
 *                         agree without a word. Where all weights are equal it costs two multiplications a peer
 */
#ifndef GW_UPSTREAM_BALANCER_H
#define GW_UPSTREAM_BALANCER_H

#include "health_table.h"
#include "model.h"
#include "upstream_rows.h"

struct gw_certificate;

typedef struct gw_peer {
    const gw_target *target;
    const char *ip;       /* without brackets; the target's or the arena's */
    apr_uint64_t seed;    /* of hashing */
    gw_health_cell *cell; /* NULL: not tracked, taken for healthy */
    int nactive;          /* requests under way; atomic */
} gw_peer;

/* A target as it was when the balancer was made. */
typedef struct gw_member {
    gw_target *target;
    int is_resolved;      /* it has addresses */
    int first, n;         /* its peers */
} gw_member;

typedef struct gw_balancer {
    gw_upstream *upstream;
    int nmembers;
    gw_member *members;   /* by target's text: all children and nodes agree on the order */
    int npeers;
    gw_peer *peers;
    int has_equal_weights;
    apr_int64_t weight;   /* of all peers, and of one each for targets without an address */
    int nturns;
    apr_uint32_t *turns;  /* the wheel: places in peers */
    apr_uint32_t turn;    /* atomic */
    int nprobes;          /* under way; the probing thread's */
    struct gw_certificate *shown; /* the upstream's, held: to targets that probes with TLS meet; NULL = none is there */
    apr_uint64_t serial;  /* the workshop's: no other balancer ever has it */
    gw_arena *arena;
    gw_life life;
} gw_balancer;

/* What a choice goes by. */
typedef struct gw_pick {
    int has_hash;               /* 0: no input was there to hash */
    apr_uint64_t hash;
    const unsigned char *tried; /* by place in peers: 1 = has failed this request; NULL = none */
} gw_pick;

/* The place of a peer that is up, of those not tried if there are any. -1: none is up, or less of the weight than the
 * upstream's threshold asks for. */
int gw_balancer_pick(gw_balancer *balancer, const gw_pick *pick);
/* 1 when requests can be sent anywhere. */
int gw_balancer_is_up(const gw_balancer *balancer);
/* NULL, or why the certificate that the upstream says is shown cannot be: static. */
const char *gw_balancer_problem(const gw_balancer *balancer);

/* ---- making one (builder thread) ---- */

/* Addresses of a name; n = 0 when none is known (yet). */
typedef struct gw_addresses {
    int n;
    const char *const *ips;
} gw_addresses;

typedef struct gw_balancer_input {
    gw_upstream *upstream;   /* held */
    int ntargets;
    gw_target *const *targets; /* held */
    gw_health_table *health; /* NULL = health is not tracked */
    struct gw_certificate *shown; /* held; NULL = none */
    gw_addresses (*resolve)(void *baton, const char *host, gw_arena *arena); /* in the arena; asked for names only */
    void *baton;
} gw_balancer_input;

/* Ready for requests of any thread; freed with gw_balancer_destroy. Never NULL: without peers when there are none. */
gw_balancer *gw_balancer_make(const gw_balancer_input *input);
void gw_balancer_destroy(gw_balancer *balancer);
/* Would the same input make the same peers? */
int gw_balancer_is_same(const gw_balancer *a, const gw_balancer *b);

/* ---- a service and the balancer it is served by ---- */

typedef struct gw_binding {
    const gw_service *service;
    gw_balancer *balancer;
    struct gw_trust *trust;  /* NULL = none */
    int nworkers;            /* = the balancer's peers */
    void *volatile *workers; /* by place of the peer: made at first use, released with the binding */
    /* What an heir compares, when service and balancer may be gone. */
    apr_uint64_t serial;     /* the balancer's */
    const char **names;      /* of the peers: target and address */
    const char *trust_text;  /* gw_trust.text, "" without */
    const char *origin;      /* what connections depend on beside the peer */
    gw_arena *arena;
    gw_life life;
} gw_binding;

#endif
