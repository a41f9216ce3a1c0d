/* SPDX-License-Identifier: Apache-2.0 */
/*
 * told.h - warnings of snapshots in the log: those that people must not miss, when they come up. Builder thread.
 */
#ifndef GW_COHERENCE_TOLD_H
#define GW_COHERENCE_TOLD_H

#include <httpd.h>

#include "snapshot.h"

typedef struct gw_told gw_told;

/* Nothing was told yet. In p. */
gw_told *gw_told_make(apr_pool_t *p);
/* Log the open doors (open_door.h) of this snapshot that the one before did not have; not is_speaker: another child
 * does, and they are noted only. */
void gw_told_log(gw_told *told, const gw_snapshot *snapshot, int is_speaker, server_rec *s);

#endif
