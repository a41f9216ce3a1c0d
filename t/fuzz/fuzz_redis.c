/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_redis.c - Redis' replies: whatever comes, at once or byte by byte, nothing is read beyond it; what is a reply stays
 * the same reply when more follows, and what wants more has not been refused before.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *p;
    gw_redis_reply whole, part;
    size_t used = 0, part_used = 0;
    char *exact = malloc(size + 1);
    int rc;

    p = make_input_pool();
    memcpy(exact, size > 0 ? data : (const uint8_t *)"", size);
    rc = gw_redis_parse(&whole, &used, exact, size, p);
    if (rc == 1 && (used == 0 || used > size))
        abort();
    for (size_t i = 0; i < size && i < 200; i++) {
        int got = gw_redis_parse(&part, &part_used, exact, i, p);

        if (got == 1 && (rc != 1 || part_used != used || part.type != whole.type || part.n != whole.n))
            abort();
        if (got < 0 && rc >= 0)
            abort();
    }
    free(exact);
    apr_pool_destroy(p);
    return 0;
}
