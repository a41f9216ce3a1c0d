/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resp.h - the language of Redis (RESP 2): commands out, replies in. Pure; believes nothing: what is larger than any
 * reply that we ask for is no reply.
 */
#ifndef GW_REDIS_RESP_H
#define GW_REDIS_RESP_H

#include <apr_pools.h>

#define GW_REDIS_MAX_BYTES 65536 /* of a reply */
#define GW_REDIS_MAX_ITEMS 64    /* of a list */

typedef enum gw_redis_type {
    GW_REDIS_NIL,
    GW_REDIS_TEXT,   /* status or bulk: bytes, with a NUL behind them */
    GW_REDIS_NUMBER,
    GW_REDIS_ERROR,  /* text: "WRONGTYPE Operation against..." */
    GW_REDIS_LIST
} gw_redis_type;

typedef struct gw_redis_reply {
    gw_redis_type type;
    const char *text;
    apr_size_t len;
    apr_int64_t number;
    int n;                              /* of items */
    const struct gw_redis_reply *items; /* no lists among them */
} gw_redis_reply;

/* A command of n words as Redis wants it; *len bytes, in p. */
const char *gw_redis_format(apr_size_t *len, const char *const *words, int n, apr_pool_t *p);
/* Read one reply from the start of `bytes`: 1 and *reply (copied into p) and *used; 0: more bytes are needed; -1: this
 * is no Redis, or a reply beyond all bounds. */
int gw_redis_parse(gw_redis_reply *reply, apr_size_t *used, const char *bytes, apr_size_t len, apr_pool_t *p);

#endif
