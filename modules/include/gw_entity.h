/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gw_entity.h - what an entity is: a schema plus where it lives, how it is found, who its parents are.
 *
 * The module that owns an entity registers it; the store, the Admin API, declarative files, events and
 * caches learn it from the registry and know no entity by name. Pure: never httpd.h.
 */
#ifndef GW_ENTITY_H
#define GW_ENTITY_H

#include "gw_schema.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GW_API_VERSION 1

/* Codes of the error catalogue; the numbers are on the wire. */
typedef enum gw_error_code {
    GW_E_NONE = 0,
    GW_E_PRIMARY_KEY_INVALID = 1,
    GW_E_SCHEMA = 2,
    GW_E_PRIMARY_KEY = 3,
    GW_E_FOREIGN_KEY = 4,
    GW_E_UNIQUE = 5,
    GW_E_NOT_FOUND = 6,
    GW_E_OFFSET = 7,
    GW_E_DATABASE = 8,
    GW_E_SIZE = 9,
    GW_E_INVALID_UNIQUE = 10,
    GW_E_OPTIONS = 11,
    GW_E_UNSUPPORTED = 12,
    GW_E_FOREIGN_UNRESOLVED = 13,
    GW_E_DECLARATIVE = 14,
    GW_E_UNAVAILABLE = 100 /* ours: the database is away; 503, nothing was written */
} gw_error_code;

/* A refused read or write: what the client is told. Memory in the pool of the call; `fields` is a
 * new reference released by a cleanup of that pool. */
typedef struct gw_error {
    gw_error_code code;
    const char *message; /* complete sentence of the catalogue */
    json_t *fields;      /* may be NULL */
} gw_error;

/* Where rows live at run time. */
typedef enum gw_placement {
    GW_IN_SNAPSHOT, /* all rows compiled in every child (services, routes, plugins) */
    GW_CACHED,      /* fetched by a look-up key when asked for, kept in a bounded cache (consumers, credentials) */
    GW_UNCACHED     /* the owner reads it as it likes */
} gw_placement;

typedef struct gw_entity gw_entity;

struct gw_entity {
    unsigned api;             /* GW_API_VERSION */
    size_t size;              /* sizeof(gw_entity) */
    const char *name;         /* "keyauth_credentials"; also the table's name */
    const char *path;         /* "/key-auths"; NULL = no collection of its own */
    const char *nested;       /* "key-auth": below its parents; NULL = none */
    const char *endpoint_key; /* unique field usable in paths instead of the id ("name"); NULL = none */
    const char *owner;        /* folder below sql/ that creates its table ("core", "keyauth") */
    const gw_schema *schema;
    gw_placement placement;
    const char *lookup;       /* GW_CACHED: the unique field that requests look it up by ("key"); NULL = by id */
    unsigned has_ttl : 1;     /* a `ttl` (seconds) may be given; rows past it are invisible everywhere */
    /* GW_UNCACHED, a child of consumers without ttl, prepare and destroy: its rows come along in the query that loads
     * their consumer, compiled into conf_size (gw_consumer_rows). Its triggers write events of the consumer. */
    unsigned with_consumer : 1;
    /* GW_CACHED: its triggers write no event for a new row, so that it is not remembered either that there is none. */
    unsigned is_quiet : 1;
    /* Rows are made while the server runs (sessions, revocations): declarative files neither hold nor replace them, and
     * they may be written where no other entity may. Their foreign fields are GW_LOOSE. */
    unsigned is_runtime : 1;
    /* Rows are the server's own (sessions): in the Admin API clients see and remove them, but make and change none. */
    unsigned is_server_made : 1;
    unsigned put_is_patch : 1; /* below a parent PUT changes what is there, and makes nothing */
    const char *nested_key;   /* field usable instead of the id below a parent, where it is unique; NULL = none */

    /* Fields that together say which row it is, parents included (NULL-terminated; no two rows agree in all of them),
     * where no single one does: declarative files derive ids from them, and know rows again by them. May be NULL. */
    const char *const *identity;

    /* GW_CACHED: the compiled struct's size (fields say GW_AT), what to do after compiling and before freeing.
     * prepare: NULL or a message; `conf` may be completed with parsed keys. Threads: any. */
    size_t conf_size;
    const char *(*prepare)(void *conf, gw_arena *arena, apr_pool_t *ptemp);
    void (*destroy)(void *conf);

    /* Last chance before SQL, inside the transaction: complete or refuse `row` (in place). `old` is NULL on
     * insert, `row` NULL on delete. NULL or an error in p. May be NULL. */
    const gw_error *(*on_write)(json_t *row, const json_t *old, apr_pool_t *p);
    /* Last change before a row is shown (in place). May be NULL. */
    void (*on_read)(json_t *row);
    /* What a client wrote becomes what is kept, in place (a password its hash): after the checks, before on_write, and
     * it may take long. Not called for a row that comes as it was kept (declarative files with `_transform: false`).
     * `old`: the row that is replaced; NULL on insert. NULL or an error in p. May be NULL. */
    const gw_error *(*transform)(json_t *row, const json_t *old, apr_pool_t *p);
    /* The text field whose values all begin as `kept_prefix` says, in rows that are kept as they should be. Other rows
     * are written anew in the background, so that on_write can mend them; a NULL from it: none need be. NULL: no such
     * field. */
    const char *kept_field;
    const char *(*kept_prefix)(void);
};

/* One statement, as each database says it; parameters are written $1, $2 in both. */
typedef struct gw_sql {
    const char *pgsql, *sqlite3;
} gw_sql;

#ifdef __cplusplus
}
#endif
#endif
