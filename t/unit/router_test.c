/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_test.c - the routing contract by name: which request matches which route, and which of two goes first. Each
 * row is asked of the index and of the literal scan. Routes and requests are written in one line:
 *   route    m:GET h:a.x p:/a n:x-a=1 s:a.x rp:5 at:3 proto:grpc   (words repeat; n: of one name are alternatives)
 *   request  GET a.x:80 /a tls=a.x x-a=1                           ("-" for no host)
 */
#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

#include "router.h"
#include "tap.h"

#define MOST_WORDS 16
#define MOST_ROUTES 4

typedef struct asked {
    gw_match_input in;
    int n;
    char *names[MOST_WORDS], *values[MOST_WORDS];
} asked;

static const struct {
    const char *routes[MOST_ROUTES];
    const char *request;
    int want; /* place among the routes, -1 = none */
    const char *why;
} rows[] = {
    /* ---- what matches ---- */
    { { "p:/route" }, "GET a.x /routereq", 0, "a prefix is bytes, not segments" },
    { { "p:/route/" }, "GET a.x /route", -1, "a prefix with a slash wants the slash" },
    { { "p:/a" }, "GET a.x /A", -1, "paths have a case" },
    { { "p:/" }, "GET - /whatever", 0, "/ is the catch-all" },
    { { "p:~/a$" }, "GET a.x /ab", -1, "a regex's own $ counts" },
    { { "p:~/a" }, "GET a.x /ab", 0, "a regex is not anchored at its end" },
    { { "p:~/b" }, "GET a.x /a/b", -1, "but at its start" },
    { { "p:~/a|/b" }, "GET a.x /b", 0, "an alternative at the top: no literal start is taken for granted" },
    { { "p:~/(a|b)c" }, "GET a.x /bc", 0, "an alternative in a group" },
    { { "p:~/[(]a|b" }, "GET a.x /(a", 0, "brackets in a class are no brackets" },
    { { "p:~/ab?c" }, "GET a.x /ac", 0, "a quantifier takes its letter out of the literal start" },
    { { "p:~/a\\.b" }, "GET a.x /a.b", 0, "an escaped dot is a dot" },
    { { "p:~/a\\.b" }, "GET a.x /axb", -1, "... and nothing else" },
    { { "p:~/(" }, "GET a.x /(", -1, "a regex that does not compile matches nothing" },
    { { "p:~/(", "p:/a" }, "GET a.x /a", 1, "... and hurts no other" },
    { { "p:~/( p:/a" }, "GET a.x /a", 0, "... nor the other paths of its route" },
    { { "m:GET" }, "GET a.x /", 0, "a method alone" },
    { { "m:GET" }, "POST a.x /", -1, "another method" },
    { { "m:GET" }, "get a.x /", -1, "methods have a case" },
    { { "m:GET m:POST" }, "POST a.x /", 0, "any of the methods" },
    { { "h:a.x" }, "GET a.x /", 0, "a host" },
    { { "h:a.x" }, "GET A.X /", 0, "hosts have no case" },
    { { "h:A.x" }, "GET a.X /", 0, "... on neither side" },
    { { "h:a.x" }, "GET a.x:8000 /", 0, "a host without port matches any port" },
    { { "h:a.x:80" }, "GET a.x /", -1, "a host with port wants the port written: no implied 80" },
    { { "h:a.x:80" }, "GET a.x:80 /", 0, "... and takes it" },
    { { "h:a.x:80" }, "GET a.x:81 /", -1, "... and no other" },
    { { "h:a.x" }, "GET - /", -1, "no host matches no host" },
    { { "h:[::1]:80" }, "GET [::1]:80 /", 0, "an address in brackets with its port" },
    { { "h:*.x" }, "GET a.x /", 0, "a wildcard for the first label" },
    { { "h:*.x" }, "GET a.b.c.x /", 0, "... of any depth" },
    { { "h:*.x" }, "GET x /", -1, "... but at least one" },
    { { "h:*.x" }, "GET ax /", -1, "... at a border of labels" },
    { { "h:*.x" }, "GET A.X /", 0, "... without case" },
    { { "h:x.*" }, "GET x.org /", 0, "a wildcard for the last label" },
    { { "h:x.*" }, "GET x.co.uk /", 0, "... of any depth" },
    { { "h:x.*" }, "GET xy.org /", -1, "... at a border of labels" },
    { { "h:*.x:80" }, "GET a.x:80 /", 0, "a wildcard with a port" },
    { { "h:*.x:80" }, "GET a.x /", -1, "... wants it" },
    { { "h:b.x h:*.y" }, "GET a.y /", 0, "any of the hosts" },
    { { "n:x-a=1" }, "GET a.x / x-a=1", 0, "a header's value" },
    { { "n:x-a=1" }, "GET a.x / x-a=2", -1, "another value" },
    { { "n:x-a=1" }, "GET a.x /", -1, "no such header" },
    { { "n:x-a=abc" }, "GET a.x / x-a=AbC", 0, "values are compared in lower case" },
    { { "n:x-a=1" }, "GET a.x / x-a=2 x-a=1", 0, "a repeated header: any of its values" },
    { { "n:x-a=1 n:x-a=2" }, "GET a.x / x-a=2", 0, "any of the wanted values" },
    { { "n:x-a=1 n:x-b=1" }, "GET a.x / x-a=1", -1, "all of the header names" },
    { { "n:x-a=~*^ab+$" }, "GET a.x / x-a=ABB", 0, "~* is a regex on the value in lower case" },
    { { "n:x-a=~*b" }, "GET a.x / x-a=abc", 0, "... not anchored" },
    { { "n:x-a=~*(" }, "GET a.x / x-a=(", -1, "... that matches nothing when it does not compile" },
    { { "s:a.x p:/" }, "GET a.x / tls=a.x", 0, "an sni" },
    { { "s:a.x p:/" }, "GET a.x / tls=b.x", -1, "another sni" },
    { { "s:a.x p:/" }, "GET a.x / tls", -1, "TLS without an sni" },
    { { "s:a.x p:/" }, "GET a.x /", 0, "snis count for nothing without TLS" },
    { { "s:a.x." }, "GET a.x / tls=A.x", 0, "a dot at the end of a route's sni is dropped; no case" },
    { { "m:GET h:a.x" }, "POST a.x /", -1, "every criterion must match: method" },
    { { "m:GET h:a.x" }, "GET b.x /", -1, "every criterion must match: host" },
    { { "p:/ proto:grpc" }, "GET a.x /", -1, "routes of other protocols are never matched" },
    { { "p:/ proto:https" }, "GET a.x /", 0, "https is no criterion: a redirect comes later" },
    /* ---- which goes first ---- */
    { { "p:/long/path/indeed", "h:a.x m:GET" }, "GET a.x /long/path/indeed", 1, "more criteria beat a longer path" },
    { { "h:*.x", "h:a.x" }, "GET a.x /", 1, "a host beats a wildcard" },
    { { "h:a.x h:*.x", "h:b.a.x h:a.x at:9" }, "GET a.x /", 1, "a host beside a wildcard is no plain host" },
    { { "n:x-a=1", "n:x-a=1 n:x-b=1" }, "GET a.x / x-a=1 x-b=1", 1, "more header names go first" },
    { { "p:/a/b n:x-a=1", "p:/a n:x-a=1 n:x-b=1" }, "GET a.x /a/b x-a=1 x-b=1", 1, "... before a longer path" },
    { { "p:~/a n:x-a=1", "p:/a n:x-a=1 n:x-b=1" }, "GET - /a/b x-a=1 x-b=1", 1, "... before a regex" },
    { { "p:/a/b/c", "p:~/a" }, "GET a.x /a/b/c", 1, "any regex beats any prefix, even the exact path" },
    { { "h:*.x p:~/a", "h:a.x p:/a" }, "GET a.x /a", 1, "a host beats a regex" },
    { { "p:~/a", "p:~/a rp:1" }, "GET a.x /a", 1, "the higher regex_priority" },
    { { "p:~/a rp:-1", "p:~/a" }, "GET a.x /a", 1, "... which may be negative" },
    { { "p:~/a rp:-1", "p:/a/b rp:9" }, "GET a.x /a/b", 0, "... and beats a prefix, whose own counts for nothing" },
    { { "p:/a", "p:/a/b" }, "GET a.x /a/b/c", 1, "the longer prefix" },
    { { "p:/a/b p:/c", "p:/a p:/c/d" }, "GET a.x /c/d", 1, "each path of a route counts by its own length" },
    { { "p:/a/b p:~/a", "p:/a/b/c" }, "GET a.x /a/b/c", 0, "a route's regex counts as a regex beside its prefixes" },
    { { "p:/a/b p:~/z", "p:/a/b/c" }, "GET a.x /a/b/c", 1, "... only where it matches" },
    { { "m:GET", "p:/" }, "GET a.x /", 1, "a path beats a method, both being one criterion" },
    { { "m:GET", "h:a.x" }, "GET a.x /", 1, "a host beats a method" },
    { { "p:/abc", "h:a.x" }, "GET a.x /abc", 1, "... and a path" },
    { { "p:/abc", "s:a.x at:2" }, "GET a.x /abc tls=a.x", 0, "an sni alone has no length" },
    { { "p:/a at:1", "s:b.x p:/" }, "GET a.x /a", 1, "snis count as a criterion without TLS too" },
    { { "h:*.x", "h:*.x:80" }, "GET a.x:80 /", 1, "ours: of two that tie, the one with the port" },
    { { "h:a.x", "h:a.x:80" }, "GET a.x:80 /", 1, "ours: of hosts too" },
    { { "h:a.x p:/a/b", "h:a.x:80 p:/a" }, "GET a.x:80 /a/b", 0, "... but only of those that tie" },
    { { "p:/a at:2", "p:/a at:1" }, "GET a.x /a", 1, "then the older one" },
    { { "p:/a", "p:/a" }, "GET a.x /a", 0, "then the smaller id" },
    { { "h:a.x", "h:*.x at:-5" }, "GET a.x /", 0, "age decides nothing but ties" },
};

static gw_strings *words_of(gw_route *route, char kind)
{
    return kind == 'm' ? &route->methods : kind == 'h' ? &route->hosts : kind == 'p' ? &route->paths : &route->snis;
}

static void add_word(gw_strings *list, const char *text, apr_pool_t *p)
{
    if (list->v == NULL)
        list->v = apr_palloc(p, MOST_WORDS * sizeof(*list->v));
    ((const char **)list->v)[list->n++] = text;
}

static void add_header(gw_route *route, char *text, apr_pool_t *p)
{
    char *value = strchr(text, '=');
    gw_route_header *headers = (gw_route_header *)route->headers;
    int i;

    *value++ = '\0';
    for (i = 0; i < route->nheaders && strcmp(headers[i].name, text) != 0; i++)
        ;
    if (i == route->nheaders)
        headers[route->nheaders++].name = text;
    add_word(&headers[i].values, value, p);
}

static void read_route(gw_route *route, int number, const char *line, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, line), *word, *at = NULL;

    memset(route, 0, sizeof(*route));
    route->id = apr_psprintf(p, "%d", number);
    route->protocols = GW_PROTO_HTTP | GW_PROTO_HTTPS;
    route->headers = apr_pcalloc(p, MOST_WORDS * sizeof(*route->headers));
    for (word = apr_strtok(rest, " ", &at); word != NULL; word = apr_strtok(NULL, " ", &at)) {
        char *value = strchr(word, ':') + 1;

        if (strncmp(word, "rp:", 3) == 0)
            route->regex_priority = strtol(value, NULL, 10);
        else if (strncmp(word, "at:", 3) == 0)
            route->created_at = strtol(value, NULL, 10);
        else if (strncmp(word, "proto:", 6) == 0)
            route->protocols = strcmp(value, "https") == 0 ? GW_PROTO_HTTPS : GW_PROTO_GRPC;
        else if (*word == 'n')
            add_header(route, value, p);
        else
            add_word(words_of(route, *word), value, p);
    }
}

static const char *get_header(void *asked_, const char *name, int nth)
{
    asked *request = asked_;
    int i;

    for (i = 0; i < request->n; i++)
        if (strcmp(request->names[i], name) == 0 && nth-- == 0)
            return request->values[i];
    return NULL;
}

static void read_request(asked *request, const char *line, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, line), *at = NULL, *host, *word;

    memset(request, 0, sizeof(*request));
    request->in.header = get_header;
    request->in.baton = request;
    request->in.method = apr_strtok(rest, " ", &at);
    host = apr_strtok(NULL, " ", &at);
    request->in.host = strcmp(host, "-") == 0 ? "" : host;
    host[gw_host_len(&request->in.port, host)] = '\0';
    if (*request->in.host == '-')
        request->in.host = "";
    request->in.path = apr_strtok(NULL, " ", &at);
    while ((word = apr_strtok(NULL, " ", &at)) != NULL) {
        char *value = strchr(word, '=');

        if (strncmp(word, "tls", 3) == 0) {
            request->in.is_tls = 1;
            request->in.sni = value != NULL ? value + 1 : NULL;
            continue;
        }
        *value = '\0';
        request->names[request->n] = word;
        request->values[request->n++] = value + 1;
    }
}

static void test_row(size_t row, apr_pool_t *p)
{
    gw_route routes[MOST_ROUTES];
    const gw_route *list[MOST_ROUTES];
    gw_router *router;
    gw_match match;
    asked request;
    int n;

    for (n = 0; n < MOST_ROUTES && rows[row].routes[n] != NULL; n++) {
        read_route(&routes[n], n, rows[row].routes[n], p);
        list[n] = &routes[n];
    }
    read_request(&request, rows[row].request, p);
    router = gw_router_make(list, n, NULL, NULL);
    is_int(gw_router_find(&match, router, &request.in, p) ? match.route - routes : -1, rows[row].want, rows[row].why);
    is_int(gw_router_scan(&match, list, n, &request.in, NULL, NULL, p) ? match.route - routes : -1, rows[row].want,
           apr_pstrcat(p, "scan: ", rows[row].why, NULL));
    gw_router_destroy(router);
}

/* ---- regexes ---- */

static void note(void *baton, const gw_route *route, const char *what)
{
    printf("# route %s: %s\n", route->id, what);
    ++*(int *)baton;
}

static void test_captures(apr_pool_t *p)
{
    gw_route route;
    const gw_route *list = &route;
    gw_router *router;
    gw_match match;
    asked request;
    int way;

    read_route(&route, 0, "p:~/v(?<major>\\d+)/(?<name>\\w+)(?<none>/x)?/", p);
    read_request(&request, "GET a.x /v12/ab/rest", p);
    router = gw_router_make(&list, 1, NULL, NULL);
    for (way = 0; way < 2; way++) {
        if (way == 0)
            gw_router_find(&match, router, &request.in, p);
        else
            gw_router_scan(&match, &list, 1, &request.in, NULL, NULL, p);
        is_int((int)match.matched_len, 8, "a regex takes what it matched");
        is_int(match.by_regex, 1, "... and says that it did");
        if (is_int(match.ncaptures, 2, "named groups that took part are captures")) {
            is_str(match.capture_names[1], "name", "by name");
            is_str(apr_pstrmemdup(p, request.in.path + match.capture_offsets[2],
                                  (apr_size_t)(match.capture_offsets[3] - match.capture_offsets[2])),
                   "ab", "with the bytes they took");
        }
    }
    gw_router_destroy(router);
}

#define ENDLESS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" /* for (a+)+$ */

/* A regex that would run for ages gives up. What it might have beaten is not found; what beats it is. */
static const struct {
    const char *routes[3], *request;
    int found, undecided; /* places in routes; -1 = none */
    const char *name;
} limit_cases[] = {
    { { "p:~/(a+)+$", "p:/" }, "GET a.x /aaa", 0, -1, "within its limits it answers" },
    { { "p:~/(a+)+$", "p:/" }, "GET a.x /" ENDLESS, -1, 0, "beyond them no weaker route does" },
    { { "p:~/(a+)+$" }, "GET a.x /" ENDLESS, -1, 0, "and a sole route that cannot be judged is named" },
    { { "p:~/(a+)+$", "p:/ h:a.x" }, "GET a.x /" ENDLESS, 1, -1, "a route that wins anyway is found" },
    { { "p:~/(a+)+$ rp:1", "p:~/a+ rp:2" }, "GET a.x /" ENDLESS, 1, -1, "a regex of higher priority too" },
    { { "p:~/(a+)+$ rp:2", "p:~/a+ rp:1" }, "GET a.x /" ENDLESS, -1, 0, "but not one of lower priority" },
    { { "p:~/(a+)+$ m:POST", "p:/" }, "GET a.x /" ENDLESS, 1, -1, "other criteria are asked first" },
    { { "p:~/b(a+)+$", "p:/" }, "GET a.x /" ENDLESS, 1, -1, "and so is the literal start" },
    { { "p:/ n:x-a=~*^(a+)+$", "p:/" }, "GET a.x /x x-a=" ENDLESS, -1, 0, "a header's regex gives up in the same way" },
    { { "p:/ n:x-a=~*^(a+)+$", "p:/" }, "GET a.x /x x-a=aa", 0, -1, "or answers" },
    { { "p:/ n:x-a=~*^(a+)+$ n:x-b=1", "p:/" }, "GET a.x /x x-a=" ENDLESS, 1, -1, "with another header missing it is out" },
    { { "p:~/a+ p:~/(a+)+$" }, "GET a.x /" ENDLESS, 0, -1, "of one route's regexes the first that matches" },
    { { "p:~/(a+)+$ p:~/a+" }, "GET a.x /" ENDLESS, -1, 0, "... if those before it can be judged" },
    { { "p:~/(a+)+$ h:a.*", "p:~/(a+)+$ h:a.x" }, "GET a.x /" ENDLESS, -1, 1, "of two that cannot be judged the better is named" },
    { { "p:~/(a+)+$ h:a.*", "p:/ h:a.x" }, "GET a.x /" ENDLESS, 1, -1, "a plain host beats what cannot be judged" },
    { { "p:/y n:x-a=~*^(a+)+$", "p:/" }, "GET a.x /x x-a=" ENDLESS, 1, -1, "and on another path" },
};

static void test_limits(apr_pool_t *p)
{
    size_t i;
    int n;

    for (i = 0; i < sizeof(limit_cases) / sizeof(limit_cases[0]); i++) {
        gw_route routes[3];
        const gw_route *list[3] = { &routes[0], &routes[1], &routes[2] };
        gw_router *router;
        gw_match match, scanned;
        asked request;

        for (n = 0; n < 3 && limit_cases[i].routes[n] != NULL; n++)
            read_route(&routes[n], n, limit_cases[i].routes[n], p);
        read_request(&request, limit_cases[i].request, p);
        router = gw_router_make(list, n, NULL, NULL);
        gw_router_find(&match, router, &request.in, p);
        gw_router_scan(&scanned, list, n, &request.in, NULL, NULL, p);
        is_int(match.route ? match.route - routes : -1, limit_cases[i].found, limit_cases[i].name);
        is_int(match.undecided ? match.undecided - routes : -1, limit_cases[i].undecided, "... undecided");
        ok(scanned.route == match.route && scanned.undecided == match.undecided, "... and so says the literal scan");
        gw_router_destroy(router);
    }
}

static void test_warnings(apr_pool_t *p)
{
    gw_route route;
    const gw_route *list = &route;
    int nwarnings = 0;

    read_route(&route, 0, "p:~/( p:/ok n:x-a=~*[", p);
    gw_router_destroy(gw_router_make(&list, 1, note, &nwarnings));
    is_int(nwarnings, 2, "what cannot be used is told, once each");
}

static void count(void *baton, const gw_route *route)
{
    *(int *)baton += 1 << (route->id[0] - '0');
}

/* explain shows them all. */
static void test_candidates(apr_pool_t *p)
{
    gw_route routes[3];
    const gw_route *list[3] = { &routes[0], &routes[1], &routes[2] };
    int seen = 0;
    gw_match match;
    asked request;

    read_route(&routes[0], 0, "p:/ p:/a p:~/a", p);
    read_route(&routes[1], 1, "p:/b", p);
    read_route(&routes[2], 2, "h:a.x", p);
    read_request(&request, "GET a.x /a", p);
    gw_router_scan(&match, list, 3, &request.in, count, &seen, p);
    is_int(seen, 1 << 0 | 1 << 2, "the scan tells of each route that matched, once");
}

/* More prefixes on one path than a walk keeps: those at its beginning count as much as those at its end. */
static void test_deep(apr_pool_t *p)
{
    enum { N = 80 };
    gw_route routes[N];
    const gw_route *list[N];
    gw_router *router;
    gw_match match;
    asked request;
    char path[N + 1] = "/";
    int i;

    for (i = 0; i < N; i++) {
        read_route(&routes[i], i, apr_psprintf(p, "p:%s n:x-a=~*^%d$", path, i), p);
        list[i] = &routes[i];
        memset(path + 1, 'a', (size_t)i + 1);
        path[i + 2 < N ? i + 2 : N] = '\0';
    }
    router = gw_router_make(list, N, NULL, NULL);
    for (i = 0; i < N; i += 3) {
        read_request(&request, apr_psprintf(p, "GET a.x %s x-a=%d", path, i), p);
        gw_router_find(&match, router, &request.in, p);
        is_int(match.route != NULL ? match.route - routes : -1, i, "the prefix of so many letters");
    }
    gw_router_destroy(router);
}

static void test_empty(apr_pool_t *p)
{
    gw_router *router = gw_router_make(NULL, 0, NULL, NULL);
    gw_match_input in = { .method = "GET", .host = "a.x", .path = "/" };
    gw_match match;

    is_int(gw_router_find(&match, router, &in, p), 0, "a router without routes finds none");
    gw_router_destroy(router);
}

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(rows); i++)
        test_row(i, p);
    test_captures(p);
    test_limits(p);
    test_warnings(p);
    test_candidates(p);
    test_deep(p);
    test_empty(p);
    apr_terminate();
    return done();
}
