/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canonical.c - paths in three steps over one buffer: bytes, then dot segments, then doubled slashes. In this order
 * "%2e%2e" is a dot segment and the empty segment of "/a//.." is what ".." removes, as RFC 3986 has it.
 */
#include "canonical.h"

#include <string.h>

/* What a byte is in a path. */
enum {
    UNRESERVED = 1 << 0, /* RFC 3986 2.3: a triplet of it is decoded */
    RESERVED = 1 << 1,   /* RFC 3986 2.2 and '%': a triplet of it stays */
    CONTROL = 1 << 2,    /* refused, raw or as a triplet */
    ESCAPED = 1 << 3     /* raw, it becomes a triplet: it would end the path, or be taken for a slash */
};

static const unsigned char classes[256] = {
    [0x00 ... 0x1f] = CONTROL, [0x7f] = CONTROL,
    ['a' ... 'z'] = UNRESERVED, ['A' ... 'Z'] = UNRESERVED, ['0' ... '9'] = UNRESERVED,
    ['-'] = UNRESERVED, ['.'] = UNRESERVED, ['_'] = UNRESERVED, ['~'] = UNRESERVED,
    ['!'] = RESERVED, ['*'] = RESERVED, ['\''] = RESERVED, ['('] = RESERVED, [')'] = RESERVED, [';'] = RESERVED,
    [':'] = RESERVED, ['@'] = RESERVED, ['&'] = RESERVED, ['='] = RESERVED, ['+'] = RESERVED, ['$'] = RESERVED,
    [','] = RESERVED, ['/'] = RESERVED, ['['] = RESERVED, [']'] = RESERVED, ['%'] = RESERVED,
    ['?'] = RESERVED | ESCAPED, ['#'] = RESERVED | ESCAPED, ['\\'] = ESCAPED,
};

static const char upper_hex[] = "0123456789ABCDEF";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

/* The byte of the triplet at s, or -1 when there is none. */
static int triplet_value(const char *s)
{
    if (s[0] != '%' || hex_value(s[1]) < 0 || hex_value(s[2]) < 0)
        return -1;
    return hex_value(s[1]) << 4 | hex_value(s[2]);
}

static char *put_triplet(char *out, unsigned char byte)
{
    *out++ = '%';
    *out++ = upper_hex[byte >> 4];
    *out++ = upper_hex[byte & 15];
    return out;
}

/* 1 when nothing in `path` can need work: the way of nearly every request. */
static int is_plain(const char *path)
{
    const char *s;

    for (s = path; *s != '\0'; s++) {
        if (*s == '/' && (s[1] == '/' || s[1] == '.'))
            return 0;
        if (*s == '%' || (classes[(unsigned char)*s] & (CONTROL | ESCAPED)))
            return 0;
    }
    return 1;
}

/* Step 1: every byte in its one spelling. `out` holds 3 * strlen(in) + 1 bytes. NULL, or why it is refused;
 * a lenient reading refuses nothing. */
static const char *spell_bytes(char *out, const char *in, int lenient)
{
    while (*in != '\0') {
        unsigned char byte = (unsigned char)*in;
        int value = triplet_value(in);

        if (byte == '%' && value < 0) {
            if (!lenient)
                return "percent sign without two hex digits";
            out = put_triplet(out, '%');
            in++;
            continue;
        }
        if (value >= 0)
            byte = (unsigned char)value;
        if ((classes[byte] & CONTROL) && !lenient)
            return byte == 0 ? "encoded NUL" : "control character";
        if (classes[byte] & ESCAPED)
            out = put_triplet(out, byte);
        else if (value >= 0 && ((classes[byte] & RESERVED) || byte == 0))
            out = put_triplet(out, byte);
        else
            *out++ = (char)byte;
        in += value >= 0 ? 3 : 1;
    }
    *out = '\0';
    return NULL;
}

/* Step 2, in place, on a path that starts with '/': RFC 3986 5.2.4. Returns how often `..` met the root. */
static int remove_dot_segments(char *path)
{
    char *in = path, *out = path;
    int above = 0;

    while (*in != '\0') {
        /* in is at the slash that opens a segment. */
        apr_size_t len = strcspn(in + 1, "/");

        if (len == 1 && in[1] == '.') {
            in += 2;
            if (*in == '\0')
                *out++ = '/';
        }
        else if (len == 2 && in[1] == '.' && in[2] == '.') {
            in += 3;
            above += out == path;
            while (out > path && *--out != '/')
                ;
            if (*in == '\0')
                *out++ = '/';
        }
        else {
            memmove(out, in, len + 1);
            out += len + 1;
            in += len + 1;
        }
    }
    *out = '\0';
    return above;
}

/* Step 3, in place. */
static void merge_slashes(char *path)
{
    char *in, *out = path;

    for (in = path; *in != '\0'; in++)
        if (*in != '/' || in[1] != '/')
            *out++ = *in;
    *out = '\0';
}

/* `made`, or `from` when they are the same bytes: callers compare pointers. */
static const char *same_or(const char *from, const char *made)
{
    return strcmp(from, made) == 0 ? from : made;
}

const char *gw_path_canonical(const char **why, const char *raw, apr_pool_t *p)
{
    const char *refusal;
    char *path;

    if (raw[0] != '/') {
        *why = "path does not start with a slash";
        return NULL;
    }
    if (is_plain(raw))
        return raw;
    path = apr_palloc(p, strlen(raw) * 3 + 1);
    refusal = spell_bytes(path, raw, 0);
    if (refusal == NULL && remove_dot_segments(path) > 0)
        refusal = "dot segments above the root";
    if (refusal != NULL) {
        *why = refusal;
        return NULL;
    }
    merge_slashes(path);
    return same_or(raw, path);
}

const char *gw_path_normalise(const char *raw, apr_pool_t *p)
{
    char *path;

    if (raw[0] != '/' || is_plain(raw))
        return raw;
    path = apr_palloc(p, strlen(raw) * 3 + 1);
    spell_bytes(path, raw, 1);
    remove_dot_segments(path);
    merge_slashes(path);
    return same_or(raw, path);
}

static int needs_escape(const char *s)
{
    if (*s == '%')
        return triplet_value(s) < 0;
    return !(classes[(unsigned char)*s] & (UNRESERVED | RESERVED));
}

const char *gw_path_encode(const char *path, apr_pool_t *p)
{
    apr_size_t escapes = 0;
    const char *s;
    char *encoded, *out;

    for (s = path; *s != '\0'; s++)
        escapes += needs_escape(s);
    if (escapes == 0)
        return path;
    out = encoded = apr_palloc(p, (apr_size_t)(s - path) + 2 * escapes + 1);
    for (s = path; *s != '\0'; s++) {
        if (needs_escape(s))
            out = put_triplet(out, (unsigned char)*s);
        else
            *out++ = *s;
    }
    *out = '\0';
    return encoded;
}

/* What some take for the beginning of parameters, and mod_proxy sends on as it is where httpd has decoded it. */
static int begins_parameters(const char *in, int value, int encoded_too)
{
    return *in == ';' || (encoded_too && value == ';');
}

static const char *view_of(const char *path, int encoded_too, apr_pool_t *p)
{
    const char *in = path;
    char *view, *out;

    if (path[0] != '/' || path[strcspn(path, "%;")] == '\0')
        return path;
    out = view = apr_palloc(p, strlen(path) + 1);
    while (*in != '\0') {
        int value = triplet_value(in), is_slash = *in == '/' || value == '/' || value == '\\';

        /* Parameters end at a slash, however it is spelt. */
        if (begins_parameters(in, value, encoded_too)) {
            do {
                in += value >= 0 ? 3 : 1;
                value = triplet_value(in);
            } while (*in != '\0' && *in != '/' && value != '/' && value != '\\');
            continue;
        }
        *out++ = is_slash ? '/' : *in;
        in += is_slash && value >= 0 ? 3 : 1;
    }
    *out = '\0';
    if (remove_dot_segments(view) > 0)
        return "";
    merge_slashes(view);
    return same_or(path, view);
}

const char *gw_path_decoded_view(const char *path, apr_pool_t *p)
{
    return view_of(path, 1, p);
}

const char *gw_path_literal_view(const char *path, apr_pool_t *p)
{
    return view_of(path, 0, p);
}
