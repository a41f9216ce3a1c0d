/* SPDX-License-Identifier: Apache-2.0 */
/* hook_payload.c - see hook_payload.h. */
#include "hook_payload.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <apr_base64.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "byte_words.h"
#include "text.h"

#define FIRST_BYTES 2048
#define FEW 24 /* members that are compared with each other; more are sorted */

/* ---- a text that grows ---- */

typedef struct text {
    char *bytes;
    apr_size_t len, size;
    apr_pool_t *p;
} text;

/* Room for `more` bytes and a NUL. */
static void make_room(text *t, apr_size_t more)
{
    char *grown;

    if (t->size - t->len > more)
        return;
    while (t->size - t->len <= more)
        t->size *= 2;
    grown = apr_palloc(t->p, t->size);
    memcpy(grown, t->bytes, t->len);
    t->bytes = grown;
}

static void put_bytes(text *t, const char *bytes, apr_size_t len)
{
    make_room(t, len);
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
}

#define PUT(t, literal) put_bytes(t, literal, sizeof(literal) - 1)

static void put_escaped(text *t, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "b" "t" "n" "\0" "f" "r"; /* of the bytes from 8 on */
    char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

    if (c == '"' || c == '\\') {
        escape[1] = (char)c;
        put_bytes(t, escape, 2);
    } else if (c >= 8 && c <= 13 && names[c - 8] != '\0') {
        escape[1] = names[c - 8];
        put_bytes(t, escape, 2);
    } else {
        put_bytes(t, escape, sizeof(escape));
    }
}

static int is_plain(unsigned char c)
{
    return c >= ' ' && c != '"' && c != '\\';
}

static apr_uint64_t other_than_plain_ascii(apr_uint64_t word)
{
    return (word & GW_EACH_BYTE(0x80)) | gw_bytes_below(word, ' ') | gw_bytes_equal(word, '"')
           | gw_bytes_equal(word, '\\');
}

/* Most strings: what need not be looked at byte by byte. */
static int is_plain_ascii(const char *s, apr_size_t len)
{
    return !gw_bytes_find(s, len, other_than_plain_ascii);
}

static void put_plain(text *t, const char *s, apr_size_t len)
{
    make_room(t, len + 2);
    t->bytes[t->len] = '"';
    memcpy(t->bytes + t->len + 1, s, len);
    t->bytes[t->len + 1 + len] = '"';
    t->len += len + 2;
}

/* A JSON string of UTF-8. */
static void put_utf8(text *t, const char *s, apr_size_t len)
{
    apr_size_t from = 0, i;

    if (is_plain_ascii(s, len)) {
        put_plain(t, s, len);
        return;
    }
    PUT(t, "\"");
    for (i = 0; i < len; i++) {
        if (is_plain((unsigned char)s[i]))
            continue;
        put_bytes(t, s + from, i - from);
        from = i + 1;
        put_escaped(t, (unsigned char)s[i]);
    }
    put_bytes(t, s + from, i - from);
    PUT(t, "\"");
}

/* `s`, or a copy in which each byte is the character of its number. */
static const char *as_utf8(const char *s, apr_pool_t *p)
{
    const apr_size_t len = strlen(s);
    char *out, *to;

    if (is_plain_ascii(s, len) || gw_utf8_is_valid(s, len))
        return s;
    for (out = to = apr_palloc(p, 2 * len + 1); *s != '\0'; s++) {
        const unsigned char c = (unsigned char)*s;

        if (c >= 0x80)
            *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    *to = '\0';
    return out;
}

static void put_string(text *t, const char *s)
{
    const apr_size_t len = strlen(s);

    if (is_plain_ascii(s, len)) {
        put_plain(t, s, len);
        return;
    }
    s = as_utf8(s, t->p);
    put_utf8(t, s, strlen(s));
}

/* ---- objects of members, some of which come again ---- */

typedef struct member {
    const char *name;  /* UTF-8: two that are told alike are one */
    const char *value; /* NULL: true */
    int next;          /* the next of this name, -1 = none */
    int is_repeated;   /* one of this name came before */
} member;

/* `again` has the name of `last`, which was the last of that name. */
static void chain(apr_array_header_t *members, int last, int again)
{
    APR_ARRAY_IDX(members, last, member).next = again;
    APR_ARRAY_IDX(members, again, member).is_repeated = 1;
}

static void chain_few(apr_array_header_t *members)
{
    for (int i = 1; i < members->nelts; i++) {
        const char *name = APR_ARRAY_IDX(members, i, member).name;
        int k = i - 1;

        while (k >= 0 && strcmp(APR_ARRAY_IDX(members, k, member).name, name) != 0)
            k--;
        if (k >= 0)
            chain(members, k, i);
    }
}

typedef struct numbered {
    const char *name;
    int at;
} numbered;

static int cmp_numbered(const void *va, const void *vb)
{
    const numbered *a = va, *b = vb;
    const int order = strcmp(a->name, b->name);

    return order != 0 ? order : a->at - b->at;
}

/* By sorting: names are the client's, who could choose those that one bucket of a hash would hold. */
static void chain_many(apr_array_header_t *members, apr_pool_t *p)
{
    numbered *sorted = apr_palloc(p, (apr_size_t)members->nelts * sizeof(*sorted));

    for (int i = 0; i < members->nelts; i++)
        sorted[i] = (numbered){ APR_ARRAY_IDX(members, i, member).name, i };
    qsort(sorted, (size_t)members->nelts, sizeof(*sorted), cmp_numbered);
    for (int i = 1; i < members->nelts; i++)
        if (strcmp(sorted[i - 1].name, sorted[i].name) == 0)
            chain(members, sorted[i - 1].at, sorted[i].at);
}

static void put_value(text *t, const member *m)
{
    if (m->value != NULL)
        put_string(t, m->value);
    else
        PUT(t, "true");
}

/* "name":value, or "name":[value,value], a comma behind each. */
static void put_members(text *t, apr_array_header_t *members)
{
    if (members->nelts <= FEW)
        chain_few(members);
    else
        chain_many(members, t->p);
    for (int i = 0; i < members->nelts; i++) {
        const member *m = &APR_ARRAY_IDX(members, i, member);

        if (m->is_repeated)
            continue;
        put_utf8(t, m->name, strlen(m->name));
        if (m->next < 0) {
            PUT(t, ":");
            put_value(t, m);
            PUT(t, ",");
            continue;
        }
        PUT(t, ":[");
        for (;; m = &APR_ARRAY_IDX(members, m->next, member)) {
            put_value(t, m);
            if (m->next < 0)
                break;
            PUT(t, ",");
        }
        PUT(t, "],");
    }
}

static void add_member(apr_array_header_t *members, const char *name, const char *value)
{
    member *m = apr_array_push(members);

    m->name = as_utf8(name, members->pool);
    m->value = value;
    m->next = -1;
    m->is_repeated = 0;
}

/* ---- the parts ---- */

static const char *lower(const char *name, apr_pool_t *p)
{
    char *out = apr_pstrdup(p, name);

    for (char *c = out; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    return out;
}

/* The first letter tells most names apart. */
static int is_name(const char *name, const char *other)
{
    return ((*name ^ *other) & ~0x20) == 0 && strcasecmp(name, other) == 0;
}

static int is_told(const char *name, const gw_strings *only)
{
    if (is_name(name, "target_uri") || is_name(name, "target_method"))
        return 0;
    for (int i = 0; i < only->n; i++)
        if (is_name(name, only->v[i]))
            return 1;
    return !only->set;
}

static void put_headers(text *t, const gw_hook_request *request, const gw_strings *only)
{
    const apr_array_header_t *headers = apr_table_elts(request->headers);
    apr_array_header_t *members = apr_array_make(t->p, headers->nelts + 1, sizeof(member));

    for (int i = 0; i < headers->nelts; i++) {
        const apr_table_entry_t *header = &APR_ARRAY_IDX(headers, i, apr_table_entry_t);

        if (is_told(header->key, only))
            add_member(members, lower(header->key, t->p), header->val);
    }
    PUT(t, "{\"headers\":{");
    put_members(t, members);
}

static void put_target(text *t, const gw_hook_request *request)
{
    const char *uri = request->path;

    if (request->query != NULL)
        uri = apr_pstrcat(t->p, uri, "?", request->query, NULL);
    PUT(t, "\"target_uri\":");
    put_string(t, uri);
    PUT(t, ",\"target_method\":");
    put_string(t, request->method);
    PUT(t, "}");
}

static void put_args(text *t, const char *query)
{
    apr_array_header_t *pairs = query != NULL ? gw_query_parse(query, INT_MAX, t->p) : NULL, *members;

    PUT(t, ",\"uri_args\":{");
    if (pairs != NULL && pairs->nelts > 0) {
        members = apr_array_make(t->p, pairs->nelts, sizeof(member));
        for (int i = 0; i < pairs->nelts; i++) {
            const gw_pair *pair = &APR_ARRAY_IDX(pairs, i, gw_pair);

            add_member(members, pair->name, pair->bare ? NULL : pair->value);
        }
        put_members(t, members);
        t->len--; /* the comma behind the last */
    }
    PUT(t, "}");
}

static void put_base64(text *t, const char *bytes, apr_size_t len)
{
    make_room(t, (apr_size_t)apr_base64_encode_len((int)len));
    t->len += (apr_size_t)apr_base64_encode_binary(t->bytes + t->len, (const unsigned char *)bytes, (int)len) - 1;
}

static void put_body(text *t, const gw_hook_request *request)
{
    PUT(t, ",\"body_data\":");
    if (request->is_truncated) {
        PUT(t, "null,\"body_truncated\":true}");
    } else if (request->body == NULL || request->body_len == 0) {
        PUT(t, "null}");
    } else if (gw_utf8_is_valid(request->body, request->body_len)) {
        put_utf8(t, request->body, request->body_len);
        PUT(t, "}");
    } else {
        PUT(t, "null,\"body_base64\":\"");
        put_base64(t, request->body, request->body_len);
        PUT(t, "\"}");
    }
}

const char *gw_hook_payload(apr_size_t *len, const gw_hook_request *request, const gw_strings *only, apr_pool_t *p)
{
    text t = { .size = FIRST_BYTES, .p = p };

    t.bytes = apr_palloc(p, t.size);
    put_headers(&t, request, only);
    put_target(&t, request);
    put_args(&t, request->query);
    put_body(&t, request);
    t.bytes[t.len] = '\0'; /* make_room leaves a byte for it */
    *len = t.len;
    return t.bytes;
}
