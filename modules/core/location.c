/* SPDX-License-Identifier: Apache-2.0 */
/*
 * location.c - httpd's own walk over <Location>s, for another path; and whether two readings of a path differ there.
 */
#include "location.h"

#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

#include "canonical.h"
#include "snapshot.h"
#include "static_plugin.h"

extern module AP_MODULE_DECLARE_DATA gw_module;

typedef const void *look_fn(request_rec *r);

/* What `look` sees where the request has this path. */
static const void *look_at(request_rec *r, const char *path, look_fn *look)
{
    char *uri = r->uri, *parsed = r->parsed_uri.path;
    ap_conf_vector_t *config = r->per_dir_config;
    const void *seen;

    r->uri = r->parsed_uri.path = apr_pstrdup(r->pool, path);
    r->per_dir_config = r->server->lookup_defaults;
    ap_location_walk(r);
    seen = look(r);
    r->uri = uri;
    r->parsed_uri.path = parsed;
    r->per_dir_config = config;
    return seen;
}

static const void *look_for_dir(request_rec *r)
{
    return gw_conf_dir(r);
}

const gw_dir_conf *gw_location_at(request_rec *r, const char *path)
{
    return look_at(r, path, look_for_dir);
}

/* SetHandler's word; NULL = none. */
static const void *look_for_handler(request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const char *err = NULL, *handler = core->handler;

    if (core->expr_handler)
        handler = ap_expr_str_exec(r, core->expr_handler, &err);
    return err ? NULL : handler;
}

static int is_admins(const char *handler)
{
    return handler && strcmp(handler, "gw-admin") == 0;
}

int gw_location_is_admins(request_rec *r)
{
    return is_admins(look_for_handler(r));
}

int gw_location_was_admins(request_rec *r)
{
    return is_admins(r->per_dir_config == r->server->lookup_defaults ? look_at(r, "/", look_for_handler)
                                                                     : look_for_handler(r));
}

/* ---- two readings of one path ---- */

/* As ap_location_walk decides, for a path without doubled slashes. */
static int takes(const core_dir_config *section, const char *path)
{
    apr_size_t len = strlen(section->d);

    if (section->r)
        return ap_regexec(section->r, path, 0, NULL, 0) == 0;
    if (section->d_is_fnmatch)
        return apr_fnmatch(section->d, path, APR_FNM_PATHNAME) == APR_SUCCESS;
    return strncmp(section->d, path, len) == 0
           && (len == 0 || section->d[len - 1] == '/' || path[len] == '/' || path[len] == '\0');
}

static int has_ours(const ap_conf_vector_t *section)
{
    const gw_dir_conf *dir = ap_get_module_config(section, &gw_module);

    return dir && (dir->service || dir->plugins);
}

/* Is anything of this virtual host the gateway's? Where nothing is, paths are httpd's own business. */
static int is_concerned(const server_rec *s, const apr_array_header_t *sections)
{
    int i;

    if (gw_conf_server(s)->router != GW_ROUTER_OFF)
        return 1;
    for (i = 0; i < sections->nelts; i++)
        if (has_ours(APR_ARRAY_IDX(sections, i, ap_conf_vector_t *)))
            return 1;
    return 0;
}

/* Whoever guards a path, with a plugin, a Require or another module's directive, does it in a section. */
static int differ(const apr_array_header_t *sections, const char *path, const char *other)
{
    int i;

    for (i = 0; i < sections->nelts; i++) {
        const core_dir_config *section = ap_get_core_module_config(APR_ARRAY_IDX(sections, i, ap_conf_vector_t *));

        if (takes(section, path) != takes(section, other))
            return 1;
    }
    return 0;
}

/* What httpd walks over for a path that is not routed. */
static const char *unescape(const char *path, apr_pool_t *p)
{
    char *plain = apr_pstrdup(p, path);

    ap_unescape_url_keep2f(plain, 0);
    return plain;
}

/* Does this view of a path lie in other sections than the path? */
static int is_elsewhere(request_rec *r, const char *path, const char *view)
{
    const core_server_config *core = ap_get_core_module_config(r->server->module_config);

    if (*view == '\0')
        return 1;
    return is_concerned(r->server, core->sec_url)
           && (differ(core->sec_url, path, view)
               || differ(core->sec_url, unescape(path, r->pool), unescape(view, r->pool)));
}

int gw_location_is_ambiguous(request_rec *r, const char *path)
{
    const char *view, *literal;

    if (gw_conf_server(r->server)->ambiguous_paths_allowed || path[strcspn(path, "%;")] == '\0')
        return 0;
    view = gw_path_decoded_view(path, r->pool);
    literal = gw_path_literal_view(path, r->pool);
    return (view != path && is_elsewhere(r, path, view)) || (literal != path && is_elsewhere(r, path, literal));
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
