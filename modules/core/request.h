/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - all that the gateway knows of one request; lives in r->request_config, private to core.
 */
#ifndef GW_CORE_REQUEST_H
#define GW_CORE_REQUEST_H

#include <apr_optional.h>

#include "mod_gw.h"
#include "snapshot.h"

#define GW_MAX_PLUGINS 64 /* gw_plan.by_consumer has a bit for each */

typedef struct gw_request {
    const gw_snapshot *snapshot;
    const gw_route *route;      /* NULL for a static Location */
    gw_service *service;        /* may be NULL */
    const gw_plan *plan;
    gw_match match;
    const char *path;           /* canonical */
    const char *raw_path;       /* as received, without query */
    const char *static_service; /* GwService of a Location, NULL = routed */

    const gw_consumer *consumer;
    const gw_credential *credential;
    const char *credential_identifier;
    int is_anonymous;
    int is_decided;             /* authn phase was run */
    int is_authorised;          /* authz phase was run */

    const gw_answer *answer;    /* what a refusal says */
    const void *pinned[GW_MAX_PLUGINS];
    apr_uint64_t is_pinned;     /* bit per plugin */
    apr_table_t *upstream_headers; /* set, or removed ("" marks removal in `removed`) */
    apr_array_header_t *removed;

    apr_time_t began, sent, answered; /* 0 = not yet */
    int tries;
    char id[33];                /* request id */
} gw_request;

/* NULL when r is not the gateway's. */
gw_request *gw_request_get(request_rec *r);

#endif
