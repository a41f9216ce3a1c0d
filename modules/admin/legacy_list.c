/* SPDX-License-Identifier: Apache-2.0 */
/*
 * legacy_list.c - lists as they were: a total, a link with host and port, any field as a filter.
 */
#include "legacy.h"

#include <apr_strings.h>
#include <stdlib.h>
#include <string.h>

#include "error_render.h"
#include "json_pool.h"
#include "json_row.h"
#include "legacy_schema.h"
#include "page_offset.h"
#include "urlencoded.h"

#define ROWS_A_PAGE 500

static int is_filter(const char *name, const char *const *filters)
{
    for (; *filters != NULL; filters++)
        if (strcmp(*filters, name) == 0)
            return 1;
    return 0;
}

int gw_legacy_check_query(admin_call *call, const char *const *filters)
{
    json_t *unknown = json_object();
    int i;

    for (i = 0; i < call->query->nelts; i++) {
        const char *name = APR_ARRAY_IDX(call->query, i, gw_form_pair).key;

        if (strcmp(name, "size") != 0 && strcmp(name, "offset") != 0 && !is_filter(name, filters))
            json_object_set_new(unknown, gw_text_printable(name, strlen(name), call->p), json_string("unknown field"));
    }
    if (json_object_size(unknown) > 0)
        return gw_call_answer(call, 400, unknown);
    json_decref(unknown);
    return 0;
}

/* A string as it is, a list by one of its members, the rest as JSON writes it. */
static int is_value(const json_t *value, const char *text)
{
    char *written;
    size_t i;
    int same;

    if (json_is_string(value))
        return strcmp(json_string_value(value), text) == 0;
    for (i = 0; i < json_array_size(value); i++)
        if (is_value(json_array_get(value, i), text))
            return 1;
    if (value == NULL || json_is_array(value))
        return 0;
    written = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    same = written != NULL && strcmp(written, text) == 0;
    free(written);
    return same;
}

static int passes(const admin_call *call, const json_t *shown, const char *const *filters)
{
    for (; *filters != NULL; filters++) {
        const char *text = gw_call_query(call, *filters);

        if (text != NULL && !is_value(json_object_get(shown, *filters), text))
            return 0;
    }
    return 1;
}

int gw_legacy_answer_all(admin_call *call, json_t *rows, const char *const *filters)
{
    json_t *data = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
        if (passes(call, row, filters))
            json_array_append(data, row);
    return gw_call_answer(call, 200, json_pack("{s:o, s:i}", "data", data, "total", (int)json_array_size(data)));
}

/* ---- all APIs ---- */

static const char *const tags[] = { GW_LEGACY_TAG, NULL };

typedef struct listing {
    admin_call *call;
    const char *const *filters;
    const char *after;      /* id that the page comes after, or NULL */
    const char *last;       /* id of the page's last */
    int size;
    json_t *data;
    apr_int64_t total;
    int has_more;
} listing;

/* The services of a page of routes, by id. Those made as APIs have their routes' ids, so that one page holds them. */
static apr_status_t load_services(listing *l, json_t *services, const gw_page *page)
{
    json_t *rows = NULL, *row;
    const char *next;
    size_t i;
    apr_status_t rv = gw_row_page(&rows, &next, l->call->db, gw_registry_find("services"), page, l->call->p);

    if (rv != APR_SUCCESS)
        return rv;
    json_array_foreach(rows, i, row)
        json_object_set(services, gw_row_id(row), row);
    json_decref(rows);
    return APR_SUCCESS;
}

static apr_status_t find_service(listing *l, json_t *services, const char *id)
{
    json_t *row = NULL;
    apr_status_t rv;

    if (id == NULL || json_object_get(services, id) != NULL)
        return APR_SUCCESS;
    rv = gw_row_load(&row, l->call->db, gw_registry_find("services"), NULL, id, l->call->p);
    if (rv == APR_SUCCESS)
        json_object_set_new(services, id, row);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

static void add(listing *l, const json_t *service, const json_t *route)
{
    json_t *api = gw_legacy_join(service, route, l->call->p);
    const char *id = gw_row_id(api);

    if (!passes(l->call, api, l->filters)) {
        json_decref(api);
        return;
    }
    l->total++;
    if (l->after != NULL && strcmp(id, l->after) <= 0) {
        json_decref(api);
    }
    else if (json_array_size(l->data) == (size_t)l->size) {
        l->has_more = 1;
        json_decref(api);
    }
    else {
        json_array_append_new(l->data, api);
        l->last = gw_row_id(api);
    }
}

static apr_status_t add_page(listing *l, gw_page *page)
{
    json_t *services = gw_json_keep(json_object(), l->call->p), *routes = NULL, *route;
    const char *next = NULL;
    size_t i;
    apr_status_t rv = gw_row_page(&routes, &next, l->call->db, gw_registry_find("routes"), page, l->call->p);

    if (rv != APR_SUCCESS)
        return rv;
    gw_json_keep(routes, l->call->p);
    rv = load_services(l, services, page);
    for (i = 0; rv == APR_SUCCESS && i < json_array_size(routes); i++) {
        const char *id;

        route = json_array_get(routes, i);
        id = gw_json_foreign_id(route, "service");
        rv = find_service(l, services, id);
        if (rv == APR_SUCCESS && id != NULL && json_object_get(services, id) != NULL)
            add(l, json_object_get(services, id), route);
    }
    page->after_id = next;
    return rv;
}

/* Without filters a page is a page; with them, all there is has to be looked at. */
static apr_status_t collect(listing *l)
{
    gw_page page = { .size = l->size, .after_id = l->after, .tags = tags };
    const char *const *filter;
    apr_status_t rv;
    int is_filtered = 0;

    for (filter = l->filters; *filter != NULL; filter++)
        is_filtered |= gw_call_query(l->call, *filter) != NULL;
    if (!is_filtered) {
        const gw_page all = { .tags = tags };

        rv = add_page(l, &page);
        l->has_more = page.after_id != NULL;
        l->last = page.after_id;
        return rv == APR_SUCCESS ? gw_row_count(&l->total, l->call->db, gw_registry_find("routes"), &all, l->call->p)
                                 : rv;
    }
    page.size = ROWS_A_PAGE;
    page.after_id = NULL;
    do
        rv = add_page(l, &page);
    while (rv == APR_SUCCESS && page.after_id != NULL);
    return rv;
}

static int answer_page(listing *l)
{
    admin_call *call = l->call;
    json_t *body = json_pack("{s:O, s:I}", "data", l->data, "total", (json_int_t)l->total);
    const char *offset, *next, *const *filter;

    if (l->has_more) {
        offset = gw_offset_format(l->last, call->p);
        next = apr_pstrcat(call->p, call->base_url, "/apis?offset=", gw_urlencoded_escape(offset, call->p), "&size=",
                           apr_itoa(call->p, l->size), NULL);
        for (filter = l->filters; *filter != NULL; filter++)
            if (gw_call_query(call, *filter) != NULL)
                next = apr_pstrcat(call->p, next, "&", *filter, "=",
                                   gw_urlencoded_escape(gw_call_query(call, *filter), call->p), NULL);
        json_object_set_new(body, "offset", json_string(offset));
        json_object_set_new(body, "next", json_string(next));
    }
    return gw_call_answer(call, 200, body);
}

int gw_legacy_list(admin_call *call)
{
    const char *offset = gw_call_query(call, "offset"), *why, **filters = apr_pcalloc(call->p, 32 * sizeof(*filters));
    listing l = { .call = call, .filters = filters, .data = gw_json_keep(json_array(), call->p) };
    const gw_field *field;
    apr_status_t rv;
    int status, n = 0;

    for (field = gw_legacy_api_schema.fields; field->name != NULL; field++)
        filters[n++] = field->name;
    if ((status = gw_legacy_check_query(call, filters)) != 0 || (status = gw_call_size(call, &l.size)) != 0)
        return status;
    if (offset != NULL && (why = gw_offset_parse(&l.after, offset, call->p)) != NULL)
        return gw_call_refuse(call, gw_error_make(GW_E_OFFSET, why, NULL, call->p));
    rv = collect(&l);
    return rv == APR_SUCCESS ? answer_page(&l) : gw_call_fail(call, rv, NULL);
}
