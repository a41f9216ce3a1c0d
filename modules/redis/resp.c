/* SPDX-License-Identifier: Apache-2.0 */
/* resp.c - see resp.h. */
#include "resp.h"

#include <string.h>
#include <apr_strings.h>

#define MAX_DIGITS 19

const char *gw_redis_format(apr_size_t *len, const char *const *words, int n, apr_pool_t *p)
{
    apr_size_t size = 32;
    char *out, *at, *end;

    for (int i = 0; i < n; i++)
        size += strlen(words[i]) + 32;
    out = apr_palloc(p, size);
    end = out + size;
    at = out + apr_snprintf(out, size, "*%d\r\n", n);
    for (int i = 0; i < n; i++) {
        apr_size_t word_len = strlen(words[i]);

        at += apr_snprintf(at, (apr_size_t)(end - at), "$%" APR_SIZE_T_FMT "\r\n", word_len);
        memcpy(at, words[i], word_len);
        at += word_len;
        *at++ = '\r';
        *at++ = '\n';
    }
    *len = (apr_size_t)(at - out);
    return out;
}

/* What is still to be read. */
typedef struct input {
    const char *at, *end;
    apr_pool_t *p;
} input;

/* The line at `at`, without its end: 1, 0 (not all there), -1. */
static int take_line(const char **line, apr_size_t *len, input *in)
{
    const char *cr = memchr(in->at, '\r', (apr_size_t)(in->end - in->at));

    if (cr == NULL || cr + 1 == in->end)
        return in->end - in->at > GW_REDIS_MAX_BYTES ? -1 : 0;
    if (cr[1] != '\n')
        return -1;
    *line = in->at;
    *len = (apr_size_t)(cr - in->at);
    in->at = cr + 2;
    return 1;
}

/* 1, or 0 when it is no number. */
static int parse_number(apr_int64_t *number, const char *text, apr_size_t len)
{
    int is_negative = len > 0 && *text == '-';
    apr_uint64_t n = 0;

    text += is_negative;
    len -= (apr_size_t)is_negative;
    if (len == 0 || len > MAX_DIGITS)
        return 0;
    for (; len > 0; len--, text++) {
        if (*text < '0' || *text > '9')
            return 0;
        n = n * 10 + (apr_uint64_t)(*text - '0');
    }
    if (n > APR_INT64_MAX)
        return 0;
    *number = is_negative ? -(apr_int64_t)n : (apr_int64_t)n;
    return 1;
}

static int take_bulk(gw_redis_reply *reply, apr_int64_t len, input *in)
{
    if (len == -1) {
        reply->type = GW_REDIS_NIL;
        return 1;
    }
    if (len < 0 || len > GW_REDIS_MAX_BYTES)
        return -1;
    if (in->end - in->at < len + 2)
        return 0;
    if (in->at[len] != '\r' || in->at[len + 1] != '\n')
        return -1;
    reply->type = GW_REDIS_TEXT;
    reply->text = apr_pstrmemdup(in->p, in->at, (apr_size_t)len);
    reply->len = (apr_size_t)len;
    in->at += len + 2;
    return 1;
}

/* Anything but a list: the kind of line is known, and what it says. */
static int take_scalar(gw_redis_reply *reply, char kind, const char *line, apr_size_t len, input *in)
{
    switch (kind) {
    case '+':
    case '-':
        reply->type = kind == '+' ? GW_REDIS_TEXT : GW_REDIS_ERROR;
        reply->text = apr_pstrmemdup(in->p, line, len);
        reply->len = len;
        return 1;
    case ':':
        reply->type = GW_REDIS_NUMBER;
        return parse_number(&reply->number, line, len) ? 1 : -1;
    case '$':
        return parse_number(&reply->number, line, len) ? take_bulk(reply, reply->number, in) : -1;
    default:
        return -1;
    }
}

static int take_one(gw_redis_reply *reply, input *in)
{
    const char *line;
    apr_size_t len;
    char kind;
    int rc;

    if (in->at == in->end)
        return 0;
    kind = *in->at;
    if (strchr("+-:$", kind) == NULL || kind == '\0')
        return -1;
    if ((rc = take_line(&line, &len, in)) != 1)
        return rc;
    return take_scalar(reply, kind, line + 1, len - 1, in);
}

static int take_list(gw_redis_reply *reply, input *in)
{
    gw_redis_reply *items;
    const char *line;
    apr_size_t len;
    apr_int64_t n;
    int rc = take_line(&line, &len, in);

    if (rc != 1)
        return rc;
    if (!parse_number(&n, line + 1, len - 1) || n < -1 || n > GW_REDIS_MAX_ITEMS)
        return -1;
    reply->type = n < 0 ? GW_REDIS_NIL : GW_REDIS_LIST;
    reply->items = items = apr_pcalloc(in->p, sizeof(*items) * (apr_size_t)(n > 0 ? n : 1));
    for (; reply->n < n; reply->n++)
        if ((rc = take_one(&items[reply->n], in)) != 1)
            return rc;
    return 1;
}

int gw_redis_parse(gw_redis_reply *reply, apr_size_t *used, const char *bytes, apr_size_t len, apr_pool_t *p)
{
    input in = { bytes, bytes + len, p };
    gw_redis_reply found = { .type = GW_REDIS_NIL };
    int rc;

    if (len == 0)
        return 0;
    rc = *bytes == '*' ? take_list(&found, &in) : take_one(&found, &in);
    if (rc == 1) {
        *reply = found;
        *used = (apr_size_t)(in.at - bytes);
    }
    return rc;
}
