/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_rules.c - see health_rules.h.
 */
#include "health_rules.h"

#include <string.h>

static int has_status(const gw_integers *statuses, int status)
{
    int i;

    for (i = 0; i < statuses->n; i++)
        if (statuses->v[i] == status)
            return 1;
    return 0;
}

gw_health_turn gw_health_connected(gw_health_cell *cell, const gw_health_side *side)
{
    return gw_health_report(cell, GW_HEALTH_SUCCESS, (int)side->healthy.successes);
}

gw_health_turn gw_health_answered(gw_health_cell *cell, const gw_health_side *side, int status)
{
    if (strcmp(side->type, "tcp") == 0) /* only connections count */
        return GW_HEALTH_SAME;
    if (has_status(&side->healthy.http_statuses, status))
        return gw_health_connected(cell, side);
    if (has_status(&side->unhealthy.http_statuses, status))
        return gw_health_report(cell, GW_HEALTH_HTTP_FAILURE, (int)side->unhealthy.http_failures);
    return GW_HEALTH_SAME;
}

gw_health_turn gw_health_failed(gw_health_cell *cell, const gw_health_side *side, int timed_out)
{
    return timed_out ? gw_health_report(cell, GW_HEALTH_TIMEOUT, (int)side->unhealthy.timeouts)
                     : gw_health_report(cell, GW_HEALTH_TCP_FAILURE, (int)side->unhealthy.tcp_failures);
}

apr_interval_time_t gw_health_interval(const gw_health_cell *cell, const gw_health_side *active)
{
    const double seconds = gw_health_is_up(cell) ? active->healthy.interval : active->unhealthy.interval;

    return (apr_interval_time_t)(seconds * APR_USEC_PER_SEC);
}
