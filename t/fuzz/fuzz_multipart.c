/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_multipart.c - any bytes as a multipart body: values lie inside it, a removed name is gone, a renamed one has its
 * bytes.
 */
#include "fuzz.h"
#include "multipart.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

static int count_called(const apr_array_header_t *pairs, const char *name)
{
    int n = 0;

    for (int i = 0; i < pairs->nelts; i++)
        n += strcmp(APR_ARRAY_IDX(pairs, i, gw_form_pair).key, name) == 0;
    return n;
}

/* As many parts as were called so are called otherwise, with their bytes. */
static void check_rename(const apr_array_header_t *pairs, const char *type, const char *body, size_t len, apr_pool_t *p)
{
    const gw_form_pair *first = &APR_ARRAY_IDX(pairs, 0, gw_form_pair), *renamed = NULL;
    apr_array_header_t *others;
    apr_size_t got;
    const char *made = gw_multipart_rename(&got, type, body, len, first->key, "re\"n", p);

    if (made == NULL || strcmp(first->key, "re\"n") == 0 || strcmp(first->key, "re%22n") == 0)
        return;
    others = gw_multipart_parse(type, made, got, 50, p);
    must(others != NULL && count_called(others, first->key) == 0);
    must(count_called(others, "re%22n") == count_called(pairs, first->key) + count_called(pairs, "re%22n"));
    for (int i = 0; renamed == NULL; i++)
        if (strcmp(APR_ARRAY_IDX(others, i, gw_form_pair).key, "re%22n") == 0)
            renamed = &APR_ARRAY_IDX(others, i, gw_form_pair);
    must(count_called(pairs, "re%22n") > 0
         || (renamed->value_len == first->value_len && memcmp(renamed->value, first->value, first->value_len) == 0));
}

static void check_body(const char *type, const char *body, size_t len, apr_pool_t *p)
{
    apr_array_header_t *pairs = gw_multipart_parse(type, body, len, 50, p), *others;
    apr_size_t left;
    const char *rest;
    int i;

    for (i = 0; pairs != NULL && i < pairs->nelts; i++) {
        const gw_form_pair *pair = &APR_ARRAY_IDX(pairs, i, gw_form_pair);

        must(pair->value >= body && pair->value + pair->value_len <= body + len);
    }
    if (pairs == NULL || pairs->nelts == 0)
        return;
    check_rename(pairs, type, body, len, p);
    rest = gw_multipart_remove(&left, type, body, len, APR_ARRAY_IDX(pairs, 0, gw_form_pair).key, p);
    others = gw_multipart_parse(type, rest, left, 50, p);
    must(left < len && others != NULL && others->nelts < pairs->nelts);
    for (i = 0; i < others->nelts; i++)
        must(strcmp(APR_ARRAY_IDX(others, i, gw_form_pair).key, APR_ARRAY_IDX(pairs, 0, gw_form_pair).key) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t *line_end = memchr(bytes, '\n', len);
    size_t body_len = line_end != NULL ? len - (size_t)(line_end + 1 - bytes) : 0;
    apr_pool_t *p;
    char *body;

    p = make_input_pool();
    /* Without a NUL behind it, so that reading too far is seen. */
    body = malloc(body_len > 0 ? body_len : 1);
    if (body_len > 0)
        memcpy(body, line_end + 1, body_len);
    /* The first line is the Content-Type's parameters. */
    check_body("multipart/form-data; boundary=X", body, body_len, p);
    if (line_end != NULL)
        check_body(apr_pstrmemdup(p, (const char *)bytes, (size_t)(line_end - bytes)), body, body_len, p);
    free(body);
    apr_pool_destroy(p);
    return 0;
}
