/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cors_origin.c - an entry of a config is "*", a literal, or a regex over the whole; without a ':' it speaks of the
 * host alone. Default ports are taken off before anything is compared.
 */
#include "cors_origin.h"

#include <string.h>
#include <strings.h>
#include <apr_strings.h>

#include "arena.h"
#include "pattern.h"

#define LITERAL_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:/-"

/* Either of the two. */
typedef struct entry {
    const char *literal; /* origin or host; NULL = a regex */
    gw_pattern *regex;
    int by_host;
} entry;

struct gw_cors_origins {
    gw_cors_kind kind;
    const char *literal; /* GW_CORS_LITERAL */
    int n, has_all;      /* "*" is one of several */
    entry *entries;
};

/* An origin taken apart; both are the text itself where it is no scheme://host[:port]. */
typedef struct origin {
    const char *text; /* normalised */
    const char *host;
} origin;

/* The length of the host at the begin of an authority, 0 when it is none of ours to compare. */
static apr_size_t host_length(const char *authority, apr_size_t len)
{
    const char *end = *authority == '[' ? memchr(authority, ']', len) : memchr(authority, ':', len);

    if (memchr(authority, '@', len) != NULL || (*authority == '[' && end == NULL))
        return 0;
    return end == NULL ? len : (apr_size_t)(end - authority) + (*authority == '[');
}

static int is_default_port(const char *text, apr_size_t scheme_len, const char *port, apr_size_t len)
{
    if (len == 0)
        return 1;
    if (scheme_len == 4 && strncasecmp(text, "http", 4) == 0)
        return len == 2 && memcmp(port, "80", 2) == 0;
    return scheme_len == 5 && strncasecmp(text, "https", 5) == 0 && len == 3 && memcmp(port, "443", 3) == 0;
}

static void normalise(origin *out, const char *text, apr_pool_t *p)
{
    const char *scheme_end = strstr(text, "://"), *authority = scheme_end ? scheme_end + 3 : NULL;
    apr_size_t len = authority ? strcspn(authority, "/?#") : 0, host_len = len > 0 ? host_length(authority, len) : 0;
    const char *port;

    out->text = out->host = text;
    if (host_len == 0)
        return;
    port = authority + host_len;
    if (host_len < len && *port != ':')
        return;
    if (host_len < len && is_default_port(text, (apr_size_t)(scheme_end - text), port + 1, len - host_len - 1))
        len = host_len;
    out->text = apr_pstrmemdup(p, text, (apr_size_t)(authority - text) + len);
    out->host = apr_pstrmemdup(p, authority, host_len);
}

/* Brackets around an IPv6 address are no regex. */
static int is_literal(const char *text)
{
    const char *bracket = strstr(text, "://[");

    if (bracket != NULL) {
        text = bracket + 4 + strspn(bracket + 4, "0123456789abcdefABCDEF:.");
        if (*text++ != ']')
            return 0;
    }
    return text[strspn(text, LITERAL_CHARS)] == '\0';
}

static void make_entry(entry *e, const char *text, gw_arena *arena, apr_pool_t *p)
{
    origin normal;

    e->by_host = strchr(text, ':') == NULL;
    if (!is_literal(text)) {
        e->regex = gw_pattern_compile(text, GW_PATTERN_WHOLE);
        return;
    }
    normalise(&normal, text, p);
    e->literal = gw_arena_strdup(arena, e->by_host ? normal.host : normal.text);
}

gw_cors_origins *gw_cors_origins_make(const gw_strings *origins, gw_arena *arena)
{
    gw_cors_origins *made = gw_arena_calloc(arena, sizeof(*made));
    apr_pool_t *p;

    if (origins->n == 0 || (origins->n == 1 && strcmp(origins->v[0], "*") == 0)) {
        made->kind = GW_CORS_ALL;
        return made;
    }
    if (origins->n == 1 && is_literal(origins->v[0])) {
        made->kind = GW_CORS_LITERAL;
        made->literal = gw_arena_strdup(arena, origins->v[0]);
        return made;
    }
    made->kind = GW_CORS_LIST;
    made->entries = gw_arena_calloc(arena, (size_t)origins->n * sizeof(entry));
    apr_pool_create(&p, NULL);
    for (int i = 0; i < origins->n; i++) {
        if (strcmp(origins->v[i], "*") == 0)
            made->has_all = 1;
        else
            make_entry(&made->entries[made->n++], origins->v[i], arena, p);
    }
    apr_pool_destroy(p);
    return made;
}

void gw_cors_origins_free(gw_cors_origins *origins)
{
    for (int i = 0; i < origins->n; i++)
        gw_pattern_free(origins->entries[i].regex);
}

gw_cors_kind gw_cors_origins_kind(const gw_cors_origins *origins)
{
    return origins->kind;
}

static int is_admitted(const entry *e, const origin *client)
{
    const char *subject = e->by_host ? client->host : client->text;

    if (e->literal != NULL)
        return strcasecmp(e->literal, subject) == 0;
    return gw_pattern_first(&e->regex, 1, subject, strlen(subject)) == 0;
}

const char *gw_cors_origins_admit(const gw_cors_origins *origins, const char *text, apr_pool_t *p)
{
    origin client;

    if (origins->kind != GW_CORS_LIST)
        return origins->kind == GW_CORS_ALL ? "*" : origins->literal;
    if (text == NULL)
        return NULL;
    normalise(&client, text, p);
    for (int i = 0; i < origins->n; i++)
        if (is_admitted(&origins->entries[i], &client))
            return client.text;
    return origins->has_all ? client.text : NULL;
}
