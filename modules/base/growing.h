/* SPDX-License-Identifier: Apache-2.0 */
/*
 * growing.h - a text of unknown length in malloced memory, which goes back to the system sooner than a pool's. Pure.
 */
#ifndef GW_BASE_GROWING_H
#define GW_BASE_GROWING_H

#include <stddef.h>
#include <apr_pools.h>

/* Begins as zeroes. Whoever has it frees `bytes`. */
typedef struct gw_growing {
    char *bytes; /* with a NUL behind the last; NULL while nothing was added */
    size_t used, size;
    int is_bad;  /* there was no memory: what is added from then on is dropped */
} gw_growing;

void gw_growing_add_bytes(gw_growing *g, const char *bytes, size_t len);
void gw_growing_add(gw_growing *g, const char *text);
/* What there is, malloced: the caller's from now on. `g` begins anew. */
char *gw_growing_take(size_t *len, gw_growing *g);
void gw_growing_free(gw_growing *g);
/* One that is freed with p. */
gw_growing *gw_growing_make(apr_pool_t *p);

#endif
