/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_write.c - block collections, plain words where they are safe beyond doubt, double quotes everywhere else.
 */
#include "yaml_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml_scalar.h"

#define LONGEST_PLAIN 200
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void add_indent(gw_growing *out, int level)
{
    while (level-- > 0)
        gw_growing_add(out, "  ");
}

/* Letters first, then what no YAML rule gives a meaning; and no word that is a boolean, null or number. */
static int is_plain(const char *s, size_t len)
{
    json_t *read;
    int is_text;

    if (len == 0 || len > LONGEST_PLAIN || strspn(s, LETTERS "/_0123456789-.") != len || strspn(s, LETTERS "/_") == 0)
        return 0;
    if (len == 1 && strchr("yYnN", *s) != NULL) /* booleans to some */
        return 0;
    read = gw_yaml_scalar(s, len);
    is_text = json_is_string(read);
    json_decref(read);
    return is_text;
}

/* The character at `s` as \xNN, \uNNNN: what YAML calls not printable. 0 when it may stand as it is; else its length.
 * */
static size_t escape_unprintable(char out[8], const char *s, size_t left)
{
    const unsigned char *u = (const unsigned char *)s;
    unsigned code;

    if (u[0] < 0x20 || u[0] == 0x7f) {
        snprintf(out, 8, "\\x%02x", u[0]);
        return 1;
    }
    if (u[0] == 0xc2 && left >= 2 && u[1] < 0xa0) { /* C1 controls */
        snprintf(out, 8, "\\x%02x", u[1]);
        return 2;
    }
    if ((u[0] == 0xe2 || u[0] == 0xef) && left >= 3) { /* line separators, byte order mark, non-characters */
        code = (unsigned)((u[0] & 15) << 12 | (u[1] & 63) << 6 | (u[2] & 63));
        if (code == 0x2028 || code == 0x2029 || code == 0xfeff || code >= 0xfffe) {
            snprintf(out, 8, "\\u%04x", code);
            return 3;
        }
    }
    return 0;
}

static void add_quoted(gw_growing *out, const char *s, size_t len)
{
    char escape[8];
    size_t i, n;

    gw_growing_add(out, "\"");
    for (i = 0; i < len; i += n) {
        n = 1;
        if (s[i] == '"' || s[i] == '\\') {
            gw_growing_add(out, "\\");
            gw_growing_add_bytes(out, s + i, 1);
        }
        else if (s[i] == '\n') {
            gw_growing_add(out, "\\n");
        }
        else if ((n = escape_unprintable(escape, s + i, len - i)) > 0) {
            gw_growing_add(out, escape);
        }
        else {
            n = 1;
            gw_growing_add_bytes(out, s + i, 1);
        }
    }
    gw_growing_add(out, "\"");
}

static void add_string(gw_growing *out, const char *s, size_t len)
{
    if (is_plain(s, len))
        gw_growing_add_bytes(out, s, len);
    else
        add_quoted(out, s, len);
}

/* Empty containers too. */
static void add_scalar(gw_growing *out, const json_t *value)
{
    char *text;

    if (json_is_string(value)) {
        add_string(out, json_string_value(value), json_string_length(value));
        return;
    }
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (text == NULL)
        out->is_bad = 1;
    else
        gw_growing_add(out, text);
    free(text);
}

static int is_block(const json_t *value)
{
    return json_array_size(value) > 0 || json_object_size(value) > 0;
}

static void add_block(gw_growing *out, const json_t *value, int level, int is_started);

static void add_member(gw_growing *out, const char *key, const json_t *value, int level)
{
    size_t len = strlen(key);

    if (len > LONGEST_PLAIN) /* parsers look for the colon only so far */
        gw_growing_add(out, "? ");
    add_string(out, key, len);
    if (len > LONGEST_PLAIN) {
        gw_growing_add(out, "\n");
        add_indent(out, level);
    }
    gw_growing_add(out, ":");
    if (is_block(value)) {
        gw_growing_add(out, "\n");
        /* sequences stand at their key's own indent */
        add_block(out, value, json_is_array(value) ? level : level + 1, 0);
        return;
    }
    gw_growing_add(out, " ");
    add_scalar(out, value);
    gw_growing_add(out, "\n");
}

/* `is_started`: the first line's indent is there already ("- "). */
static void add_block(gw_growing *out, const json_t *value, int level, int is_started)
{
    const char *key;
    json_t *member;
    size_t i;

    json_array_foreach ((json_t *)value, i, member) {
        if (!is_started || i > 0)
            add_indent(out, level);
        gw_growing_add(out, "- ");
        if (is_block(member)) {
            add_block(out, member, level + 1, 1);
        }
        else {
            add_scalar(out, member);
            gw_growing_add(out, "\n");
        }
    }
    json_object_foreach ((json_t *)value, key, member) {
        if (!is_started)
            add_indent(out, level);
        is_started = 0;
        add_member(out, key, member, level);
    }
}

void gw_yaml_add(gw_growing *out, const json_t *value)
{
    if (is_block(value)) {
        add_block(out, value, 0, 0);
    }
    else {
        add_scalar(out, value);
        gw_growing_add(out, "\n");
    }
}

void gw_yaml_add_list(gw_growing *out, const char *key)
{
    add_string(out, key, strlen(key));
    gw_growing_add(out, ":\n");
}
