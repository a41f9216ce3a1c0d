/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_children.c - lists of children (GW_CHILDREN): an array of keys in a row stands for rows of another table. What
 * is not in it any more goes, what is new comes; a key that hangs on somebody else's row is refused.
 */
#include "store_refusal.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"
#include "schema.h"

#define ROWS_A_PAGE 500

/* One list while it is written. */
typedef struct writing {
    gw_db *db;
    const gw_child_list *list;
    const gw_table *table; /* of the children */
    const char *owner;     /* id of the row that has the list */
    json_t *wanted;        /* key to the row that it becomes */
    json_t *there;         /* key to the id of the row that is there */
    const gw_error *err;
    apr_pool_t *p;
} writing;

/* Each key as a whole row, so that it is spelled as such rows spell it. */
static apr_status_t read_wanted(writing *w, const json_t *keys)
{
    const char *key = w->list->entity->endpoint_key;
    json_t *value;
    size_t i;

    json_array_foreach (keys, i, value) {
        json_t *row = gw_json_keep(json_pack("{s:O, s:{s:s}}", key, value, w->list->link->name, "id", w->owner), w->p);

        w->err = gw_schema_process(w->list->entity->schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE,
                                   apr_time_now(), w->p);
        if (w->err != NULL)
            return APR_EGENERAL;
        json_object_set(w->wanted, json_string_value(json_object_get(row, key)), row);
    }
    return APR_SUCCESS;
}

static apr_status_t read_there(writing *w)
{
    gw_page page = { .size = ROWS_A_PAGE, .where_field = w->list->link->name, .where_value = w->owner };
    apr_status_t rv;

    do {
        json_t *rows = NULL, *row;
        const char *next = NULL;
        size_t i;

        if ((rv = gw_row_page(&rows, &next, w->db, w->list->entity, &page, w->p)) != APR_SUCCESS)
            return rv;
        json_array_foreach (rows, i, row)
            json_object_set(w->there, json_string_value(json_object_get(row, w->list->entity->endpoint_key)),
                            json_object_get(row, "id"));
        json_decref(rows);
        page.after_id = next;
    } while (page.after_id != NULL);
    return APR_SUCCESS;
}

/* Only those that hang on the row still: somebody may be moving one to another. */
static apr_status_t remove_gone(writing *w)
{
    const char *sql = apr_psprintf(w->p, "DELETE FROM \"%s\" WHERE \"id\" = $1 AND \"%s\" = $2",
                                   w->list->entity->name, gw_table_column(w->table, w->list->link->name)->name);
    const char *key;
    json_t *id;

    json_object_foreach (w->there, key, id) {
        const char *const params[] = { json_string_value(id), w->owner };
        apr_status_t rv;

        if (json_object_get(w->wanted, key) != NULL)
            continue;
        rv = gw_db_write(w->db, sql, 2, params, NULL);
        if (rv != APR_SUCCESS)
            return gw_refusal_of_delete(&w->err, w->db, rv, w->list->entity, params[0], w->p);
    }
    return APR_SUCCESS;
}

static apr_status_t add_one(writing *w, const char *key, json_t *row)
{
    const gw_entity *entity = w->list->entity;
    const char **params, *field, *owner;
    json_t *other = NULL;
    apr_status_t rv = gw_row_lock(&other, w->db, entity, entity->endpoint_key, key, 0, w->p);

    if (rv == APR_SUCCESS) {
        gw_json_keep(other, w->p);
        owner = json_string_value(json_object_get(json_object_get(other, w->list->link->name), "id"));
        w->err = gw_refusal_taken(w->list->field, key, w->list->link, owner != NULL ? owner : "", w->p);
        return APR_EGENERAL;
    }
    if (rv != APR_NOTFOUND)
        return rv;
    if ((params = gw_table_params(&field, w->table, row, w->p)) == NULL) {
        w->err = gw_refusal_nul(field, w->p);
        return APR_EGENERAL;
    }
    rv = gw_db_write(w->db, w->table->sql[w->db->ops->driver].insert, w->table->ncolumns, params, NULL);
    return gw_refusal_of_write(&w->err, w->db, rv, w->table, row, w->p);
}

static apr_status_t add_new(writing *w)
{
    apr_status_t rv = APR_SUCCESS;
    const char *key;
    json_t *row;

    json_object_foreach (w->wanted, key, row)
        if (rv == APR_SUCCESS && json_object_get(w->there, key) == NULL)
            rv = add_one(w, key, row);
    return rv;
}

static int cmp_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object as a sorted array: new reference. */
static json_t *sorted_keys(json_t *object, apr_pool_t *p)
{
    const char **keys = apr_palloc(p, (json_object_size(object) + 1) * sizeof(*keys)), *key;
    json_t *list = json_array(), *value;
    size_t n = 0, i;

    json_object_foreach (object, key, value)
        keys[n++] = key;
    qsort(keys, n, sizeof(*keys), cmp_texts);
    for (i = 0; i < n; i++)
        json_array_append_new(list, json_string(keys[i]));
    return list;
}

static apr_status_t write_list(writing *w, json_t *row)
{
    json_t *keys = json_object_get(row, w->list->field->name);
    const int is_given = json_is_array(keys);
    apr_status_t rv = read_there(w);

    if (rv == APR_SUCCESS && is_given && (rv = read_wanted(w, keys)) == APR_SUCCESS
        && (rv = remove_gone(w)) == APR_SUCCESS)
        rv = add_new(w);
    if (rv == APR_SUCCESS)
        json_object_set_new(row, w->list->field->name, sorted_keys(is_given ? w->wanted : w->there, w->p));
    return rv;
}

apr_status_t gw_children_write(const gw_error **err, gw_db *db, const gw_table *table, json_t *row, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < table->nlists && rv == APR_SUCCESS; i++) {
        writing w = { .db = db, .list = &table->lists[i], .p = p,
                      .owner = json_string_value(json_object_get(row, "id")) };

        if (w.list->entity == NULL)
            continue;
        w.table = gw_table_of(w.list->entity);
        w.wanted = gw_json_keep(json_object(), p);
        w.there = gw_json_keep(json_object(), p);
        rv = write_list(&w, row);
        if (w.err != NULL)
            *err = w.err;
    }
    return rv;
}
