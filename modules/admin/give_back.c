/* SPDX-License-Identifier: Apache-2.0 */
/*
 * give_back.c - glibc keeps for each of its arenas what it once held, where the last block of it is still in use; a
 * configuration is told by whichever thread is free, so that in the end all arenas would keep one.
 */
#include "give_back.h"

#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#define LARGE (APR_INT64_C(1) << 20) /* bytes of a body or an answer, which become ten times as many of JSON */

static apr_status_t give_back(void *baton)
{
    const request_rec *r = baton;

#if defined(__GLIBC__)
    if (r->read_length > LARGE || r->clength > LARGE)
        malloc_trim(0);
#endif
    (void)r;
    return APR_SUCCESS;
}

apr_pool_t *gw_give_back_begin(request_rec *r)
{
    apr_pool_t *p;

    /* what is registered first is run last, when pools below are gone */
    apr_pool_cleanup_register(r->pool, r, give_back, apr_pool_cleanup_null);
    apr_pool_create(&p, r->pool);
    apr_pool_tag(p, "gw-admin-call");
    return p;
}
