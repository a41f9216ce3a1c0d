/* SPDX-License-Identifier: Apache-2.0 */
/* router_entries.c - a growing list of entries in an arena. */
#include "router_index.h"

#include <string.h>

#include "arena.h"

void gw_entries_add(gw_entries *list, const gw_entry *entry, gw_arena *arena)
{
    /* There is room for a power of two: full at each of them. */
    if ((list->n & (list->n - 1)) == 0) {
        size_t room = list->n > 0 ? (size_t)list->n * 2 : 1;
        const gw_entry **v = gw_arena_alloc(arena, room * sizeof(*v));

        if (list->n > 0)
            memcpy(v, list->v, (size_t)list->n * sizeof(*v));
        list->v = v;
    }
    list->v[list->n++] = entry;
}
