/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.h - attempts: mod_proxy_http's handler, run as often as the rules of retry_rules.h allow.
 */
#ifndef GW_PROXY_RETRY_H
#define GW_PROXY_RETRY_H

#include <httpd.h>
#include <util_filter.h>

#include "proxying.h"

/* While mod_proxy_http runs, the client connection pretends to be at its first request: on a kept-alive one httpd
 * would close it without a word when an upstream does not answer. Both do nothing when called again. */
void gw_keepalives_hide(gw_proxying *proxying, conn_rec *c);
void gw_keepalives_show(gw_proxying *proxying, conn_rec *c);

/* Did the attempt under way, or the last one, get the status line of an answer, after interim ones (1xx) or at once? */
int gw_status_line_came(request_rec *r);

/* `answer_filter` is put before all others of each request, with its gw_proxying as context, to see the first of an
 * answer. */
void gw_retry_register(ap_filter_rec_t *answer_filter);

#endif
