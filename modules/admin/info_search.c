/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_search.c - `/search`: rows of all entities by id, name or a part of what people know them by. What matches as a
 * whole comes first: it is found by index, however many rows there are.
 */
#include <apr_strings.h>
#include <string.h>

#include "error_render.h"
#include "info.h"
#include "json_pool.h"
#include "schema.h"
#include "search_match.h"

/* An answer in the making. */
typedef struct search {
    admin_call *call;
    const char *text;
    const char *only; /* entity, or NULL: all */
    int size;
    json_t *seen; /* ids, as members */
    json_t *data;
} search;

static int is_full(const search *s)
{
    return json_array_size(s->data) >= (size_t)s->size;
}

static void add_row(search *s, const gw_entity *entity, const json_t *row, const char *const *fields)
{
    const char *id = json_string_value(json_object_get(row, "id"));
    const char *matched = gw_search_match(row, fields, s->text);

    if (matched == NULL || is_full(s) || json_object_get(s->seen, id) != NULL)
        return;
    json_object_set_new(s->seen, id, json_true());
    json_array_append_new(s->data, json_pack("{s:s, s:s, s:s?, s:s}", "entity", entity->name, "id", id, "name",
                                             gw_search_name(row, fields), "matched", matched));
}

/* The row that has this text as its id or as a unique field. */
static apr_status_t add_exact(search *s, const gw_entity *entity, const char *const *fields)
{
    const gw_field *field;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = -1; (i < 0 || fields[i] != NULL) && (rv == APR_SUCCESS || rv == APR_NOTFOUND); i++) {
        json_t *row = NULL;

        field = i < 0 ? NULL : gw_schema_field(entity->schema, fields[i]);
        if (field != NULL && !(field->flags & GW_UNIQUE))
            continue;
        rv = gw_row_load(&row, s->call->db, entity, field != NULL ? field->name : NULL, s->text, s->call->p);
        if (rv == APR_SUCCESS)
            add_row(s, entity, row, fields);
        json_decref(row);
    }
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t add_parts(search *s, const gw_entity *entity, const char *const *fields)
{
    json_t *rows = NULL;
    size_t i;
    apr_status_t rv = gw_row_search(&rows, s->call->db, entity, s->text, fields, s->size, s->call->p);

    for (i = 0; rv == APR_SUCCESS && i < json_array_size(rows); i++)
        add_row(s, entity, json_array_get(rows, i), fields);
    json_decref(rows);
    return rv;
}

/* Rows of the server's own making bear none, and are many. */
static int is_known_by_name(const gw_entity *entity)
{
    return (entity->path != NULL || entity->nested != NULL) && !entity->is_server_made;
}

/* An entity without its table has no rows. */
static apr_status_t add_all(search *s, apr_status_t (*add)(search *, const gw_entity *, const char *const *))
{
    const apr_array_header_t *entities = gw_registry_all();
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < entities->nelts && rv == APR_SUCCESS && !is_full(s); i++) {
        const gw_entity *entity = APR_ARRAY_IDX(entities, i, const gw_entity *);

        if (!is_known_by_name(entity) || (s->only != NULL && strcmp(s->only, entity->name) != 0))
            continue;
        rv = add(s, entity, gw_search_fields(entity->schema, s->call->p));
        if (APR_STATUS_IS_ENOTIMPL(rv))
            rv = APR_SUCCESS;
    }
    return rv;
}

int gw_info_search(admin_call *call)
{
    search s = { .call = call, .text = gw_call_query(call, "q"), .only = gw_call_query(call, "entity") };
    apr_status_t rv;
    int status = gw_call_size(call, &s.size);

    if (status != 0)
        return status;
    if (s.text == NULL || *s.text == '\0' || !gw_call_is_text(s.text))
        return gw_call_message(call, 400, "q must be an unempty string");
    if (call->db == NULL)
        return gw_call_message(call, 503, GW_MSG_UNAVAILABLE_READ);
    s.seen = gw_json_keep(json_object(), call->p);
    s.data = gw_json_keep(json_array(), call->p);
    rv = add_all(&s, add_exact);
    if (rv == APR_SUCCESS)
        rv = add_all(&s, add_parts);
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    return gw_call_answer(call, 200, json_pack("{s:O}", "data", s.data));
}
