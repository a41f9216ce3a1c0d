/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_last_good.c - any bytes as a last-good file, and as the rows of one whose sum is right (or the sum would keep
 * the fuzzer out). Whatever is visited has a name and is an object.
 */
#include "fuzz.h"
#include "last_good.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <openssl/evp.h>

static apr_status_t check_row(void *baton, const char *entity, json_t *row)
{
    ++*(apr_int64_t *)baton;
    if (entity == NULL || !json_is_object(row))
        abort();
    return APR_SUCCESS;
}

static void parse(const char *text, size_t len, apr_int64_t nrows, apr_pool_t *p)
{
    char *exact = malloc(len > 0 ? len : 1); /* no NUL behind it */
    apr_int64_t seen = 0;
    const char *err;

    memcpy(exact, text, len);
    err = gw_last_good_parse(NULL, exact, len, check_row, &seen, p);
    if (seen != (err == NULL ? nrows : 0) && nrows >= 0)
        abort();
    free(exact);
}

static void parse_with_sum(const char *body, size_t len, apr_pool_t *p)
{
    static const char first[] = "mod_gw last-good 1\n";
    unsigned char sum[EVP_MAX_MD_SIZE];
    apr_size_t total = strlen(first) + len;
    apr_int64_t nrows = 0;
    char *text;

    if (len > 0 && body[len - 1] != '\n')
        return;
    for (size_t i = 0; i < len; i++)
        nrows += body[i] == '\n';
    text = apr_palloc(p, total + 128);
    memcpy(text, first, strlen(first));
    memcpy(text + strlen(first), body, len);
    EVP_Digest(text, total, sum, NULL, EVP_sha256(), NULL);
    total += (apr_size_t)apr_snprintf(text + total, 64, "end %" APR_INT64_T_FMT " ", nrows);
    for (int i = 0; i < 32; i++)
        total += (apr_size_t)apr_snprintf(text + total, 3, "%02x", sum[i]);
    text[total++] = '\n';
    parse(text, total, nrows, p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    apr_pool_t *p;

    p = make_input_pool();
    parse((const char *)bytes, len, -1, p);
    parse_with_sum((const char *)bytes, len, p);
    apr_pool_destroy(p);
    return 0;
}
