/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - a bump allocator for things that live and die together: a compiled row, a snapshot's index.
 *
 * Cheaper than a pool for small lives (no 8 KiB minimum, no cleanup list). Not thread-safe: one thread builds,
 * afterwards many may read. Everything is freed at once. Running out of memory aborts, as APR pools in httpd do.
 */
#ifndef GW_BASE_ARENA_H
#define GW_BASE_ARENA_H

#include "gw_schema.h"

/* `hint_bytes`: expected size, 0 = small. */
gw_arena *gw_arena_make(size_t hint_bytes);
void gw_arena_destroy(gw_arena *arena);
/* Aligned for any type; gw_arena_calloc zeroes. */
void *gw_arena_alloc(gw_arena *arena, size_t size);
void *gw_arena_calloc(gw_arena *arena, size_t size);
char *gw_arena_strdup(gw_arena *arena, const char *s);
char *gw_arena_strndup(gw_arena *arena, const char *s, size_t n);
/* Bytes taken from the system so far. */
size_t gw_arena_bytes(const gw_arena *arena);

#endif
