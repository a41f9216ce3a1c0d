/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyauth_body.c - three kinds of bodies behind one table of functions. What is removed is cut out of the text, so
 * that numbers, blanks and order of the rest arrive as the client wrote them.
 */
#include "keyauth_body.h"

#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <jansson.h>

#include "json_pool.h"
#include "multipart.h"
#include "text.h"

#define MAX_DEPTH 100 /* of JSON */
#define MAX_PARTS 100

typedef struct body_kind {
    const char *type;
    int (*parse)(gw_key_body *body, apr_pool_t *p);
    const char *(*get)(int *count, const gw_key_body *body, const char *name, apr_pool_t *p);
    const char *(*remove)(apr_size_t *left, const gw_key_body *body, const char *name, apr_pool_t *p);
} body_kind;

struct gw_key_body {
    const body_kind *kind;
    const char *content_type;
    const char *bytes;
    apr_size_t len;
    const char *text;          /* form: with a NUL */
    apr_array_header_t *pairs; /* multipart */
    json_t *json;              /* owned by a cleanup of the pool */
};

/* ---- form ---- */

static int parse_form(gw_key_body *body, apr_pool_t *p)
{
    if (memchr(body->bytes, '\0', body->len) != NULL)
        return 0;
    body->text = apr_pstrmemdup(p, body->bytes, body->len);
    return 1;
}

static const char *get_form(int *count, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    return gw_query_get(count, body->text, name, p);
}

static const char *remove_form(apr_size_t *left, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    const char *rest = gw_query_remove(body->text, name, p);

    *left = rest != NULL ? strlen(rest) : 0;
    return rest == body->text ? body->bytes : rest != NULL ? rest : "";
}

/* ---- multipart ---- */

static int parse_multipart(gw_key_body *body, apr_pool_t *p)
{
    body->pairs = gw_multipart_parse(body->content_type, body->bytes, body->len, MAX_PARTS, p);
    return body->pairs != NULL;
}

static const char *get_multipart(int *count, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    const char *value = NULL;
    int i;

    *count = 0;
    for (i = 0; i < body->pairs->nelts; i++) {
        const gw_form_pair *pair = &APR_ARRAY_IDX(body->pairs, i, gw_form_pair);

        if (strcmp(pair->key, name) != 0 || memchr(pair->value, '\0', pair->value_len) != NULL)
            continue;
        if ((*count)++ == 0)
            value = apr_pstrmemdup(p, pair->value, pair->value_len);
    }
    return value;
}

static const char *remove_multipart(apr_size_t *left, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    return gw_multipart_remove(left, body->content_type, body->bytes, body->len, name, p);
}

/* ---- JSON ---- */

static int parse_json(gw_key_body *body, apr_pool_t *p)
{
    body->json = gw_json_keep(gw_json_parse_foreign(body->bytes, body->len, MAX_DEPTH, GW_JSON_BODY_VALUES), p);
    return json_is_object(body->json);
}

static const char *get_json(int *count, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    const json_t *value = json_object_get(body->json, name);

    (void)p;
    *count = json_is_array(value) ? 2 : json_is_string(value);
    return json_is_array(value) ? "" : json_string_value(value);
}

/* Behind the string, or the blanks, or the value at `at`; the text is known to be good JSON. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at + 1;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && apr_isspace(*at))
        at++;
    return at;
}

static const char *skip_value(const char *at)
{
    int depth = 0;

    while (depth > 0 || (*at != ',' && *at != '}')) {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    }
    return at;
}

/* A member's name as it stands, quotes included, against a plain one. */
static int is_called(const char *quoted, apr_size_t len, const char *name)
{
    json_t *decoded;
    int same;

    if (memchr(quoted, '\\', len) == NULL)
        return len == strlen(name) + 2 && memcmp(quoted + 1, name, len - 2) == 0;
    decoded = json_loadb(quoted, len, JSON_DECODE_ANY, NULL);
    same = decoded != NULL && strcmp(json_string_value(decoded), name) == 0;
    json_decref(decoded);
    return same;
}

/* Duplicate members were refused by the parser: there is one to cut out at most, with the comma behind or before it. */
static const char *remove_json(apr_size_t *left, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    const char *end = body->bytes + body->len, *at = skip_blanks(body->bytes, end) + 1, *from = at, *to;
    char *out;

    *left = body->len;
    if (json_object_get(body->json, name) == NULL)
        return body->bytes;
    for (;;) {
        const char *quoted = skip_blanks(at, end), *behind = skip_string(quoted);

        to = skip_value(skip_blanks(behind, end) + 1);
        if (is_called(quoted, (apr_size_t)(behind - quoted), name))
            break;
        from = to; /* the comma before the next member */
        at = to + 1;
    }
    if (*from != ',' && *to == ',') /* the first of several: its own comma goes */
        to++;
    *left = body->len - (apr_size_t)(to - from);
    out = apr_palloc(p, *left);
    memcpy(out, body->bytes, (apr_size_t)(from - body->bytes));
    memcpy(out + (from - body->bytes), to, (apr_size_t)(end - to));
    return out;
}

/* ---- entry points ---- */

static const body_kind kinds[] = {
    { "application/x-www-form-urlencoded", parse_form, get_form, remove_form },
    { "multipart/form-data", parse_multipart, get_multipart, remove_multipart },
    { "application/json", parse_json, get_json, remove_json },
};

static const body_kind *find_kind(const char *content_type)
{
    apr_size_t len = strcspn(content_type, "; \t"), i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strlen(kinds[i].type) == len && strncasecmp(kinds[i].type, content_type, len) == 0)
            return &kinds[i];
    return NULL;
}

int gw_key_body_is_readable(const char *content_type)
{
    return find_kind(content_type) != NULL;
}

gw_key_body *gw_key_body_parse(const char *content_type, const char *bytes, apr_size_t len, apr_pool_t *p)
{
    gw_key_body *body = apr_pcalloc(p, sizeof(*body));

    body->kind = find_kind(content_type);
    body->content_type = content_type;
    body->bytes = bytes;
    body->len = len;
    return body->kind != NULL && body->kind->parse(body, p) ? body : NULL;
}

const char *gw_key_body_get(int *count, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    return body->kind->get(count, body, name, p);
}

const char *gw_key_body_remove(apr_size_t *left, const gw_key_body *body, const char *name, apr_pool_t *p)
{
    return body->kind->remove(left, body, name, p);
}
