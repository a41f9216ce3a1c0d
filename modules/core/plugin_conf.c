/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin_conf.c - which configuration of a plugin applies to this request (docs/plugins.md "Execution model").
 * A Location's own comes first, then the consumer's rows, then the plan of route and service. The first answer is
 * pinned, so that all phases of a request see the same one.
 */
#include <string.h>

#include "coherence.h"
#include "request.h"
#include "trace.h"

static const gw_static_plugin *find_static(const gw_dir_conf *dir, const gw_plugin *plugin)
{
    int i;

    for (i = 0; i < dir->plugins->nelts; i++) {
        const gw_static_plugin *entry = &APR_ARRAY_IDX(dir->plugins, i, gw_static_plugin);

        if (entry->plugin == plugin)
            return entry;
    }
    return NULL;
}

static int is_for_scheme(request_rec *r, const gw_plugin_row *row)
{
    const unsigned both = GW_PROTO_HTTP | GW_PROTO_HTTPS;

    if ((row->protocols & both) == both)
        return 1;
    return (row->protocols & (strcmp(gw_scheme(r), "https") == 0 ? GW_PROTO_HTTPS : GW_PROTO_HTTP)) != 0;
}

/* The row that applies; NULL when there is none. */
static const gw_plugin_row *find_row(request_rec *r, const gw_request *q, const gw_plugin *plugin)
{
    const gw_plugin_row *row;

    if (q->plan == NULL)
        return NULL;
    row = q->plan->rows[plugin->index];
    if (q->consumer && (q->plan->by_consumer >> plugin->index & 1) && !(plugin->flags & GW_PLUGIN_NO_CONSUMER))
        row = gw_consumer_plugin_row(q->consumer, plugin->index, q->route, q->service, row);
    return row && is_for_scheme(r, row) ? row : NULL;
}

static const void *resolve(request_rec *r, const gw_request *q, const gw_plugin *plugin)
{
    const gw_static_plugin *own = q->dir ? find_static(q->dir, plugin) : NULL;
    const gw_plugin_row *row;

    if (own)
        return own->conf;
    row = find_row(r, q, plugin);
    return row ? row->conf : NULL;
}

const void *gw_plugin_conf(request_rec *r, const gw_plugin *plugin)
{
    gw_request *q = gw_request_get(r);
    const apr_uint64_t bit = APR_UINT64_C(1) << plugin->index;

    /* Most plugins have no row for most requests, and their hooks ask all the same. What no phase of the route asks for
     * is not looked for; the plugin's own bits are a subset of the union. */
    if (q == NULL || !(q->candidates & bit) || !(q->phases & plugin->phases))
        return NULL;
    if (!(q->is_pinned & bit)) {
        q->pinned[plugin->index] = resolve(r, q, plugin);
        q->is_pinned |= bit;
    }
    if (q->trace && q->pinned[plugin->index])
        gw_trace_turn(q->trace, plugin);
    return q->pinned[plugin->index];
}

static int is_pinned_row(const gw_plugin_row *row, const void *conf)
{
    return row != NULL && row->conf == conf;
}

void gw_plugin_source_get(gw_plugin_source *source, request_rec *r, const gw_plugin *plugin)
{
    const void *conf = gw_plugin_conf(r, plugin);
    const gw_request *q = gw_request_get(r);
    const gw_static_plugin *own;
    const gw_plugin_row *row;

    *source = (gw_plugin_source){ 0 };
    if (conf == NULL)
        return;
    if (q->dir && (own = find_static(q->dir, plugin)) != NULL && own->conf == conf) {
        source->place = own->place;
        return;
    }
    row = find_row(r, q, plugin);
    if (!is_pinned_row(row, conf)) /* pinned before the consumer was known */
        row = q->plan ? q->plan->rows[plugin->index] : NULL;
    if (is_pinned_row(row, conf))
        *source = (gw_plugin_source){ row->id, row->route_id, row->service_id, row->consumer_id, NULL };
}
