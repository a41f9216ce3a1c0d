/* SPDX-License-Identifier: Apache-2.0 */
/* transform_template.c - see transform_template.h. */
#include "transform_template.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "arena.h"
#include "text.h"

typedef enum source { A_TEXT, A_HEADER, A_QUERY, A_CAPTURE } source;

/* One alternative of a place, or a text between places. */
typedef struct term {
    source from;
    const char *name;       /* of what is asked for; the text itself for A_TEXT */
    struct term *otherwise; /* "or" */
} term;

struct gw_template {
    int n;
    const char *text; /* n == 0: all there is */
    term **parts;
};

static const struct {
    const char *word;
    source from;
} sources[] = { { "headers", A_HEADER }, { "query_params", A_QUERY }, { "uri_captures", A_CAPTURE } };

/* ---- compiling: `at` moves through the text; NULL or what is wrong ---- */

static void skip_blanks(const char **at)
{
    while (**at == ' ' || **at == '\t')
        ++*at;
}

static apr_size_t word_length(const char *at)
{
    apr_size_t n = 0;

    while (apr_isalnum(at[n]) || at[n] == '_')
        n++;
    return n;
}

static const char *parse_quoted(const char **name, const char **at, gw_arena *arena)
{
    const char quote = **at, *end = strchr(*at + 1, quote);

    if (end == NULL)
        return "a quote is not closed";
    *name = gw_arena_strndup(arena, *at + 1, (size_t)(end - *at - 1));
    *at = end + 1;
    return NULL;
}

static const char *parse_name(const char **name, const char **at, gw_arena *arena)
{
    const char *err = NULL;
    apr_size_t n;

    if (**at == '.') {
        if ((n = word_length(++*at)) == 0)
            return "a name is missing behind '.'";
        *name = gw_arena_strndup(arena, *at, n);
        *at += n;
        return NULL;
    }
    if (**at != '[')
        return "expected '.' or '[' behind headers, query_params or uri_captures";
    ++*at;
    if (**at == '"' || **at == '\'')
        err = parse_quoted(name, at, arena);
    else if ((n = strspn(*at, "0123456789")) > 0) {
        *name = gw_arena_strndup(arena, *at, n);
        *at += n;
    } else
        err = "expected a quoted name or a number behind '['";
    if (err == NULL && *(*at)++ != ']')
        err = "']' is missing";
    return err;
}

static const char *parse_term(term *t, const char **at, gw_arena *arena)
{
    apr_size_t n;

    skip_blanks(at);
    if (**at == '"' || **at == '\'') {
        t->from = A_TEXT;
        return parse_quoted(&t->name, at, arena);
    }
    n = word_length(*at);
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        if (strlen(sources[i].word) == n && memcmp(sources[i].word, *at, n) == 0) {
            t->from = sources[i].from;
            *at += n;
            return parse_name(&t->name, at, arena);
        }
    return "expected headers, query_params, uri_captures or a quoted word";
}

/* The inside of "$(...)"; *at is behind ")" afterwards. */
static const char *parse_place(term **place, const char **at, gw_arena *arena)
{
    term **next = place;
    const char *err;

    for (;;) {
        *next = gw_arena_calloc(arena, sizeof(term));
        if ((err = parse_term(*next, at, arena)) != NULL)
            return err;
        skip_blanks(at);
        if (**at == ')')
            break;
        if (strncmp(*at, "or", 2) != 0 || word_length(*at) != 2)
            return "expected 'or' or ')'";
        *at += 2;
        next = &(*next)->otherwise;
    }
    ++*at;
    return NULL;
}

static void push_text(apr_array_header_t *parts, const char *from, const char *to, gw_arena *arena)
{
    term *t;

    if (from == to)
        return;
    t = gw_arena_calloc(arena, sizeof(*t));
    t->from = A_TEXT;
    t->name = gw_arena_strndup(arena, from, (size_t)(to - from));
    APR_ARRAY_PUSH(parts, term *) = t;
}

const gw_template *gw_template_literal(const char *text, gw_arena *arena)
{
    gw_template *made = gw_arena_calloc(arena, sizeof(*made));

    made->text = gw_arena_strdup(arena, text);
    return made;
}

const char *gw_template_compile(const gw_template **template, const char *text, gw_arena *arena, apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, 4, sizeof(term *));
    gw_template *made = gw_arena_calloc(arena, sizeof(*made));
    const char *at = text, *place, *err;
    term *t;

    made->text = gw_arena_strdup(arena, text);
    *template = made;
    if (strstr(text, "$(") == NULL)
        return NULL;
    while ((place = strstr(at, "$(")) != NULL) {
        push_text(parts, at, place, arena);
        at = place + 2;
        if ((err = parse_place(&t, &at, arena)) != NULL)
            return err;
        APR_ARRAY_PUSH(parts, term *) = t;
    }
    push_text(parts, at, at + strlen(at), arena);
    made->n = parts->nelts;
    made->parts = gw_arena_alloc(arena, (size_t)parts->nelts * sizeof(term *));
    memcpy(made->parts, parts->elts, (size_t)parts->nelts * sizeof(term *));
    return NULL;
}

int gw_template_is_variable(const gw_template *template)
{
    return template->n > 0;
}

/* ---- rendering ---- */

/* headers.x_user means X-User, too. */
static const char *find_header(const apr_table_t *headers, const char *name, apr_pool_t *p)
{
    const char *value = apr_table_get(headers, name);
    char *dashed;

    if (value != NULL || strchr(name, '_') == NULL)
        return value;
    dashed = apr_pstrdup(p, name);
    for (char *c = dashed; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    return apr_table_get(headers, dashed);
}

static const char *find_argument(const char *query, const char *name, apr_pool_t *p)
{
    return query != NULL ? gw_query_get(NULL, query, name, p) : NULL;
}

static const char *find_capture(const json_t *captures, const char *name)
{
    const json_t *value = json_object_get(json_object_get(captures, "named"), name);

    if (value == NULL && apr_isdigit(*name))
        value = json_array_get(json_object_get(captures, "unnamed"), (size_t)strtoul(name, NULL, 10) - 1);
    return json_string_value(value);
}

static const char *fill(const term *t, const gw_template_env *env, apr_pool_t *p)
{
    const char *value = NULL;

    for (; t != NULL && value == NULL; t = t->otherwise) {
        switch (t->from) {
        case A_TEXT:
            value = t->name;
            break;
        case A_HEADER:
            value = find_header(env->headers, t->name, p);
            break;
        case A_QUERY:
            value = find_argument(env->query, t->name, p);
            break;
        case A_CAPTURE:
            value = find_capture(env->captures, t->name);
            break;
        }
    }
    return value;
}

const char *gw_template_render(const gw_template *template, const gw_template_env *env, apr_pool_t *p)
{
    apr_array_header_t *texts;

    if (template->n == 0)
        return template->text;
    texts = apr_array_make(p, template->n, sizeof(const char *));
    for (int i = 0; i < template->n; i++) {
        const char *value = fill(template->parts[i], env, p);

        if (value == NULL)
            return NULL;
        APR_ARRAY_PUSH(texts, const char *) = value;
    }
    return apr_array_pstrcat(p, texts, '\0');
}
