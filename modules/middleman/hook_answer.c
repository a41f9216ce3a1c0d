/* SPDX-License-Identifier: Apache-2.0 */
/* hook_answer.c - see hook_answer.h. */
#include "hook_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>

#include "text.h"

/* ---- header lines ---- */

static int is_token_char(unsigned char c)
{
    return apr_isalnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static int is_clean(const char *value)
{
    for (; *value != '\0'; value++)
        if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f)
            return 0;
    return 1;
}

int gw_hook_reply_take(gw_hook_reply *reply, const char *line, apr_size_t len, apr_pool_t *p)
{
    const char *from, *end = line + len, *colon;
    gw_hook_header *header;

    reply->header_bytes += len;
    if (reply->header_bytes > GW_HOOK_MAX_HEADER_BYTES)
        return 0;
    if (reply->headers == NULL)
        reply->headers = apr_array_make(p, 8, sizeof(gw_hook_header));
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        apr_array_clear(reply->headers); /* what came before was an interim answer */
        return 1;
    }
    if (len > 0 && (*line == ' ' || *line == '\t')) {
        apr_array_pop(reply->headers); /* an obsolete fold: the value is not what it seems (RFC 9112 5.2) */
        return 1;
    }
    while (end > line && apr_isspace(end[-1]))
        end--;
    if (memchr(line, '\0', (apr_size_t)(end - line)) != NULL)
        return 1;
    for (colon = line; colon < end && is_token_char((unsigned char)*colon); colon++)
        ;
    if (colon == end || colon == line || *colon != ':')
        return 1;
    for (from = colon + 1; from < end && apr_isspace(*from); from++)
        ;
    header = apr_array_push(reply->headers);
    header->name = apr_pstrmemdup(p, line, (apr_size_t)(colon - line));
    header->value = apr_pstrmemdup(p, from, (apr_size_t)(end - from));
    if (!is_clean(header->value))
        apr_array_pop(reply->headers);
    return 1;
}

/* The values of a header, joined by ", "; NULL = none. */
static const char *join_values(const gw_hook_reply *reply, const char *name, apr_pool_t *p)
{
    const char *all = NULL;

    for (int i = 0; reply->headers != NULL && i < reply->headers->nelts; i++) {
        const gw_hook_header *header = &APR_ARRAY_IDX(reply->headers, i, gw_hook_header);

        if (strcasecmp(header->name, name) == 0)
            all = all != NULL ? apr_pstrcat(p, all, ", ", header->value, NULL) : header->value;
    }
    return all;
}

/* ---- how long ---- */

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* Seconds as in "max-age=60" or "max-age=\"60\""; what is no number counts as none left (RFC 9111 4.2.1). */
static double parse_seconds(const char *from, const char *end)
{
    double n = 0;

    while (from < end && (apr_isspace(*from) || *from == '"'))
        from++;
    if (from == end || !apr_isdigit(*from))
        return 0;
    for (; from < end && apr_isdigit(*from) && n < 1e12; from++)
        n = 10 * n + (*from - '0');
    return n;
}

static int is_word(const char *from, apr_size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(from, word, len) == 0;
}

static void obey(double *fresh_s, double *stale_s, const char *from, const char *end, double age_s)
{
    const char *name_end = from;
    double seconds;
    apr_size_t len;

    while (name_end < end && *name_end != '=')
        name_end++;
    seconds = name_end < end ? parse_seconds(name_end + 1, end) : 0;
    while (name_end > from && apr_isspace(name_end[-1]))
        name_end--;
    len = (apr_size_t)(name_end - from);
    if (is_word(from, len, "no-store") || is_word(from, len, "no-cache"))
        *fresh_s = *stale_s = 0;
    else if (is_word(from, len, "max-age") || is_word(from, len, "s-maxage"))
        *fresh_s = least(*fresh_s, seconds > age_s ? seconds - age_s : 0);
    else if (is_word(from, len, "stale-if-error"))
        *stale_s = least(*stale_s, seconds);
    else if (is_word(from, len, "must-revalidate") || is_word(from, len, "proxy-revalidate"))
        *stale_s = 0;
}

void gw_hook_lifetime(double *fresh_s, double *stale_s, const char *values, double age_s)
{
    while (values != NULL && *values != '\0') {
        const char *end = values, *from = values;
        int is_quoted = 0;

        for (; *end != '\0' && (is_quoted || *end != ','); end++)
            is_quoted ^= *end == '"';
        values = *end == ',' ? end + 1 : end;
        while (from < end && apr_isspace(*from))
            from++;
        obey(fresh_s, stale_s, from, end, age_s);
    }
}

/* ---- the body ---- */

const char *gw_hook_object(const char **end, const char **begin, const char *body, apr_size_t len, apr_pool_t *p)
{
    const char *from = len > 0 ? memchr(body, '{', len) : NULL, *text = NULL;
    json_error_t where;
    json_t *object;
    char *dumped;

    if (from == NULL)
        return NULL;
    object = json_loadb(from, len - (apr_size_t)(from - body), JSON_DISABLE_EOF_CHECK, &where);
    if (object == NULL)
        return NULL;
    dumped = gw_json_shorten(json_dumps(object, JSON_COMPACT));
    if (dumped != NULL) {
        text = apr_pstrdup(p, dumped);
        *begin = from;
        *end = from + where.position;
    }
    free(dumped);
    json_decref(object);
    return text;
}

/* As UTF-8 without NUL: what is neither is taken for ISO 8859-1. */
static const char *to_text(const char *bytes, apr_size_t len, apr_pool_t *p)
{
    const int is_utf8 = gw_utf8_is_valid(bytes, len);
    char *out = apr_palloc(p, 2 * len + 1), *to = out;

    for (apr_size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c >= 0x80 && !is_utf8) {
            *to++ = (char)(0xc0 | c >> 6);
            c = 0x80 | (c & 0x3f);
        }
        if (c != '\0')
            *to++ = (char)c;
    }
    *to = '\0';
    return out;
}

static const char *body_for_client(const gw_middleman_conf *conf, const gw_hook_reply *reply, apr_pool_t *p)
{
    const char *begin, *end, *object = gw_hook_object(&end, &begin, reply->body, reply->body_len, p);

    if (!conf->wraps_text)
        return object != NULL ? object : "{}";
    return object != NULL ? to_text(begin, (apr_size_t)(end - begin), p) : to_text(reply->body, reply->body_len, p);
}

/* ---- decisions ---- */

static int is_listed(const char *name, const gw_strings *names)
{
    for (int i = 0; i < names->n; i++)
        if (strcasecmp(name, names->v[i]) == 0)
            return 1;
    return 0;
}

static apr_array_header_t *pick_headers(const gw_hook_reply *reply, const gw_strings *names, apr_pool_t *p)
{
    apr_array_header_t *picked = apr_array_make(p, 4, sizeof(gw_hook_header));

    for (int i = 0; reply->headers != NULL && i < reply->headers->nelts; i++) {
        const gw_hook_header *header = &APR_ARRAY_IDX(reply->headers, i, gw_hook_header);

        if (is_listed(header->name, names))
            APR_ARRAY_PUSH(picked, gw_hook_header) = *header;
    }
    return picked;
}

static const char *put_text(char **at, const char *text)
{
    const apr_size_t size = strlen(text) + 1;
    char *to = *at;

    memcpy(to, text, size);
    *at += size;
    return to;
}

static gw_decision *pack(const apr_array_header_t *headers, const char *body)
{
    apr_size_t text = body != NULL ? strlen(body) + 1 : 0;
    gw_decision *decision;
    apr_size_t bytes;
    char *at;

    for (int i = 0; i < headers->nelts; i++) {
        const gw_hook_header *header = &APR_ARRAY_IDX(headers, i, gw_hook_header);

        text += strlen(header->name) + strlen(header->value) + 2;
    }
    bytes = sizeof(*decision) + (apr_size_t)headers->nelts * sizeof(gw_hook_header) + text;
    decision = calloc(1, bytes);
    if (decision == NULL)
        abort();
    decision->refs = 1;
    decision->bytes = bytes;
    decision->nheaders = headers->nelts;
    at = (char *)&decision->headers[headers->nelts];
    decision->body = body != NULL ? put_text(&at, body) : NULL;
    for (int i = 0; i < headers->nelts; i++) {
        const gw_hook_header *header = &APR_ARRAY_IDX(headers, i, gw_hook_header);

        decision->headers[i].name = put_text(&at, header->name);
        decision->headers[i].value = put_text(&at, header->value);
    }
    return decision;
}

static void settle_lifetime(gw_decision *decision, const gw_middleman_conf *conf, const gw_hook_reply *reply,
                            apr_time_t now, apr_pool_t *p)
{
    double fresh_s = decision->status <= 299 ? conf->cache_ttl : conf->cache_negative_ttl, stale_s;
    const char *age = join_values(reply, "Age", p);

    if (fresh_s <= 0 || gw_decision_is_trouble(decision))
        return;
    stale_s = conf->cache_stale_ttl;
    gw_hook_lifetime(&fresh_s, &stale_s, join_values(reply, "Cache-Control", p),
                     age != NULL ? parse_seconds(age, age + strlen(age)) : 0);
    if (fresh_s <= 0)
        return;
    decision->fresh_until = now + (apr_time_t)(fresh_s * APR_USEC_PER_SEC);
    decision->stale_until = decision->fresh_until + (apr_time_t)(stale_s * APR_USEC_PER_SEC);
}

gw_decision *gw_decision_make(const gw_middleman_conf *conf, const gw_hook_reply *reply, apr_time_t now, apr_pool_t *p)
{
    const int goes_on = reply->status <= 299;
    gw_decision *decision;

    if (reply->status < 200 || reply->status > 599)
        return NULL;
    decision = pack(pick_headers(reply, goes_on ? &conf->upstream_headers : &conf->client_headers, p),
                    goes_on ? NULL : body_for_client(conf, reply, p));
    decision->status = reply->status;
    decision->is_text = conf->wraps_text;
    settle_lifetime(decision, conf, reply, now, p);
    return decision;
}

void gw_decision_retain(gw_decision *decision)
{
    __atomic_add_fetch(&decision->refs, 1, __ATOMIC_RELAXED);
}

void gw_decision_release(gw_decision *decision)
{
    if (decision != NULL && __atomic_sub_fetch(&decision->refs, 1, __ATOMIC_ACQ_REL) == 0)
        free(decision);
}

int gw_decision_is_trouble(const gw_decision *decision)
{
    return decision->status >= 500;
}
