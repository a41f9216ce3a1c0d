/* SPDX-License-Identifier: Apache-2.0 */
/* workshop_life.c - when rows and snapshots die. Builder thread only. */
#include "workshop.h"

void gw_life_begin(const gw_workshop *shop, gw_life *life)
{
    life->born = shop->links + 1;
    life->next = NULL;
}

/* Let it wait with `snapshot` or, when that does not show it, die: older ones do not either. */
static void wait_with(gw_workshop *shop, gw_snapshot *snapshot, gw_life *life)
{
    if (snapshot == NULL || snapshot->link < life->born) {
        life->destroy(life, shop->release_worker);
        return;
    }
    life->next = snapshot->waiting;
    snapshot->waiting = life;
}

void gw_life_retire(gw_workshop *shop, gw_life *life)
{
    wait_with(shop, shop->newest, life);
}

void gw_life_retire_route(gw_workshop *shop, gw_route *route)
{
    if (shop->newest == NULL || !gw_router_keep(shop->newest->router, route))
        gw_life_retire(shop, &route->life);
}

static void wait_all(gw_workshop *shop, gw_snapshot *snapshot, gw_life *life)
{
    for (gw_life *next; life != NULL; life = next) {
        next = life->next;
        wait_with(shop, snapshot, life);
    }
}

/* Snapshots that share an index are neighbours: when the last of them goes, what is older has another one. */
void gw_snapshot_destroy(gw_workshop *shop, gw_snapshot *snapshot)
{
    if (snapshot->newer != NULL) {
        snapshot->newer->older = snapshot->older;
    } else {
        shop->newest = snapshot->older;
        shop->has_gap = 1; /* rows that went with this one may stand in the older one's index */
    }
    if (snapshot->older != NULL)
        snapshot->older->newer = snapshot->newer;
    wait_all(shop, snapshot->older, snapshot->waiting);
    wait_all(shop, snapshot->older, gw_router_destroy(snapshot->router));
    gw_arena_destroy(snapshot->arena);
}
