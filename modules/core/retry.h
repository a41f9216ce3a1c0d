/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.h - attempts: mod_proxy_http's handler, run as often as the rules of retry_rules.h allow.
 */
#ifndef GW_CORE_RETRY_H
#define GW_CORE_RETRY_H

#include <httpd.h>

#include "proxying.h"

/* The output filter that sees the first of an answer; core/proxy.c owns it. */
#define GW_ANSWER_FILTER "GW_UPSTREAM_ANSWER"

/* While mod_proxy_http runs, the client connection pretends to be at its first request: on a kept-alive one httpd
 * would close it without a word when an upstream does not answer. Both do nothing when called again. */
void gw_keepalives_hide(gw_proxying *proxying, conn_rec *c);
void gw_keepalives_show(gw_proxying *proxying, conn_rec *c);

void gw_retry_register(apr_pool_t *p);

#endif
