/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_find.c - one request through the index: the nodes of its hosts, and in each whatever may still beat the best
 * so far. An entry is checked whole before it counts, its regexes last.
 */
#include "router_index.h"

#define MOST_PLACES 32 /* of one path's walk, kept to look at the deepest first */

typedef struct search {
    const gw_index *index;
    const gw_route *const *shown; /* by place: what of the index counts; NULL = all */
    const gw_match_input *in;
    size_t path_len;
    apr_pool_t *p;
    const gw_entry *best;
    size_t matched_len;
    const gw_entry *undecided; /* the best of those whose regexes gave up */
} search;

/* YES as 1 and NO as 0 of everyone else; beside them, that a regex gave up. */
enum { NO = 0, YES = 1, UNKNOWN = -1 };

static const char *get_header(const search *s, const char *name, int nth)
{
    return s->in->header != NULL ? s->in->header(s->in->baton, name, nth) : NULL;
}

/* ---- does an entry match? ---- */

static int match_method(const gw_program *program, const search *s)
{
    int i;

    for (i = 0; i < program->nmethods; i++)
        if (strcmp(program->methods[i].text, s->in->method) == 0)
            return 1;
    return program->nmethods == 0;
}

static int is_word(const gw_word *word, const char *text, size_t len)
{
    size_t i;

    if (word->len != len)
        return 0;
    for (i = 0; i < len; i++)
        if ((unsigned char)word->text[i] != gw_lower(text[i]))
            return 0;
    return 1;
}

static int match_sni(const gw_program *program, const search *s)
{
    int i;

    if (program->nsnis == 0 || !s->in->is_tls)
        return 1;
    for (i = 0; s->in->sni != NULL && i < program->nsnis; i++)
        if (is_word(&program->snis[i], s->in->sni, strlen(s->in->sni)))
            return 1;
    return 0;
}

static int match_header_regexes(const gw_wanted_header *wanted, const char *value, size_t len, search *s)
{
    int r, verdict = NO;
    char *lower;
    size_t i;

    if (wanted->nregexes == 0)
        return NO;
    lower = apr_palloc(s->p, len + 1);
    for (i = 0; i <= len; i++)
        lower[i] = (char)gw_lower(value[i]);
    for (r = 0; r < wanted->nregexes; r++) {
        gw_regex_hit hit;
        int rc = gw_regex_run(&hit, wanted->regexes[r], lower, len);

        if (rc > 0)
            return YES;
        if (rc < 0)
            verdict = UNKNOWN;
    }
    return verdict;
}

static int match_header(const gw_wanted_header *wanted, search *s)
{
    int nth, i, one, verdict = NO;
    const char *value;

    for (nth = 0; (value = get_header(s, wanted->name.text, nth)) != NULL; nth++) {
        size_t len = strlen(value);

        for (i = 0; i < wanted->nvalues; i++)
            if (is_word(&wanted->values[i], value, len))
                return YES;
        if ((one = match_header_regexes(wanted, value, len, s)) == YES)
            return YES;
        if (one == UNKNOWN)
            verdict = UNKNOWN;
    }
    return verdict;
}

static int match_path(size_t *matched_len, const gw_entry *entry, search *s)
{
    const gw_word *path = &entry->path;
    gw_regex_hit hit;
    int rc;

    *matched_len = 0;
    if (!entry->has_path)
        return YES;
    if (path->len > s->path_len || memcmp(path->text, s->in->path, path->len) != 0)
        return NO;
    *matched_len = path->len;
    if (entry->regex == NULL)
        return YES;
    rc = gw_regex_run(&hit, entry->regex, s->in->path, s->path_len);
    if (rc > 0)
        *matched_len = hit.end;
    return rc > 0 ? YES : rc < 0 ? UNKNOWN : NO;
}

/* Or has its route been replaced since the index was made? */
static int is_shown(const gw_program *program, const search *s)
{
    return s->shown == NULL || s->shown[program->route->place] == program->route;
}

static void consider(const gw_entry *entry, search *s)
{
    const gw_program *program = entry->program;
    int i, one, is_unknown = 0;
    size_t matched_len;

    if (!is_shown(program, s) || !match_method(program, s) || !match_sni(program, s))
        return;
    for (i = 0; i < program->nheaders; i++) {
        if ((one = match_header(&program->headers[i], s)) == NO)
            return;
        is_unknown |= one == UNKNOWN;
    }
    if ((one = match_path(&matched_len, entry, s)) == NO)
        return;
    if (is_unknown || one == UNKNOWN) {
        if (s->undecided == NULL || gw_entry_cmp(entry, s->undecided) > 0)
            s->undecided = entry;
        return;
    }
    s->best = entry;
    s->matched_len = matched_len;
}

/* ---- which entries? ---- */

static int may_win(const gw_entry *entry, const search *s)
{
    return s->best == NULL || gw_entry_cmp(entry, s->best) > 0;
}

static void look(const gw_node *node, search *s);

static void look_at_leaf(const gw_node *node, search *s)
{
    const gw_entry *before = s->best;
    int i;

    for (i = 0; i < node->n && s->best == before; i++) {
        if (i > 0 && !may_win(node->to.entries[i], s))
            return;
        consider(node->to.entries[i], s);
    }
}

/* Longer prefixes are better among equals, so the deepest place is looked at first. */
static void look_at_path(const gw_node *node, search *s)
{
    const gw_radix *places[MOST_PLACES], *at;
    size_t pos = 0;
    int n = 0;

    for (at = node->to.radix; at != NULL; at = gw_radix_step(at, s->in->path, s->path_len, &pos)) {
        if (at->node == NULL)
            continue;
        if (n == MOST_PLACES)
            while (n > 0)
                look(places[--n]->node, s);
        places[n++] = at;
    }
    while (n > 0)
        look(places[--n]->node, s);
}

static void look_at_header(const gw_switch *by, search *s)
{
    const char *value;
    int i, nth;

    for (i = 0; i < by->nnames; i++) {
        for (nth = 0; (value = get_header(s, by->names[i], nth)) != NULL; nth++) {
            size_t len = strlen(value);

            look(gw_table_find_lower(&by->table, value, len, gw_hash_text(value, len), (uint32_t)i), s);
        }
    }
    look(by->any, s);
}

static void look_at_method(const gw_switch *by, search *s)
{
    size_t len = strlen(s->in->method);

    look(gw_table_find(&by->table, s->in->method, len, gw_hash_text(s->in->method, len), 0), s);
    look(by->any, s);
}

static void look_at_sni(const gw_switch *by, search *s)
{
    if (!s->in->is_tls) {
        look(by->all, s);
        return;
    }
    if (s->in->sni != NULL) {
        size_t len = strlen(s->in->sni);

        look(gw_table_find_lower(&by->table, s->in->sni, len, gw_hash_text(s->in->sni, len), 0), s);
    }
    look(by->any, s);
}

static void look(const gw_node *node, search *s)
{
    if (node == NULL || !may_win(node->best, s))
        return;
    switch (node->kind) {
    case GW_NODE_LEAF:
        look_at_leaf(node, s);
        break;
    case GW_NODE_PATH:
        look_at_path(node, s);
        break;
    case GW_NODE_METHOD:
        look_at_method(node->to.by, s);
        break;
    case GW_NODE_SNI:
        look_at_sni(node->to.by, s);
        break;
    case GW_NODE_HEADER:
        look_at_header(node->to.by, s);
        break;
    }
}

/* ---- which hosts? ---- */

static void look_at_host(const gw_table *hosts, const char *text, size_t len, uint32_t hash, search *s)
{
    if (s->index->has_ports && s->in->port != 0)
        look(gw_table_find_lower(hosts, text, len, hash, (uint32_t)s->in->port), s);
    look(gw_table_find_lower(hosts, text, len, hash, 0), s);
}

/* The whole host, and what stands before each dot of it. */
static void look_forwards(const char *host, size_t len, search *s)
{
    const gw_index *index = s->index;
    uint32_t hash = GW_HASH_START;
    size_t i;

    for (i = 0; i < len; i++) {
        hash = gw_hash_byte(hash, host[i]);
        if (host[i] == '.' && index->prefixes.n > 0)
            look_at_host(&index->prefixes, host, i + 1, hash, s);
    }
    look_at_host(&index->exact, host, len, hash, s);
}

/* What stands behind each dot. */
static void look_backwards(const char *host, size_t len, search *s)
{
    uint32_t hash = GW_HASH_START;
    size_t i;

    for (i = len; i-- > 0;) {
        hash = gw_hash_byte(hash, host[i]);
        if (host[i] == '.')
            look_at_host(&s->index->suffixes, host + i, len - i, hash, s);
    }
}

static void look_at_hosts(search *s)
{
    const gw_index *index = s->index;
    size_t len = s->in->host != NULL ? strlen(s->in->host) : 0;

    if (len > 0 && index->exact.n + index->prefixes.n > 0)
        look_forwards(s->in->host, len, s);
    if (len > 0 && index->suffixes.n > 0)
        look_backwards(s->in->host, len, s);
    look(index->any_host, s);
}

int gw_router_find(gw_match *match, const gw_router *router, const gw_match_input *input, apr_pool_t *p)
{
    search s = { .index = router->index, .shown = router->shown, .in = input, .path_len = strlen(input->path), .p = p };

    memset(match, 0, sizeof(*match));
    look_at_hosts(&s);
    if (router->added != NULL) {
        s.index = router->added;
        s.shown = NULL;
        look_at_hosts(&s);
    }
    if (s.undecided != NULL && may_win(s.undecided, &s)) {
        match->undecided = s.undecided->program->route;
        return 0;
    }
    if (s.best == NULL)
        return 0;
    match->route = s.best->program->route;
    match->matched_len = s.matched_len;
    match->by_regex = s.best->regex != NULL;
    if (match->by_regex)
        match->ncaptures = gw_regex_captures(&match->capture_names, &match->capture_offsets, s.best->regex, input->path,
                                             s.path_len, p);
    return 1;
}
