/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_program.c - takes a route apart: lower-cases, splits, hashes, compiles, and ranks each pair of host and path.
 * The rank is section 2 of the routing contract, word for word.
 */
#include "router_program.h"

#include <stdio.h>
#include <string.h>

#define MOST_ENTRIES 65536 /* hosts times paths of one route: beyond, a mistake that would take everybody's memory */

uint32_t gw_hash_text(const char *text, size_t len)
{
    uint32_t hash = GW_HASH_START;

    while (len-- > 0)
        hash = gw_hash_byte(hash, *text++);
    return hash;
}

apr_size_t gw_host_len(int *port, const char *host)
{
    const char *from = host[0] == '[' ? strchr(host, ']') : host, *colon = from != NULL ? strchr(from, ':') : NULL, *c;
    apr_size_t len = strlen(host);
    int number = 0;

    *port = 0;
    if (colon != NULL) {
        for (c = colon + 1; *c >= '0' && *c <= '9' && number <= 65535; c++)
            number = number * 10 + (*c - '0');
        if (*c == '\0' && number <= 65535) {
            *port = number;
            len = (apr_size_t)(colon - host);
        }
    }
    return len > 1 && host[len - 1] == '.' ? len - 1 : len;
}

static uint32_t hash_backwards(const char *text, size_t len)
{
    uint32_t hash = GW_HASH_START;

    while (len > 0)
        hash = gw_hash_byte(hash, text[--len]);
    return hash;
}

static int order_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int gw_entry_cmp(const gw_entry *a, const gw_entry *b)
{
    const gw_route *ra = a->program->route, *rb = b->program->route;

    if (a->rank.shape != b->rank.shape)
        return (int)a->rank.shape - (int)b->rank.shape;
    if (a->rank.weight != b->rank.weight)
        return order_number(a->rank.weight, b->rank.weight);
    if (a->rank.has_port != b->rank.has_port)
        return (int)a->rank.has_port - (int)b->rank.has_port;
    if (ra != rb && ra->created_at != rb->created_at)
        return ra->created_at < rb->created_at ? 1 : -1;
    if (ra != rb) {
        int c = strcmp(rb->id, ra->id);

        if (c != 0)
            return c;
    }
    return order_number(b->rank.order, a->rank.order);
}

static void add_failure(gw_program *program, const char *what, const char *which, const char *why)
{
    size_t size = strlen(what) + strlen(which) + strlen(why) + 8;
    char *text = gw_arena_alloc(program->arena, size);
    const char **more = gw_arena_alloc(program->arena, (size_t)(program->nfailures + 1) * sizeof(*more));

    snprintf(text, size, "%s '%s': %s", what, which, why);
    if (program->nfailures > 0)
        memcpy(more, program->failures, (size_t)program->nfailures * sizeof(*more));
    more[program->nfailures++] = text;
    program->failures = more;
}

static gw_word make_word(const char *text, size_t len, gw_arena *arena)
{
    gw_word word = { "", (uint32_t)len, 0, 0 };
    char *copy = gw_arena_strndup(arena, text, len);
    size_t i;

    for (i = 0; i < len; i++)
        copy[i] = (char)gw_lower(copy[i]);
    word.text = copy;
    word.hash = gw_hash_text(copy, len);
    return word;
}

static const gw_word *make_methods(const gw_strings *list, gw_arena *arena)
{
    gw_word *words = gw_arena_alloc(arena, (size_t)(list->n + 1) * sizeof(*words));
    int i;

    for (i = 0; i < list->n; i++) { /* compared exactly: as they are */
        words[i].text = list->v[i];
        words[i].len = (uint32_t)strlen(list->v[i]);
        words[i].hash = gw_hash_text(list->v[i], words[i].len);
        words[i].tag = 0;
    }
    return words;
}

static const gw_word *make_snis(const gw_strings *list, gw_arena *arena)
{
    gw_word *words = gw_arena_alloc(arena, (size_t)(list->n + 1) * sizeof(*words));
    int i;

    for (i = 0; i < list->n; i++) {
        size_t len = strlen(list->v[i]);

        if (len > 0 && list->v[i][len - 1] == '.')
            len--;
        words[i] = make_word(list->v[i], len, arena);
    }
    return words;
}

static void make_header(gw_wanted_header *wanted, gw_program *program, const gw_route_header *header)
{
    size_t room = (size_t)header->values.n + 1;
    gw_word *words = gw_arena_alloc(program->arena, room * sizeof(*words));
    gw_regex **regexes = gw_arena_alloc(program->arena, room * sizeof(gw_regex *));
    int i;

    wanted->name.text = header->name;
    wanted->name.len = (uint32_t)strlen(header->name);
    wanted->name.hash = gw_hash_text(header->name, wanted->name.len);
    wanted->values = words;
    wanted->regexes = regexes;
    for (i = 0; i < header->values.n; i++) {
        const char *value = header->values.v[i], *why;
        gw_regex *regex;

        if (strncmp(value, "~*", 2) != 0) {
            words[wanted->nvalues++] = make_word(value, strlen(value), program->arena);
            continue;
        }
        regex = gw_regex_compile(&why, value + 2, GW_REGEX_SEARCH, program->arena);
        if (regex != NULL)
            regexes[wanted->nregexes++] = regex;
        else
            add_failure(program, "header value", value, why);
    }
}

static gw_host make_host(const char *text, gw_arena *arena)
{
    gw_host host = { GW_HOST_EXACT, { "", 0, 0, 0 } };
    int port;
    size_t len = gw_host_len(&port, text);

    if (len > 2 && text[0] == '*' && text[1] == '.') {
        host.kind = GW_HOST_SUFFIX;
        host.word = make_word(text + 1, len - 1, arena);
        host.word.hash = hash_backwards(host.word.text, host.word.len);
    }
    else if (len > 2 && text[len - 1] == '*' && text[len - 2] == '.') {
        host.kind = GW_HOST_PREFIX;
        host.word = make_word(text, len - 1, arena);
    }
    else {
        host.word = make_word(text, len, arena);
    }
    host.word.tag = (uint32_t)port;
    return host;
}

/* Components 1 to 3 of the order. */
static uint16_t make_shape(const gw_route *route)
{
    unsigned criteria = (route->methods.n > 0) + (route->hosts.n > 0) + (route->nheaders > 0) + (route->paths.n > 0) +
                        (route->snis.n > 0);
    unsigned plain = route->hosts.n > 0;
    unsigned nheaders = route->nheaders > 255 ? 255 : (unsigned)route->nheaders;
    int i;

    for (i = 0; i < route->hosts.n; i++)
        plain &= strchr(route->hosts.v[i], '*') == NULL;
    return (uint16_t)(criteria << 10 | plain << 9 | nheaders << 1);
}

/* What an entry is by its path alone (components 4 to 6); 0 when the path cannot be used. */
static int set_path(gw_entry *entry, gw_program *program, const char *path, int order)
{
    const char *why;
    gw_regex *regex;

    entry->has_path = 1;
    entry->path.tag = 0;
    if (path[0] != '~') {
        entry->path.text = path;
        entry->path.len = (uint32_t)strlen(path);
        entry->rank.weight = entry->path.len;
    }
    else {
        regex = gw_regex_compile(&why, path + 1, GW_REGEX_ANCHORED, program->arena);
        if (regex == NULL) {
            add_failure(program, "path", path, why);
            return 0;
        }
        entry->regex = regex;
        entry->path.text = regex->literal;
        entry->path.len = (uint32_t)regex->literal_len;
        entry->rank.shape |= 1;
        /* a signed number's order as an unsigned one's */
        entry->rank.weight = (uint64_t)program->route->regex_priority ^ (UINT64_C(1) << 63);
        entry->rank.order = (uint32_t)order;
    }
    entry->path.hash = gw_hash_text(entry->path.text, entry->path.len);
    return 1;
}

static void make_entries(gw_program *program)
{
    const gw_route *route = program->route;
    int nhosts = route->hosts.n > 0 ? route->hosts.n : 1, npaths = route->paths.n > 0 ? route->paths.n : 1, i, h;
    gw_host *hosts;

    if (nhosts > MOST_ENTRIES || npaths > MOST_ENTRIES / nhosts) {
        add_failure(program, "route", route->id, "too many hosts times paths");
        return;
    }
    hosts = gw_arena_calloc(program->arena, (size_t)nhosts * sizeof(*hosts));
    for (h = 0; h < route->hosts.n; h++)
        hosts[h] = make_host(route->hosts.v[h], program->arena);
    program->entries = gw_arena_calloc(program->arena, (size_t)(nhosts * npaths) * sizeof(*program->entries));
    for (i = 0; i < npaths; i++) {
        gw_entry *first = program->entries + program->nentries;

        first->program = program;
        first->rank.shape = make_shape(route);
        first->path.text = "";
        if (route->paths.n > 0 && !set_path(first, program, route->paths.v[i], i)) {
            memset(first, 0, sizeof(*first));
            continue;
        }
        for (h = 0; h < nhosts; h++) {
            gw_entry *entry = first + h;

            *entry = *first;
            entry->host = hosts + h;
            entry->rank.has_port = hosts[h].word.tag != 0;
        }
        program->nentries += nhosts;
    }
}

gw_program *gw_program_make(const gw_route *route, gw_arena *arena)
{
    gw_program *program = gw_arena_calloc(arena, sizeof(*program));
    int i;

    program->arena = arena;
    program->route = route;
    program->nmethods = route->methods.n;
    program->methods = make_methods(&route->methods, arena);
    program->nsnis = route->snis.n;
    program->snis = make_snis(&route->snis, arena);
    program->nheaders = route->nheaders;
    program->headers = gw_arena_calloc(arena, (size_t)(route->nheaders + 1) * sizeof(*program->headers));
    for (i = 0; i < route->nheaders; i++)
        make_header(&program->headers[i], program, &route->headers[i]);
    make_entries(program);
    return program;
}

int gw_program_nfailures(const gw_program *program)
{
    return program->nfailures;
}

const char *gw_program_failure(const gw_program *program, int i)
{
    return program->failures[i];
}

void gw_program_destroy(gw_program *program)
{
    int i, j;

    if (program == NULL)
        return;
    /* A regex path's code is shared by its entries, one a host. */
    for (i = 0; i < program->nentries; i++)
        if (program->entries[i].regex != NULL && (i == 0 || program->entries[i - 1].regex != program->entries[i].regex))
            gw_regex_free((gw_regex *)program->entries[i].regex);
    for (i = 0; i < program->nheaders; i++)
        for (j = 0; j < program->headers[i].nregexes; j++)
            gw_regex_free(program->headers[i].regexes[j]);
}
