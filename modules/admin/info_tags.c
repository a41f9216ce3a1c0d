/* SPDX-License-Identifier: Apache-2.0 */
/*
 * info_tags.c - `/tags` and `/tags/{tag}`: who is tagged with what, over all entities: in the order that they were
 * registered, of ids, and of a row's own list.
 */
#include <apr_strings.h>
#include <string.h>

#include "error_render.h"
#include "info.h"
#include "json_pool.h"
#include "page_offset.h"
#include "schema.h"
#include "text.h"
#include "urlencoded.h"

/* A page in the making. */
typedef struct listing {
    admin_call *call;
    const char *tag;    /* only this one; NULL = all */
    int size;
    gw_tag_offset last; /* of the page before, until its place is reached; then of what was added last */
    json_t *data;
    int is_full;        /* ... and there is more */
} listing;

static void add_tag(listing *list, const char *entity, const char *id, const char *tag)
{
    if (list->tag != NULL && strcmp(list->tag, tag) != 0)
        return;
    if (json_array_size(list->data) == (size_t)list->size) {
        list->is_full = 1;
        return;
    }
    json_array_append_new(list->data,
                          json_pack("{s:s, s:s, s:s}", "entity_name", entity, "entity_id", id, "tag", tag));
    list->last = (gw_tag_offset){ entity, apr_pstrdup(list->call->p, id), apr_pstrdup(list->call->p, tag) };
}

/* The row's tags behind `after` (NULL: all of them). A tag that is gone had none behind it. */
static void add_row(listing *list, const char *entity, const json_t *row, const char *after)
{
    const char *id = json_string_value(json_object_get(row, "id"));
    const json_t *tags = json_object_get(row, "tags");
    size_t i;

    for (i = 0; i < json_array_size(tags) && !list->is_full; i++) {
        const char *tag = json_string_value(json_array_get(tags, i));

        if (after == NULL)
            add_tag(list, entity, id, tag);
        else if (strcmp(after, tag) == 0)
            after = NULL;
    }
}

/* What the page before left of its last row. */
static apr_status_t add_rest(listing *list, const gw_entity *entity)
{
    const gw_tag_offset from = list->last;
    json_t *row = NULL;
    apr_status_t rv = gw_row_load(&row, list->call->db, entity, NULL, from.id, list->call->p);

    if (rv == APR_SUCCESS)
        add_row(list, entity->name, row, from.tag);
    json_decref(row);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static apr_status_t add_rows(listing *list, const gw_entity *entity, const char *after_id)
{
    const char *const tags[] = { list->tag, NULL };
    gw_page page = { .size = list->size, .after_id = after_id, .tags = list->tag ? tags : NULL, .is_tagged = 1 };
    apr_status_t rv = APR_SUCCESS;

    do {
        json_t *rows = NULL;
        size_t i;

        rv = gw_row_page(&rows, &page.after_id, list->call->db, entity, &page, list->call->p);
        for (i = 0; rv == APR_SUCCESS && i < json_array_size(rows); i++)
            add_row(list, entity->name, json_array_get(rows, i), NULL);
        json_decref(rows);
    } while (rv == APR_SUCCESS && page.after_id != NULL && !list->is_full);
    return rv;
}

/* An entity without its table has no tagged rows. */
static apr_status_t add_entity(listing *list, const gw_entity *entity, int is_resumed)
{
    const char *after_id = is_resumed ? list->last.id : NULL;
    apr_status_t rv = is_resumed && list->tag == NULL ? add_rest(list, entity) : APR_SUCCESS;

    if (rv == APR_SUCCESS && !list->is_full)
        rv = add_rows(list, entity, after_id);
    return APR_STATUS_IS_ENOTIMPL(rv) ? APR_SUCCESS : rv;
}

static apr_status_t fill(listing *list)
{
    const apr_array_header_t *entities = gw_registry_all();
    const char *from = list->last.entity;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < entities->nelts && rv == APR_SUCCESS && !list->is_full; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(entities, i, const gw_entity *);
        int is_resumed = from != NULL && strcmp(from, entity->name) == 0;

        if (from != NULL && !is_resumed)
            continue;
        from = NULL;
        if (entity->path != NULL && gw_schema_field(entity->schema, "tags") != NULL)
            rv = add_entity(list, entity, is_resumed);
    }
    return rv;
}

static int answer_page(listing *list, const char *path)
{
    admin_call *call = list->call;
    const char *size = gw_call_query(call, "size"), *offset, *next;
    json_t *body = json_pack("{s:O, s:n}", "data", list->data, "next");

    if (list->is_full) {
        offset = gw_tag_offset_format(&list->last, call->p);
        next = apr_pstrcat(call->p, path, "?offset=", gw_urlencoded_escape(offset, call->p), NULL);
        if (size != NULL)
            next = apr_pstrcat(call->p, next, "&size=", gw_urlencoded_escape(size, call->p), NULL);
        json_object_set_new(body, "next", json_string(next));
        json_object_set_new(body, "offset", json_string(offset));
    }
    return gw_call_answer(call, 200, body);
}

static int list_tags(admin_call *call, const char *tag, const char *path)
{
    listing list = { .call = call, .tag = tag, .data = gw_json_keep(json_array(), call->p) };
    const char *offset = gw_call_query(call, "offset"), *why;
    int status = gw_call_size(call, &list.size);
    apr_status_t rv;

    if (status != 0)
        return status;
    if (offset != NULL && (why = gw_tag_offset_parse(&list.last, offset, call->p)) != NULL)
        return gw_call_refuse(call, gw_error_make(GW_E_OFFSET, why, NULL, call->p));
    if (call->db == NULL)
        return gw_call_message(call, 503, GW_MSG_UNAVAILABLE_READ);
    rv = fill(&list);
    return rv == APR_SUCCESS ? answer_page(&list, path) : gw_call_fail(call, rv, NULL);
}

int gw_info_tags(admin_call *call)
{
    return list_tags(call, NULL, "/tags");
}

int gw_info_tag(admin_call *call)
{
    const char *tag = call->target.args[0];
    json_t *text = gw_json_keep(json_string(gw_text_printable(tag, strlen(tag), call->p)), call->p);
    const char *why = gw_check_tag(text, &gw_tag_element, call->p);

    if (why == NULL && !gw_utf8_is_valid(tag, strlen(tag)))
        why = apr_psprintf(call->p, "invalid tag '%s': expected printable ascii (except `,` and `/`) or valid utf-8 "
                           "sequences", json_string_value(text));
    if (why != NULL)
        return gw_call_answer(call, 400, gw_invalid_unique_render("tag", why, call->p));
    return list_tags(call, tag, apr_pstrcat(call->p, "/tags/", gw_urlencoded_escape(tag, call->p), NULL));
}
