/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_keys.c - builds a tree of nodes from form keys, then turns it into JSON.
 *
 * A node is a scalar or a table; a table has members with names and elements with 1-based indexes at the same time
 * until the end, because only the last pair tells which of the two it was. Knows no schema.
 */
#include "form_keys.h"

#include <apr_strings.h>
#include <string.h>

#define MAX_INDEX_DIGITS 9

typedef struct node node;

struct node {
    const char *name; /* NULL: an element of a list */
    apr_size_t name_len;
    unsigned index;   /* 1-based, of an element */
    json_t *scalar;   /* NULL: a table */
    node *first, *last, *next;
    unsigned highest; /* largest index among its elements */
};

/* One step of a key: a member's name, or an element. */
typedef struct step {
    const char *name; /* NULL: an element */
    apr_size_t len;
    unsigned index;   /* 0: "[]", the next free one */
} step;

typedef struct steps {
    int n;
    step v[GW_FORM_DEPTH];
} steps;

/* Where the UTF-8 of `s` breaks, 0-based; -1 when it is good. */
static apr_ssize_t find_utf8_fault(const unsigned char *s, apr_size_t len)
{
    apr_size_t i = 0;

    while (i < len) {
        unsigned char c = s[i];
        unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        unsigned k;

        if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || more >= len - i)
            return (apr_ssize_t)i;
        for (k = 1; k <= more; k++)
            if ((s[i + k] & 0xc0) != 0x80)
                return (apr_ssize_t)i;
        /* overlong forms, surrogates, beyond U+10FFFF */
        if ((c == 0xe0 && s[i + 1] < 0xa0) || (c == 0xed && s[i + 1] >= 0xa0) || (c == 0xf0 && s[i + 1] < 0x90)
            || (c == 0xf4 && s[i + 1] >= 0x90))
            return (apr_ssize_t)i;
        i += more + 1;
    }
    return -1;
}

static int is_text(const char *s, apr_size_t len)
{
    return memchr(s, '\0', len) == NULL && find_utf8_fault((const unsigned char *)s, len) < 0;
}

const gw_form_pair *gw_form_find_bad(const char **why, const gw_form_pair *pairs, int npairs, apr_pool_t *p)
{
    int i;

    for (i = 0; i < npairs; i++) {
        const gw_form_pair *pair = &pairs[i];
        apr_ssize_t at;

        if (!is_text(pair->key, pair->key_len)) {
            *why = NULL;
            return pair;
        }
        if (is_text(pair->value, pair->value_len))
            continue;
        at = find_utf8_fault((const unsigned char *)pair->value, pair->value_len);
        if (at < 0)
            *why = "must not contain a NUL character";
        else
            *why = apr_psprintf(p, "invalid utf-8 character sequence detected at position %" APR_SSIZE_T_FMT, at + 1);
        return pair;
    }
    return NULL;
}

/* Split trailing "[n]" and "[]" groups off a segment; its name shrinks to what stands before them.
 * Groups are added in reverse. */
static int add_segment(steps *path, const char *s, apr_size_t len)
{
    unsigned groups[GW_FORM_DEPTH];
    int ngroups = 0;

    while (len > 2 && s[len - 1] == ']') {
        apr_size_t open = len - 1;
        unsigned index = 0;
        apr_size_t i;

        while (open > 0 && s[open - 1] >= '0' && s[open - 1] <= '9')
            open--;
        /* a name must be left before the bracket */
        if (open < 2 || s[open - 1] != '[')
            break;
        if (len - 1 - open > MAX_INDEX_DIGITS || ngroups == GW_FORM_DEPTH)
            return 0;
        for (i = open; i < len - 1; i++)
            index = index * 10 + (unsigned)(s[i] - '0');
        if (open < len - 1 && index == 0)
            return 0;
        groups[ngroups++] = index;
        len = open - 1;
    }
    if (memchr(s, '[', len) != NULL || memchr(s, ']', len) != NULL || path->n + 1 + ngroups > GW_FORM_DEPTH)
        return 0;
    path->v[path->n++] = (step){ .name = s, .len = len };
    while (ngroups > 0)
        path->v[path->n++] = (step){ .index = groups[--ngroups] };
    return 1;
}

/* "a[].b" is "a.b": an index without a number counts only at the end. */
static void drop_open_indexes(steps *path)
{
    int i, n = 0;

    for (i = 0; i < path->n; i++)
        if (path->v[i].name != NULL || path->v[i].index != 0 || i == path->n - 1)
            path->v[n++] = path->v[i];
    path->n = n;
}

/* 0: not of the grammar, the key is to be taken literally. */
static int split_key(steps *path, const char *key, apr_size_t len)
{
    const char *end = key + len;

    path->n = 0;
    for (;;) {
        const char *dot = memchr(key, '.', (apr_size_t)(end - key));
        const char *stop = dot != NULL ? dot : end;

        if (stop == key || !add_segment(path, key, (apr_size_t)(stop - key)))
            return 0;
        if (dot == NULL)
            break;
        key = dot + 1;
    }
    drop_open_indexes(path);
    return 1;
}

static node *add_child(node *table, const step *s, apr_pool_t *p)
{
    node *child = apr_pcalloc(p, sizeof(*child));

    child->name = s->name;
    child->name_len = s->len;
    child->index = s->name == NULL && s->index == 0 ? table->highest + 1 : s->index;
    if (child->index > table->highest)
        table->highest = child->index;
    if (table->last != NULL)
        table->last->next = child;
    else
        table->first = child;
    table->last = child;
    return child;
}

static node *find_child(const node *table, const step *s)
{
    node *child;

    if (s->name == NULL && s->index == 0)
        return NULL;
    for (child = table->first; child != NULL; child = child->next) {
        if (s->name == NULL ? child->index == s->index
                            : child->name != NULL && child->name_len == s->len
                                  && memcmp(child->name, s->name, s->len) == 0)
            return child;
    }
    return NULL;
}

/* A scalar that turns out to be a table becomes its first element. */
static void make_table(node *n, apr_pool_t *p)
{
    static const step next = { .index = 0 };
    json_t *scalar = n->scalar;

    if (scalar == NULL)
        return;
    n->scalar = NULL;
    add_child(n, &next, p)->scalar = scalar;
}

static void put(node *root, const steps *path, json_t *value, apr_pool_t *p)
{
    static const step next = { .index = 0 };
    node *at = root;
    int i;

    for (i = 0; i < path->n; i++) {
        node *child = find_child(at, &path->v[i]);

        if (child == NULL) {
            at = add_child(at, &path->v[i], p);
            if (i == path->n - 1) {
                at->scalar = value;
                return;
            }
        }
        else {
            at = child;
            make_table(at, p);
        }
    }
    /* given before: one more element */
    add_child(at, &next, p)->scalar = value;
}

/* New reference; takes over the scalars. The depth is bounded by GW_FORM_DEPTH. */
static json_t *finish(node *n, int is_root, apr_pool_t *p)
{
    unsigned nmembers = 0, nelements = 0;
    node *child;
    json_t *out;

    if (n->scalar != NULL)
        return n->scalar;
    for (child = n->first; child != NULL; child = child->next)
        child->name != NULL ? nmembers++ : nelements++;
    if (!is_root && nmembers == 0 && nelements == n->highest && nelements > 0) {
        out = json_array();
        for (child = n->first; child != NULL; child = child->next)
            json_array_append_new(out, json_null());
        for (child = n->first; child != NULL; child = child->next)
            json_array_set_new(out, child->index - 1, finish(child, 0, p));
        return out;
    }
    out = json_object();
    for (child = n->first; child != NULL; child = child->next) {
        const char *name = child->name != NULL ? apr_pstrmemdup(p, child->name, child->name_len)
                                               : apr_psprintf(p, "%u", child->index);

        json_object_set_new(out, name, finish(child, 0, p));
    }
    return out;
}

json_t *gw_form_object(const gw_form_pair *pairs, int npairs, apr_pool_t *p)
{
    node root = { .name = NULL };
    int i;

    for (i = 0; i < npairs; i++) {
        const gw_form_pair *pair = &pairs[i];
        steps path;
        json_t *value;

        if (!is_text(pair->key, pair->key_len) || !is_text(pair->value, pair->value_len))
            continue;
        if (!split_key(&path, pair->key, pair->key_len)) {
            path.n = 1;
            path.v[0] = (step){ .name = pair->key, .len = pair->key_len };
        }
        if (pair->is_bare)
            value = json_true();
        else if (pair->value_len == 0)
            value = json_null();
        else
            value = json_stringn(pair->value, pair->value_len);
        put(&root, &path, value, p);
    }
    return finish(&root, 1, p);
}
