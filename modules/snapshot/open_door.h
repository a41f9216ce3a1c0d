/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_door.h - places where `anonymous` lets everybody in.
 *
 * An authentication plugin with `anonymous` refuses nobody: who has no credentials becomes that consumer. People set it
 * to allow one of several ways to log in, and forget that something has to refuse the anonymous consumer then:
 * request-termination for it, or a plugin such as acl. Nothing is wrong with a door that is meant to be open; it is
 * told of, in /status and the log. Pure. Builder thread.
 */
#ifndef GW_SNAPSHOT_OPEN_DOOR_H
#define GW_SNAPSHOT_OPEN_DOOR_H

#include "workshop.h"

#define GW_WARNING_OPEN_DOOR "anonymous-lets-everyone-in"

/* 1 + the offset of `anonymous` in the plugin's compiled config; 0: it has none, and asks nobody who they are. */
size_t gw_door_anonymous_at(const gw_plugin *plugin);

/* 1 when a plugin of this plan makes whoever has no credentials a consumer. */
int gw_door_may_be_open(const gw_workshop *shop, const gw_plan *plan);

typedef void gw_warn_fn(void *baton, const char *code, const char *entity, const char *id, const char *message);
/* Look at each route (while any plan may be open) and location of this snapshot, the newest link of the shop; each
 * plugin row or location is warned of once. All but `code` is to be copied. */
void gw_doors_check(const gw_workshop *shop, const gw_snapshot *snapshot, gw_arena *scratch, gw_warn_fn *warn,
                    void *baton);

#endif
