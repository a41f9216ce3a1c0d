/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_registry.c - the entities that modules brought, parents before children. The one static of this room: httpd
 * builds it anew with each configuration, and a cleanup of its pool takes it away.
 */
#include "store_table.h"

#include <string.h>
#include <apr_strings.h>

typedef struct registry {
    apr_array_header_t *tables;   /* of gw_table *, as they came */
    apr_array_header_t *entities; /* of const gw_entity *, parents first */
} registry;

static registry *current;

static apr_status_t forget(void *r)
{
    if (current == r)
        current = NULL;
    return APR_SUCCESS;
}

static registry *get_registry(apr_pool_t *pconf)
{
    if (current == NULL) {
        current = apr_palloc(pconf, sizeof(*current));
        current->tables = apr_array_make(pconf, 16, sizeof(gw_table *));
        current->entities = apr_array_make(pconf, 16, sizeof(gw_entity *));
        apr_pool_cleanup_register(pconf, current, forget, apr_pool_cleanup_null);
    }
    return current;
}

static int is_placed(const apr_array_header_t *placed, const char *name)
{
    int i;

    for (i = 0; i < placed->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(placed, i, const gw_entity *)->name, name) == 0)
            return 1;
    return 0;
}

/* All parents that are registered stand in `placed` already. */
static int is_ready(const gw_entity *entity, const apr_array_header_t *placed)
{
    const gw_field *field;

    for (field = entity->schema->fields; field->name != NULL; field++)
        if (field->type == GW_T_FOREIGN && strcmp(field->reference, entity->name) != 0 &&
            gw_registry_find(field->reference) != NULL && !is_placed(placed, field->reference))
            return 0;
    return 1;
}

/* Fill `entities` from `tables`. A circle of references is cut at the entity that came first. */
static void order_entities(registry *r)
{
    apr_array_clear(r->entities);
    while (r->entities->nelts < r->tables->nelts) {
        const gw_entity *next = NULL;
        int i;

        for (i = 0; i < r->tables->nelts; i++) {
            const gw_entity *entity = APR_ARRAY_IDX(r->tables, i, gw_table *)->entity;

            if (is_placed(r->entities, entity->name))
                continue;
            if (next == NULL)
                next = entity;
            if (is_ready(entity, r->entities)) {
                next = entity;
                break;
            }
        }
        APR_ARRAY_PUSH(r->entities, const gw_entity *) = next;
    }
}

/* Lists of children need their tables, whichever came first. */
static void settle_lists(const registry *r, apr_pool_t *pconf)
{
    int i, k;

    for (i = 0; i < r->tables->nelts; i++)
        for (k = 0; k < r->tables->nelts; k++)
            gw_table_settle(APR_ARRAY_IDX(r->tables, i, gw_table *), APR_ARRAY_IDX(r->tables, k, gw_table *)->entity,
                            pconf);
}

const char *gw_registry_add(const gw_entity *entity, apr_pool_t *pconf)
{
    const char *why;
    gw_table *table;
    registry *r;

    if (entity->api != GW_API_VERSION || entity->size < sizeof(*entity))
        return "an entity was built for another version of mod_gw: compile its module again";
    if (gw_registry_find(entity->name) != NULL)
        return apr_psprintf(pconf, "entity '%s' is registered already", entity->name);
    table = gw_table_make(&why, entity, pconf);
    if (table == NULL)
        return apr_psprintf(pconf, "entity '%s': %s", entity->name, why);
    r = get_registry(pconf);
    APR_ARRAY_PUSH(r->tables, gw_table *) = table;
    settle_lists(r, pconf);
    order_entities(r);
    return NULL;
}

const gw_entity *gw_registry_find(const char *name)
{
    int i;

    for (i = 0; current != NULL && name != NULL && i < current->tables->nelts; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(current->tables, i, gw_table *)->entity;

        if (strcmp(entity->name, name) == 0)
            return entity;
    }
    return NULL;
}

const apr_array_header_t *gw_registry_all(void)
{
    static const apr_array_header_t none = { .elt_size = sizeof(gw_entity *) };

    return current != NULL ? current->entities : &none;
}

const gw_table *gw_table_of(const gw_entity *entity)
{
    int i;

    for (i = 0; current != NULL && i < current->tables->nelts; i++) {
        const gw_table *table = APR_ARRAY_IDX(current->tables, i, gw_table *);

        if (table->entity == entity)
            return table;
    }
    return NULL;
}
