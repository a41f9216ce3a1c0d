/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.h - what the C library's malloc keeps of what is freed. Without glibc nothing is done. Pure.
 */
#ifndef GW_BASE_HEAP_H
#define GW_BASE_HEAP_H

/* From now on large pieces go back to the system when they are freed, whatever was freed before, and threads share as
 * many arenas as there are processors. To be called before the process has threads. What the administrator has said in
 * the environment (mallopt(3), "Environment variables") stays. */
void gw_heap_tune(void);

/* Give to the system what whole pages are free, in all arenas. Other threads wait meanwhile for what they allocate:
 * less than a millisecond in a heap of some megabytes, 50 when half a gigabyte has been freed. Any thread. */
void gw_heap_trim(void);

#endif
