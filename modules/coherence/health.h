/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health.h - the health of targets on this node: memory that all children share, over graceful restarts too.
 */
#ifndef GW_COHERENCE_HEALTH_H
#define GW_COHERENCE_HEALTH_H

#include <httpd.h>

#include "health_table.h"

/* post_config, not in the dry run: the table, made once for each life of the parent. NULL: there is no memory for it
 * (logged); then all targets are taken for healthy. */
gw_health_table *gw_health_memory(server_rec *s);

#endif
