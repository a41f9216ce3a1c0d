/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.h - fixed windows of time, aligned to UTC, and what is told of them. Pure: the clock is an argument.
 */
#ifndef GW_RATELIMIT_WINDOW_H
#define GW_RATELIMIT_WINDOW_H

#include <apr_pools.h>
#include <apr_time.h>

typedef enum gw_period {
    GW_PERIOD_SECOND,
    GW_PERIOD_MINUTE,
    GW_PERIOD_HOUR,
    GW_PERIOD_DAY,
    GW_PERIOD_MONTH, /* of the calendar, as the year is */
    GW_PERIOD_YEAR,
    GW_NPERIODS
} gw_period;

/* "second" ... "year" */
extern const char *const gw_period_names[GW_NPERIODS];

/* Seconds since 1970: the window lasts from start to just before end. */
typedef struct gw_window {
    apr_int64_t start_s, end_s;
} gw_window;

/* The window of this period that `now` lies in; times before 1970 count as 1970. */
gw_window gw_window_at(gw_period period, apr_time_t now);

/* One limit of a configuration. */
typedef struct gw_limit {
    gw_period period;
    apr_int64_t limit; /* > 0 */
} gw_limit;

/* What became of one request: for each of the n limits the requests in its window, this one included if it passes. */
typedef struct gw_usage {
    int n;
    const gw_limit *limits; /* borrowed; periods ascend */
    gw_window windows[GW_NPERIODS];
    apr_int64_t used[GW_NPERIODS];
    int is_over;            /* it does not pass */
} gw_usage;

/* Start a request's usage: windows are set, nothing is used. */
void gw_usage_begin(gw_usage *usage, const gw_limit *limits, int n, apr_time_t now);
/* Requests that are left in the window of the i-th limit; never below 0. */
apr_int64_t gw_usage_remaining(const gw_usage *usage, int i);
/* Which limit is told as the one that counts: the fewest left, of equals the longest period. */
int gw_usage_tightest(const gw_usage *usage);
/* Seconds until the window of the i-th limit ends, at least 1. */
apr_int64_t gw_usage_reset_s(const gw_usage *usage, int i, apr_time_t now);

#endif
