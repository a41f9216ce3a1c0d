/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transform_edit.c - headers, pairs and JSON; multipart stands in transform_multipart.c.
 */
#include "transform_edit.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "text.h"

/* ---- headers ---- */

static int has_header(void *doc, const char *name)
{
    return apr_table_get(doc, name) != NULL;
}

static void remove_header(void *doc, const char *name)
{
    apr_table_unset(doc, name);
}

typedef struct renaming {
    apr_table_t *to;
    const char *name;
} renaming;

static int add_renamed(void *ctx, const char *key, const char *value)
{
    renaming *r = ctx;

    (void)key;
    apr_table_addn(r->to, r->name, value);
    return 1;
}

static void rename_header(void *doc, const char *from, const char *to)
{
    apr_table_t *table = doc, *moved = apr_table_make(apr_table_elts(table)->pool, 2);
    renaming r = { moved, to };

    apr_table_do(add_renamed, &r, table, from, NULL);
    apr_table_unset(table, from);
    apr_table_unset(table, to);
    r.to = table;
    apr_table_do(add_renamed, &r, moved, to, NULL);
}

static const char *without_blanks(const char *value)
{
    while (*value == ' ' || *value == '\t')
        value++;
    return value;
}

static void set_header(void *doc, const char *name, const char *value, gw_value_type type)
{
    (void)type;
    apr_table_set(doc, name, without_blanks(value));
}

static void append_header(void *doc, const char *name, const char *value, gw_value_type type)
{
    (void)type;
    apr_table_add(doc, name, without_blanks(value));
}

const gw_transform_editor gw_header_editor = { has_header, remove_header, rename_header, set_header, append_header };

/* ---- pairs ---- */

typedef struct raw_pair {
    const char *text; /* as it stands, or encoded by us */
    const char *name; /* decoded; "" for nothing between two "&" */
} raw_pair;

struct gw_pairs_doc {
    apr_array_header_t *pairs; /* of raw_pair */
};

/* Most names stand as they are: whoever sends many pairs is not given much memory for each. */
static const char *name_of(const char *text, apr_pool_t *p)
{
    const apr_size_t len = strcspn(text, "=");
    apr_array_header_t *decoded;

    if (strcspn(text, "%+") >= len)
        return text[len] != '\0' ? apr_pstrmemdup(p, text, len) : text;
    decoded = gw_query_parse(apr_pstrmemdup(p, text, len), 1, p);
    return decoded != NULL && decoded->nelts > 0 ? APR_ARRAY_IDX(decoded, 0, gw_pair).name : "";
}

gw_pairs_doc *gw_pairs_parse(const char *text, apr_size_t len, apr_pool_t *p)
{
    gw_pairs_doc *doc = apr_palloc(p, sizeof(*doc));
    const char *at = text, *end = text + len;

    doc->pairs = apr_array_make(p, 8, sizeof(raw_pair));
    while (at < end) {
        const char *to = memchr(at, '&', (size_t)(end - at));
        raw_pair *pair = apr_array_push(doc->pairs);

        if (to == NULL)
            to = end;
        pair->text = to > at ? apr_pstrmemdup(p, at, (size_t)(to - at)) : "";
        pair->name = name_of(pair->text, p);
        at = to + 1;
    }
    return doc;
}

const char *gw_pairs_format(const gw_pairs_doc *doc, apr_pool_t *p)
{
    apr_array_header_t *texts = apr_array_make(p, doc->pairs->nelts, sizeof(const char *));

    for (int i = 0; i < doc->pairs->nelts; i++)
        APR_ARRAY_PUSH(texts, const char *) = APR_ARRAY_IDX(doc->pairs, i, raw_pair).text;
    return texts->nelts > 0 ? apr_array_pstrcat(p, texts, '&') : NULL;
}

static const char *encode(const char *s, apr_pool_t *p)
{
    static const char hex[] = "0123456789ABCDEF";
    char *out = apr_palloc(p, 3 * strlen(s) + 1), *to = out;

    for (; *s != '\0'; s++) {
        const unsigned char c = (unsigned char)*s;

        if (apr_isalnum(c) || strchr("-._~", c) != NULL) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        }
    }
    *to = '\0';
    return out;
}

static raw_pair make_pair(const char *name, const char *value, apr_pool_t *p)
{
    const raw_pair pair = { apr_pstrcat(p, encode(name, p), "=", encode(value, p), NULL), name };

    return pair;
}

static int find_pair(const gw_pairs_doc *doc, const char *name, int from)
{
    for (; from < doc->pairs->nelts; from++)
        if (strcmp(APR_ARRAY_IDX(doc->pairs, from, raw_pair).name, name) == 0)
            return from;
    return -1;
}

static int has_pair(void *doc, const char *name)
{
    return find_pair(doc, name, 0) >= 0;
}

/* From `from` on. */
static void remove_pairs(gw_pairs_doc *doc, const char *name, int from)
{
    int kept = from;

    for (int i = from; i < doc->pairs->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(doc->pairs, i, raw_pair).name, name) != 0)
            APR_ARRAY_IDX(doc->pairs, kept++, raw_pair) = APR_ARRAY_IDX(doc->pairs, i, raw_pair);
    doc->pairs->nelts = kept;
}

static void remove_pair(void *doc, const char *name)
{
    remove_pairs(doc, name, 0);
}

static void rename_pair(void *vdoc, const char *from, const char *to)
{
    gw_pairs_doc *doc = vdoc;
    apr_pool_t *p = doc->pairs->pool;

    if (strcmp(from, to) == 0)
        return;
    remove_pairs(doc, to, 0);
    for (int i = find_pair(doc, from, 0); i >= 0; i = find_pair(doc, from, i)) {
        raw_pair *pair = &APR_ARRAY_IDX(doc->pairs, i, raw_pair);
        const char *equals = strchr(pair->text, '=');

        pair->text = apr_pstrcat(p, encode(to, p), equals, NULL);
        pair->name = to;
    }
}

static void set_pair(void *vdoc, const char *name, const char *value, gw_value_type type)
{
    gw_pairs_doc *doc = vdoc;
    const raw_pair pair = make_pair(name, value, doc->pairs->pool);
    const int at = find_pair(doc, name, 0);

    (void)type;
    if (at < 0) {
        APR_ARRAY_PUSH(doc->pairs, raw_pair) = pair;
        return;
    }
    APR_ARRAY_IDX(doc->pairs, at, raw_pair) = pair;
    remove_pairs(doc, name, at + 1);
}

static void append_pair(void *vdoc, const char *name, const char *value, gw_value_type type)
{
    gw_pairs_doc *doc = vdoc;

    (void)type;
    APR_ARRAY_PUSH(doc->pairs, raw_pair) = make_pair(name, value, doc->pairs->pool);
}

const gw_transform_editor gw_pairs_editor = { has_pair, remove_pair, rename_pair, set_pair, append_pair };

/* ---- JSON ---- */

const char *gw_json_doc_format(const json_t *doc, apr_pool_t *p)
{
    char *text = gw_json_shorten(json_dumps(doc, JSON_COMPACT));
    const char *out = text != NULL ? apr_pstrdup(p, text) : NULL;

    free(text);
    return out;
}

static int has_member(void *doc, const char *name)
{
    return json_object_get(doc, name) != NULL;
}

static void remove_member(void *doc, const char *name)
{
    json_object_del(doc, name);
}

static void rename_member(void *doc, const char *from, const char *to)
{
    json_t *value = json_incref(json_object_get(doc, from));

    json_object_del(doc, from);
    json_object_set_new(doc, to, value);
}

static json_t *make_value(const char *value, gw_value_type type)
{
    json_t *made = NULL;

    if (type == GW_VALUE_BOOLEAN)
        return json_boolean(strcmp(value, "true") == 0);
    if (type == GW_VALUE_NUMBER)
        made = json_loads(value, JSON_DECODE_ANY, NULL);
    if (made != NULL && json_is_number(made))
        return made;
    json_decref(made);
    made = json_string(value);
    return made != NULL ? made : json_string(""); /* no UTF-8 */
}

static void set_value(void *doc, const char *name, const char *value, gw_value_type type)
{
    json_object_set_new(doc, name, make_value(value, type));
}

static void append_value(void *doc, const char *name, const char *value, gw_value_type type)
{
    json_t *known = json_object_get(doc, name), *list;

    if (json_is_array(known)) {
        json_array_append_new(known, make_value(value, type));
        return;
    }
    list = json_array();
    if (known != NULL)
        json_array_append(list, known);
    json_array_append_new(list, make_value(value, type));
    json_object_set_new(doc, name, list);
}

const gw_transform_editor gw_json_editor = { has_member, remove_member, rename_member, set_value, append_value };
