/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream_path_test.c - service path, route and request to upstream path: all vectors of the routing contract,
 * matched by the router itself, and the rows of its table that the vectors leave out.
 */
#include <apr_general.h>
#include <apr_strings.h>

#include "canonical.h"
#include "router.h"
#include "tap.h"

enum { NO = 0, YES = 1, ANY = 2 };

static const struct {
    const char *service, *path; /* of the route; NULL = it matches by host */
    int strip;
    const char *request;
    const char *upstream; /* NULL = no match */
    const char *prefix;   /* X-Forwarded-Prefix when stripping */
} rows[] = {
    /* the reference vectors */
    { "/", "/", ANY, "/route/", "/route/", NULL },
    { "/", "/route", YES, "/route", "/", "/route" },
    { "/", "/route", YES, "/route/", "/", "/route" },
    { "/", "/route", YES, "/routereq", "/req", "/route" },
    { "/", "/route/", YES, "/route/req", "/req", "/route/" },
    { "/", "/route/", ANY, "/route", NULL, NULL },
    { "/srv", "/rou", NO, "/roureq", "/srv/roureq", NULL },
    { "/srv", "/rou", YES, "/roureq", "/srv/req", "/rou" },
    { "/srv/", "/rou", YES, "/rou", "/srv", "/rou" },
    { "/service", "/", ANY, "/", "/service", NULL },
    { "/service", "/route", YES, "/route", "/service", "/route" },
    { "/service", "/route", YES, "/route/", "/service/", "/route" },
    { "/service", "/route/", YES, "/route/", "/service/", "/route/" },
    { "/service", "/route/", YES, "/route/req", "/service/req", "/route/" },
    { "/service/", "/route", YES, "/route", "/service", "/route" },
    { "/service/", "/route", YES, "/route/", "/service/", "/route" },
    { "/service/", "/route/", YES, "/route/", "/service/", "/route/" },
    { "/service", NULL, ANY, "/", "/service", NULL },
    { "/service", NULL, ANY, "/x/", "/service/x/", NULL },
    { "/service", "/route", YES, "/route./req", "/service/req", "/route" },
    { "/service", "/route", YES, "/route%2E%2e/req", "/service/req", "/route" },
    { "/service", "/route", NO, "/route../req", "/service/route../req", NULL },
    /* the seeds */
    { "/request", "/sessions-test", YES, "/sessions-test", "/request", "/sessions-test" },
    { NULL, "/a/", YES, "/a/test", "/test", "/a/" },
    /* rows of the table that no vector reaches */
    { "/srv/", "/rou", NO, "/rou/x", "/srv/rou/x", NULL },
    { "/srv/", "/rou", YES, "/rouser", "/srv/ser", "/rou" },
    { "/srv", "/", NO, "/x", "/srv/x", NULL },
    { NULL, NULL, ANY, "/x", "/x", NULL },
    { "", NULL, ANY, "/", "/", NULL },
    { "/srv/", NULL, ANY, "/x", "/srv/x", NULL },
    /* what is left of a segment cannot climb */
    { "/service", "/route", YES, "/route..", "/service", "/route" },
    { "/service", "/route", YES, "/route.", "/service", "/route" },
    { "/service", "/route", YES, "/route.x", "/service/.x", "/route" },
    { "/service", "/route", YES, "/route...", "/service/...", "/route" },
    /* regexes are stripped whole */
    { "/service", "~/v\\d+", YES, "/v12/x", "/service/x", "/v12" },
    { "/service", "~/v\\d+", NO, "/v12/x", "/service/v12/x", NULL },
    { "/service", "~/v\\d+/x$", YES, "/v12/x", "/service", "/v12/x" },
};

static void test_row(size_t i, int strip, apr_pool_t *p)
{
    const char *host = "h.x";
    gw_route route = { .id = "r", .protocols = GW_PROTO_HTTP, .strip_path = strip };
    const gw_route *routes = &route;
    gw_match_input in = { .method = "GET", .host = "h.x" };
    const char *prefix, *name, *why = NULL;
    gw_match match;
    gw_router *router;

    if (rows[i].path != NULL)
        route.paths = (gw_strings){ 1, 1, &rows[i].path };
    else
        route.hosts = (gw_strings){ 1, 1, &host };
    in.path = gw_path_canonical(&why, rows[i].request, p);
    name = apr_psprintf(p, "service %s, route %s, strip %d, request %s", rows[i].service, rows[i].path, strip,
                        rows[i].request);
    router = gw_router_make(&routes, 1, NULL, NULL);
    if (!gw_router_find(&match, router, &in, p)) {
        is_str(NULL, rows[i].upstream, name);
    }
    else if (is_str(gw_upstream_path(&prefix, rows[i].service, in.path, &match, p), rows[i].upstream, name)) {
        is_str(prefix, strip ? rows[i].prefix : NULL, "... and what X-Forwarded-Prefix says");
    }
    gw_router_destroy(router);
}

static void test_leaves(apr_pool_t *p)
{
    static const struct { const char *service, *path; int want; const char *why; } leaves[] = {
        { "/pub", "/pub/x", 0, "a path of the service" },
        { "/pub", "/pub", 0, "the service's path itself" },
        { "/pub/", "/pub/x%2Fy;z", 0, "one that reads otherwise, and stays" },
        { "/pub/", "/pub;x", 0, "the service's path with parameters" },
        { "/pub", "/pub/a/..%2Fb", 0, "one that goes back no further than it came" },
        { "/p;v=1", "/p;v=1/x", 0, "a service whose path has parameters" },
        { NULL, "/x;y", 0, "no service's path: all there is" },
        { "", "/..;/x", 1, "above the root" },
        { "/pub", "/pub/..;/admin", 1, "a dot segment with parameters" },
        { "/pub", "/pub/..%2Fadmin", 1, "an encoded slash" },
        { "/pub", "/pub/..%5Cadmin", 1, "a backslash" },
        { "/pub", "/pub/..%3B/admin", 1, "an encoded semicolon" },
        { "/pub", "/pub/..%2Fpublic", 1, "a name that begins as the service's" },
    };
    size_t i;

    for (i = 0; i < COUNT(leaves); i++)
        is_int(gw_upstream_path_leaves(leaves[i].service, leaves[i].path, p), leaves[i].want, leaves[i].why);
}

int main(void)
{
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(rows); i++) {
        if (rows[i].strip != NO)
            test_row(i, 1, p);
        if (rows[i].strip != YES)
            test_row(i, 0, p);
    }
    test_leaves(p);
    apr_terminate();
    return done();
}
