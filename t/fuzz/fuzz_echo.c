/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_echo.c - any bytes as header, query and body of a request: what echo makes of them is JSON that can be written
 * and read again.
 */
#include "fuzz.h"
#include "termination_echo.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

static void check(const char *type, const char *text, const char *bytes, size_t len, apr_pool_t *p)
{
    gw_echo_request request = { .scheme = "http", .method = text, .path = text, .host = text, .port = 1, .query = text,
                                .headers = apr_table_make(p, 2), .body = bytes, .body_len = len };
    json_t *seen, *again;
    char *written = NULL;

    apr_table_addn((apr_table_t *)request.headers, "Content-Type", type);
    if (*text)
        apr_table_addn((apr_table_t *)request.headers, text, text);
    seen = gw_echo_describe(&request, p);
    must(seen != NULL && (written = json_dumps(seen, JSON_COMPACT)) != NULL);
    again = json_loads(written, JSON_ALLOW_NUL, NULL);
    must(again != NULL && json_equal(seen, again));
    json_decref(again);
    json_decref(seen);
    free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const types[] = { "application/json", "application/x-www-form-urlencoded",
                                         "multipart/form-data; boundary=X", "text/plain" };
    apr_pool_t *p;
    char *exact;

    p = make_input_pool();
    exact = malloc(len > 0 ? len : 1); /* without a NUL behind it, so that reading too far is seen */
    memcpy(exact, bytes, len);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        check(types[i], apr_pstrmemdup(p, exact, len), exact, len, p);
    free(exact);
    apr_pool_destroy(p);
    return 0;
}
