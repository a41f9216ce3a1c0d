/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_life.h - how long a session lives, when it is renewed, and what a cookie of an earlier number is worth.
 * Pure arithmetic: knows neither cookies nor rows. A limit of 0 is none. A time in the future (another node's clock, a
 * clock set back) counts as now.
 */
#ifndef GW_SESSION_LIFE_H
#define GW_SESSION_LIFE_H

#include "session_cookie.h"

typedef struct gw_session_limits {
    apr_interval_time_t rolling, idling, absolute;
    apr_interval_time_t renew; /* renewed when less than this is left of rolling; -1 = when a quarter is */
    apr_interval_time_t rest;  /* not renewed again before: as long as the grace, so that no cookie falls two numbers
                                  behind within it */
} gw_session_limits;

/* 1 when one of the limits has passed. */
int gw_session_is_over(const gw_session_stamp *stamp, const gw_session_limits *limits, apr_time_t now);
/* 1 when it is time for a renewal: a new number, and the rolling limit begins anew. */
int gw_session_is_to_renew(const gw_session_stamp *stamp, const gw_session_limits *limits, apr_time_t now);
/* 1 when the client is to get the same cookie with a new time: idling begins anew. */
int gw_session_is_to_touch(const gw_session_stamp *stamp, const gw_session_limits *limits, apr_time_t now);
/* Seconds that remain, rounded down: of one limit, or of the shortest (which = all three). -1: no limit. */
enum { GW_SESSION_ROLLING = 1, GW_SESSION_IDLING = 2, GW_SESSION_ABSOLUTE = 4 };
apr_int64_t gw_session_left_s(const gw_session_stamp *stamp, const gw_session_limits *limits, int which,
                              apr_time_t now);

/* When the last cookie of a session may have ended, whatever becomes of it after now. */
apr_time_t gw_session_last_end(const gw_session_limits *limits, apr_time_t now);

/* A row's word against a cookie's. */
typedef enum gw_session_standing {
    GW_SESSION_CURRENT,
    GW_SESSION_LATE, /* renewed meanwhile, within the grace: good, and to be given the new cookie */
    GW_SESSION_STALE /* no session */
} gw_session_standing;
/* row_renewals, row_renewed: of the row as this child knows it. A cookie that is ahead of it is proof that the row has
 * moved on: it leaves us only after the row is written. */
gw_session_standing gw_session_stand(const gw_session_stamp *stamp, apr_int64_t row_renewals, apr_time_t row_renewed,
                                     apr_interval_time_t grace, apr_time_t now);

#endif
