/* SPDX-License-Identifier: Apache-2.0 */
/* workshop_scope.c - the plugin rows that hang on one route, one service, or on all requests. */
#include "workshop.h"

#include <stdlib.h>
#include <strings.h>

#include "must.h"
#include "text.h"

void gw_scope_add(gw_scope *scope, gw_plugin_row *row)
{
    if (scope->n == scope->room) {
        scope->room = scope->room > 0 ? scope->room * 2 : 2;
        scope->rows = gw_must(realloc(scope->rows, (size_t)scope->room * sizeof(*scope->rows)));
    }
    scope->rows[scope->n++] = row;
}

void gw_scope_drop(gw_scope *scope, const gw_plugin_row *row)
{
    int i;

    for (i = 0; i < scope->n; i++) {
        if (scope->rows[i] != row)
            continue;
        scope->rows[i] = scope->rows[--scope->n];
        return;
    }
}

void gw_scope_count(gw_scope *scope, int plugin_index, int by)
{
    const apr_uint64_t bit = APR_UINT64_C(1) << plugin_index;

    if (scope->nconsumer_rows == NULL)
        scope->nconsumer_rows = gw_must(calloc(GW_MAX_PLUGINS, sizeof(*scope->nconsumer_rows)));
    scope->nconsumer_rows[plugin_index] += (unsigned)by;
    if (scope->nconsumer_rows[plugin_index] > 0)
        scope->by_consumer |= bit;
    else
        scope->by_consumer &= ~bit;
}

void gw_scope_guard(gw_scope *scope, const char *consumer_id)
{
    if (scope->nguarded == scope->guarded_room) {
        scope->guarded_room = scope->guarded_room > 0 ? scope->guarded_room * 2 : 2;
        scope->guarded = gw_must(realloc(scope->guarded, (size_t)scope->guarded_room * sizeof(*scope->guarded)));
    }
    scope->guarded[scope->nguarded++] = consumer_id;
}

void gw_scope_unguard(gw_scope *scope, const char *consumer_id)
{
    for (int i = 0; i < scope->nguarded; i++) {
        if (scope->guarded[i] != consumer_id)
            continue;
        scope->guarded[i] = scope->guarded[--scope->nguarded];
        return;
    }
}

int gw_scope_is_guarded(const gw_scope *scope, const char *consumer)
{
    if (!gw_uuid_is(consumer))
        return scope->nguarded > 0;
    for (int i = 0; i < scope->nguarded; i++)
        if (strcasecmp(scope->guarded[i], consumer) == 0)
            return 1;
    return 0;
}

int gw_scope_is_empty(const gw_scope *scope)
{
    return scope->n == 0 && scope->by_consumer == 0 && scope->nunusable == 0;
}

void gw_scope_clear(gw_scope *scope)
{
    free(scope->rows);
    free(scope->nconsumer_rows);
    free(scope->guarded);
    memset(scope, 0, sizeof(*scope));
}
