/* SPDX-License-Identifier: Apache-2.0 */
/*
 * location.c - httpd's own walk over <Location>s, for another path; and whether two readings of a path differ there.
 */
#include "location.h"

#include <apr_strings.h>
#include <http_request.h>

#include "canonical.h"
#include "snapshot.h"
#include "static_plugin.h"

const gw_dir_conf *gw_location_at(request_rec *r, const char *path)
{
    char *uri = r->uri, *parsed = r->parsed_uri.path;
    ap_conf_vector_t *config = r->per_dir_config;
    const gw_dir_conf *dir;

    r->uri = r->parsed_uri.path = apr_pstrdup(r->pool, path);
    r->per_dir_config = r->server->lookup_defaults;
    ap_location_walk(r);
    dir = gw_conf_dir(r);
    r->uri = uri;
    r->parsed_uri.path = parsed;
    r->per_dir_config = config;
    return dir;
}

static int is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int has_plugin(const apr_array_header_t *plugins, const gw_static_plugin *wanted)
{
    int i;

    for (i = 0; i < plugins->nelts; i++)
        if (APR_ARRAY_IDX(plugins, i, gw_static_plugin).conf == wanted->conf)
            return 1;
    return 0;
}

/* A section has no plugin twice, so that as many, all found, are the same. */
int gw_location_is_same(const gw_dir_conf *a, const gw_dir_conf *b)
{
    int na = a->plugins ? a->plugins->nelts : 0, nb = b->plugins ? b->plugins->nelts : 0, i;

    if (na != nb || !is_same_text(a->service, b->service))
        return 0;
    for (i = 0; i < na; i++)
        if (!has_plugin(b->plugins, &APR_ARRAY_IDX(a->plugins, i, gw_static_plugin)))
            return 0;
    return 1;
}

int gw_location_is_ambiguous(request_rec *r, const char *path)
{
    const char *decoded = gw_path_decoded_view(path, r->pool);

    if (decoded == path || gw_conf_server(r->server)->ambiguous_paths_allowed)
        return 0;
    return *decoded == '\0' || !gw_location_is_same(gw_location_at(r, path), gw_location_at(r, decoded));
}

apr_array_header_t *gw_location_list(const server_rec *s, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 8, sizeof(gw_location));

    for (; s; s = s->next) {
        const apr_array_header_t *places = gw_conf_server(s)->places;
        int i;

        for (i = 0; places && i < places->nelts; i++) {
            const gw_static_place *place = &APR_ARRAY_IDX(places, i, gw_static_place);

            APR_ARRAY_PUSH(list, gw_location) = (gw_location){
                .name = place->name, .service = place->dir->service, .is_guarded = place->is_guarded,
                .nplugins = place->dir->plugins->nelts,
                .plugins = (const gw_static_plugin *)place->dir->plugins->elts,
            };
        }
    }
    return list;
}
