/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_index.h - the shape of a router: how a request is led to the few entries that may match it.
 *
 *   router -> index, shared by a row of snapshots; index of what came since
 *   hosts (exact, suffix, prefix, any) -> node
 *   node = leaf: entries, best first, looked at one by one
 *        | path: a radix tree of prefixes and literal starts of regexes, nodes at each
 *        | method, sni, header: a table of values, a node for each; `any` for entries that do not ask
 *
 * A node is split while it has more entries than a glance takes, by what tells most of them apart. The index only
 * leaves out what cannot match: each entry it leads to is still checked whole (router_find.c), so a wrong choice here
 * costs time, never a wrong route.
 */
#ifndef GW_ROUTER_ROUTER_INDEX_H
#define GW_ROUTER_ROUTER_INDEX_H

#include "router_table.h"

typedef struct gw_node gw_node;
typedef struct gw_radix gw_radix;

typedef struct gw_entries {
    int n;
    const gw_entry **v;
} gw_entries;

typedef enum gw_node_kind { GW_NODE_LEAF, GW_NODE_PATH, GW_NODE_METHOD, GW_NODE_SNI, GW_NODE_HEADER } gw_node_kind;

/* By a value of the request: method, sni, header. */
typedef struct gw_switch {
    gw_table table;      /* value (tag: place of the header's name) to node */
    int nnames;
    const char **names;  /* header */
    const gw_node *any;  /* entries that do not ask for a value here, or not for an exact one; may be NULL */
    const gw_node *all;  /* sni: all entries, for requests without TLS, where snis count for nothing */
} gw_switch;

struct gw_node {
    const gw_entry *best; /* the best of all below: nothing to find here when a better one is known */
    gw_node_kind kind;
    int n;                /* leaf: entries */
    union {
        const gw_entry **entries; /* leaf: best first */
        const gw_radix *radix;    /* path */
        const gw_switch *by;      /* method, sni, header */
    } to;
};

/* Children are told apart by the first byte of their labels. */
struct gw_radix {
    const char *label;
    uint32_t len;
    uint16_t n, room;
    unsigned char *firsts;
    gw_radix **children;
    const gw_node *node;  /* of the entries whose path ends here; NULL = none */
    gw_entries gathering; /* while it is built */
};

/* An index over a set of routes. */
typedef struct gw_index {
    gw_arena *arena;
    int refs;                           /* routers */
    gw_table exact, suffixes, prefixes; /* hosts (tag: port) to node */
    int has_ports;                      /* some host names a port */
    const gw_node *any_host;            /* may be NULL */
    int nprograms;                      /* made by ourselves */
    gw_program **programs;
    int nplaces;
    const gw_route *const *by_place;    /* NULL where there is none */
    gw_life *waiting;                   /* routes that are gone, but not from here */
} gw_index;

/* A shared index and what came since (router.c). */
struct gw_router {
    gw_arena *arena;
    gw_index *index;
    gw_index *added;              /* NULL = nothing */
    const gw_route *const *shown; /* by place: what counts of `index`; NULL = all */
};

/* The index over routes, as gw_router_make. */
gw_index *gw_index_make(const gw_route *const *routes, int n,
                        void (*warn)(void *baton, const gw_route *route, const char *what), void *baton);
void gw_index_destroy(gw_index *index);

/* Add an entry; memory grows in the arena. */
void gw_entries_add(gw_entries *list, const gw_entry *entry, gw_arena *arena);
/* The node over these entries (not empty). */
const gw_node *gw_node_make(const gw_entries *entries, gw_arena *arena, gw_arena *scratch);

/* ---- radix (router_radix.c) ---- */
gw_radix *gw_radix_make(gw_arena *arena);
void gw_radix_add(gw_radix *root, const gw_entry *entry, gw_arena *arena, gw_arena *scratch);
/* Call `visit` on every place where entries were gathered. */
void gw_radix_each(gw_radix *root, void (*visit)(void *baton, gw_radix *place), void *baton);

/* The next place below `at` on the way of `path`, *pos bytes of which are behind; NULL at the end. */
const gw_radix *gw_radix_step(const gw_radix *at, const char *path, size_t len, size_t *pos);

#endif
