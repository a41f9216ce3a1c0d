/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_answer.h - what a hook's answer means: its header lines, the decision, how long it may be remembered.
 *
 * Status up to 299: the request goes on; from 300: the client gets the hook's status and JSON. What is no answer of
 * HTTP (below 200, above 599) is a failure. Pure; threads: any.
 */
#ifndef GW_MIDDLEMAN_HOOK_ANSWER_H
#define GW_MIDDLEMAN_HOOK_ANSWER_H

#include <apr_tables.h>
#include <apr_time.h>

#include "middleman_schema.h"

#define GW_HOOK_MAX_HEADER_BYTES 65536
#define GW_HOOK_MAX_BODY_BYTES (1024 * 1024)

typedef struct gw_hook_header {
    const char *name, *value;
} gw_hook_header;

/* An answer as it came; everything in one pool. */
typedef struct gw_hook_reply {
    int status;
    apr_array_header_t *headers; /* of gw_hook_header */
    apr_size_t header_bytes;     /* seen so far */
    const char *body;            /* NULL or body_len 0: none */
    apr_size_t body_len;
} gw_hook_reply;

/* A decision, free of the answer that it was made from: one block of malloc, shared by reference. */
typedef struct gw_decision {
    apr_uint32_t refs;
    int status;              /* up to 299: go on */
    int is_text;             /* `body` is a message, else a JSON document */
    apr_time_t fresh_until;  /* 0 = not to be remembered */
    apr_time_t stale_until;  /* may be told while the hook is down; >= fresh_until */
    apr_size_t bytes;        /* of all this */
    const char *body;        /* what a refused client gets; NULL when the request goes on */
    int nheaders;            /* for the upstream (go on) or the client (refused) */
    gw_hook_header headers[];
} gw_decision;

/* One line as it came, "HTTP/1.1 200 OK" first of each answer, interim ones too; the line break may be on it. 0: too
 * much. Lines that are no header, and values with control characters, are dropped. */
int gw_hook_reply_take(gw_hook_reply *reply, const char *line, apr_size_t len, apr_pool_t *p);

/* For how many seconds Cache-Control lets an answer be fresh, and then stale: at most what is given in, never more.
 * `values`: the header's fields, joined by commas; NULL = none, "": nothing said. `age_s`: seconds that the answer is
 * old already. */
void gw_hook_lifetime(double *fresh_s, double *stale_s, const char *values, double age_s);

/* What `reply` comes to. NULL: it is no answer. The caller's reference; gw_decision_release. */
gw_decision *gw_decision_make(const gw_middleman_conf *conf, const gw_hook_reply *reply, apr_time_t now, apr_pool_t *p);
void gw_decision_retain(gw_decision *decision);
void gw_decision_release(gw_decision *decision);
/* 1: an answer that speaks of the hook's own trouble (5xx). */
int gw_decision_is_trouble(const gw_decision *decision);

/* The first JSON object in a body: compact, as JSON (*end behind it, in `body`), or NULL when there is none. In p. */
const char *gw_hook_object(const char **end, const char **begin, const char *body, apr_size_t len, apr_pool_t *p);

#endif
