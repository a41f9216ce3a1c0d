/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.c - two guesses of glibc's that are wrong for a child with many threads that lives for weeks (mallopt(3)).
 *
 * It maps a large piece apart and unmaps it when it is freed, but takes each piece so freed for a sign that more will
 * come: the next of that size, up to 32 MB, lie in an arena among small ones that stay, and stay with them. A
 * configuration is exported now and then: its text is to be gone. Saying the threshold once ends the guessing;
 * what lies free at an arena's end stays there, as it would by glibc's guess, until it is twice as much.
 *
 * It lets threads have eight arenas for each processor. Each arena keeps holes of its own where others have been, and a
 * change by the Admin API is served by whichever thread is free: in the end all of them have held one. No more threads
 * than processors allocate at once.
 */
#include "heap.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>

#define MAPPED_BYTES (1 << 20) /* from here on apart: less would be a system call for what requests need */

static void tune(const char *unless, int parameter, long value)
{
    if (getenv(unless) == NULL && getenv("GLIBC_TUNABLES") == NULL && value > 0 && value <= INT_MAX)
        mallopt(parameter, (int)value);
}
#endif

void gw_heap_tune(void)
{
#if defined(__GLIBC__)
    tune("MALLOC_MMAP_THRESHOLD_", M_MMAP_THRESHOLD, MAPPED_BYTES);
    tune("MALLOC_TRIM_THRESHOLD_", M_TRIM_THRESHOLD, 2 * MAPPED_BYTES);
    tune("MALLOC_ARENA_MAX", M_ARENA_MAX, sysconf(_SC_NPROCESSORS_ONLN));
#endif
}

void gw_heap_trim(void)
{
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
