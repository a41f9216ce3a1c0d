/* SPDX-License-Identifier: Apache-2.0 */
/* window.c - see window.h. */
#include "window.h"

const char *const gw_period_names[GW_NPERIODS] = { "second", "minute", "hour", "day", "month", "year" };

#define DAY_S 86400

static const apr_int64_t lengths_s[GW_PERIOD_MONTH] = { 1, 60, 3600, DAY_S };

/* Days since 1970 of the first of a month (1 to 12; 13 is January of the next year), by the civil calendar: years
 * begin in March, so that the leap day is the last one. */
static apr_int64_t days_until(apr_int64_t year, int month)
{
    apr_int64_t y = month > 12 ? year + 1 : year, m = month > 12 ? month - 12 : month;
    apr_int64_t march_year = m <= 2 ? y - 1 : y;
    apr_int64_t months = m <= 2 ? m + 9 : m - 3;

    return march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400 + (153 * months + 2) / 5 - 719468;
}

static gw_window find_calendar(gw_period period, apr_int64_t now_s)
{
    apr_int64_t days = now_s / DAY_S, year = 1970 + days / 366;
    int month = 1;
    gw_window window;

    while (days_until(year, 13) <= days)
        year++;
    if (period == GW_PERIOD_YEAR) {
        window.start_s = days_until(year, 1) * DAY_S;
        window.end_s = days_until(year, 13) * DAY_S;
        return window;
    }
    while (days_until(year, month + 1) <= days)
        month++;
    window.start_s = days_until(year, month) * DAY_S;
    window.end_s = days_until(year, month + 1) * DAY_S;
    return window;
}

gw_window gw_window_at(gw_period period, apr_time_t now)
{
    apr_int64_t now_s = now > 0 ? apr_time_sec(now) : 0;
    gw_window window;

    if (period >= GW_PERIOD_MONTH)
        return find_calendar(period, now_s);
    window.start_s = now_s - now_s % lengths_s[period];
    window.end_s = window.start_s + lengths_s[period];
    return window;
}

void gw_usage_begin(gw_usage *usage, const gw_limit *limits, int n, apr_time_t now)
{
    usage->n = n;
    usage->limits = limits;
    usage->is_over = 0;
    for (int i = 0; i < n; i++) {
        usage->windows[i] = gw_window_at(limits[i].period, now);
        usage->used[i] = 0;
    }
}

apr_int64_t gw_usage_remaining(const gw_usage *usage, int i)
{
    return usage->used[i] < usage->limits[i].limit ? usage->limits[i].limit - usage->used[i] : 0;
}

int gw_usage_tightest(const gw_usage *usage)
{
    int best = 0;

    for (int i = 1; i < usage->n; i++)
        if (gw_usage_remaining(usage, i) <= gw_usage_remaining(usage, best))
            best = i;
    return best;
}

apr_int64_t gw_usage_reset_s(const gw_usage *usage, int i, apr_time_t now)
{
    apr_int64_t left = usage->windows[i].end_s - (now > 0 ? apr_time_sec(now) : 0);

    return left < 1 ? 1 : left;
}
