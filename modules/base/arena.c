/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - chunks of doubling size in a list; the newest is filled first. */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT sizeof(max_align_t)
#define FIRST_BYTES 512
#define LARGEST_BYTES (1024 * 1024)

typedef struct chunk {
    struct chunk *next;
    size_t size, used;
    max_align_t bytes[];
} chunk;

struct gw_arena {
    chunk *newest;
    size_t next_size;
    size_t total;
};

static void *must_alloc(size_t size)
{
    void *p = malloc(size);

    if (p == NULL)
        abort();
    return p;
}

static chunk *add_chunk(gw_arena *arena, size_t at_least)
{
    size_t size = arena->next_size > at_least ? arena->next_size : at_least;
    chunk *c = must_alloc(sizeof(*c) + size);

    c->size = size;
    c->used = 0;
    c->next = arena->newest;
    arena->newest = c;
    arena->total += sizeof(*c) + size;
    if (arena->next_size < LARGEST_BYTES)
        arena->next_size *= 2;
    return c;
}

gw_arena *gw_arena_make(size_t hint_bytes)
{
    gw_arena *arena = must_alloc(sizeof(*arena));

    arena->newest = NULL;
    arena->total = sizeof(*arena);
    arena->next_size = hint_bytes > 0 ? hint_bytes : FIRST_BYTES;
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

void *gw_arena_alloc(gw_arena *arena, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    chunk *c = arena->newest;
    void *p;

    if (rounded < size)
        abort();
    if (c == NULL || c->size - c->used < rounded)
        c = add_chunk(arena, rounded);
    p = (char *)c->bytes + c->used;
    c->used += rounded;
    return p;
}

void *gw_arena_calloc(gw_arena *arena, size_t size)
{
    return memset(gw_arena_alloc(arena, size), 0, size);
}

char *gw_arena_strndup(gw_arena *arena, const char *s, size_t n)
{
    char *copy = gw_arena_alloc(arena, n + 1);

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
