/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counter_memory.h - the shared memory that this node's counters live in: made once for each life of the parent
 * process, so that a graceful restart forgets nothing.
 */
#ifndef GW_RATELIMIT_COUNTER_MEMORY_H
#define GW_RATELIMIT_COUNTER_MEMORY_H

#include <httpd.h>
#include <http_config.h>

#include "counters.h"

/* pre_config: back to the default size. */
void gw_counter_memory_reset(void);
/* Setter of GwRateLimitMemory. */
const char *gw_counter_memory_set(cmd_parms *cmd, void *dummy, const char *bytes);
/* post_config. OK, or !OK (logged). */
int gw_counter_memory_attach(server_rec *s);
/* Read-only from post_config on. NULL: there is none. */
gw_counters *gw_counter_memory_get(void);

#endif
