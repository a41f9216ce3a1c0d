/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urlencoded.c - percent signs and plus signs, both ways. Knows nothing of what keys mean (base/form_keys.c does).
 */
#include "urlencoded.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte of a triplet at `s`, or -1. */
static int triplet(const char *s, const char *end)
{
    int high, low;

    if (end - s < 3 || *s != '%' || (high = hex_value(s[1])) < 0 || (low = hex_value(s[2])) < 0)
        return -1;
    return high * 16 + low;
}

static const char *decode(apr_size_t *out_len, const char *s, const char *end, apr_pool_t *p)
{
    char *out = apr_palloc(p, (apr_size_t)(end - s) + 1);
    char *at = out;

    while (s < end) {
        int byte = triplet(s, end);

        if (byte >= 0) {
            *at++ = (char)byte;
            s += 3;
        }
        else {
            *at++ = *s == '+' ? ' ' : *s;
            s++;
        }
    }
    *at = '\0';
    *out_len = (apr_size_t)(at - out);
    return out;
}

apr_array_header_t *gw_urlencoded_parse(const char *text, apr_size_t len, int max, apr_pool_t *p)
{
    apr_array_header_t *pairs = apr_array_make(p, 8, sizeof(gw_form_pair));
    const char *end = text + len;

    while (text < end) {
        const char *amp = memchr(text, '&', (apr_size_t)(end - text));
        const char *stop = amp != NULL ? amp : end;
        const char *eq = memchr(text, '=', (apr_size_t)(stop - text));

        if (stop > text) {
            gw_form_pair *pair;

            if (pairs->nelts == max)
                return NULL;
            pair = apr_array_push(pairs);
            pair->key = decode(&pair->key_len, text, eq != NULL ? eq : stop, p);
            pair->is_bare = eq == NULL;
            pair->value = decode(&pair->value_len, eq != NULL ? eq + 1 : stop, stop, p);
        }
        text = stop + 1;
    }
    return pairs;
}

static int is_called(const gw_form_pair *pair, const char *name)
{
    return strcmp(pair->key, name) == 0 && pair->key_len == strlen(name);
}

const gw_form_pair *gw_urlencoded_find(const apr_array_header_t *pairs, const char *name)
{
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        const gw_form_pair *pair = &APR_ARRAY_IDX(pairs, i, gw_form_pair);

        if (is_called(pair, name))
            return pair;
    }
    return NULL;
}

const char *gw_urlencoded_get(const apr_array_header_t *pairs, const char *name)
{
    const gw_form_pair *pair = gw_urlencoded_find(pairs, name);

    return pair != NULL ? pair->value : NULL;
}

int gw_urlencoded_is_whole(const apr_array_header_t *pairs, const char *but)
{
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        const gw_form_pair *pair = &APR_ARRAY_IDX(pairs, i, gw_form_pair);

        if (strlen(pair->key) != pair->key_len)
            return 0;
        if (strlen(pair->value) != pair->value_len && !is_called(pair, but))
            return 0;
    }
    return 1;
}

const char *gw_urlencoded_escape(const char *s, apr_pool_t *p)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = apr_palloc(p, 3 * strlen(s) + 1);
    char *at = out;

    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;

        if (apr_isalnum(c) || strchr("-._~", c) != NULL) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    *at = '\0';
    return out;
}

const char *gw_segment_decode(const char *s, apr_size_t len, apr_pool_t *p)
{
    const char *end = s + len;
    char *out = apr_palloc(p, len + 1);
    char *at = out;

    while (s < end) {
        int byte = (unsigned char)*s;

        if (*s == '%' && (byte = triplet(s, end)) <= 0)
            return NULL;
        s += *s == '%' ? 3 : 1;
        *at++ = (char)byte;
    }
    *at = '\0';
    return out;
}
