/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_plugins.c - the plugins that a tried request met: from which row, with which config, what each said and why.
 */
#include "explain.h"

#include <string.h>
#include <apr_strings.h>

#include "coherence.h"
#include "entities.h"
#include "registry.h"
#include "request.h"
#include "schema.h"

static const char *name_scope(const gw_plugin_source *source, apr_pool_t *p)
{
    const char *scope = NULL;

    if (source->place != NULL)
        return "location";
    if (source->route_id != NULL)
        scope = "route";
    if (source->service_id != NULL)
        scope = scope != NULL ? apr_pstrcat(p, scope, "+service", NULL) : "service";
    if (source->consumer_id != NULL)
        scope = scope != NULL ? apr_pstrcat(p, scope, "+consumer", NULL) : "consumer";
    return scope != NULL ? scope : "global";
}

/* ---- config ---- */

static json_t *read_location(request_rec *r, const void *conf)
{
    const gw_request *q = gw_request_get(r);

    for (int i = 0; q->dir != NULL && i < q->dir->plugins->nelts; i++) {
        const gw_static_plugin *own = &APR_ARRAY_IDX(q->dir->plugins, i, gw_static_plugin);

        if (own->conf == conf)
            return json_loads(own->shown, 0, NULL);
    }
    return NULL;
}

/* As the row has it; NULL: the database is away, or the row has gone since. */
static json_t *read_row(request_rec *r, const gw_plugin *plugin, const char *id)
{
    json_t *row = NULL, *config = NULL;
    apr_status_t rv;
    gw_handle h;

    if (gw_handle_open(&h, r->server, r->pool) != APR_SUCCESS)
        return NULL;
    rv = gw_row_load(&row, h.db, &gw_entity_plugins, NULL, id, r->pool);
    gw_handle_close(&h, rv == APR_NOTFOUND ? APR_SUCCESS : rv);
    if (rv == APR_SUCCESS)
        config = gw_schema_mask(plugin->schema, json_object_get(row, "config"));
    json_decref(row);
    return config;
}

/* As it was compiled; secrets show that they are there. */
static json_t *restore(const gw_plugin *plugin, const void *conf)
{
    json_t *config = gw_schema_restore(plugin->schema, conf);
    const gw_field *field;

    for (field = plugin->schema->fields; field->name != NULL; field++)
        if (field->flags & GW_SECRET)
            json_object_set_new(config, field->name, json_string("***"));
    return config;
}

/* What the Admin API shows of it, less its secrets. */
static json_t *show_config(request_rec *r, const gw_plugin *plugin, const gw_plugin_source *source, const void *conf)
{
    json_t *config = source->row_id != NULL ? read_row(r, plugin, source->row_id) : read_location(r, conf);

    return config != NULL ? config : restore(plugin, conf);
}

/* ---- verdicts ---- */

typedef struct said {
    const char *verdict, *reason;
} said;

static const char *tell_end(const gw_trace *trace, apr_pool_t *p)
{
    for (int i = trace->turns->nelts; trace->is_over && i-- > 0;) {
        const gw_turn *turn = &APR_ARRAY_IDX(trace->turns, i, gw_turn);

        if (strcmp(turn->verdict, "refused") == 0 || strcmp(turn->verdict, "answered") == 0)
            return apr_pstrcat(p, turn->plugin->name, " has ", turn->verdict, " before", NULL);
    }
    return "the request was answered before";
}

static said judge(const gw_trace *trace, const gw_plugin *plugin, const gw_turn *turn, apr_pool_t *p)
{
    const unsigned before_answer = GW_PHASE_ACCESS | GW_PHASE_AUTHN | GW_PHASE_AUTHZ | GW_PHASE_FIXUPS;

    if (!(plugin->phases & before_answer))
        return (said){ "acts on the answer", "there is nothing to decide before it comes" };
    if (turn == NULL)
        return (said){ "not reached", tell_end(trace, p) };
    if (turn->reason == NULL && turn->why == NULL)
        return (said){ turn->verdict, strcmp(turn->verdict, "answered") == 0 ? "it answers by itself"
                                                                            : "it has nothing against the request" };
    if (turn->reason == NULL || turn->why == NULL)
        return (said){ turn->verdict, turn->why != NULL ? turn->why : turn->reason };
    return (said){ turn->verdict, apr_pstrcat(p, turn->reason, " (", turn->why, ")", NULL) };
}

static json_t *describe(request_rec *r, const gw_trace *trace, const gw_plugin *plugin)
{
    const said it = judge(trace, plugin, gw_trace_find(trace, plugin), r->pool); /* before we ask ourselves */
    const void *conf = gw_plugin_conf(r, plugin);
    gw_plugin_source source;

    if (conf == NULL)
        return NULL;
    gw_plugin_source_get(&source, r, plugin);
    return json_pack("{s:s, s:s?, s:s, s:o, s:s, s:s}", "name", plugin->name, "id", source.row_id, "scope",
                     name_scope(&source, r->pool), "config", show_config(r, plugin, &source, conf), "verdict",
                     it.verdict, "reason", it.reason);
}

json_t *gw_explain_plugins(request_rec *r, const gw_trace *trace)
{
    const apr_array_header_t *plugins = gw_plugins_by_priority();
    gw_trace asked = *trace; /* as it is now: asking is a turn, too */
    json_t *list = json_array();

    asked.turns = apr_array_copy(r->pool, trace->turns);
    for (int i = 0; i < plugins->nelts; i++) {
        json_t *one = describe(r, &asked, APR_ARRAY_IDX(plugins, i, const gw_plugin *));

        if (one != NULL)
            json_array_append_new(list, one);
    }
    return list;
}
