/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c - see trace.h. */
#include "trace.h"

#include <http_config.h>

extern module AP_MODULE_DECLARE_DATA gw_module;

gw_trace *gw_trace_of(const conn_rec *c)
{
    return ap_get_module_config(c->conn_config, &gw_module);
}

void gw_trace_turn(gw_trace *trace, const gw_plugin *plugin)
{
    gw_turn *turn;
    int i;

    if (trace->is_over)
        return;
    for (i = 0; i < trace->turns->nelts; i++)
        if (APR_ARRAY_IDX(trace->turns, i, gw_turn).plugin == plugin)
            break;
    trace->current = i;
    if (i < trace->turns->nelts)
        return;
    turn = apr_array_push(trace->turns);
    *turn = (gw_turn){ .plugin = plugin, .verdict = "passed" };
}

void gw_trace_verdict(gw_trace *trace, const char *verdict, const char *reason)
{
    gw_turn *turn;

    if (trace->current < 0)
        return;
    turn = &APR_ARRAY_IDX(trace->turns, trace->current, gw_turn);
    turn->verdict = verdict;
    turn->reason = reason;
}

/* What is made below the answer (its headers) is nobody's turn. */
void gw_trace_answer(gw_trace *trace, const char *verdict, const char *reason)
{
    if (trace->is_over)
        return;
    gw_trace_verdict(trace, verdict, reason);
    trace->is_over = 1;
}

void gw_trace_explain(gw_trace *trace, const char *why)
{
    if (trace->current >= 0)
        APR_ARRAY_IDX(trace->turns, trace->current, gw_turn).why = why;
}

const gw_turn *gw_trace_find(const gw_trace *trace, const gw_plugin *plugin)
{
    int i;

    for (i = 0; i < trace->turns->nelts; i++)
        if (APR_ARRAY_IDX(trace->turns, i, gw_turn).plugin == plugin)
            return &APR_ARRAY_IDX(trace->turns, i, gw_turn);
    return NULL;
}
