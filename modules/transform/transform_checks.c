/* SPDX-License-Identifier: Apache-2.0 */
/* transform_checks.c - see transform_checks.h. The sentences are the reference's. */
#include "transform_checks.h"

#include <strings.h>
#include <apr_strings.h>

#include "arena.h"
#include "transform_template.h"

/* They say where a message ends or belong to one connection: whoever changes them splits requests. */
static const char *const framing[] = {
    "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"
};

static const char *check_name(const char *name, apr_size_t len, const gw_field *field, apr_pool_t *p)
{
    const char *word = apr_pstrmemdup(p, name, len), *err = NULL;
    json_t *value = json_stringn(name, len);

    if (len == 0 || value == NULL || gw_check_header_name(value, field, p) != NULL)
        err = apr_psprintf(p, "'%s' is not a valid header", word);
    for (size_t i = 0; err == NULL && i < sizeof(framing) / sizeof(framing[0]); i++)
        if (strcasecmp(word, framing[i]) == 0)
            err = apr_psprintf(p, "'%s' cannot be changed", word);
    json_decref(value);
    return err;
}

static const char *check_places(const char *text, apr_pool_t *p)
{
    gw_arena *arena = gw_arena_make(0);
    const gw_template *template;
    const char *err = gw_template_compile(&template, text, arena, p);

    gw_arena_destroy(arena);
    return err != NULL ? apr_psprintf(p, "value '%s' is not in supported format, error: %s", text, err) : NULL;
}

const char *gw_check_template(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    (void)field;
    return check_places(json_string_value(value), p);
}

/* Behind the name and its colons; NULL: `*err` is what is wrong. */
static const char *value_of_pair(const char **err, const char *text, apr_pool_t *p)
{
    const char *colon = text + strcspn(text, ":"), *value = colon + strspn(colon, ":");

    if (colon != text && *value != '\0')
        return value;
    *err = colon == text ? apr_psprintf(p, "invalid value: %s", text)
                         : apr_psprintf(p, "key '%.*s' has no value", (int)(colon - text), text);
    return NULL;
}

const char *gw_check_plain_pair(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *err = NULL;

    (void)field;
    value_of_pair(&err, json_string_value(value), p);
    return err;
}

const char *gw_check_pair(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *err = NULL, *text = value_of_pair(&err, json_string_value(value), p);

    (void)field;
    return text != NULL ? check_places(text, p) : err;
}

const char *gw_check_changed_header(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *text = json_string_value(value);

    return check_name(text, strcspn(text, ":"), field, p);
}

const char *gw_check_plain_header_pair(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *text = json_string_value(value), *colon = strchr(text, ':');

    if (colon == NULL || colon == text || gw_check_one_line(value, field, p) != NULL)
        return apr_psprintf(p, "invalid value: %s", text);
    return check_name(text, (apr_size_t)(colon - text), field, p);
}

const char *gw_check_header_pair(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *err = gw_check_plain_header_pair(value, field, p), *colon = strchr(json_string_value(value), ':');

    return err != NULL ? err : check_places(colon + strspn(colon, ":"), p);
}

const char *gw_check_header_names(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *text = json_string_value(value), *colon = strchr(text, ':'), *err;

    if (colon == NULL || colon == text)
        return apr_psprintf(p, "invalid value: %s", text);
    err = check_name(text, (apr_size_t)(colon - text), field, p);
    colon += strspn(colon, ":");
    return err != NULL ? err : check_name(colon, strlen(colon), field, p);
}
