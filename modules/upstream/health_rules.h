/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_rules.h - what answers and failures say about a target, by an upstream's healthchecks. Pure.
 */
#ifndef GW_UPSTREAM_HEALTH_RULES_H
#define GW_UPSTREAM_HEALTH_RULES_H

#include "health_table.h"
#include "upstream_rows.h"

/* `side`: of the probes (active) or of clients' requests (passive). A cell may be NULL. */
gw_health_turn gw_health_answered(gw_health_cell *cell, const gw_health_side *side, int status);
gw_health_turn gw_health_connected(gw_health_cell *cell, const gw_health_side *side);
gw_health_turn gw_health_failed(gw_health_cell *cell, const gw_health_side *side, int timed_out);
/* How long after a probe of this cell the next one is due; 0 = never. */
apr_interval_time_t gw_health_interval(const gw_health_cell *cell, const gw_health_side *active);

#endif
