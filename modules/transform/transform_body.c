/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_body.c - which document a body is, and what is too much of one.
 */
#include "transform_edit.h"

#include <string.h>
#include <strings.h>

#define MAX_PAIRS 10000
#define MAX_VALUES 250000

typedef gw_body_outcome transform_fn(const char **out, apr_size_t *out_len, const gw_transform_rules *rules,
                                     const char *content_type, const char *bytes, apr_size_t len,
                                     const gw_template_env *env, apr_pool_t *p);

static int has_too_many_pairs(const char *bytes, apr_size_t len)
{
    const char *at = bytes, *end = bytes + len;
    int n = 0;

    while (n <= MAX_PAIRS && at < end && (at = memchr(at, '&', (size_t)(end - at))) != NULL) {
        at++;
        n++;
    }
    return n > MAX_PAIRS;
}

/* Of a text that may be JSON: what separates and opens, outside of strings. */
static int has_too_many_values(const char *bytes, apr_size_t len)
{
    int in_string = 0, n = 0;

    for (apr_size_t i = 0; i < len && n <= MAX_VALUES; i++) {
        const char c = bytes[i];

        if (c == '"')
            in_string = !in_string;
        else if (c == '\\' && in_string)
            i++;
        else if (!in_string)
            n += c == ',' || c == '[' || c == '{';
    }
    return n > MAX_VALUES;
}

/* Any value; NULL = no JSON. */
static json_t *parse_json(const char *text, apr_size_t len)
{
    json_t *value = json_loadb(text, len, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);

    /* an integer of more than 64 bits? */
    return value != NULL ? value
                         : json_loadb(text, len, JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
}

static gw_body_outcome transform_json(const char **out, apr_size_t *out_len, const gw_transform_rules *rules,
                                      const char *content_type, const char *bytes, apr_size_t len,
                                      const gw_template_env *env, apr_pool_t *p)
{
    json_t *doc;

    (void)content_type;
    if (has_too_many_values(bytes, len))
        return GW_BODY_TOO_MUCH;
    doc = len > 0 ? parse_json(bytes, len) : json_object();
    if (!json_is_object(doc)) {
        const gw_body_outcome outcome = doc != NULL ? GW_BODY_AS_IT_IS : GW_BODY_IMPOSSIBLE;

        json_decref(doc);
        return outcome;
    }
    gw_transform_apply(rules, &gw_json_editor, doc, env, p);
    *out = gw_json_doc_format(doc, p);
    json_decref(doc);
    if (*out == NULL)
        return GW_BODY_IMPOSSIBLE;
    *out_len = strlen(*out);
    return GW_BODY_CHANGED;
}

static gw_body_outcome transform_pairs(const char **out, apr_size_t *out_len, const gw_transform_rules *rules,
                                       const char *content_type, const char *bytes, apr_size_t len,
                                       const gw_template_env *env, apr_pool_t *p)
{
    gw_pairs_doc *doc;

    (void)content_type;
    if (has_too_many_pairs(bytes, len))
        return GW_BODY_TOO_MUCH;
    doc = gw_pairs_parse(bytes, len, p);
    gw_transform_apply(rules, &gw_pairs_editor, doc, env, p);
    *out = gw_pairs_format(doc, p);
    if (*out == NULL)
        *out = "";
    *out_len = strlen(*out);
    return GW_BODY_CHANGED;
}

static gw_body_outcome transform_multipart(const char **out, apr_size_t *out_len, const gw_transform_rules *rules,
                                           const char *content_type, const char *bytes, apr_size_t len,
                                           const gw_template_env *env, apr_pool_t *p)
{
    gw_multipart_doc *doc = gw_multipart_doc_parse(content_type, bytes, len, p);

    if (doc == NULL)
        return GW_BODY_AS_IT_IS;
    gw_transform_apply(rules, &gw_multipart_editor, doc, env, p);
    *out = gw_multipart_doc_format(out_len, doc, p);
    return *out != NULL ? GW_BODY_CHANGED : GW_BODY_IMPOSSIBLE;
}

static const struct {
    const char *type;
    transform_fn *transform;
} kinds[] = {
    { "application/json", transform_json },
    { "application/x-www-form-urlencoded", transform_pairs },
    { "multipart/form-data", transform_multipart },
};

static transform_fn *find_kind(const char *content_type)
{
    const apr_size_t len = content_type != NULL ? strcspn(content_type, "; \t") : 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strlen(kinds[i].type) == len && strncasecmp(kinds[i].type, content_type, len) == 0)
            return kinds[i].transform;
    return NULL;
}

int gw_body_is_editable(const char *content_type)
{
    return find_kind(content_type) != NULL;
}

gw_body_outcome gw_body_transform(const char **out, apr_size_t *out_len, const gw_transform_rules *rules,
                                  const char *content_type, const char *bytes, apr_size_t len,
                                  const gw_template_env *env, apr_pool_t *p)
{
    transform_fn *transform = find_kind(content_type);

    return transform != NULL ? transform(out, out_len, rules, content_type, bytes, len, env, p) : GW_BODY_AS_IT_IS;
}
