/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_cors.c - the first line is a client's Origin, the others are entries of a config. What is admitted and told is
 * admitted again, as it is told.
 */
#include "arena.h"
#include "cors_origin.h"
#include "fuzz.h"

#include <string.h>
#include <apr_strings.h>

#define MOST 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *entries[MOST], *told;
    gw_strings list = { .n = 0, .set = 1, .v = entries };
    gw_cors_origins *origins;
    gw_arena *arena;
    apr_pool_t *p;
    char *text, *state, *client, *line;

    p = make_input_pool();
    arena = gw_arena_make(0);
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    client = apr_strtok(text, "\n", &state);
    while (client != NULL && list.n < MOST && (line = apr_strtok(NULL, "\n", &state)) != NULL)
        entries[list.n++] = line;
    origins = gw_cors_origins_make(&list, arena);
    told = gw_cors_origins_admit(origins, client, p);
    if (gw_cors_origins_kind(origins) == GW_CORS_LIST && told != NULL) {
        must(client != NULL && strlen(told) <= strlen(client) && strncmp(told, client, strlen(told)) == 0);
        told = gw_cors_origins_admit(origins, told, p);
        must(told != NULL);
    }
    gw_cors_origins_free(origins);
    gw_arena_destroy(arena);
    apr_pool_destroy(p);
    return 0;
}
