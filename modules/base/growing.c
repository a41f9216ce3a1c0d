/* SPDX-License-Identifier: Apache-2.0 */
/*
 * growing.c - doubles as it grows.
 */
#include "growing.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 4096

static apr_status_t free_growing(void *g)
{
    gw_growing_free(g);
    return APR_SUCCESS;
}

void gw_growing_add_bytes(gw_growing *g, const char *bytes, size_t len)
{
    if (g->size - g->used <= len && !g->is_bad) {
        size_t size = g->size > 0 ? g->size : FIRST_BYTES;
        char *grown;

        while (size - g->used <= len)
            size *= 2;
        if ((grown = realloc(g->bytes, size)) == NULL) {
            g->is_bad = 1;
            return;
        }
        g->bytes = grown;
        g->size = size;
    }
    if (g->is_bad)
        return;
    if (len > 0)
        memcpy(g->bytes + g->used, bytes, len);
    g->used += len;
    g->bytes[g->used] = '\0';
}

void gw_growing_add(gw_growing *g, const char *text)
{
    gw_growing_add_bytes(g, text, strlen(text));
}

char *gw_growing_take(size_t *len, gw_growing *g)
{
    char *bytes = g->bytes;

    *len = g->used;
    *g = (gw_growing){ NULL, 0, 0, 0 };
    return bytes;
}

void gw_growing_free(gw_growing *g)
{
    free(g->bytes);
    *g = (gw_growing){ NULL, 0, 0, 0 };
}

gw_growing *gw_growing_make(apr_pool_t *p)
{
    gw_growing *g = apr_pcalloc(p, sizeof(*g));

    apr_pool_cleanup_register(p, g, free_growing, apr_pool_cleanup_null);
    return g;
}
