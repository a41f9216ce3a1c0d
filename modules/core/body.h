/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.h - request bodies, for the rest of core: keep what streams through, so that a failed attempt can be repeated.
 * What plugins may do with bodies (peek, replace, limit) stands in mod_gw.h.
 *
 * All of it is called from the request's own thread, before or between attempts of the proxy.
 */
#ifndef GW_CORE_BODY_H
#define GW_CORE_BODY_H

#include <httpd.h>

/* From now on keep up to `max` bytes of the body while they are read, for gw_body_rewind. A longer body streams on
 * and can be replayed no more. 0: keep nothing (what plugins have peeked at is kept anyhow). Call it right before
 * the first attempt, when all input filters are in place; without it no body can be replayed. APR_SUCCESS, also when
 * there is no body. */
apr_status_t gw_body_keep(request_rec *r, apr_off_t max);
/* 1 when the next reader can be given the whole body from its beginning: there is none, or all that was read of it
 * is kept and no other filter has decoded it. */
int gw_body_can_replay(request_rec *r);
/* The next reader begins anew, with what mod_proxy had prefetched forgotten. Only after gw_body_can_replay said 1. */
void gw_body_rewind(request_rec *r);

#endif
