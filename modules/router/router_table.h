/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_table.h - words to pointers: built once, then read by all threads. Open addressing, never more than half full.
 */
#ifndef GW_ROUTER_ROUTER_TABLE_H
#define GW_ROUTER_ROUTER_TABLE_H

#include <string.h>

#include "router_program.h"

typedef struct gw_slot {
    gw_word word;
    void *value; /* NULL = free */
} gw_slot;

typedef struct gw_table {
    uint32_t mask, n;
    gw_slot *slots;
} gw_table;

/* Room for `n` words. In the arena. */
void gw_table_init(gw_table *table, size_t n, gw_arena *arena);
/* The slot of this word, or a free one with the word written into it (then set its value at once). Words are compared
 * byte by byte. */
gw_slot *gw_table_slot(gw_table *table, const gw_word *word);

static inline uint32_t gw_slot_start(const gw_table *table, uint32_t hash, uint32_t tag)
{
    uint32_t mixed = (hash ^ tag * 0x9E3779B1u) * 0x85EBCA6Bu;

    return (mixed ^ mixed >> 15) & table->mask;
}

/* `text` of any case against a table of lower-case words; NULL when it is not there. */
void *gw_table_find_lower(const gw_table *table, const char *text, size_t len, uint32_t hash, uint32_t tag);
/* The same, byte by byte. */
void *gw_table_find(const gw_table *table, const char *text, size_t len, uint32_t hash, uint32_t tag);

#endif
