/* SPDX-License-Identifier: Apache-2.0 */
/*
 * must.h - for what outlives pools and is taken from the system: running out of memory ends the process, as it does
 * where APR's pools are used under httpd. Inline.
 */
#ifndef GW_BASE_MUST_H
#define GW_BASE_MUST_H

#include <stdlib.h>

/* What an allocator gave; NULL aborts. The caller frees it. */
static inline void *gw_must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

#endif
