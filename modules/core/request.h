/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - all that the gateway knows of one request; lives in r->request_config, private to core.
 *
 * Made by match.c when a request is the gateway's (routed, a static Location, or refused by the router), one for each
 * request_rec: subrequests and internal redirects have their own and share the request id.
 */
#ifndef GW_CORE_REQUEST_H
#define GW_CORE_REQUEST_H

#include <apr_optional.h>

#include "conf.h"
#include "mod_gw.h"
#include "snapshot.h"

typedef struct gw_request {
    const gw_snapshot *snapshot; /* NULL: a static Location without a database */
    const gw_route *route;      /* NULL for a static Location, and when no route matched */
    gw_service *service;        /* may be NULL */
    const gw_plan *plan;        /* may be NULL: only what the Location says applies */
    gw_match match;
    const char *path;           /* canonical; NULL when it was refused */
    const char *raw_path;       /* as received, without query */
    const char *prefix;         /* what strip_path took away, for X-Forwarded-Prefix; NULL = nothing but "/" */
    const char *static_service; /* GwService of a Location, NULL = routed */
    const gw_dir_conf *dir;     /* the Location's own plugins; NULL = none */
    unsigned phases;            /* GW_PHASE_* of everything that may apply */
    apr_uint64_t candidates;    /* bit per plugin: it may apply */

    const gw_consumer *consumer;
    const gw_credential *credential;
    const char *credential_identifier;
    int is_anonymous;
    int is_decided;             /* authn phase was run */
    int is_authorised;          /* authz phase was run */

    /* What a refusal says, with its status; NULL = nobody of ours refused. */
    const gw_answer *answer;
    apr_uint64_t is_pinned;     /* bit per plugin: pinned[] says something */
    apr_table_t *upstream_headers; /* set, or removed ("" marks removal in `removed`) */
    apr_array_header_t *removed;
    struct gw_trace *trace;     /* trace.h: NULL unless it is only tried out */
    struct gw_body *body;       /* body.c: NULL = nobody looked at it, or there is none */

    /* 0 = not yet. sent: proxy/proxy.c, when the first attempt begins; answered: when the headers of an answer came. */
    apr_time_t began, sent, answered;
    int tries;
    struct gw_proxying *proxying; /* proxying.h, the files towards the upstream; NULL before the last fixups */
    unsigned is_tls : 1;        /* of the client's connection */
    unsigned has_failed : 1;    /* the upstream gave no answer that could be passed on */
    unsigned has_filters : 1;   /* insert_filter was run */
    char id[33];                /* request id */
    const void *pinned[GW_MAX_PLUGINS]; /* last: the only part that does not begin as zero */
} gw_request;

/* In r->notes: the path that the access log tells instead of the client's. */
#define GW_NOTE_LOG_PATH "gw-log-path"

/* NULL when r is not the gateway's. */
gw_request *gw_request_get(request_rec *r);
/* The same, made when there is none yet. */
gw_request *gw_request_make(request_rec *r);

/* `line` with the values of credential parameters masked (mask.h): of those that anything in force is configured with,
 * for whichever route. Any request's, at any time. */
const char *gw_request_masked(request_rec *r, const char *line);

#endif
