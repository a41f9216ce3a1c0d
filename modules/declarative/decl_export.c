/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_export.c - what is stored as a document that says the same when it is loaded: flat, with ids, nothing hashed
 * again. Rows become text one by one: as values, all of them would take ten times the memory.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

#include "yaml_write.h"

#define ROWS_A_PAGE 500

/* In the order of the schema; references as plain ids. New reference. */
static json_t *export_row(const gw_entity *entity, const json_t *row)
{
    json_t *out = json_object(), *value;
    const gw_field *field;

    for (field = entity->schema->fields; field->name != NULL; field++) {
        if ((field->flags & (GW_INTERNAL | GW_CHILDREN)) || (value = json_object_get(row, field->name)) == NULL)
            continue;
        if (field->type == GW_T_FOREIGN && json_is_object(value))
            value = json_object_get(value, "id");
        json_object_set(out, field->name, value);
    }
    if (entity->has_ttl)
        json_object_set(out, "ttl", json_object_get(row, "ttl"));
    return out;
}

typedef struct export {
    gw_growing *out;
    int has_begun; /* the entity's list */
} export;

/* gw_row_visitor */
static apr_status_t add_row(void *baton, const gw_entity *entity, json_t *row)
{
    export *e = baton;
    json_t *item = json_pack("[o]", export_row(entity, row));

    if (!e->has_begun)
        gw_yaml_add_list(e->out, entity->name);
    e->has_begun = 1;
    gw_yaml_add(e->out, item);
    json_decref(item);
    return e->out->is_bad ? APR_ENOMEM : APR_SUCCESS;
}

static apr_status_t export_entity(gw_growing *out, gw_db *db, const gw_entity *entity, apr_pool_t *p)
{
    export e = { out, 0 };
    gw_page page = { .size = ROWS_A_PAGE };
    char after[64] = "";
    const char *next;
    apr_pool_t *ptemp;
    apr_status_t rv;

    apr_pool_create(&ptemp, p);
    do {
        if ((rv = gw_row_each(&next, db, entity, &page, add_row, &e, ptemp)) != APR_SUCCESS)
            break;
        apr_cpystrn(after, next != NULL ? next : "", sizeof(after));
        page.after_id = after;
        apr_pool_clear(ptemp);
    } while (after[0] != '\0');
    apr_pool_destroy(ptemp);
    return rv;
}

apr_status_t gw_decl_export(gw_growing *out, gw_db *db, apr_pool_t *p)
{
    const apr_array_header_t *all = gw_registry_all();
    json_t *head = json_pack("{s:s, s:b}", "_format_version", "3.0", "_transform", 0);
    apr_status_t rv = APR_SUCCESS;
    int i;

    gw_yaml_add(out, head);
    json_decref(head);
    for (i = 0; i < all->nelts && rv == APR_SUCCESS; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(all, i, const gw_entity *);
        int is_there = 0;

        if (!entity->is_runtime)
            rv = gw_store_has_table(&is_there, db, entity, p);
        if (rv == APR_SUCCESS && is_there) /* one without a table is out of order, alone */
            rv = export_entity(out, db, entity, p);
    }
    return rv == APR_SUCCESS && out->is_bad ? APR_ENOMEM : rv;
}
