/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_table.h - which addresses are up: one table in shared memory for all children of the node, so that what one
 * child finds out all of them know, and a graceful restart forgets nothing.
 *
 * A cell is an address of a target of an upstream, found by a hash of the three. Its state is one atomic word; all
 * functions may be called by any thread of any process. Cells are given to others when nobody has asked for them for
 * some minutes. Pure: no httpd.h.
 *
 *   counters:  healthy --(failures reach a limit)--> unhealthy --(successes reach the limit)--> healthy
 *   A success sets the failures to 0 and the other way round; what has the limit 0 is not counted at all.
 */
#ifndef GW_UPSTREAM_HEALTH_TABLE_H
#define GW_UPSTREAM_HEALTH_TABLE_H

#include <apr_time.h>

typedef struct gw_health_table gw_health_table;

/* Lives as long as the table's memory. */
typedef struct gw_health_cell {
    apr_uint64_t key;   /* 0 = free */
    apr_uint64_t state; /* see health_table.c */
    apr_int64_t seen;   /* apr_time_t: when somebody last asked for it */
    apr_int64_t probed; /* apr_time_t: when the last probe began; 0 = none */
} gw_health_cell;

typedef enum gw_health_event {
    GW_HEALTH_SUCCESS, GW_HEALTH_TCP_FAILURE, GW_HEALTH_TIMEOUT, GW_HEALTH_HTTP_FAILURE
} gw_health_event;

typedef enum gw_health_turn { GW_HEALTH_SAME, GW_HEALTH_NOW_HEALTHY, GW_HEALTH_NOW_UNHEALTHY } gw_health_turn;

/* Of shared memory, for so many targets. */
apr_size_t gw_health_table_bytes(int ncells);
/* Lay out zeroed memory, aligned to 8 bytes; the same pointer. */
gw_health_table *gw_health_table_format(void *memory, int ncells);
/* What an earlier generation of the server laid out; NULL when it is of another layout. */
gw_health_table *gw_health_table_attach(void *memory, apr_size_t bytes);

/* Never 0. */
apr_uint64_t gw_health_key(const char *upstream_id, const char *target, const char *ip, int port);
/* The cell of this key, healthy when it is new. NULL when all are taken: then nothing is known of that address. */
gw_health_cell *gw_health_cell_get(gw_health_table *table, apr_uint64_t key, apr_time_t now);
/* Somebody still needs it. */
void gw_health_cell_touch(gw_health_cell *cell, apr_time_t now);

/* NULL is healthy. */
static inline int gw_health_is_up(const gw_health_cell *cell)
{
    return cell == NULL || !(__atomic_load_n(&cell->state, __ATOMIC_RELAXED) & 1);
}

/* Something happened; `limit` such events in a row change the state (0 = never). NULL is GW_HEALTH_SAME. */
gw_health_turn gw_health_report(gw_health_cell *cell, gw_health_event event, int limit);
/* Somebody says so. */
void gw_health_set(gw_health_cell *cell, int is_up);
/* How long until a probe is due; 0 = now. */
apr_interval_time_t gw_health_probe_left(const gw_health_cell *cell, apr_time_t now, apr_interval_time_t interval);
/* 1 when a probe is due, `interval` after the last one began, and this caller is to make it. */
int gw_health_take_probe(gw_health_cell *cell, apr_time_t now, apr_interval_time_t interval);

#endif
