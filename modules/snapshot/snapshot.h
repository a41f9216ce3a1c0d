/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot.h - all that routing needs, of one generation: immutable once linked.
 *
 * The workshop (gw_workshop) belongs to the builder thread: it keeps the compiled rows, takes changes, and links a
 * snapshot that shares the rows which did not change. Requests acquire the current snapshot and release it with
 * their pool. Pure but for the hook of services that hold workers.
 */
#ifndef GW_SNAPSHOT_SNAPSHOT_H
#define GW_SNAPSHOT_SNAPSHOT_H

#include <apr_tables.h>

#include "balancer.h"
#include "gw_entity.h"
#include "gw_plugin.h"
#include "model.h"
#include "names.h"
#include "router.h"

#define GW_MAX_PLUGINS 64 /* gw_plan.by_consumer has a bit for each */

/* The plugins that apply to one route (or to requests without one), before any consumer is known. Shared by all
 * routes with the same set. */
typedef struct gw_plan {
    unsigned phases;                    /* union of GW_PHASE_* of its plugins, and of those with consumer rows */
    const gw_plugin_row *const *rows;   /* by plugin index; NULL = not configured without a consumer */
    apr_uint64_t by_consumer;           /* bit per plugin index: some consumer has a row that may apply here */
    apr_uint64_t candidates;            /* the same, or there is a row: no other plugin applies */
    int is_unusable;                    /* a row that should apply cannot be run: nothing may be served */
} gw_plan;

typedef struct gw_warning {
    const char *code;    /* "path-handling-v1" */
    const char *message;
    const char *entity;  /* "routes" */
    const char *id;
} gw_warning;

/* How many rows there are, in force or not. */
typedef struct gw_counts {
    int services, routes, plugins, upstreams, targets;
} gw_counts;

typedef struct gw_snapshot gw_snapshot;

const gw_router *gw_snapshot_router(const gw_snapshot *snapshot);
/* Of a route of this snapshot. NULL when it has no service or that is gone. */
gw_service *gw_snapshot_service(const gw_snapshot *snapshot, const gw_route *route);
/* Disabled services too. NULL when there is none of that name. */
gw_service *gw_snapshot_service_by_name(const gw_snapshot *snapshot, const char *name);
/* Route and service are of this snapshot. `route` NULL: what applies to requests without a route (global plugins), or
 * to a service alone. Never NULL. */
const gw_plan *gw_snapshot_plan(const gw_snapshot *snapshot, const gw_route *route, const gw_service *service);
/* NULL: the service's host is a host. */
gw_binding *gw_snapshot_binding(const gw_snapshot *snapshot, const gw_service *service);
/* NULL: it shows no certificate, and has no authorities of its own. */
struct gw_trust *gw_snapshot_trust(const gw_snapshot *snapshot, const gw_service *service);
/* For a client that asks for this name, or for none (NULL). NULL: the server's own. */
const struct gw_certificate *gw_snapshot_certificate(const gw_snapshot *snapshot, const char *name);
int gw_snapshot_has_certificates(const gw_snapshot *snapshot); /* for any name */
gw_balancer *const *gw_snapshot_balancers(int *n, const gw_snapshot *snapshot);
const apr_array_header_t *gw_snapshot_warnings(const gw_snapshot *snapshot); /* of gw_warning */
const gw_counts *gw_snapshot_counts(const gw_snapshot *snapshot);
/* Names of query parameters that may hold credentials: of all plugin rows without a consumer, disabled ones too, and of
 * all locations. Each once, in the order of apr_cstr_casecmp. */
const gw_strings *gw_snapshot_secret_query(const gw_snapshot *snapshot);
int gw_snapshot_nroutes(const gw_snapshot *snapshot); /* that can be matched */
/* As many of them, in no order; the array is of the pool. For who looks at each: tests and explain. */
const gw_route *const *gw_snapshot_routes(const gw_snapshot *snapshot, apr_pool_t *p);

/* ---- builder's side (one thread) ---- */
typedef struct gw_workshop gw_workshop;

/* `release_worker` (may be NULL) is called with the worker of a dying service that has one. */
gw_workshop *gw_workshop_make(void (*release_worker)(void *worker));
/* What plugin rows may name; before the first put. The plugins (not the array) are borrowed and outlive the shop; their
 * `index` is the place of their rows in a plan and lies below GW_MAX_PLUGINS. */
void gw_workshop_use_plugins(gw_workshop *shop, const gw_plugin *const *plugins, int n);
/* A <Location> with plugins of its own. */
typedef struct gw_location {
    const char *name;        /* server and location */
    const char *service;     /* GwService; NULL = none */
    int is_guarded;          /* httpd's own Require may refuse somebody there */
    int nplugins;
    const gw_static_plugin *plugins;
} gw_location;

/* The locations whose plugins are looked at for warnings, with those of their services, and whose names of secrets
 * snapshots have. Borrowed, as plugins are; once. */
void gw_workshop_use_locations(gw_workshop *shop, const gw_location *locations, int n);

/* What upstreams need of the world; NULLs = none of it. */
typedef struct gw_upstream_tools {
    gw_health_table *health;
    gw_names *names;
    void (*hold_worker)(void *worker); /* one more row points to it */
} gw_upstream_tools;
/* Before the first put; all of it outlives the shop. */
void gw_workshop_use_upstreams(gw_workshop *shop, const gw_upstream_tools *tools);
/* The health of all targets is still of interest: at least once a minute, cheap when it is more often. */
void gw_workshop_touch_health(gw_workshop *shop, apr_time_t now);
/* 1 when addresses are known that the last link did not show. */
int gw_workshop_is_outdated(const gw_workshop *shop);
/* Frees all rows and all snapshots that are left: nobody may hold one. */
void gw_workshop_destroy(gw_workshop *shop);
/* Forget all rows (before a full load). */
void gw_workshop_clear(gw_workshop *shop);
/* Insert or replace a row of a snapshot entity; entities it does not know are ignored. */
void gw_workshop_put(gw_workshop *shop, const gw_entity *entity, const json_t *row);
void gw_workshop_remove(gw_workshop *shop, const gw_entity *entity, const char *id);
/* A new snapshot of what the workshop holds. The caller counts who uses it and gives it back by gw_snapshot_destroy. */
gw_snapshot *gw_workshop_link(gw_workshop *shop);
/* Free a snapshot that nobody refers to any more, and the rows that were shown by it alone; builder thread only. In any
 * order. */
void gw_snapshot_destroy(gw_workshop *shop, gw_snapshot *snapshot);

#endif
