/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workshop.h - inside of snapshot.h: what the builder keeps between links, and what a snapshot is made of.
 *
 * Each service and route has a cell, found by id, that outlives its row: plugin rows hang on cells, routes point to
 * the cells of their services, in whatever order rows come and go. A cell has a place, a small number, and snapshots
 * are tables by place. A row that is replaced or removed waits with the newest snapshot that shows it and dies with
 * the last one; a snapshot that is held for hours keeps its own rows and no others.
 *
 *   workshop -> cells -> rows <- snapshots (newest first) -> rows that wait for their end
 */
#ifndef GW_SNAPSHOT_WORKSHOP_H
#define GW_SNAPSHOT_WORKSHOP_H

#include <apr_hash.h>

#include "plan.h"
#include "router_table.h"
#include "snapshot.h"
#include "trust.h"

/* The plugin rows of one route, of one service, or of all requests. */
typedef struct gw_scope {
    int n, room;
    gw_plugin_row **rows;     /* those without a consumer */
    unsigned *nconsumer_rows; /* by plugin index: how many with one; NULL = none ever */
    apr_uint64_t by_consumer; /* bit per plugin index that has some */
    int nunusable;            /* rows that are meant to apply here, and cannot be run */
    int nguarded, guarded_room;
    const char **guarded;     /* ids of consumers that have a row of a plugin with GW_PLUGIN_GUARDS; owned by cells */
} gw_scope;

typedef struct gw_service_cell {
    char *id;
    int place;
    gw_service *service;  /* NULL: only others speak of it */
    gw_scope scope;
    int nroutes;          /* cells of routes that point here */
    const gw_plan *plan;  /* while linking */
    gw_binding *binding;  /* of the last link; NULL: its host is no upstream's name */
    gw_trust *trust;      /* of the last link; NULL: it shows nothing and believes whom the machine does */
} gw_service_cell;

typedef struct gw_route_cell {
    char *id;
    int place;
    gw_route *route;      /* NULL: only plugin rows speak of it */
    gw_service_cell *service;
    gw_scope scope;
} gw_route_cell;

/* What a link wants to know of each route's cell, side by side: of ten thousand cells, few are in a processor's cache.
 * Follows the cell at the end of each change (gw_shop_settle_route). */
typedef struct gw_route_face {
    const gw_route *route; /* NULL: none here */
    const gw_service_cell *service;
    int has_scope;         /* rows of plugins hang on the cell */
    int has_remarks;       /* a warning may be due: the link needs to look at the route itself */
} gw_route_face;

typedef struct gw_plugin_cell {
    gw_plugin_row *row;         /* NULL: with a consumer, or not usable */
    char *complaint;            /* why it is not usable; NULL = it is */
    int is_counted;             /* among its scope's unusable ones */
    int consumer_index;         /* with a consumer and enabled: its plugin's index; -1 = not */
    char *guarded;              /* that consumer's id, when the plugin is a guard; else NULL */
    gw_route_cell *route;       /* what it hangs on: a route, else a service, else all requests */
    gw_service_cell *service;
    char id[];
} gw_plugin_cell;

typedef struct gw_upstream_cell {
    char *id;
    gw_upstream *upstream;      /* NULL: only targets speak of it */
    int ntargets, room;
    gw_target **targets;
    gw_balancer *balancer;      /* of the last link; NULL = none */
    int is_stale;               /* rows changed since */
    int has_names;              /* some target has to be resolved */
} gw_upstream_cell;

typedef struct gw_certificate_cell {
    gw_life life;
    struct gw_certificate *certificate;
    char id[];
} gw_certificate_cell;

typedef struct gw_sni_cell {
    char *name;
    char *certificate_id;
    char id[];
} gw_sni_cell;

typedef struct gw_authority_cell {
    X509 *certificate;
    char digest[65];
    char id[];
} gw_authority_cell;

/* A query parameter that holds credentials. */
typedef struct gw_secret_name {
    int nconfigs;               /* that name it */
    char text[];
} gw_secret_name;

/* Cells by place; free places are taken again. */
typedef struct gw_places {
    int n, room;
    void **cells;
    int nfree;
    int *free;
} gw_places;

struct gw_workshop {
    apr_pool_t *p;
    apr_hash_t *services, *routes, *plugins; /* id to cell */
    gw_places service_places, route_places;
    gw_route_face *route_faces;              /* by place */
    int nfaces;                              /* as many as route_places has room for */
    gw_scope all;
    int nplugins, nslots;                    /* nslots: places in a plan */
    const gw_plugin **known;
    size_t anonymous_at[GW_MAX_PLUGINS];     /* by plugin index: gw_door_anonymous_at */
    int nlocations;
    const gw_location *locations;
    apr_uint64_t links;                      /* so far */
    gw_snapshot *newest;                     /* alive */
    int has_gap;                             /* there was a newer one: no index is shared across */
    void (*release_worker)(void *worker);
    gw_upstream_tools tools;                 /* of upstreams */
    apr_hash_t *secret_query;                /* name to gw_secret_name */
    apr_hash_t *upstreams;                   /* id to gw_upstream_cell */
    apr_hash_t *targets;                     /* id to gw_target */
    apr_hash_t *certificates, *snis, *authorities; /* id to gw_certificate_cell ... */
    apr_uint64_t nbalancers;                 /* made so far */
    apr_time_t touched;                      /* when the health of targets was last asked for */
    int has_new_targets;                     /* since the last link */
    apr_uint64_t names_version;              /* of the last link */
};

typedef struct gw_route_view {
    gw_service *service;
    const gw_plan *plan;
} gw_route_view;

struct gw_snapshot {
    gw_arena *arena;
    apr_uint64_t link;
    gw_counts counts;
    gw_router *router;
    int nplaces, nroutes;
    const gw_route **shown;           /* by place: those that can be matched; NULL where there is none */
    gw_route_view *by_route;          /* by place */
    const gw_plan **by_service;       /* by place */
    gw_table service_names;           /* to gw_service */
    gw_binding **bindings;            /* by place of the service; NULL: there is no upstream at all */
    gw_trust **trusts;                /* by place of the service; NULL: there is none at all */
    gw_table certificates;            /* names of snis to gw_certificate, where has_certificates */
    int has_certificates;
    int nbalancers;
    gw_balancer **balancers;
    const gw_plan *for_all;
    int may_be_open;                  /* some plan has a plugin whose `anonymous` is set (open_door.h) */
    apr_array_header_t warnings;
    gw_strings secret_query;          /* in the arena */
    gw_snapshot *newer, *older;       /* alive */
    gw_life *waiting;                 /* rows that are gone but shown here */
};

/* Tells of a row that has less effect than it says. Copied. */
typedef void gw_warn_fn(void *baton, const char *code, const char *entity, const char *id, const char *message);

/* A row is out of the workshop (workshop_life.c). */
void gw_life_retire(gw_workshop *shop, gw_life *life);
/* The same for a route, which an index may have. */
void gw_life_retire_route(gw_workshop *shop, gw_route *route);
/* The first link that could show a row made now. */
void gw_life_begin(const gw_workshop *shop, gw_life *life);

/* The cell of a service or a route with this id, made if there is none; it lasts until it is settled with nothing in it
 * (workshop_cells.c). */
gw_service_cell *gw_shop_service_cell(gw_workshop *shop, const char *id);
gw_route_cell *gw_shop_route_cell(gw_workshop *shop, const char *id);
/* Something left this cell: it goes too, unless a row, a scope or a route still needs it. NULL: nothing to do. */
void gw_shop_settle_service(gw_workshop *shop, gw_service_cell *cell);
/* The same, and to be called whenever something came, too: its face follows. */
void gw_shop_settle_route(gw_workshop *shop, gw_route_cell *cell);

/* Plugins (workshop_plugins.c). */
void gw_shop_put_plugin(gw_workshop *shop, const json_t *row);
void gw_shop_remove_plugin(gw_workshop *shop, const char *id);

/* Plugin rows of a scope (workshop_scope.c). */
void gw_scope_add(gw_scope *scope, gw_plugin_row *row);
void gw_scope_drop(gw_scope *scope, const gw_plugin_row *row);
void gw_scope_count(gw_scope *scope, int plugin_index, int by);
void gw_scope_guard(gw_scope *scope, const char *consumer_id);
void gw_scope_unguard(gw_scope *scope, const char *consumer_id);
int gw_scope_is_guarded(const gw_scope *scope, const char *consumer); /* any, when that is no id but a name */
int gw_scope_is_empty(const gw_scope *scope);
void gw_scope_clear(gw_scope *scope);

/* Names of secrets in queries (workshop_secrets.c): this config of a plugin came (by 1) or goes (by -1). */
void gw_shop_count_secrets(gw_workshop *shop, const gw_plugin *plugin, const void *conf, int by);
/* While linking: gw_snapshot_secret_query. */
void gw_shop_link_secrets(gw_workshop *shop, gw_snapshot *snapshot);
void gw_shop_forget_secrets(gw_workshop *shop); /* all, at the shop's end */

/* Upstreams and targets (workshop_upstreams.c). */
void gw_shop_put_upstream(gw_workshop *shop, const json_t *row);
void gw_shop_remove_upstream(gw_workshop *shop, const char *id);
void gw_shop_put_target(gw_workshop *shop, const json_t *row);
void gw_shop_remove_target(gw_workshop *shop, const char *id);
/* While linking: balancers for all upstreams, bindings for the services whose hosts they are. `warn` tells of rows. */
void gw_shop_link_upstreams(gw_workshop *shop, gw_snapshot *snapshot,
                            void (*warn)(void *baton, const char *code, const char *id, const char *message),
                            void *baton);

/* Bindings (workshop_bindings.c). The service of this cell is another, or none: its binding goes. */
void gw_shop_unbind(gw_workshop *shop, gw_service_cell *cell);
/* While linking, when the balancers are made; `names`: of their upstreams, to gw_balancer. Settles the trust of each
 * service, too. */
void gw_shop_bind_services(gw_workshop *shop, gw_snapshot *snapshot, gw_table *names);

#endif
