/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_client.h - asks a hook by HTTP: libcurl with connections kept between questions.
 *
 * One pool of handles in each child, each with connections of its own; a handle that knows the hook already is taken
 * first. No redirects, no proxies of the environment, no other protocols than http and https; time, header bytes and
 * body bytes are bounded. Knows no httpd.
 */
#ifndef GW_MIDDLEMAN_HOOK_CLIENT_H
#define GW_MIDDLEMAN_HOOK_CLIENT_H

#include "hook_answer.h"

typedef struct gw_hook_client gw_hook_client;

/* At start of a child, before its threads. Keeps at most `max_idle` handles. `ca_file`: certificates (PEM) that hooks
 * are trusted by; NULL = the system's. What it holds ends with the process: a thread that is still asking may outlive
 * pchild. */
gw_hook_client *gw_hook_client_make(int max_idle, const char *ca_file, apr_pool_t *p);

/* POST `payload` to conf->url and read the answer into *reply (zeroed before; in p). NULL, or why there is none (in p).
 * Takes at most conf->timeout. Threads: any. */
const char *gw_hook_ask(gw_hook_reply *reply, gw_hook_client *client, const gw_middleman_conf *conf,
                        const char *payload, apr_size_t len, apr_pool_t *p);

#endif
