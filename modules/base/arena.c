/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - chunks of doubling size in a list; the newest is filled first, the oldest came with the arena itself:
 *
 *   gw_arena | bytes ...            one allocation
 *   newest --> chunk | bytes ...    another each, when that was not enough
 */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT _Alignof(max_align_t)
#define FIRST_BYTES 512
#define LARGEST_BYTES (1024 * 1024)

typedef struct chunk {
    struct chunk *next;
    max_align_t bytes[];
} chunk;

struct gw_arena {
    chunk *newest; /* NULL: what came with the arena was enough so far */
    char *at, *end; /* what is left of the newest */
    size_t next_size;
    size_t total;
    max_align_t bytes[];
};

static void *must_alloc(size_t size)
{
    void *p = malloc(size);

    if (p == NULL)
        abort();
    return p;
}

static void add_chunk(gw_arena *arena, size_t at_least)
{
    size_t size = arena->next_size > at_least ? arena->next_size : at_least;
    chunk *c;

    if (size > PTRDIFF_MAX)
        abort();
    c = must_alloc(sizeof(*c) + size);
    c->next = arena->newest;
    arena->newest = c;
    arena->at = (char *)c->bytes;
    arena->end = arena->at + size;
    arena->total += sizeof(*c) + size;
    if (arena->next_size < LARGEST_BYTES)
        arena->next_size *= 2;
}

gw_arena *gw_arena_make(size_t hint_bytes)
{
    size_t size = hint_bytes > 0 ? hint_bytes : FIRST_BYTES;
    gw_arena *arena = must_alloc(sizeof(*arena) + size);

    arena->newest = NULL;
    arena->at = (char *)arena->bytes;
    arena->end = arena->at + size;
    arena->total = sizeof(*arena) + size;
    arena->next_size = size < LARGEST_BYTES ? size * 2 : size;
    return arena;
}

void gw_arena_destroy(gw_arena *arena)
{
    chunk *c = arena->newest;

    while (c != NULL) {
        chunk *next = c->next;

        free(c);
        c = next;
    }
    free(arena);
}

/* `alignment`: a power of two. */
static void *take(gw_arena *arena, size_t size, size_t alignment)
{
    size_t gap = -(uintptr_t)arena->at & (alignment - 1);
    char *p;

    if ((size_t)(arena->end - arena->at) < gap || (size_t)(arena->end - arena->at) - gap < size) {
        add_chunk(arena, size);
        gap = 0;
    }
    p = arena->at + gap;
    arena->at = p + size;
    return p;
}

void *gw_arena_alloc(gw_arena *arena, size_t size)
{
    return take(arena, size, ALIGNMENT);
}

void *gw_arena_calloc(gw_arena *arena, size_t size)
{
    return memset(gw_arena_alloc(arena, size), 0, size);
}

char *gw_arena_strndup(gw_arena *arena, const char *s, size_t n)
{
    char *copy = take(arena, n + 1, 1);

    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *gw_arena_strdup(gw_arena *arena, const char *s)
{
    return gw_arena_strndup(arena, s, strlen(s));
}

size_t gw_arena_bytes(const gw_arena *arena)
{
    return arena->total;
}
