/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena_test.c - the bump allocator: alignment between texts, growth, and what it says it has taken.
 */
#include "arena.h"
#include "tap.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static int is_aligned(const void *p)
{
    return ((uintptr_t)p & (_Alignof(max_align_t) - 1)) == 0;
}

/* Texts stand side by side, structs are aligned after each of them. */
static void test_alignment(void)
{
    gw_arena *arena = gw_arena_make(4096);
    int nwrong = 0;

    for (size_t n = 0; n < 40; n++) {
        const char *text = gw_arena_strndup(arena, "0123456789012345678901234567890123456789", n);
        const char *next = gw_arena_strdup(arena, "ab");

        nwrong += strlen(text) != n || next != text + n + 1;
        nwrong += !is_aligned(gw_arena_alloc(arena, 8));
    }
    is_int(nwrong, 0, "whatever the length of the text before, a struct is aligned and texts are side by side");
    gw_arena_destroy(arena);
}

/* Everything stays where it was put, and keeps its bytes, over many chunks. */
static void test_growth(void)
{
    gw_arena *arena = gw_arena_make(1);
    unsigned char *parts[300];
    int nwrong = 0;

    for (size_t i = 0; i < 300; i++) {
        parts[i] = gw_arena_calloc(arena, i * 37 % 2000 + 1);
        nwrong += parts[i][i * 37 % 2000] != 0 || !is_aligned(parts[i]);
        memset(parts[i], (int)(i & 0xff), i * 37 % 2000 + 1);
    }
    for (size_t i = 0; i < 300; i++)
        nwrong += parts[i][0] != (i & 0xff) || parts[i][i * 37 % 2000] != (i & 0xff);
    is_int(nwrong, 0, "300 parts over many chunks are zeroed, aligned and apart");
    gw_arena_destroy(arena);
}

static void test_bytes(void)
{
    gw_arena *arena = gw_arena_make(256);
    size_t first = gw_arena_bytes(arena);

    ok(first >= 256 && first < 256 + 128, "an arena is as large as was hinted, and little more");
    gw_arena_alloc(arena, 256);
    is_int((long long)gw_arena_bytes(arena), (long long)first, "what was hinted fits into its first allocation");
    gw_arena_alloc(arena, 100000);
    ok(gw_arena_bytes(arena) >= first + 100000, "what did not fit is counted");
    gw_arena_destroy(arena);
}

int main(void)
{
    test_alignment();
    test_growth();
    test_bytes();
    return done();
}
