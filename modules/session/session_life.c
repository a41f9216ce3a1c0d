/* SPDX-License-Identifier: Apache-2.0 */
/* session_life.c - see session_life.h. */
#include "session_life.h"

#define FOR_EVER (apr_time_from_sec(86400) * 36525) /* a hundred years */
#define TOUCH_AFTER apr_time_from_sec(60) /* not more often than so: each is a Set-Cookie */

static apr_interval_time_t elapsed(apr_time_t since, apr_time_t now)
{
    return now > since ? now - since : 0;
}

static int is_past(apr_time_t since, apr_interval_time_t limit, apr_time_t now)
{
    return limit > 0 && elapsed(since, now) > limit;
}

int gw_session_is_over(const gw_session_stamp *stamp, const gw_session_limits *limits, apr_time_t now)
{
    return is_past(stamp->renewed, limits->rolling, now) || is_past(stamp->touched, limits->idling, now) ||
           is_past(stamp->created, limits->absolute, now);
}

int gw_session_is_to_renew(const gw_session_stamp *stamp, const gw_session_limits *limits, apr_time_t now)
{
    apr_interval_time_t gone = elapsed(stamp->renewed, now), within = limits->renew;

    if (limits->rolling == 0 || (stamp->renewals > 0 && gone <= limits->rest))
        return 0;
    if (within < 0)
        return gone > limits->rolling / 4 * 3;
    return limits->rolling - gone < (within < limits->rolling ? within : limits->rolling);
}

/* Well within the limit, so that a session that is used does not end between two touches. */
int gw_session_is_to_touch(const gw_session_stamp *stamp, const gw_session_limits *limits, apr_time_t now)
{
    apr_interval_time_t after = limits->idling / 4 < TOUCH_AFTER ? limits->idling / 4 : TOUCH_AFTER;

    return limits->idling > 0 && elapsed(stamp->touched, now) > after;
}

apr_int64_t gw_session_left_s(const gw_session_stamp *stamp, const gw_session_limits *limits, int which,
                              apr_time_t now)
{
    const struct {
        int bit;
        apr_time_t since;
        apr_interval_time_t limit;
    } all[] = {
        { GW_SESSION_ROLLING, stamp->renewed, limits->rolling },
        { GW_SESSION_IDLING, stamp->touched, limits->idling },
        { GW_SESSION_ABSOLUTE, stamp->created, limits->absolute },
    };
    apr_int64_t left = -1;
    unsigned i;

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        apr_interval_time_t gone = elapsed(all[i].since, now);
        apr_int64_t mine = apr_time_sec(all[i].limit > gone ? all[i].limit - gone : 0);

        if ((which & all[i].bit) && all[i].limit > 0 && (left < 0 || mine < left))
            left = mine;
    }
    return left;
}

apr_time_t gw_session_last_end(const gw_session_limits *limits, apr_time_t now)
{
    if (limits->absolute > 0)
        return now + limits->absolute;
    return now + (limits->rolling > 0 ? limits->rolling : FOR_EVER);
}

gw_session_standing gw_session_stand(const gw_session_stamp *stamp, apr_int64_t row_renewals, apr_time_t row_renewed,
                                     apr_interval_time_t grace, apr_time_t now)
{
    if ((apr_int64_t)stamp->renewals >= row_renewals)
        return GW_SESSION_CURRENT;
    if ((apr_int64_t)stamp->renewals + 1 == row_renewals && elapsed(row_renewed, now) <= grace)
        return GW_SESSION_LATE;
    return GW_SESSION_STALE;
}
