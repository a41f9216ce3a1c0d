/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_protocols.c - a plugin none of whose protocols is its route's would never run: refused in a text as it is by the
 * Admin API. What only the database holds is its caller's to look at.
 */
#include "decl_impl.h"

#include "json_row.h"

static int is_in(const json_t *list, const json_t *word)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        if (json_equal(item, word))
            return 1;
    }
    return 0;
}

static int fits(const decl_entry *plugin, const decl_entry *route)
{
    const json_t *ours = json_object_get(plugin->row, "protocols"), *theirs = json_object_get(route->row, "protocols");
    const json_t *word;
    size_t i;

    if (route->fields != NULL) /* wrong in itself: that is told */
        return 1;
    json_array_foreach (ours, i, word) {
        if (is_in(theirs, word))
            return 1;
    }
    return 0;
}

static const char *reference_id(const decl_entry *entry, const char *field)
{
    return gw_json_foreign_id(entry->row, field);
}

/* Service id: array of its routes' entries. */
static apr_hash_t *group_routes(const decl_set *routes, apr_pool_t *p)
{
    apr_hash_t *groups = apr_hash_make(p);
    decl_entry *route;

    for (route = routes->first; route != NULL; route = route->next) {
        const char *service = reference_id(route, "service");
        apr_array_header_t *group;

        if (service == NULL)
            continue;
        group = apr_hash_get(groups, service, APR_HASH_KEY_STRING);
        if (group == NULL) {
            group = apr_array_make(p, 1, sizeof(decl_entry *));
            apr_hash_set(groups, service, APR_HASH_KEY_STRING, group);
        }
        APR_ARRAY_PUSH(group, decl_entry *) = route;
    }
    return groups;
}

static int fits_one_of(const decl_entry *plugin, const apr_array_header_t *routes)
{
    int i;

    for (i = 0; i < routes->nelts; i++)
        if (fits(plugin, APR_ARRAY_IDX(routes, i, const decl_entry *)))
            return 1;
    return 0;
}

/* NULL, or what is wrong. A route counts more than a service, as everywhere. */
static const char *judge(const gw_decl *decl, const decl_entry *plugin, const decl_set *routes, apr_hash_t *groups)
{
    const char *route = reference_id(plugin, "route"), *service = reference_id(plugin, "service");
    const void *found;

    if (route != NULL) {
        found = apr_hash_get(routes->by_id, route, APR_HASH_KEY_STRING);
        return found == NULL || fits(plugin, found) ? NULL : "must match the associated route's protocols";
    }
    if (service == NULL || decl->find != NULL) /* stored routes of the service may fit */
        return NULL;
    found = apr_hash_get(groups, service, APR_HASH_KEY_STRING);
    return found == NULL || fits_one_of(plugin, found)
               ? NULL
               : "must match the protocols of at least one route pointing to this Plugin's service";
}

void decl_check_protocols(gw_decl *decl)
{
    const decl_set *plugins = decl_set_find(decl, "plugins"), *routes = decl_set_find(decl, "routes");
    apr_hash_t *groups;
    decl_entry *plugin;

    if (plugins == NULL || routes == NULL || plugins->first == NULL)
        return;
    groups = group_routes(routes, decl->p);
    for (plugin = plugins->first; plugin != NULL; plugin = plugin->next) {
        const char *why = plugin->fields == NULL ? judge(decl, plugin, routes, groups) : NULL;

        if (why != NULL)
            plugin->fields = json_pack("{s:s}", "protocols", why);
    }
}
