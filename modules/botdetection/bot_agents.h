/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bot_agents.h - which User-Agent belongs to a program rather than a browser. Pure.
 */
#ifndef GW_BOTDETECTION_BOT_AGENTS_H
#define GW_BOTDETECTION_BOT_AGENTS_H

#include <stddef.h>

/* Compile the list; freed by gw_bot_agents_free. Once in a child; read-only, threads: any. */
typedef struct gw_bot_agents gw_bot_agents;
gw_bot_agents *gw_bot_agents_make(void);
void gw_bot_agents_free(gw_bot_agents *agents); /* NULL is fine */
/* 1 when `agent` is in the list: crawlers and HTTP libraries; neither curl nor browsers. */
int gw_bot_agents_has(const gw_bot_agents *agents, const char *agent, size_t len);

/* 1 when httpd has joined two User-Agent headers: behind a comma outside of comments, which no product has (RFC 9110
 * 10.1.5), another product with its version begins. */
int gw_agent_is_repeated(const char *agent);

#endif
