/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_link.h - one connection to Redis: bytes out, replies in, each before a moment that the caller names. No server,
 * however slow it drips, holds a thread beyond it (resolving the host's name is the system's business).
 */
#ifndef GW_REDIS_LINK_H
#define GW_REDIS_LINK_H

#include <apr_errno.h>
#include <apr_time.h>

#include "resp.h"

/* Where Redis is, and who we are there. Borrowed by every call; a config's own. */
typedef struct gw_redis_target {
    const char *host;
    int port;
    const char *username, *password; /* NULL or "" = none */
    int database;
    int is_tls, is_verified;         /* verified: against the system's authorities, by server_name or host */
    const char *server_name;         /* NULL = host */
    apr_interval_time_t timeout;     /* of a whole question, connecting included */
} gw_redis_target;

typedef struct gw_redis_link gw_redis_link;

/* Connect (and, with is_tls, shake hands). *why: static text on failure. */
apr_status_t gw_redis_link_open(gw_redis_link **link, const char **why, const gw_redis_target *target,
                                apr_time_t until);
void gw_redis_link_close(gw_redis_link *link);
/* 1 when nothing has come since the last reply, and the other side has not gone. */
int gw_redis_link_is_idle(gw_redis_link *link);
/* Send all bytes. */
apr_status_t gw_redis_link_send(gw_redis_link *link, const char **why, const char *bytes, apr_size_t len,
                                apr_time_t until);
/* Read the next reply. APR_EOF: the other side closed before it said anything. */
apr_status_t gw_redis_link_receive(gw_redis_reply *reply, const char **why, gw_redis_link *link, apr_time_t until,
                                   apr_pool_t *p);
/* The moment of the last reply: for whoever keeps links. */
apr_time_t gw_redis_link_used(const gw_redis_link *link);
/* A chain for whoever keeps links. */
gw_redis_link **gw_redis_link_next(gw_redis_link *link);

#endif
