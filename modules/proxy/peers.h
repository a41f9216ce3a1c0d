/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.h - requests of services whose host is an upstream's name: which peer an attempt goes to, what its outcome says
 * about the peer.
 */
#ifndef GW_PROXY_PEERS_H
#define GW_PROXY_PEERS_H

#include "proxying.h"

/* Choose a peer and its worker for the next attempt: proxying->peer, proxying->worker; *url (may be NULL) leads there.
 * 0: none is up, or it has no worker (logged). */
int gw_peer_choose(request_rec *r, gw_request *q, char **url);
/* Around an attempt at proxying->peer. */
void gw_peer_begin(gw_request *q);
/* proxying->failure says what came of it; GW_FAILED_NOT: r->status is the peer's answer, if it `is_answered`. */
void gw_peer_end(request_rec *r, gw_request *q, int is_answered);
/* The last attempt failed, another is made: not there if there is any other. */
void gw_peer_avoid(request_rec *r, gw_request *q);

#endif
