/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_export.c - what is stored as a document that says the same when it is loaded: flat, with ids, nothing hashed
 * again.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

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

static apr_status_t export_entity(json_t *document, gw_db *db, const gw_entity *entity, apr_pool_t *p)
{
    gw_page page = { .size = ROWS_A_PAGE };
    char after[64] = "";
    const char *next;
    apr_pool_t *ptemp;
    apr_status_t rv;

    apr_pool_create(&ptemp, p);
    do {
        json_t *rows = NULL, *row, *list = json_object_get(document, entity->name);
        size_t i;

        if ((rv = gw_row_page(&rows, &next, db, entity, &page, ptemp)) != APR_SUCCESS)
            break;
        if (list == NULL && json_array_size(rows) > 0) {
            list = json_array();
            json_object_set_new(document, entity->name, list);
        }
        json_array_foreach (rows, i, row)
            json_array_append_new(list, export_row(entity, row));
        json_decref(rows);
        apr_cpystrn(after, next != NULL ? next : "", sizeof(after));
        page.after_id = after;
        apr_pool_clear(ptemp);
    } while (after[0] != '\0');
    apr_pool_destroy(ptemp);
    return rv;
}

apr_status_t gw_decl_export(json_t **document, gw_db *db, apr_pool_t *p)
{
    const apr_array_header_t *all = gw_registry_all();
    json_t *out = json_pack("{s:s, s:b}", "_format_version", "3.0", "_transform", 0);
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < all->nelts && rv == APR_SUCCESS; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(all, i, const gw_entity *);

        int is_there = 0;

        if (!entity->is_runtime)
            rv = gw_store_has_table(&is_there, db, entity, p);
        if (rv == APR_SUCCESS && is_there) /* one without a table is out of order, alone */
            rv = export_entity(out, db, entity, p);
    }
    if (rv == APR_SUCCESS)
        *document = out;
    else
        json_decref(out);
    return rv;
}
