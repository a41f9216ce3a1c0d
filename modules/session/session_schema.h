/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_schema.h - what may be configured for session and what is stored of one, and the structs they compile to.
 * Pure.
 */
#ifndef GW_SESSION_SCHEMA_H
#define GW_SESSION_SCHEMA_H

#include "gw_entity.h"
#include "session_life.h"

/* What may be told of a session in headers, in the order of gw_session_header_names. */
enum {
    GW_SESSION_TELL_ID,
    GW_SESSION_TELL_AUDIENCE,
    GW_SESSION_TELL_SUBJECT,
    GW_SESSION_TELL_TIMEOUT,
    GW_SESSION_TELL_IDLING,
    GW_SESSION_TELL_ROLLING,
    GW_SESSION_TELL_ABSOLUTE,
    GW_SESSION_NTOLD
};
extern const char *const gw_session_header_names[GW_SESSION_NTOLD]; /* "Session-Id", ... */

/* The plugin's config; arena-owned, read-only after `prepare`. Times of clients are seconds. */
typedef struct gw_session_conf {
    const char *secret, *storage, *audience;
    double rolling_timeout, idling_timeout, absolute_timeout, stale_ttl, cookie_renew;
    int has_cookie_renew;
    const char *cookie_name, *cookie_path, *cookie_domain, *cookie_same_site;
    int cookie_http_only, cookie_secure;
    int remember;
    const char *remember_cookie_name;
    double remember_rolling_timeout, remember_absolute_timeout;
    gw_strings response_headers, request_headers;
    gw_strings logout_methods;
    const char *logout_query_arg, *logout_post_arg;

    /* Set by gw_session_conf_prepare. */
    gw_session_keys keys;
    gw_session_limits limits, remember_limits;
    apr_interval_time_t grace;  /* stale_ttl */
    const char *attributes;     /* "; Path=/; ..." of both cookies */
    apr_int64_t remember_for_s; /* how long a browser is to keep the reminder */
    int is_in_cookie;           /* storage=cookie */
    unsigned response_told, request_told; /* bits 1 << GW_SESSION_TELL_* */
} gw_session_conf;

/* A row of `sessions`. */
typedef struct gw_session_row {
    const char *data;        /* gw_session_row_seal's */
    apr_int64_t renewals;
    apr_int64_t renewed_ms;  /* since 1970 */
} gw_session_row;

extern const gw_schema gw_session_conf_schema;
extern const gw_schema gw_session_row_schema;

/* `prepare` of gw_plugin. */
const char *gw_session_conf_prepare(void *conf, gw_arena *arena, apr_pool_t *ptemp);

/* 1 when these headers or bodies may end a session: is this method one of logout_methods? */
int gw_session_is_logout_method(const gw_session_conf *conf, const char *method);

#endif
