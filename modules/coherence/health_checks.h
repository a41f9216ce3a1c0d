/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_checks.h - the thread of a child that probes targets. All children have one where there is something to probe;
 * who makes a probe is settled by the cells in shared memory, so that a node makes each once, and a child that dies
 * over it costs one interval.
 */
#ifndef GW_COHERENCE_HEALTH_CHECKS_H
#define GW_COHERENCE_HEALTH_CHECKS_H

#include "child.h"

/* A snapshot was published: start the thread if it is the first with something to probe. Builder thread. */
void gw_health_checks_look(gw_child *child);
/* The child ends. */
void gw_health_checks_end(gw_child *child, apr_interval_time_t timeout);

#endif
