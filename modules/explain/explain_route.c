/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_route.c - which routes would take a request, in the order in which they would, and what they go by. The scan
 * that the router is tested against tells which match; asked again without the first, it tells the second.
 */
#include "explain.h"

#include <apr_strings.h>

#include "match_input.h"
#include "request.h"

#define MAX_CANDIDATES 20

static void take_candidate(void *baton, const gw_route *route)
{
    apr_array_header_t *found = baton;

    for (int i = 0; i < found->nelts; i++)
        if (APR_ARRAY_IDX(found, i, const gw_route *) == route)
            return; /* it matches in two ways */
    APR_ARRAY_PUSH(found, const gw_route *) = route;
}

/* The first moves to the front; those behind it follow by asking again without it. */
static void put_in_order(apr_array_header_t *found, const gw_match_input *input, apr_pool_t *p)
{
    const gw_route **routes = (const gw_route **)found->elts;
    int n = found->nelts, done, i;
    gw_match match;

    for (done = 0; done < n && done < MAX_CANDIDATES; done++) {
        if (!gw_router_scan(&match, routes + done, n - done, input, NULL, NULL, p))
            return;
        for (i = done; routes[i] != match.route; i++)
            ;
        memmove(routes + done + 1, routes + done, (size_t)(i - done) * sizeof(*routes));
        routes[done] = match.route;
    }
}

static json_t *list_strings(const gw_strings *from)
{
    json_t *list = json_array();

    for (int i = 0; i < from->n; i++)
        json_array_append_new(list, json_string(from->v[i]));
    return list;
}

/* What a route asks for; only that. */
static json_t *describe_criteria(const gw_route *route)
{
    const struct {
        const char *name;
        const gw_strings *values;
    } lists[] = { { "methods", &route->methods }, { "hosts", &route->hosts }, { "paths", &route->paths },
                  { "snis", &route->snis } };
    json_t *criteria = json_object(), *headers = json_object();

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (lists[i].values->n > 0)
            json_object_set_new(criteria, lists[i].name, list_strings(lists[i].values));
    for (int i = 0; i < route->nheaders; i++)
        json_object_set_new(headers, route->headers[i].name, list_strings(&route->headers[i].values));
    if (json_object_size(headers) > 0)
        json_object_set(criteria, "headers", headers);
    json_decref(headers);
    return criteria;
}

static const char *name_route(const gw_route *route)
{
    return route->name != NULL ? route->name : route->id;
}

static const char *name_criteria(const gw_route *route, apr_pool_t *p)
{
    json_t *criteria = describe_criteria(route), *value;
    const char *name, *all = NULL;

    json_object_foreach(criteria, name, value)
        all = all != NULL ? apr_pstrcat(p, all, ", ", name, NULL) : apr_pstrdup(p, name);
    json_decref(criteria);
    return all != NULL ? all : "nothing";
}

static int count_criteria(const gw_route *route)
{
    return (route->methods.n > 0) + (route->hosts.n > 0) + (route->paths.n > 0) + (route->snis.n > 0)
           + (route->nheaders > 0);
}

static const char *say_why(const gw_request *q, const apr_array_header_t *found, apr_pool_t *p)
{
    const gw_route *const *routes = (const gw_route *const *)found->elts;

    if (q->static_service != NULL || q->dir != NULL)
        return "a <Location> of the configuration takes it before any route";
    if (q->route == NULL)
        return found->nelts > 0 ? "a route's regex takes too long on this request: /status and the log name it"
                                : "no route matches";
    if (found->nelts < 2)
        return apr_psprintf(p, "the only route that matches; it asks for %s", name_criteria(q->route, p));
    return apr_psprintf(p, "first of %d routes that match; it asks for %s, %s %s%s", found->nelts,
                        name_criteria(q->route, p),
                        count_criteria(routes[0]) > count_criteria(routes[1]) ? "more than" : "and comes before",
                        name_route(routes[1]),
                        count_criteria(routes[0]) > count_criteria(routes[1]) ? "" : " by the order among equals");
}

void gw_explain_route(json_t *out, request_rec *r, apr_table_t *headers)
{
    const gw_request *q = gw_request_get(r);
    apr_array_header_t *found = apr_array_make(r->pool, 8, sizeof(const gw_route *));
    apr_table_t *now = r->headers_in;
    json_t *candidates = json_array();
    gw_match_input input;
    gw_match match;

    if (q != NULL && q->snapshot != NULL && q->path != NULL) {
        r->headers_in = headers; /* plugins have taken some away */
        gw_match_input_read(&input, r, q->path);
        gw_router_scan(&match, gw_snapshot_routes(q->snapshot, r->pool), gw_snapshot_nroutes(q->snapshot), &input,
                       take_candidate, found, r->pool);
        put_in_order(found, &input, r->pool);
        r->headers_in = now;
    }
    for (int i = 0; i < found->nelts && i < MAX_CANDIDATES; i++) {
        const gw_route *route = APR_ARRAY_IDX(found, i, const gw_route *);

        json_array_append_new(candidates, json_pack("{s:s, s:s?, s:o}", "id", route->id, "name", route->name,
                                                    "asks_for", describe_criteria(route)));
    }
    json_object_set_new(out, "why", json_string(q == NULL || q->path == NULL ? "refused before it was routed"
                                                                            : say_why(q, found, r->pool)));
    json_object_set_new(out, "candidates", candidates);
}
