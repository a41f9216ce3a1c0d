/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.c - names and values of query strings and form bodies (application/x-www-form-urlencoded).
 *
 * Lenient as the reference: a '%' without two hex digits stands for itself. `%00` stays undecoded: a name or value
 * cannot be cut short by it. '&' alone separates.
 */
#include "text.h"

#include <string.h>

/* One pair as it stands in the query string. */
typedef struct raw_pair {
    const char *name, *value, *end; /* value is NULL for a bare name; end: '&' or the NUL */
} raw_pair;

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

/* The decoded byte at *s; moves *s behind it. */
static char next_byte(const char **s)
{
    const char *at = *s;

    if (*at == '%' && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0 && (at[1] != '0' || at[2] != '0')) {
        *s += 3;
        return (char)(hex_value(at[1]) << 4 | hex_value(at[2]));
    }
    *s += 1;
    return *at == '+' ? ' ' : *at;
}

static const char *decode(const char *from, const char *to, apr_pool_t *p)
{
    char *out = apr_palloc(p, (apr_size_t)(to - from) + 1), *at = out;

    while (from < to)
        *at++ = next_byte(&from);
    *at = '\0';
    return out;
}

/* The pair at *rest; moves *rest behind it, to NULL after the last. Empty pairs ("&&") have name == end. */
static raw_pair next_pair(const char **rest)
{
    raw_pair pair = { *rest, NULL, *rest + strcspn(*rest, "&") };
    const char *equals = memchr(pair.name, '=', (apr_size_t)(pair.end - pair.name));

    if (equals != NULL)
        pair.value = equals + 1;
    *rest = *pair.end == '&' ? pair.end + 1 : NULL;
    return pair;
}

static const char *name_end(const raw_pair *pair)
{
    return pair->value != NULL ? pair->value - 1 : pair->end;
}

static int is_called(const raw_pair *pair, const char *name)
{
    const char *at = pair->name, *end = name_end(pair);

    if (pair->name == pair->end)
        return 0;
    while (at < end)
        if (*name == '\0' || next_byte(&at) != *name++)
            return 0;
    return *name == '\0';
}

static const char *value_of(const raw_pair *pair, apr_pool_t *p)
{
    return pair->value != NULL ? decode(pair->value, pair->end, p) : "";
}

const char *gw_query_get(int *count, const char *query, const char *name, apr_pool_t *p)
{
    const char *value = NULL;
    int n = 0;

    while (query != NULL) {
        raw_pair pair = next_pair(&query);

        if (is_called(&pair, name) && n++ == 0)
            value = value_of(&pair, p);
    }
    if (count != NULL)
        *count = n;
    return value;
}

apr_array_header_t *gw_query_all(const char *query, const char *name, apr_pool_t *p)
{
    apr_array_header_t *values = apr_array_make(p, 2, sizeof(const char *));

    while (query != NULL) {
        raw_pair pair = next_pair(&query);

        if (is_called(&pair, name))
            APR_ARRAY_PUSH(values, const char *) = value_of(&pair, p);
    }
    return values;
}

const char *gw_query_remove(const char *query, const char *name, apr_pool_t *p)
{
    const char *rest = query;
    char *out, *at;
    int removed = 0;

    if (query == NULL)
        return NULL;
    out = at = apr_palloc(p, strlen(query) + 2);
    while (rest != NULL) {
        raw_pair pair = next_pair(&rest);

        if (is_called(&pair, name)) {
            removed = 1;
            continue;
        }
        memcpy(at, pair.name, (apr_size_t)(pair.end - pair.name));
        at += pair.end - pair.name;
        *at++ = '&';
    }
    if (!removed)
        return query;
    if (at == out || at == out + 1)
        return NULL;
    at[-1] = '\0';
    return out;
}

apr_array_header_t *gw_query_parse(const char *query, int max, apr_pool_t *p)
{
    apr_array_header_t *pairs = apr_array_make(p, 8, sizeof(gw_pair));

    while (query != NULL) {
        raw_pair raw = next_pair(&query);
        gw_pair *pair;

        if (raw.name == raw.end)
            continue;
        if (pairs->nelts == max)
            return NULL;
        pair = apr_array_push(pairs);
        pair->name = decode(raw.name, name_end(&raw), p);
        pair->value = value_of(&raw, p);
        pair->bare = raw.value == NULL;
    }
    return pairs;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : (unsigned char)c;
}

int gw_query_compare(const char *raw, const char *end, const char *name)
{
    while (raw < end && *name != '\0') {
        const int difference = lower(next_byte(&raw)) - lower(*name++);

        if (difference != 0)
            return difference;
    }
    return (raw < end) - (*name != '\0');
}
