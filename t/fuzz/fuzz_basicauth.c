/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_basicauth.c - any bytes as an Authorization header: a pair that comes out of it goes back in and comes out again.
 */
#include "basic_header.h"
#include "fuzz.h"

#include <string.h>
#include <apr_base64.h>
#include <apr_strings.h>

static void check_pair(const gw_basic_pair *pair, size_t len, apr_pool_t *p)
{
    const char *text = apr_pstrcat(p, pair->username, ":", pair->password, NULL);
    char *encoded = apr_palloc(p, (apr_size_t)apr_base64_encode_len((int)strlen(text)));
    gw_basic_pair again;

    must(*pair->username != '\0' && strchr(pair->username, ':') == NULL);
    must(strlen(text) < len);
    apr_base64_encode(encoded, text, (int)strlen(text));
    must(gw_basic_parse(&again, apr_pstrcat(p, "Basic ", encoded, NULL), p));
    must(strcmp(again.username, pair->username) == 0 && strcmp(again.password, pair->password) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    gw_basic_pair pair;
    apr_pool_t *p;

    p = make_input_pool();
    if (gw_basic_parse(&pair, apr_pstrmemdup(p, (const char *)bytes, len), p))
        check_pair(&pair, len, p);
    apr_pool_destroy(p);
    return 0;
}
