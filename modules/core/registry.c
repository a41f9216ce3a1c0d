/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.c - who registered: plugins here, entities in the store's registry.
 *
 * Everything lives in pconf. A cleanup empties the registry, because httpd reads its configuration twice at start and
 * once at each restart, and what was registered lies in modules that are unloaded meanwhile. Nothing can be refused
 * from register_hooks, so the first complaint is kept until pre_config can stop the start.
 */
#include "registry.h"

#include <apr_strings.h>

#include "entities.h"
#include "hooks.h"
#include "snapshot.h"
#include "store.h"

static struct {
    apr_array_header_t *by_index;
    apr_array_header_t *by_priority;
    const char *problem;
} registry;

static void complain(const char *problem)
{
    if (registry.problem == NULL)
        registry.problem = problem;
}

static const char *check_plugin(const gw_plugin *plugin, apr_pool_t *p)
{
    const char *name = plugin->name ? plugin->name : "(no name)";

    if (plugin->api != GW_API_VERSION || plugin->size != sizeof(*plugin))
        return apr_psprintf(p, "plugin %s: built for another mod_gw (API %u, this is %u): build it again with this "
                            "mod_gw.h", plugin->api == GW_API_VERSION ? name : "(unknown)", plugin->api,
                            GW_API_VERSION);
    if (plugin->name == NULL || plugin->schema == NULL || plugin->version == NULL)
        return apr_psprintf(p, "plugin %s: name, version and schema are needed", name);
    if (gw_plugin_find(plugin->name) || (plugin->alias && gw_plugin_find(plugin->alias)))
        return apr_psprintf(p, "plugin %s: its name or alias is taken: two modules register the same plugin", name);
    if (registry.by_index->nelts == GW_MAX_PLUGINS)
        return apr_psprintf(p, "plugin %s: more than %d plugins", name, GW_MAX_PLUGINS);
    return NULL;
}

static int cmp_priority(const void *a, const void *b)
{
    const gw_plugin *one = *(const gw_plugin *const *)a, *two = *(const gw_plugin *const *)b;

    if (one->priority != two->priority)
        return one->priority > two->priority ? -1 : 1;
    return strcmp(one->name, two->name);
}

static apr_status_t forget(void *unused)
{
    (void)unused;
    memset(&registry, 0, sizeof(registry));
    return APR_SUCCESS;
}

/* ---- entry points ---- */

void gw_plugin_register(gw_plugin *plugin, apr_pool_t *p)
{
    const char *problem = check_plugin(plugin, p);

    if (problem) {
        complain(problem);
        return;
    }
    plugin->index = registry.by_index->nelts;
    APR_ARRAY_PUSH(registry.by_index, const gw_plugin *) = plugin;
    APR_ARRAY_PUSH(registry.by_priority, const gw_plugin *) = plugin;
    qsort(registry.by_priority->elts, (size_t)registry.by_priority->nelts, sizeof(const gw_plugin *), cmp_priority);
}

void gw_entity_register(const gw_entity *entity, apr_pool_t *p)
{
    const char *problem = gw_registry_add(entity, p);

    if (problem == NULL && entity->with_consumer &&
        (entity->placement != GW_UNCACHED || entity->has_ttl || entity->prepare || entity->destroy))
        problem = "rows that come with their consumer are uncached, without ttl, prepare and destroy";
    if (problem)
        complain(apr_pstrcat(p, "entity ", entity->name ? entity->name : "(no name)", ": ", problem, NULL));
}

const apr_array_header_t *gw_plugins_by_priority(void)
{
    return registry.by_priority;
}

const gw_plugin *gw_plugin_find(const char *name)
{
    int i;

    for (i = 0; i < registry.by_index->nelts; i++) {
        const gw_plugin *plugin = APR_ARRAY_IDX(registry.by_index, i, const gw_plugin *);

        if (strcmp(plugin->name, name) == 0 || (plugin->alias && strcmp(plugin->alias, name) == 0))
            return plugin;
    }
    return NULL;
}

const char *gw_registry_problem(void)
{
    return registry.problem;
}

void gw_registry_register(apr_pool_t *p)
{
    int i;

    registry.by_index = apr_array_make(p, 16, sizeof(const gw_plugin *));
    registry.by_priority = apr_array_make(p, 16, sizeof(const gw_plugin *));
    apr_pool_cleanup_register(p, NULL, forget, apr_pool_cleanup_null);
    gw_entities_set_plugins(gw_plugin_find);
    for (i = 0; gw_entities_all[i]; i++)
        gw_entity_register(gw_entities_all[i], p);
}
