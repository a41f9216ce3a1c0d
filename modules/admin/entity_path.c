/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entity_path.c - splits a path and looks its words up in the registry: no table of entity paths exists anywhere.
 */
#include "entity_path.h"

#include <apr_strings.h>
#include <string.h>

#include "schema.h"
#include "text.h"
#include "urlencoded.h"

#define MAX_SEGMENTS 6

#define METHODS_OF_MANY (GW_GET | GW_POST)
#define METHODS_OF_ONE (GW_GET | GW_PUT | GW_PATCH | GW_DELETE)
#define METHODS_THAT_WRITE (GW_POST | GW_PUT | GW_PATCH)

typedef struct segments {
    int n;
    const char *v[MAX_SEGMENTS];
} segments;

static unsigned methods_for(const gw_entity *entity, unsigned methods)
{
    return entity->is_server_made ? methods & ~(unsigned)METHODS_THAT_WRITE : methods;
}

/* GW_PATH_COLLECTION stands for "go on" here. */
static gw_path_kind split_path(segments *path, const char *s, apr_pool_t *p)
{
    path->n = 0;
    if (*s != '/')
        return GW_PATH_UNKNOWN;
    for (s++; *s != '\0';) {
        apr_size_t len = strcspn(s, "/");

        if (len == 0 || path->n == MAX_SEGMENTS)
            return GW_PATH_UNKNOWN;
        if ((path->v[path->n++] = gw_segment_decode(s, len, p)) == NULL)
            return GW_PATH_BAD;
        s += len;
        s += *s == '/';
    }
    return GW_PATH_COLLECTION;
}

/* 1 when the template's segments are the path's; parameters go to args. */
static int match_template(const char **args, const char *template, const segments *path)
{
    int i = 0, nargs = 0;

    for (template++; *template != '\0'; i++) {
        apr_size_t len = strcspn(template, "/");

        if (i == path->n)
            return 0;
        if (*template == '{')
            args[nargs++] = path->v[i];
        else if (strlen(path->v[i]) != len || strncmp(path->v[i], template, len) != 0)
            return 0;
        template += len;
        template += *template == '/';
    }
    return i == path->n;
}

static const gw_entity *find_by_path(const apr_array_header_t *entities, const char *word)
{
    int i;

    for (i = 0; i < entities->nelts; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(entities, i, const gw_entity *);

        if (entity->path != NULL && strcmp(entity->path + 1, word) == 0)
            return entity;
    }
    return NULL;
}

static const gw_entity *find_by_name(const apr_array_header_t *entities, const char *name)
{
    int i;

    for (i = 0; i < entities->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(entities, i, const gw_entity *)->name, name) == 0)
            return APR_ARRAY_IDX(entities, i, const gw_entity *);
    return NULL;
}

static const gw_field *find_link(const gw_entity *entity, const char *word)
{
    const gw_field *field;

    for (field = entity->schema->fields; field->name != NULL; field++)
        if (field->type == GW_T_FOREIGN && !(field->flags & GW_NO_LINK) && strcmp(field->name, word) == 0)
            return field;
    return NULL;
}

/* The entity called `word` below `parent`. */
static const gw_entity *find_nested(const gw_field **field, const apr_array_header_t *entities,
                                    const gw_entity *parent, const char *word)
{
    int i;

    for (i = 0; i < entities->nelts; i++) {
        const gw_entity *child = APR_ARRAY_IDX(entities, i, const gw_entity *);

        if (child->nested != NULL && strcmp(child->nested, word) == 0
            && (*field = gw_schema_link(child->schema, parent->name)) != NULL)
            return child;
    }
    return NULL;
}

/* /{collection}/{key}/{word}[/{child key}] */
static void find_below(gw_path_target *t, const segments *path, const apr_array_header_t *entities)
{
    const gw_entity *first = t->entity, *child, *linked;
    const gw_field *field;

    if (path->n == 3 && (field = find_link(first, path->v[2])) != NULL) {
        if ((linked = find_by_name(entities, field->reference)) == NULL)
            return;
        t->kind = GW_PATH_LINK;
        t->methods = METHODS_OF_ONE;
        t->field = field;
        t->parent = linked;
        t->key = path->v[1];
        return;
    }
    if ((child = find_nested(&field, entities, first, path->v[2])) == NULL)
        return;
    t->kind = path->n == 3 ? GW_PATH_NESTED : GW_PATH_NESTED_ITEM;
    t->methods = methods_for(child, path->n == 3 ? METHODS_OF_MANY : METHODS_OF_ONE);
    t->parent = first;
    t->parent_key = path->v[1];
    t->entity = child;
    t->field = field;
    t->key = path->n == 4 ? path->v[3] : NULL;
}

static void find_entity(gw_path_target *t, const segments *path, const apr_array_header_t *entities)
{
    if (path->n == 0 || path->n > 4 || (t->entity = find_by_path(entities, path->v[0])) == NULL)
        return;
    if (path->n == 1) {
        t->kind = GW_PATH_COLLECTION;
        t->methods = methods_for(t->entity, METHODS_OF_MANY);
    }
    else if (path->n == 2) {
        t->kind = GW_PATH_ITEM;
        t->methods = methods_for(t->entity, METHODS_OF_ONE);
        t->key = path->v[1];
    }
    else {
        find_below(t, path, entities);
    }
}

int gw_path_settle_key(const char **key, apr_pool_t *p)
{
    char *lower, *c;

    if (*key == NULL || !gw_uuid_is(*key))
        return 0;
    for (c = lower = apr_pstrdup(p, *key); *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'F')
            *c += 'a' - 'A';
    *key = lower;
    return 1;
}

gw_path_target gw_path_find(const char *path, const apr_array_header_t *entities, const gw_info_path *info,
                            apr_pool_t *p)
{
    gw_path_target t = { .kind = GW_PATH_UNKNOWN };
    segments parts;
    int i;

    if ((t.kind = split_path(&parts, path, p)) != GW_PATH_COLLECTION)
        return t;
    t.kind = GW_PATH_UNKNOWN;
    for (i = 0; info[i].path != NULL; i++) {
        if (match_template(t.args, info[i].path, &parts)) {
            t.kind = GW_PATH_INFO;
            t.methods = info[i].methods;
            t.info = i;
            return t;
        }
    }
    find_entity(&t, &parts, entities);
    t.key_is_id = gw_path_settle_key(&t.key, p);
    t.parent_key_is_id = gw_path_settle_key(&t.parent_key, p);
    return t;
}

static const struct { const char *name; unsigned bit; } methods_by_name[] = {
    { "DELETE", GW_DELETE }, { "GET", GW_GET },     { "HEAD", GW_GET }, { "OPTIONS", GW_OPTIONS },
    { "PATCH", GW_PATCH },   { "POST", GW_POST },   { "PUT", GW_PUT },
};
#define NMETHODS (sizeof(methods_by_name) / sizeof(methods_by_name[0]))

const char *gw_methods_format(unsigned methods, apr_pool_t *p)
{
    const char *out = "";
    size_t i;

    for (i = 0; i < NMETHODS; i++)
        if ((methods | GW_OPTIONS) & methods_by_name[i].bit)
            out = apr_pstrcat(p, out, *out != '\0' ? ", " : "", methods_by_name[i].name, NULL);
    return out;
}

unsigned gw_method_parse(const char *name)
{
    size_t i;

    for (i = 0; i < NMETHODS; i++)
        if (strcmp(methods_by_name[i].name, name) == 0)
            return methods_by_name[i].bit;
    return 0;
}
