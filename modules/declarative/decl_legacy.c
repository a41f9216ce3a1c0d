/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_legacy.c - what older formats and files in the wild meant: paths that were regular expressions without saying
 * so, settings that never were any.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

/* Settings that files carry though the plugin never had them: dropped with a warning. */
static const struct { const char *plugin, *field; } never_were[] = {
    { "key-auth", "cookie_secure" },
};

static void drop_settings(gw_decl *decl, json_t *plugin)
{
    const char *name = json_string_value(json_object_get(plugin, "name"));
    json_t *config = json_object_get(plugin, "config");
    size_t i;

    for (i = 0; name != NULL && i < sizeof(never_were) / sizeof(never_were[0]); i++) {
        if (strcmp(never_were[i].plugin, name) != 0 || json_object_get(config, never_were[i].field) == NULL)
            continue;
        json_object_del(config, never_were[i].field);
        decl_warn(decl, apr_psprintf(decl->p, "plugin '%s': config.%s is no setting of it, and was dropped", name,
                                     never_were[i].field));
    }
}

static int hex_value(char c)
{
    return apr_isdigit(c) ? c - '0' : apr_tolower(c) - 'a' + 10;
}

/* RFC 3986 section 2.3: those that mean the same with and without a percent sign lose it. */
static const char *decode_unreserved(const char *path, apr_pool_t *p)
{
    char *out = apr_palloc(p, strlen(path) + 1), *to = out;

    while (*path != '\0') {
        char c = *path++;

        if (c == '%' && apr_isxdigit(path[0]) && apr_isxdigit(path[1])) {
            char decoded = (char)(hex_value(path[0]) * 16 + hex_value(path[1]));

            if (decoded > 0 && (apr_isalnum(decoded) || strchr("-._~", decoded) != NULL)) {
                c = decoded;
                path += 2;
            }
        }
        *to++ = c;
    }
    *to = '\0';
    return out;
}

static int is_plain_path(const char *path)
{
    const char *c;

    for (c = path; *c != '\0'; c++)
        if (!apr_isalnum(*c) && strchr("./_~%-", *c) == NULL)
            return 0;
    return 1;
}

static void migrate_paths(json_t *route, apr_pool_t *p)
{
    json_t *paths = json_object_get(route, "paths");
    size_t i;

    for (i = 0; i < json_array_size(paths); i++) {
        const char *path = json_string_value(json_array_get(paths, i)), *decoded;

        if (path == NULL || *path == '~')
            continue;
        decoded = decode_unreserved(path, p);
        if (!is_plain_path(path))
            decoded = apr_pstrcat(p, "~", decoded, NULL);
        json_array_set_new(paths, i, json_string(decoded));
    }
}

void decl_modernise(gw_decl *decl, decl_entry *entry)
{
    const char *name = entry->set->entity->name;

    if (strcmp(name, "plugins") == 0)
        drop_settings(decl, entry->row);
    else if (decl->is_old_format && strcmp(name, "routes") == 0)
        migrate_paths(entry->row, decl->p);
}
