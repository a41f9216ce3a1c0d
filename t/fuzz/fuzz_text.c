/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_text.c - any bytes as base64, JSON, query string and cookie header.
 */
#include "fuzz.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

/* What the strict reading takes, encoding gives back; the lenient one takes it too. */
static void check_base64(const char *text, size_t len, apr_pool_t *p)
{
    unsigned char *strict = malloc(len * 3 / 4 + 1), *any = malloc(len * 3 / 4 + 1);
    apr_ssize_t n = gw_base64url_decode(strict, text, len), m = gw_base64_decode_any(any, text, len);

    if (n >= 0) {
        must(strlen(text) == len && strcmp(gw_base64url_encode(strict, (size_t)n, p), text) == 0);
        must(m == n && memcmp(strict, any, (size_t)n) == 0);
    }
    free(strict);
    free(any);
}

/* Bounded, a client's JSON is what others' is; more of it is read only for its large integers. */
static void check_json(const char *text, size_t len)
{
    json_t *json = gw_json_parse(text, len, 16), *few = gw_json_parse_foreign(text, len, 16, 8);
    json_t *all = gw_json_parse_foreign(text, len, 16, len);

    must(json == NULL || json_equal(json, all));
    must(few == NULL || json_equal(few, all));
    json_decref(json);
    json_decref(few);
    json_decref(all);
}

static void check_query(const char *query, apr_pool_t *p)
{
    apr_array_header_t *pairs = gw_query_parse(query, 16, p);
    int i, count;

    for (i = 0; pairs != NULL && i < pairs->nelts; i++) {
        const gw_pair *pair = &APR_ARRAY_IDX(pairs, i, gw_pair);
        const char *rest;

        must(gw_query_get(&count, query, pair->name, p) != NULL);
        must(count > 0 && gw_query_all(query, pair->name, p)->nelts == count);
        rest = gw_query_remove(query, pair->name, p);
        must(gw_query_get(&count, rest, pair->name, p) == NULL && count == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p;
    const char *text;
    char *exact;
    json_t *is_utf8;

    p = make_input_pool();
    text = apr_pstrmemdup(p, (const char *)bytes, len);
    /* Without the NUL behind it, so that reading too far is seen. */
    exact = malloc(len > 0 ? len : 1);
    memcpy(exact, bytes, len);
    check_base64(text, len, p);
    check_json(exact, len);
    is_utf8 = json_stringn(exact, len);
    must((is_utf8 != NULL) == gw_utf8_is_valid(exact, len));
    json_decref(is_utf8);
    gw_uuid_is(text);
    check_query(text, p);
    gw_cookie_get(text, "sid", p);
    free(exact);
    apr_pool_destroy(p);
    return 0;
}
