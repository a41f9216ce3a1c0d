/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_errors.c - a table of today's sentences and what they were called once.
 */
#include "legacy_errors.h"

#include <apr_strings.h>
#include <string.h>

#include "json_pool.h"

/* "%s" is the field. */
static const struct { const char *now, *then; } sentences[] = {
    { "required field missing", "%s is required" },  { "unknown field", "%s is an unknown field" },
    { "expected a string", "%s is not a string" },   { "expected an integer", "%s is not a number" },
    { "expected a number", "%s is not a number" },   { "expected a boolean", "%s is not a boolean" },
    { "expected an array", "%s is not an array" },   { "expected a set", "%s is not an array" },
    { "expected a map", "%s is not a table" },       { "expected a record", "%s is not a table" },
};

#define BETWEEN "value should be between "

static const char *translate(const char *field, const char *text, apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
        if (strcmp(sentences[i].now, text) == 0)
            return apr_psprintf(p, sentences[i].then, field);
    if (strncmp(text, BETWEEN, strlen(BETWEEN)) == 0)
        return apr_pstrcat(p, "must be an integer between ", text + strlen(BETWEEN), NULL);
    return text;
}

/* The first sentence of a list's errors, and whose it is. */
static const char *first_of(size_t *at, const json_t *errors)
{
    for (*at = 0; *at < json_array_size(errors); ++*at)
        if (json_is_string(json_array_get(errors, *at)))
            return json_string_value(json_array_get(errors, *at));
    return NULL;
}

static void set(json_t *out, const char *field, const char *text, apr_pool_t *p)
{
    json_object_set_new(out, field, json_string(gw_text_printable(text, strlen(text), p)));
}

static void flatten(json_t *out, const char *prefix, const json_t *fields, apr_pool_t *p)
{
    const char *name, *text;
    json_t *value;
    size_t at;

    json_object_foreach((json_t *)fields, name, value) {
        const char *path = apr_pstrcat(p, prefix, name, NULL);

        text = json_is_array(value) ? first_of(&at, value) : json_string_value(value);
        if (strcmp(name, "@entity") == 0)
            set(out, "message", text != NULL ? text : "invalid", p);
        else if (strcmp(path, "name") == 0 && text != NULL && strncmp(text, "plugin '", 8) == 0)
            set(out, "config", apr_pstrcat(p, apr_pstrmemdup(p, text, strcspn(text, ";")),
                                           "; add it to the 'custom_plugins' configuration property", NULL), p);
        else if (strcmp(path, "consumer") == 0)
            set(out, "consumer_id", text != NULL ? text : "consumer_id is not a valid uuid", p);
        else if (text != NULL)
            set(out, path, translate(name, text, p), p);
        else if (json_is_object(value))
            flatten(out, apr_pstrcat(p, path, ".", NULL), value, p);
    }
}

json_t *gw_legacy_errors(const json_t *fields, apr_pool_t *p)
{
    json_t *out = json_object();

    flatten(out, "", fields, p);
    return out;
}

/* Lists of a route: whose member they were, what one of them was called, what is wrong with it. */
static const struct { const char *row, *api, *one, *why; } lists[] = {
    { "hosts", "hosts", "host", "Invalid hostname" },
    { "paths", "uris", "uri", NULL },
    { "methods", "methods", "method", "must be of capital letters" },
};

static const char *explain(const char *why, const char *text)
{
    if (strstr(text, "at most one wildcard") != NULL)
        return "Only one wildcard is allowed";
    if (strstr(text, "wildcard") != NULL)
        return "Invalid wildcard placement";
    if (strncmp(text, "should start with", 17) == 0)
        return "must be prefixed with slash";
    return why != NULL ? why : text;
}

json_t *gw_legacy_row_errors(const json_t *fields, const json_t *row, apr_pool_t *p)
{
    json_t *out = json_object(), *value;
    const char *name;
    size_t i, at;

    json_object_foreach((json_t *)fields, name, value) {
        const char *text = json_is_array(value) ? first_of(&at, value) : json_string_value(value);
        const char *bad;

        if (text == NULL || strcmp(name, "@entity") == 0)
            continue;
        for (i = 0; i < sizeof(lists) / sizeof(lists[0]) && strcmp(lists[i].row, name) != 0; i++)
            ;
        if (i == sizeof(lists) / sizeof(lists[0])) { /* name, or a part of the url */
            set(out, strcmp(name, "name") == 0 ? name : "upstream_url",
                strcmp(name, "name") == 0 ? text : "upstream_url is not a url", p);
            continue;
        }
        bad = json_is_array(value) ? json_string_value(json_array_get(json_object_get(row, name), at)) : NULL;
        bad = bad != NULL ? bad + (*bad == '~') : "";
        set(out, lists[i].api, apr_psprintf(p, "%s with value '%s' is invalid: %s", lists[i].one, bad,
                                            explain(lists[i].why, text)), p);
    }
    return out;
}

json_t *gw_legacy_taken(const json_t *fields, apr_pool_t *p)
{
    json_t *out = json_object(), *value;
    const char *name;

    json_object_foreach((json_t *)fields, name, value)
        if (json_is_string(value))
            set(out, name, apr_pstrcat(p, "already exists with value '", json_string_value(value), "'", NULL), p);
    return out;
}
