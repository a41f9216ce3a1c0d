/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entity_path.h - what a path of the Admin API addresses: rows of registered entities, or an information endpoint.
 * Paths come from the entities alone; nothing is known by name. Pure.
 */
#ifndef GW_ADMIN_ENTITY_PATH_H
#define GW_ADMIN_ENTITY_PATH_H

#include <apr_tables.h>

#include "gw_entity.h"

/* Methods, as bits; HEAD counts as GET. */
enum {
    GW_GET = 1 << 0, GW_POST = 1 << 1, GW_PUT = 1 << 2, GW_PATCH = 1 << 3, GW_DELETE = 1 << 4, GW_OPTIONS = 1 << 5
};

typedef enum gw_path_kind {
    GW_PATH_UNKNOWN,     /* 404 */
    GW_PATH_BAD,         /* percent signs without their digits: 400 */
    GW_PATH_COLLECTION,  /* /routes */
    GW_PATH_ITEM,        /* /routes/{key} */
    GW_PATH_NESTED,      /* /services/{parent_key}/routes */
    GW_PATH_NESTED_ITEM, /* /services/{parent_key}/routes/{key} */
    GW_PATH_LINK,        /* /routes/{key}/service */
    GW_PATH_INFO         /* one of the templates */
} gw_path_kind;

struct admin_call;

/* What an information endpoint needs. */
enum {
    GW_INFO_DB = 1 << 0,
    GW_INFO_DOCUMENT = 1 << 1 /* a whole configuration, YAML too: the body comes undecoded, and may be large */
};

/* An information endpoint: "/schemas/{name}/validate". A table ends with path NULL; earlier rows win. */
typedef struct gw_info_path {
    const char *path;
    unsigned methods;
    int (*run)(struct admin_call *call); /* returns the status of the answer; not called here */
    int needs; /* GW_INFO_* */
} gw_info_path;

typedef struct gw_path_target {
    gw_path_kind kind;
    unsigned methods;         /* that the path knows */
    const gw_entity *entity;  /* whose rows are addressed; of a link: the row that has the foreign field */
    const char *key;          /* decoded, of a row of `entity` */
    int key_is_id;
    const gw_entity *parent;  /* nested: the owner; link: what the foreign field points to */
    const char *parent_key;
    int parent_key_is_id;
    const gw_field *field;    /* nested and link: the foreign field */
    int info;                 /* index in the table */
    const char *args[3];      /* its {parameters}, decoded */
} gw_path_target;

/* `path` as the client wrote it, without query. `entities`: of const gw_entity *. Strings in p. */
gw_path_target gw_path_find(const char *path, const apr_array_header_t *entities, const gw_info_path *info,
                            apr_pool_t *p);
/* 1 when the key of a path is an id; then it is in lower case, as ids are stored, in p. NULL is none. */
int gw_path_settle_key(const char **key, apr_pool_t *p);
/* "DELETE, GET, HEAD, OPTIONS, PATCH, PUT": in p. */
const char *gw_methods_format(unsigned methods, apr_pool_t *p);
/* The bit of a method's name; 0 for one that nobody knows. */
unsigned gw_method_parse(const char *name);

#endif
