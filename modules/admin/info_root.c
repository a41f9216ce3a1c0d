/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_root.c - `/`: who answers here, in the shape that clients read when they start.
 */
#include <apr_network_io.h>
#include <mpm_common.h>
#include <ap_mpm.h>
#include <scoreboard.h>
#include <string.h>
#include <unistd.h>

#include "info.h"
#include "json_pool.h"

#define ROWS_A_PAGE 1000

static json_t *describe_plugins(void)
{
    const apr_array_header_t *plugins = gw_admin_plugins();
    json_t *out = json_object();
    int i;

    for (i = 0; i < plugins->nelts; i++) {
        const gw_plugin *plugin = APR_ARRAY_IDX(plugins, i, const gw_plugin *);

        json_object_set_new(out, plugin->name,
                            json_pack("{s:s, s:i}", "version", plugin->version, "priority", plugin->priority));
    }
    return out;
}

/* The names of all plugin rows, each once. What cannot be read now is left out. New reference. */
static json_t *list_plugins_in_use(admin_call *call)
{
    const gw_entity *entity = gw_registry_find("plugins");
    gw_page page = { .size = ROWS_A_PAGE };
    json_t *seen = json_object(), *out = json_array();
    const char *name, *next = NULL;
    json_t *value;

    do {
        json_t *rows = NULL;
        size_t i;

        if (call->db == NULL || entity == NULL
            || gw_row_page(&rows, &next, call->db, entity, &page, call->p) != APR_SUCCESS)
            break;
        for (i = 0; i < json_array_size(rows); i++)
            json_object_set(seen, json_string_value(json_object_get(json_array_get(rows, i), "name")), json_true());
        json_decref(rows);
        page.after_id = next;
    } while (next != NULL);
    json_object_foreach(seen, name, value)
        json_array_append_new(out, json_string(name));
    json_decref(seen);
    return out;
}

static json_t *list_pids(void)
{
    json_t *workers = json_array();
    int limit = 0, i;

    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &limit);
    for (i = 0; i < limit; i++) {
        const process_score *process = ap_get_scoreboard_process(i);

        if (process != NULL && process->pid != 0)
            json_array_append_new(workers, json_integer(process->pid));
    }
    return json_pack("{s:i, s:o}", "master", (int)getppid(), "workers", workers);
}

int gw_info_root(admin_call *call)
{
    char name[APRMAXHOSTLEN + 1];
    json_t *loaded = json_object(), *body;
    const apr_array_header_t *plugins = gw_admin_plugins();
    int i;

    for (i = 0; i < plugins->nelts; i++)
        json_object_set_new(loaded, APR_ARRAY_IDX(plugins, i, const gw_plugin *)->name, json_true());
    if (apr_gethostname(name, sizeof(name), call->p) != APR_SUCCESS)
        name[0] = '\0';
    body = json_pack("{s:s, s:s, s:s, s:s, s:{s:o, s:o}, s:{s:s, s:s, s:o, s:o}, s:o}", "tagline", "Welcome to mod_gw",
                     "version", call->conf->api_version, "hostname", name, "node_id", gw_admin_node_id(), "plugins",
                     "available_on_server", describe_plugins(), "enabled_in_cluster", list_plugins_in_use(call),
                     "configuration", "database", call->conf->database, "router_flavor", "traditional_compatible",
                     "loaded_plugins", loaded, "proxy_listeners", gw_admin_listeners(), "pids", list_pids());
    return gw_call_answer(call, 200, body);
}

int gw_info_enabled_plugins(admin_call *call)
{
    const apr_array_header_t *plugins = gw_admin_plugins();
    json_t *names = json_array();
    int i;

    for (i = 0; i < plugins->nelts; i++)
        json_array_append_new(names, json_string(APR_ARRAY_IDX(plugins, i, const gw_plugin *)->name));
    return gw_call_answer(call, 200, json_pack("{s:o}", "enabled_plugins", names));
}
