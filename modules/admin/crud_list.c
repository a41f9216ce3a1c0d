/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_list.c - GET of collections: pages in the order of ids, filters, the link to the next page.
 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "crud.h"
#include "crud_rows.h"
#include "error_render.h"
#include "json_pool.h"
#include "page_offset.h"
#include "schema.h"
#include "tag_filter.h"
#include "text.h"
#include "urlencoded.h"

/* Equality filters: parameter, field; `refusal` is the answer to an empty value (NULL: nothing is found).
 * `entity` NULL: every credential, that is what has a required consumer. */
static const struct { const char *entity, *parameter, *field, *refusal; } filters[] = {
    { "consumers", "custom_id", "custom_id", "custom_id must be an unempty string" },
    { NULL, "id", "id", NULL },
    { NULL, "key", "key", NULL },
    { NULL, "username", "username", NULL },
    { NULL, "group", "group", NULL },
    { NULL, "consumer_id", "consumer", NULL },
};
#define NFILTERS (sizeof(filters) / sizeof(filters[0]))

static int is_credential(const gw_entity *entity)
{
    const gw_field *field = gw_schema_field(entity->schema, "consumer");

    return field != NULL && field->type == GW_T_FOREIGN && (field->flags & GW_REQUIRED);
}

/* The value that filter `i` was given for this entity, NULL if it does not apply. */
static const char *filter_value(const admin_call *call, size_t i)
{
    const gw_entity *entity = call->target.entity;

    if (filters[i].entity != NULL ? strcmp(filters[i].entity, entity->name) != 0 : !is_credential(entity))
        return NULL;
    if (gw_schema_field(entity->schema, filters[i].field) == NULL)
        return NULL;
    return gw_call_query(call, filters[i].parameter);
}

static int passes(const json_t *row, const char *field, const char *value)
{
    const json_t *have = json_object_get(row, field);

    if (json_is_object(have))
        have = json_object_get(have, "id");
    return json_is_string(have) && strcasecmp(json_string_value(have), value) == 0
           && (strcmp(field, "id") == 0 || strcmp(field, "consumer") == 0
               || strcmp(json_string_value(have), value) == 0);
}

static int refuse_tags(admin_call *call, const char *why)
{
    return gw_call_refuse(call, gw_error_make(GW_E_OPTIONS, apr_psprintf(call->p, "invalid option (tags: %s)", why),
                                              json_pack("{s:s}", "tags", why), call->p));
}

static int parse_page(admin_call *call, gw_page *page)
{
    const gw_form_pair *tags = gw_urlencoded_find(call->query, "tags");
    const char *offset = gw_call_query(call, "offset"), *why;
    const gw_path_target *target = &call->target;
    gw_tag_filter filter;
    int status = gw_call_size(call, &page->size);

    if (status != 0)
        return status;
    if (offset != NULL && (why = gw_offset_parse(&page->after_id, offset, call->p)) != NULL)
        return gw_call_refuse(call, gw_error_make(GW_E_OFFSET, why, NULL, call->p));
    if (tags == NULL || target->kind == GW_PATH_NESTED || gw_schema_field(target->entity->schema, "tags") == NULL)
        return 0;
    if ((why = gw_tag_filter_parse(&filter, tags->value, tags->value_len, call->p)) != NULL)
        return refuse_tags(call, why);
    page->tags = filter.tags;
    page->tags_any = filter.is_any;
    return 0;
}

/* `next`: the path with offset, tags and size, in this order. */
static const char *format_next(const admin_call *call, const char *path, const char *offset)
{
    const char *tags = gw_call_query(call, "tags"), *size = gw_call_query(call, "size");
    const char *next = apr_pstrcat(call->p, path, "?offset=", gw_urlencoded_escape(offset, call->p), NULL);
    size_t i;

    if (call->target.kind == GW_PATH_NESTED)
        tags = NULL;
    if (tags != NULL)
        next = apr_pstrcat(call->p, next, "&tags=", gw_urlencoded_escape(tags, call->p), NULL);
    if (size != NULL)
        next = apr_pstrcat(call->p, next, "&size=", gw_urlencoded_escape(size, call->p), NULL);
    for (i = 0; call->target.kind == GW_PATH_COLLECTION && i < NFILTERS; i++) {
        const char *value = filter_value(call, i);

        if (value != NULL)
            next = apr_pstrcat(call->p, next, "&", filters[i].parameter, "=", gw_urlencoded_escape(value, call->p),
                               NULL);
    }
    return next;
}

/* A page in the making: text, row by row, for a thousand rows as values take several times as much. */
typedef struct listing {
    admin_call *call;
    const gw_list_manner *manner;
    gw_growing *out;
    int nrows;
} listing;

/* Adds a value's text; steals the reference. */
static void add_json(gw_growing *out, json_t *value)
{
    char *text = gw_json_shorten(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));

    if (text != NULL)
        gw_growing_add(out, text);
    else
        out->is_bad = 1;
    free(text);
    json_decref(value);
}

/* gw_row_visitor */
static apr_status_t add_row(void *baton, const gw_entity *entity, json_t *row)
{
    listing *l = baton;
    json_t *shown = gw_crud_view(entity, row);

    if (l->manner->dress != NULL)
        l->manner->dress(l->manner->baton, shown);
    if (l->nrows++ > 0)
        gw_growing_add(l->out, ",");
    add_json(l->out, shown);
    return l->out->is_bad ? APR_ENOMEM : APR_SUCCESS;
}

static listing begin_page(admin_call *call, const gw_list_manner *manner)
{
    listing l = { call, manner, gw_growing_make(call->p), 0 };

    gw_growing_add(l.out, "{\"data\":[");
    return l;
}

static int answer_page(listing *l, const char *path, const char *next_after)
{
    admin_call *call = l->call;
    const char *offset = next_after != NULL ? gw_offset_format(next_after, call->p) : NULL;

    gw_growing_add(l->out, "],\"next\":");
    add_json(l->out, offset != NULL ? json_string(format_next(call, path, offset)) : json_null());
    if (offset != NULL) {
        gw_growing_add(l->out, ",\"offset\":");
        add_json(l->out, json_string(offset));
    }
    if (l->manner->node_id != NULL) {
        gw_growing_add(l->out, ",\"node_id\":");
        add_json(l->out, json_string(l->manner->node_id));
    }
    gw_growing_add(l->out, "}");
    if (l->out->is_bad)
        return gw_call_message(call, 503, GW_MSG_UNEXPECTED);
    call->grown = l->out;
    call->text_type = GW_JSON_TYPE;
    return 200;
}

/* Filters by a unique field find one row or none, and need no page. *is_done: answered. */
static int find_unique(admin_call *call, const gw_list_manner *manner, int *is_done)
{
    const gw_entity *entity = call->target.entity;
    const char *value = NULL;
    json_t *row = NULL;
    listing l;
    apr_status_t rv;
    size_t i, k;

    *is_done = 0;
    for (i = 0; i < NFILTERS; i++) {
        const gw_field *field = gw_schema_field(entity->schema, filters[i].field);

        if ((value = filter_value(call, i)) == NULL)
            continue;
        if (*value == '\0' && filters[i].refusal != NULL)
            return gw_call_message(call, 400, filters[i].refusal);
        if ((field->flags & GW_UNIQUE) || strcmp(filters[i].field, "id") == 0)
            break;
    }
    if (i == NFILTERS)
        return 0;
    *is_done = 1;
    rv = gw_row_load(&row, call->db, entity, strcmp(filters[i].field, "id") == 0 ? NULL : filters[i].field, value,
                     call->p);
    if (rv != APR_SUCCESS && rv != APR_NOTFOUND)
        return gw_call_fail(call, rv, NULL);
    gw_json_keep(row, call->p);
    for (k = 0; row != NULL && k < NFILTERS; k++)
        if ((value = filter_value(call, k)) != NULL && !passes(row, filters[k].field, value))
            row = NULL;
    l = begin_page(call, manner);
    if (row != NULL)
        add_row(&l, entity, row);
    return answer_page(&l, entity->path, NULL);
}

/* What is left: filters by fields that many rows share. There are two: group and consumer. */
static void set_shared_filters(const admin_call *call, gw_page *page)
{
    size_t i;

    for (i = 0; i < NFILTERS; i++) {
        const char *value = filter_value(call, i);

        if (value == NULL)
            continue;
        page->and_field = page->where_field;
        page->and_value = page->where_value;
        page->where_field = filters[i].field;
        page->where_value = value;
    }
}

static int answer_rows(admin_call *call, const gw_list_manner *manner, const gw_page *page, const char *path)
{
    listing l = begin_page(call, manner);
    const char *next_after = NULL;
    apr_status_t rv = gw_row_each(&next_after, call->db, call->target.entity, page, add_row, &l, call->p);

    if (l.out->is_bad)
        return gw_call_message(call, 503, GW_MSG_UNEXPECTED);
    if (rv != APR_SUCCESS)
        return gw_call_fail(call, rv, NULL);
    return answer_page(&l, manner->path != NULL ? manner->path : path, next_after);
}

int gw_crud_list_as(admin_call *call, const gw_list_manner *manner)
{
    const gw_path_target *target = &call->target;
    gw_page page = { 0 };
    const char *path = target->entity->path;
    int status, is_done = 0;

    if (target->kind == GW_PATH_NESTED) {
        json_t *parent;

        if ((status = gw_crud_load_parent(call, &parent)) != 0)
            return status;
        page.where_field = target->field->name;
        page.where_value = gw_row_id(parent);
        path = apr_pstrcat(call->p, target->parent->path, "/", page.where_value, "/", target->entity->nested, NULL);
    }
    if ((status = parse_page(call, &page)) != 0)
        return status;
    if (target->kind == GW_PATH_COLLECTION) {
        status = find_unique(call, manner, &is_done);
        if (status != 0 || is_done)
            return status;
        set_shared_filters(call, &page);
    }
    return answer_rows(call, manner, &page, path);
}

int gw_crud_list(admin_call *call)
{
    static const gw_list_manner plain = { NULL };

    return gw_crud_list_as(call, &plain);
}
