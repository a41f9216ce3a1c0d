/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - the choice among rows of one plugin. */
#include "plan.h"

#include <string.h>

int gw_scope_rank(unsigned scope)
{
    static const unsigned char rank[] = {
        [0] = 1,
        [GW_SCOPE_SERVICE] = 2,
        [GW_SCOPE_ROUTE] = 3,
        [GW_SCOPE_CONSUMER] = 4,
        [GW_SCOPE_ROUTE | GW_SCOPE_SERVICE] = 5,
        [GW_SCOPE_SERVICE | GW_SCOPE_CONSUMER] = 6,
        [GW_SCOPE_ROUTE | GW_SCOPE_CONSUMER] = 7,
        [GW_SCOPE_ROUTE | GW_SCOPE_SERVICE | GW_SCOPE_CONSUMER] = 8,
    };

    return scope < sizeof(rank) ? rank[scope] : 0;
}

int gw_plugin_row_fits(const gw_plugin_row *row, const gw_route *route, const gw_service *service)
{
    if (!row->enabled || !(row->protocols & GW_PROTO_IN_REACH))
        return 0;
    if ((row->scope & GW_SCOPE_ROUTE) && (route == NULL || strcmp(row->route_id, route->id) != 0))
        return 0;
    return !(row->scope & GW_SCOPE_SERVICE) || (service != NULL && strcmp(row->service_id, service->id) == 0);
}

const gw_plugin_row *gw_plan_pick(const gw_plugin_row *const *rows, int n, int plugin_index, const gw_route *route,
                                  const gw_service *service, const gw_plugin_row *base)
{
    const gw_plugin_row *best = base;
    int i;

    for (i = 0; i < n; i++) {
        if (rows[i]->index != plugin_index || !gw_plugin_row_fits(rows[i], route, service))
            continue;
        if (best == NULL || gw_scope_rank(rows[i]->scope) > gw_scope_rank(best->scope))
            best = rows[i];
    }
    return best;
}
