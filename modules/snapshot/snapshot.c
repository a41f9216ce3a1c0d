/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c - what requests ask of a snapshot: a table look-up each. */
#include "workshop.h"

#include "sni_name.h"

const gw_router *gw_snapshot_router(const gw_snapshot *snapshot)
{
    return snapshot->router;
}

gw_service *gw_snapshot_service(const gw_snapshot *snapshot, const gw_route *route)
{
    return snapshot->by_route[route->place].service;
}

gw_service *gw_snapshot_service_by_name(const gw_snapshot *snapshot, const char *name)
{
    size_t len = strlen(name);

    return gw_table_find(&snapshot->service_names, name, len, gw_hash_text(name, len), 0);
}

const gw_plan *gw_snapshot_plan(const gw_snapshot *snapshot, const gw_route *route, const gw_service *service)
{
    if (route != NULL)
        return snapshot->by_route[route->place].plan;
    return service != NULL ? snapshot->by_service[service->place] : snapshot->for_all;
}

gw_binding *gw_snapshot_binding(const gw_snapshot *snapshot, const gw_service *service)
{
    return snapshot->bindings != NULL ? snapshot->bindings[service->place] : NULL;
}

gw_trust *gw_snapshot_trust(const gw_snapshot *snapshot, const gw_service *service)
{
    return snapshot->trusts != NULL ? snapshot->trusts[service->place] : NULL;
}

int gw_snapshot_has_certificates(const gw_snapshot *snapshot)
{
    return snapshot->has_certificates;
}

const struct gw_certificate *gw_snapshot_certificate(const gw_snapshot *snapshot, const char *name)
{
    gw_sni_forms forms;
    int i;

    if (!snapshot->has_certificates)
        return NULL;
    gw_sni_forms_of(&forms, name);
    for (i = 0; i < forms.n; i++) {
        const size_t len = strlen(forms.text[i]);
        const struct gw_certificate *found = gw_table_find(&snapshot->certificates, forms.text[i], len,
                                              gw_hash_text(forms.text[i], len), 0);

        if (found != NULL)
            return found;
    }
    return NULL;
}

gw_balancer *const *gw_snapshot_balancers(int *n, const gw_snapshot *snapshot)
{
    *n = snapshot->nbalancers;
    return snapshot->balancers;
}

const apr_array_header_t *gw_snapshot_warnings(const gw_snapshot *snapshot)
{
    return &snapshot->warnings;
}

const gw_counts *gw_snapshot_counts(const gw_snapshot *snapshot)
{
    return &snapshot->counts;
}

const gw_strings *gw_snapshot_secret_query(const gw_snapshot *snapshot)
{
    return &snapshot->secret_query;
}

int gw_snapshot_nroutes(const gw_snapshot *snapshot)
{
    return snapshot->nroutes;
}

const gw_route *const *gw_snapshot_routes(const gw_snapshot *snapshot, apr_pool_t *p)
{
    const gw_route **routes = apr_palloc(p, ((size_t)snapshot->nroutes + 1) * sizeof(*routes));
    int n = 0;

    for (int place = 0; place < snapshot->nplaces; place++)
        if (snapshot->shown[place] != NULL)
            routes[n++] = snapshot->shown[place];
    return routes;
}
