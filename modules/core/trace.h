/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - what each plugin did with a request that is only tried out (POST /debug/explain).
 *
 * Plugins know nothing of it: they ask gw_plugin_conf first, which says whose turn it is, and speak through gw_reply,
 * gw_authenticated and gw_refuse, which say what came of it; why, they may add (gw_explain). Other requests have no
 * trace.
 */
#ifndef GW_CORE_TRACE_H
#define GW_CORE_TRACE_H

#include <apr_tables.h>

#include "mod_gw.h"

typedef struct gw_turn {
    const gw_plugin *plugin;
    const char *verdict; /* "passed" until it says something else */
    const char *reason;  /* what came of it, as core knows; may be NULL */
    const char *why;     /* what the plugin itself says to that (gw_explain); may be NULL */
} gw_turn;

typedef struct gw_trace {
    apr_array_header_t *turns; /* of gw_turn, by first turn */
    int current;               /* whose turn it is; -1 = nobody's: core's */
    int is_over;               /* somebody has answered: there are no more turns */
    int is_tls;                /* the connection that is pretended */
    const char *host;          /* the name that its client asked for */
} gw_trace;

/* The trace of a connection that is pretended; NULL of every other. */
gw_trace *gw_trace_of(const conn_rec *c);
/* What follows is this plugin's doing. */
void gw_trace_turn(gw_trace *trace, const gw_plugin *plugin);
void gw_trace_verdict(gw_trace *trace, const char *verdict, const char *reason);
/* The same for an answer, which is the end. */
void gw_trace_answer(gw_trace *trace, const char *verdict, const char *reason);
/* Whose turn it is has this to say. */
void gw_trace_explain(gw_trace *trace, const char *why);
/* NULL when the plugin was not asked. */
const gw_turn *gw_trace_find(const gw_trace *trace, const gw_plugin *plugin);

#endif
