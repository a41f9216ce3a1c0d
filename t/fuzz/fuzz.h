/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what fuzz targets share: their entry point, a pool for one input, and a claim that must hold.
 */
#ifndef GW_T_FUZZ_H
#define GW_T_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <apr_general.h>
#include <apr_pools.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* For this input; the caller destroys it. */
__attribute__((unused)) static apr_pool_t *make_input_pool(void)
{
    static apr_pool_t *parent;
    apr_pool_t *p;

    if (parent == NULL) {
        apr_initialize();
        apr_pool_create(&parent, NULL);
    }
    apr_pool_create(&p, parent);
    return p;
}

/* The fuzzer reports who calls abort(). */
__attribute__((unused)) static void must(int good)
{
    if (!good)
        abort();
}

#endif
