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
    apr_size_t len;      /* of the literal */
    gw_pattern *regex;
    int by_host;
} entry;

struct gw_cors_origins {
    gw_cors_kind kind;
    const char *literal; /* GW_CORS_LITERAL */
    int n, has_all;      /* "*" is one of several */
    entry *entries;
};

/* An origin taken apart, borrowed. */
typedef struct origin {
    const char *text;
    const char *host;         /* without a scheme the whole text; NULL: behind the scheme is no host[:port] */
    apr_size_t len, host_len; /* `len`: normalised, that is without a default port */
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

static void take_apart(origin *out, const char *text)
{
    const char *scheme_end = strstr(text, "://"), *authority = scheme_end ? scheme_end + 3 : NULL;
    apr_size_t len = authority ? strcspn(authority, "/?#") : 0, host_len = len > 0 ? host_length(authority, len) : 0;
    const char *port;

    out->text = out->host = text;
    out->len = out->host_len = strlen(text);
    if (authority == NULL)
        return;
    out->host = NULL;
    port = authority + host_len;
    if (host_len == 0
        || (host_len < len && (*port != ':' || strspn(port + 1, "0123456789") != len - host_len - 1)))
        return;
    if (host_len < len && is_default_port(text, (apr_size_t)(scheme_end - text), port + 1, len - host_len - 1))
        len = host_len;
    out->len = (apr_size_t)(authority - text) + len;
    out->host = authority;
    out->host_len = host_len;
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

static void make_entry(entry *e, const char *text, gw_arena *arena)
{
    origin normal;
    char *literal;

    e->by_host = strchr(text, ':') == NULL;
    if (!is_literal(text)) {
        e->regex = gw_pattern_compile(text, GW_PATTERN_WHOLE);
        return;
    }
    take_apart(&normal, text);
    e->len = e->by_host ? normal.host_len : normal.len;
    e->literal = literal = gw_arena_strdup(arena, e->by_host ? normal.host : normal.text);
    literal[e->len] = '\0';
}

gw_cors_origins *gw_cors_origins_make(const gw_strings *origins, gw_arena *arena)
{
    gw_cors_origins *made = gw_arena_calloc(arena, sizeof(*made));

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
    for (int i = 0; i < origins->n; i++) {
        if (strcmp(origins->v[i], "*") == 0)
            made->has_all = 1;
        else
            make_entry(&made->entries[made->n++], origins->v[i], arena);
    }
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
    const apr_size_t len = e->by_host ? client->host_len : client->len;

    if (subject == NULL)
        return 0;
    if (e->literal != NULL)
        return len == e->len && strncasecmp(e->literal, subject, len) == 0;
    return gw_pattern_first(&e->regex, 1, subject, len) == 0;
}

const char *gw_cors_origins_admit(const gw_cors_origins *origins, const char *text, apr_pool_t *p)
{
    int is_good = origins->has_all;
    origin client;

    if (origins->kind != GW_CORS_LIST)
        return origins->kind == GW_CORS_ALL ? "*" : origins->literal;
    if (text == NULL)
        return NULL;
    take_apart(&client, text);
    for (int i = 0; !is_good && i < origins->n; i++)
        is_good = is_admitted(&origins->entries[i], &client);
    if (!is_good)
        return NULL;
    return text[client.len] == '\0' ? text : apr_pstrmemdup(p, text, client.len);
}
