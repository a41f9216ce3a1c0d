/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_errors.c - the tree of what is wrong with a row, and the sentences made of it.
 *
 * The tree mirrors the row: a field's message, or an object of its fields' messages, or an array with null where an
 * element is good; "@entity" lists what is wrong between fields. Wording: the error catalogue of the Admin API.
 */
#include "schema_impl.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "json_pool.h"

#define ENTITY "@entity"
#define PRETTY_DEPTH 16

/* The length of the UTF-8 sequence at s, 0 when it is none (RFC 3629: no surrogates, no overlong forms). */
static apr_size_t sequence_length(const unsigned char *s, apr_size_t len)
{
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return len >= 2 && (s[1] & 0xc0) == 0x80 ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef) {
        unsigned char low = s[0] == 0xe0 ? 0xa0 : 0x80, high = s[0] == 0xed ? 0x9f : 0xbf;

        return len >= 3 && s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 ? 3 : 0;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        unsigned char low = s[0] == 0xf0 ? 0x90 : 0x80, high = s[0] == 0xf4 ? 0x8f : 0xbf;

        return len >= 4 && s[1] >= low && s[1] <= high && (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80 ? 4 : 0;
    }
    return 0;
}

/* `s` itself when it is UTF-8, else a copy with '?' for each broken byte: an error must always reach the client. */
static const char *mend_utf8(const char *s, apr_pool_t *p)
{
    apr_size_t len = strlen(s), at = 0;
    char *copy;

    if (gw_errors_bad_utf8(s, len) == 0)
        return s;
    copy = apr_pstrmemdup(p, s, len);
    while (at < len) {
        apr_size_t step = sequence_length((const unsigned char *)copy + at, len - at);

        if (step == 0)
            copy[at] = '?';
        at += step > 0 ? step : 1;
    }
    return copy;
}

static int cmp_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The member names of an object in byte order; in p. */
static const char **sorted_names(const json_t *object, apr_pool_t *p)
{
    const char **names = apr_palloc(p, json_object_size(object) * sizeof(*names));
    size_t n = 0;
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)object, name, value)
        names[n++] = name;
    qsort(names, n, sizeof(*names), cmp_names);
    return names;
}

static void append(apr_array_header_t *parts, const char *text)
{
    APR_ARRAY_PUSH(parts, const char *) = text;
}

static const char *join(const apr_array_header_t *parts, const char *between, apr_pool_t *p)
{
    apr_array_header_t *all = apr_array_make(p, parts->nelts * 2 + 1, sizeof(const char *));
    int i;

    for (i = 0; i < parts->nelts; i++) {
        if (i > 0)
            append(all, between);
        append(all, APR_ARRAY_IDX(parts, i, const char *));
    }
    return apr_array_pstrcat(p, all, '\0');
}

static int is_identifier(const char *s)
{
    if (*s >= '0' && *s <= '9')
        return 0;
    for (; *s != '\0'; s++) {
        if (!gw_char_is_alnum(*s) && *s != '_')
            return 0;
    }
    return 1;
}

static const char *quote(const char *s, apr_pool_t *p)
{
    char *out = apr_palloc(p, strlen(s) * 2 + 3), *to = out;

    *to++ = '"';
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\')
            *to++ = '\\';
        *to++ = *s;
    }
    *to++ = '"';
    *to = '\0';
    return out;
}

/* A scalar as messages show it; in p. */
static const char *format_scalar(const json_t *value, apr_pool_t *p)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return quote(json_string_value(value), p);
    case JSON_INTEGER:
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    case JSON_REAL:
        return gw_number_format(json_real_value(value), p);
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}

/* The part of a message for what lies deeper than one level: several lines, two spaces a level. */
static const char *format_pretty(const json_t *value, int level, apr_pool_t *p)
{
    apr_array_header_t *lines;
    const char *pad, *end;
    size_t i;

    if (level > PRETTY_DEPTH || (!json_is_object(value) && !json_is_array(value)))
        return level > PRETTY_DEPTH ? "..." : format_scalar(value, p);
    lines = apr_array_make(p, 4, sizeof(const char *));
    pad = apr_psprintf(p, "%*s", 2 * (level + 1), "");
    end = apr_psprintf(p, "%*s", 2 * level, "");
    if (json_is_array(value)) {
        int holes = 0;

        for (i = 0; i < json_array_size(value); i++) {
            const json_t *element = json_array_get(value, i);
            const char *name = holes ? apr_psprintf(p, "[%" APR_SIZE_T_FMT "] = ", i + 1) : "";

            if (json_is_null(element))
                holes = 1;
            else
                append(lines, apr_pstrcat(p, pad, name, format_pretty(element, level + 1, p), NULL));
        }
    }
    else {
        const char **names = sorted_names(value, p);

        for (i = 0; i < json_object_size(value); i++) {
            const char *name = is_identifier(names[i]) ? names[i] : apr_pstrcat(p, "[", quote(names[i], p), "]", NULL);

            append(lines, apr_pstrcat(p, pad, name, " = ",
                                      format_pretty(json_object_get(value, names[i]), level + 1, p), NULL));
        }
    }
    return apr_pstrcat(p, "{\n", join(lines, ",\n", p), "\n", end, "}", NULL);
}

static const char *format_error(const json_t *err, apr_pool_t *p)
{
    return json_is_string(err) ? json_string_value(err) : format_pretty(err, 0, p);
}

/* "field: message", or one such part for each member of a field with a tree. */
static void append_field(apr_array_header_t *parts, const char *name, const json_t *err, apr_pool_t *p)
{
    size_t i;

    if (json_is_array(err)) {
        for (i = 0; i < json_array_size(err); i++) {
            const json_t *element = json_array_get(err, i);

            if (!json_is_null(element))
                append(parts, apr_psprintf(p, "%s.%" APR_SIZE_T_FMT ": %s", name, i + 1, format_error(element, p)));
        }
    }
    else if (json_is_object(err)) {
        const char **names = sorted_names(err, p);

        for (i = 0; i < json_object_size(err); i++)
            append(parts, apr_pstrcat(p, name, ".", names[i], ": ", format_error(json_object_get(err, names[i]), p),
                                      NULL));
    }
    else {
        append(parts, apr_pstrcat(p, name, ": ", format_error(err, p), NULL));
    }
}

static const char *format_key(const json_t *key, int level, apr_pool_t *p)
{
    apr_array_header_t *parts;
    const char **names;
    size_t i;

    if (!json_is_object(key) || level > PRETTY_DEPTH)
        return format_scalar(key, p);
    parts = apr_array_make(p, 4, sizeof(const char *));
    names = sorted_names(key, p);
    for (i = 0; i < json_object_size(key); i++)
        append(parts, apr_pstrcat(p, names[i], "=", format_key(json_object_get(key, names[i]), level + 1, p), NULL));
    return apr_pstrcat(p, "{", join(parts, ",", p), "}", NULL);
}

apr_size_t gw_errors_bad_utf8(const char *s, apr_size_t len)
{
    apr_size_t at = 0;

    while (at < len) {
        apr_size_t step = sequence_length((const unsigned char *)s + at, len - at);

        if (step == 0)
            return at + 1;
        at += step;
    }
    return 0;
}

gw_errors *gw_errors_make(apr_pool_t *p)
{
    gw_errors *errors = apr_palloc(p, sizeof(*errors));

    errors->p = p;
    errors->count = 0;
    errors->tree = gw_json_keep(json_object(), p);
    return errors;
}

int gw_errors_any(const gw_errors *errors)
{
    return errors->count > 0;
}

json_t *gw_errors_tree(const gw_errors *errors)
{
    return errors->tree;
}

json_t *gw_errors_text(const char *message, apr_pool_t *p)
{
    return json_string(mend_utf8(message, p));
}

void gw_errors_put(gw_errors *errors, const char *name, json_t *err)
{
    if (err == NULL)
        return;
    errors->count++;
    name = mend_utf8(name, errors->p);
    if (json_object_get(errors->tree, name) == NULL)
        json_object_set_new(errors->tree, name, err);
    else
        json_decref(err);
}

void gw_errors_field(gw_errors *errors, const char *field, const char *message)
{
    json_t *node = errors->tree, *next;
    char *rest = apr_pstrdup(errors->p, mend_utf8(field, errors->p)), *dot;

    errors->count++;
    while ((dot = strchr(rest, '.')) != NULL) {
        *dot = '\0';
        next = json_object_get(node, rest);
        if (next == NULL) {
            next = json_object();
            json_object_set_new(node, rest, next);
        }
        if (!json_is_object(next))
            return; /* the record as a whole has a message */
        node = next;
        rest = dot + 1;
    }
    if (json_object_get(node, rest) == NULL)
        json_object_set_new(node, rest, gw_errors_text(message, errors->p));
}

void gw_errors_entity(gw_errors *errors, const char *message)
{
    json_t *list = json_object_get(errors->tree, ENTITY);

    errors->count++;
    if (list == NULL) {
        list = json_array();
        json_object_set_new(errors->tree, ENTITY, list);
    }
    json_array_append_new(list, gw_errors_text(message, errors->p));
}

const json_t *gw_errors_at(const gw_errors *errors, const char *field)
{
    const json_t *node = errors->tree;
    char *rest = apr_pstrdup(errors->p, field), *dot;

    while ((dot = strchr(rest, '.')) != NULL) {
        *dot = '\0';
        node = json_object_get(node, rest);
        if (!json_is_object(node))
            return node;
        rest = dot + 1;
    }
    return json_object_get(node, rest);
}

const char *gw_errors_message(const json_t *tree, apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, 4, sizeof(const char *));
    const json_t *list = json_object_get(tree, ENTITY);
    const char **names = sorted_names(tree, p);
    const char *all;
    size_t i;

    for (i = 0; i < json_array_size(list); i++)
        append(parts, format_error(json_array_get(list, i), p));
    for (i = 0; i < json_object_size(tree); i++) {
        if (strcmp(names[i], ENTITY) != 0)
            append_field(parts, names[i], json_object_get(tree, names[i]), p);
    }
    all = join(parts, "; ", p);
    if (parts->nelts == 1)
        return apr_pstrcat(p, "schema violation (", all, ")", NULL);
    return apr_psprintf(p, "%d schema violations (%s)", parts->nelts, all);
}

const char *gw_errors_key_text(const json_t *key, apr_pool_t *p)
{
    return format_key(key, 0, p);
}

const gw_error *gw_errors_result(const gw_errors *errors)
{
    gw_error *err;

    if (errors->count == 0)
        return NULL;
    err = apr_palloc(errors->p, sizeof(*err));
    err->code = GW_E_SCHEMA;
    err->fields = gw_json_keep(json_incref(errors->tree), errors->p);
    err->message = gw_errors_message(errors->tree, errors->p);
    return err;
}
