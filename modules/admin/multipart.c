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

typedef struct span {
    const char *at;
    const char *end;
} span;

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

/* The value of parameter `name` in a header such as `form-data; name="a"; filename="b"`: unquoted, in p; or NULL. */
static const char *find_parameter(const char *at, const char *end, const char *name, apr_pool_t *p)
{
    apr_size_t name_len = strlen(name);

    while (at < end && *at != ';')
        at++;
    while (at < end) {
        const char *key, *value;
        char *out;
        apr_size_t key_len;

        for (at++; at < end && apr_isspace(*at);)
            at++;
        for (key = at; at < end && *at != '=' && *at != ';';)
            at++;
        key_len = (apr_size_t)(at - key);
        if (at >= end || *at == ';')
            continue;
        value = ++at;
        out = apr_palloc(p, (apr_size_t)(end - at) + 1);
        if (at < end && *at == '"') {
            char *to = out;

            for (at++; at < end && *at != '"'; at++) {
                if (*at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\'))
                    at++;
                *to++ = *at;
            }
            *to = '\0';
            while (at < end && *at != ';')
                at++;
        }
        else {
            while (at < end && *at != ';')
                at++;
            memcpy(out, value, (apr_size_t)(at - value));
            out[at - value] = '\0';
            apr_collapse_spaces(out, out);
        }
        if (key_len == name_len && strncasecmp(key, name, name_len) == 0)
            return out;
    }
    return NULL;
}

/* The form name of a part from its header block; NULL when it has none. */
static const char *find_name(span headers, apr_pool_t *p)
{
    static const char wanted[] = "Content-Disposition:";
    const char *at = headers.at;

    while (at < headers.end) {
        const char *eol = find_bytes(at, headers.end, "\r\n", 2);
        const char *stop = eol != NULL ? eol : headers.end;

        if ((apr_size_t)(stop - at) >= sizeof(wanted) - 1 && strncasecmp(at, wanted, sizeof(wanted) - 1) == 0)
            return find_parameter(at + sizeof(wanted) - 1, stop, "name", p);
        at = stop + 2;
    }
    return NULL;
}

/* A delimiter ends its line, but for "--" and blanks; otherwise it is content that begins like one. */
static int ends_delimiter(const char *at, const char *end)
{
    if (end - at >= 2 && at[0] == '-' && at[1] == '-')
        return 1;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return end - at >= 2 && at[0] == '\r' && at[1] == '\n';
}

/* The next delimiter line `--boundary` at or after `at`; *after is where the line's bytes go on. */
static const char *find_delimiter(const char **after, const char *at, span body, const char *dashed, apr_size_t len)
{
    for (; (at = find_bytes(at, body.end, dashed, len)) != NULL; at++) {
        int begins = at == body.at || (at - body.at >= 2 && at[-2] == '\r' && at[-1] == '\n');

        if (begins && ends_delimiter(at + len, body.end)) {
            *after = at + len;
            return at;
        }
    }
    return NULL;
}

apr_array_header_t *gw_multipart_parse(const char *content_type, const char *bytes, apr_size_t len, int max,
                                       apr_pool_t *p)
{
    apr_array_header_t *pairs = apr_array_make(p, 8, sizeof(gw_form_pair));
    const char *boundary = find_parameter(content_type, content_type + strlen(content_type), "boundary", p);
    span body = { bytes, bytes + len };
    const char *dashed, *at, *next, *after;
    apr_size_t dashed_len;

    if (boundary == NULL || *boundary == '\0' || strlen(boundary) > MAX_BOUNDARY)
        return pairs;
    dashed = apr_pstrcat(p, "--", boundary, NULL);
    dashed_len = strlen(dashed);
    if (find_delimiter(&at, body.at, body, dashed, dashed_len) == NULL)
        return pairs;
    while ((next = find_delimiter(&after, at, body, dashed, dashed_len)) != NULL) {
        /* a part: rest of the delimiter's line, headers, blank line, content, CRLF before the next delimiter */
        const char *line_end = find_bytes(at, next, "\r\n", 2);
        const char *blank = line_end != NULL ? find_bytes(line_end, next, "\r\n\r\n", 4) : NULL;
        const char *content = blank != NULL ? blank + 4 : NULL;
        const char *name = NULL;

        if (content != NULL && content <= next - 2)
            name = find_name((span){ line_end + 2, blank + 2 }, p);
        if (name != NULL) {
            gw_form_pair *pair;

            if (pairs->nelts == max)
                return NULL;
            pair = apr_array_push(pairs);
            *pair = (gw_form_pair){ .key = name, .key_len = strlen(name), .value = content,
                                    .value_len = (apr_size_t)(next - 2 - content) };
        }
        at = after;
        if (body.end - at >= 2 && at[0] == '-' && at[1] == '-')
            break;
    }
    return pairs;
}
