/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart.c - finds the parts between the boundary's delimiters and the name in each part's Content-Disposition.
 * One pass over the body; nothing is copied but names.
 */
#include "multipart.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#define MAX_BOUNDARY 200 /* RFC 2046 says 70; some clients do not count */
#define MAX_GROWTH (1024 * 1024) /* by names that are longer than before */

typedef struct span {
    const char *at, *end;
} span;

/* What a body is cut into. */
typedef struct scanner {
    span body;
    span dashed;    /* "--" and the boundary */
    const char *at; /* behind the delimiter that opens the next part; NULL = at the end */
} scanner;

typedef struct part {
    span whole;   /* from its delimiter to the next one */
    span content; /* content.at is NULL in a garbled part */
    span headers; /* lines, each with its CRLF */
} part;

/* memmem is not everywhere; the first byte is searched fast. */
static const char *find_bytes(const char *at, const char *end, const char *what, apr_size_t len)
{
    while ((apr_size_t)(end - at) >= len) {
        const char *hit = memchr(at, what[0], (apr_size_t)(end - at) - len + 1);

        if (hit == NULL)
            return NULL;
        if (memcmp(hit, what, len) == 0)
            return hit;
        at = hit + 1;
    }
    return NULL;
}

/* ---- header parameters ---- */

static const char *skip_quoted(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : end;
}

/* The value of parameter `name` in a header such as `form-data; name="a"; filename="b"`, as it stands. */
static int find_parameter(span *value, span header, const char *name)
{
    apr_size_t len = strlen(name);
    const char *at = header.at;

    while (at < header.end) {
        span key, v;

        while (at < header.end && *at != ';')
            at = *at == '"' ? skip_quoted(at, header.end) : at + 1;
        while (at < header.end && (*at == ';' || apr_isspace(*at)))
            at++;
        for (key.at = at; at < header.end && *at != '=' && *at != ';';)
            at++;
        key.end = at;
        if (at == header.end || *at == ';')
            continue;
        for (v.at = ++at; at < header.end && *at != ';';)
            at = *at == '"' ? skip_quoted(at, header.end) : at + 1;
        v.end = at;
        if ((apr_size_t)(key.end - key.at) == len && strncasecmp(key.at, name, len) == 0) {
            *value = v;
            return 1;
        }
    }
    return 0;
}

/* A parameter's value without its quotes. In quotes only `\"` and `\\` are escapes: browsers send C:\path raw. */
static const char *unquote(span value, apr_pool_t *p)
{
    char *out = apr_palloc(p, (apr_size_t)(value.end - value.at) + 1), *to = out;
    const char *at = value.at;

    if (at == value.end || *at != '"') {
        while (value.end > at && apr_isspace(value.end[-1]))
            value.end--;
        return apr_pstrmemdup(p, at, (apr_size_t)(value.end - at));
    }
    for (at++; at < value.end && *at != '"'; at++) {
        if (*at == '\\' && at + 1 < value.end && (at[1] == '"' || at[1] == '\\'))
            at++;
        *to++ = *at;
    }
    *to = '\0';
    return out;
}

/* The form name of a part; NULL when it has none. */
static const char *find_name(const part *pt, apr_pool_t *p)
{
    static const char wanted[] = "Content-Disposition:";
    const apr_size_t len = sizeof(wanted) - 1;
    span line = pt->headers, value;

    while (line.at < pt->headers.end) {
        line.end = find_bytes(line.at, pt->headers.end, "\r\n", 2);
        if ((apr_size_t)(line.end - line.at) >= len && strncasecmp(line.at, wanted, len) == 0)
            return find_parameter(&value, (span){ line.at + len, line.end }, "name") ? unquote(value, p) : NULL;
        line.at = line.end + 2;
    }
    return NULL;
}

/* ---- parts ---- */

/* What may stand behind the boundary on its line: the closing dashes, or blanks. */
static int ends_delimiter(const char *at, const char *end)
{
    if (end - at >= 2 && at[0] == '-' && at[1] == '-')
        return 1;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return end - at >= 2 && at[0] == '\r' && at[1] == '\n';
}

/* The next delimiter at or after `at`: the first of its dashes; *after is behind its boundary. */
static const char *find_delimiter(const char **after, const scanner *s, const char *at)
{
    apr_size_t len = (apr_size_t)(s->dashed.end - s->dashed.at);

    for (; (at = find_bytes(at, s->body.end, s->dashed.at, len)) != NULL; at++) {
        int begins_line = at == s->body.at || (at - s->body.at >= 2 && at[-2] == '\r' && at[-1] == '\n');

        if (begins_line && ends_delimiter(at + len, s->body.end)) {
            *after = at + len;
            return at;
        }
    }
    return NULL;
}

/* 0 when the body is no multipart body at all. */
static int open_scanner(scanner *s, const char *content_type, const char *bytes, apr_size_t len, apr_pool_t *p)
{
    const char *dashed;
    span value;

    if (!find_parameter(&value, (span){ content_type, content_type + strlen(content_type) }, "boundary"))
        return 0;
    dashed = apr_pstrcat(p, "--", unquote(value, p), NULL);
    s->body = (span){ bytes, bytes + len };
    s->dashed = (span){ dashed, dashed + strlen(dashed) };
    if (s->dashed.end - s->dashed.at <= 2 || s->dashed.end - s->dashed.at > MAX_BOUNDARY + 2)
        return 0;
    return find_delimiter(&s->at, s, bytes) != NULL;
}

/* A part: the rest of the delimiter's line, headers, a blank line, content, CRLF before the next delimiter. */
static int next_part(part *pt, scanner *s)
{
    const char *after, *next, *line_end, *blank;

    if (s->at == NULL || s->body.end - s->at < 2 || (s->at[0] == '-' && s->at[1] == '-') ||
        (next = find_delimiter(&after, s, s->at)) == NULL)
        return 0;
    memset(pt, 0, sizeof(*pt));
    pt->whole = (span){ s->at - (s->dashed.end - s->dashed.at), next };
    line_end = find_bytes(s->at, next, "\r\n", 2);
    blank = line_end != NULL ? find_bytes(line_end, next, "\r\n\r\n", 4) : NULL;
    if (blank != NULL && blank + 4 <= next - 2) {
        pt->headers = (span){ line_end + 2, blank + 2 };
        pt->content = (span){ blank + 4, next - 2 };
    }
    s->at = after;
    return 1;
}

/* ---- entry points ---- */

apr_array_header_t *gw_multipart_parse(const char *content_type, const char *body, apr_size_t len, int max,
                                       apr_pool_t *p)
{
    apr_array_header_t *pairs = apr_array_make(p, 8, sizeof(gw_form_pair));
    scanner s;
    part pt;

    if (!open_scanner(&s, content_type, body, len, p))
        return pairs;
    while (next_part(&pt, &s)) {
        const char *name = pt.content.at != NULL ? find_name(&pt, p) : NULL;

        if (name == NULL)
            continue;
        if (pairs->nelts == max)
            return NULL;
        APR_ARRAY_PUSH(pairs, gw_form_pair) = (gw_form_pair){
            .key = name,
            .key_len = strlen(name),
            .value = pt.content.at,
            .value_len = (apr_size_t)(pt.content.end - pt.content.at),
        };
    }
    return pairs;
}

const char *gw_multipart_remove(apr_size_t *left, const char *content_type, const char *body, apr_size_t len,
                                const char *name, apr_pool_t *p)
{
    const char *kept = body; /* what is copied next */
    char *copy = NULL, *out = NULL;
    scanner s;
    part pt;

    *left = len;
    if (!open_scanner(&s, content_type, body, len, p))
        return body;
    while (next_part(&pt, &s)) {
        const char *found = pt.content.at != NULL ? find_name(&pt, p) : NULL;

        if (found == NULL || strcmp(found, name) != 0)
            continue;
        if (copy == NULL)
            out = copy = apr_palloc(p, len);
        memcpy(out, kept, (apr_size_t)(pt.whole.at - kept));
        out += pt.whole.at - kept;
        kept = pt.whole.end;
    }
    if (copy == NULL)
        return body;
    memcpy(out, kept, (apr_size_t)(body + len - kept));
    *left = (apr_size_t)(out - copy) + (apr_size_t)(body + len - kept);
    return copy;
}

/* Move to the last delimiter: 1 when it is the closing one. */
static int find_end(scanner *s)
{
    part pt;

    while (next_part(&pt, s))
        ;
    return s->body.end - s->at >= 2 && s->at[0] == '-' && s->at[1] == '-';
}

gw_multipart_state gw_multipart_look(const char *content_type, const char *body, apr_size_t len, apr_pool_t *p)
{
    scanner s;

    if (!open_scanner(&s, content_type, body, len, p))
        return GW_MULTIPART_NONE;
    return find_end(&s) ? GW_MULTIPART_WHOLE : GW_MULTIPART_OPEN;
}

/* A name as browsers write it (HTML's multipart/form-data encoding). */
static const char *escape_name(const char *name, apr_pool_t *p)
{
    char *out = apr_palloc(p, 3 * strlen(name) + 1), *to = out;

    for (; *name != '\0'; name++) {
        const char *escape = *name == '"' ? "%22" : *name == '\r' ? "%0D" : *name == '\n' ? "%0A" : NULL;

        if (escape != NULL) {
            memcpy(to, escape, 3);
            to += 3;
        } else {
            *to++ = *name;
        }
    }
    *to = '\0';
    return out;
}

static char *put(char *to, const char *bytes, apr_size_t len)
{
    if (len > 0)
        memcpy(to, bytes, len);
    return to + len;
}

/* What stands before the content of a part of this name. */
static const char *make_head(const scanner *s, const char *name, apr_pool_t *p)
{
    return apr_pstrcat(p, s->dashed.at, "\r\nContent-Disposition: form-data; name=\"", escape_name(name, p),
                       "\"\r\n\r\n", NULL);
}

const char *gw_multipart_add(apr_size_t *got, const char *content_type, const char *body, apr_size_t len,
                             const char *name, const char *value, apr_size_t value_len, apr_pool_t *p)
{
    const char *head, *at;
    char *out, *to;
    scanner s;

    if (!open_scanner(&s, content_type, body, len, p)
        || find_bytes(value, value + value_len, s.dashed.at, (apr_size_t)(s.dashed.end - s.dashed.at)) != NULL
        || strstr(name, s.dashed.at) != NULL || !find_end(&s))
        return NULL;
    at = s.at - (s.dashed.end - s.dashed.at);
    head = make_head(&s, name, p);
    *got = len + strlen(head) + value_len + 2;
    out = to = apr_palloc(p, *got + 1);
    to = put(to, body, (apr_size_t)(at - body));
    to = put(to, head, strlen(head));
    to = put(to, value, value_len);
    to = put(to, "\r\n", 2);
    to = put(to, at, (apr_size_t)(body + len - at));
    *to = '\0';
    return out;
}

/* What becomes of a part when `from` is renamed. */
typedef enum fate { KEPT, RENAMED, REPLACED } fate;

static fate find_fate(const part *pt, const char *from, const char *to, apr_pool_t *p)
{
    const char *name = pt->content.at != NULL ? find_name(pt, p) : NULL;

    if (name != NULL && strcmp(name, from) == 0)
        return RENAMED;
    return name != NULL && strcmp(name, to) == 0 ? REPLACED : KEPT;
}

static apr_size_t count_renamed(scanner s, const char *from, const char *to, apr_pool_t *p)
{
    apr_size_t n = 0;
    part pt;

    while (next_part(&pt, &s))
        n += find_fate(&pt, from, to, p) == RENAMED;
    return n;
}

const char *gw_multipart_rename(apr_size_t *got, const char *content_type, const char *body, apr_size_t len,
                                const char *from, const char *to, apr_pool_t *p)
{
    const char *kept = body, *head; /* kept: what is copied next */
    apr_size_t n, head_len;
    char *out, *at;
    scanner s;
    part pt;

    *got = len;
    if (!open_scanner(&s, content_type, body, len, p) || strstr(to, s.dashed.at) != NULL)
        return NULL;
    head = make_head(&s, to, p);
    head_len = strlen(head);
    if ((n = count_renamed(s, from, to, p)) == 0 || strcmp(from, to) == 0)
        return body;
    if (n > MAX_GROWTH / head_len)
        return NULL;
    out = at = apr_palloc(p, len + n * head_len + 1);
    while (next_part(&pt, &s)) {
        const fate what = find_fate(&pt, from, to, p);

        if (what == KEPT)
            continue;
        at = put(at, kept, (apr_size_t)(pt.whole.at - kept));
        kept = pt.whole.end;
        if (what == REPLACED)
            continue;
        at = put(at, head, head_len);
        at = put(at, pt.content.at, (apr_size_t)(kept - pt.content.at)); /* and the CRLF behind it */
    }
    at = put(at, kept, (apr_size_t)(body + len - kept));
    *at = '\0';
    *got = (apr_size_t)(at - out);
    return out;
}
