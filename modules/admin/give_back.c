/* SPDX-License-Identifier: Apache-2.0 */
/*
 * give_back.c - glibc keeps for each of its arenas what it once held, where the last block of it is still in use; a
 * configuration is told by whichever thread is free, so that in the end all arenas would keep one.
 */
#include "give_back.h"

#include "heap.h"

#define LARGE (APR_INT64_C(1) << 20) /* bytes of an answer */

typedef struct take {
    const request_rec *r;
    int is_much;
} take;

static apr_status_t give_back(void *baton)
{
    const take *t = baton;

    if (t->is_much || t->r->clength > LARGE)
        gw_heap_trim();
    return APR_SUCCESS;
}

apr_pool_t *gw_give_back_begin(int **takes_much, request_rec *r)
{
    take *t = apr_pcalloc(r->pool, sizeof(*t));
    apr_pool_t *p;

    t->r = r;
    *takes_much = &t->is_much;
    /* what is registered first is run last, when pools below are gone */
    apr_pool_cleanup_register(r->pool, t, give_back, apr_pool_cleanup_null);
    apr_pool_create(&p, r->pool);
    apr_pool_tag(p, "gw-admin-call");
    return p;
}
