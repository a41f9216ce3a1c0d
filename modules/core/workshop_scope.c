/* SPDX-License-Identifier: Apache-2.0 */
/* workshop_scope.c - the plugin rows that hang on one route, one service, or on all requests. */
#include "workshop.h"

#include <stdlib.h>

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

void gw_scope_add(gw_scope *scope, gw_plugin_row *row)
{
    if (scope->n == scope->room) {
        scope->room = scope->room > 0 ? scope->room * 2 : 2;
        scope->rows = must(realloc(scope->rows, (size_t)scope->room * sizeof(*scope->rows)));
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
        scope->nconsumer_rows = must(calloc(GW_MAX_PLUGINS, sizeof(*scope->nconsumer_rows)));
    scope->nconsumer_rows[plugin_index] += (unsigned)by;
    if (scope->nconsumer_rows[plugin_index] > 0)
        scope->by_consumer |= bit;
    else
        scope->by_consumer &= ~bit;
}

int gw_scope_is_empty(const gw_scope *scope)
{
    return scope->n == 0 && scope->by_consumer == 0 && scope->nunusable == 0;
}

void gw_scope_clear(gw_scope *scope)
{
    free(scope->rows);
    free(scope->nconsumer_rows);
    memset(scope, 0, sizeof(*scope));
}
