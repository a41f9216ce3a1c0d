/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctl_import.c - reads everything from the Admin API of another gateway, page by page, as one declarative document.
 */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_rows.h"

#define PAGE "?size=1000"
#define LONGEST_PATH 4096

/* Collections by the names that declarative documents have for them. Where `below` is given, the rows of that one are
 * asked for theirs: not every version lists them all at once. */
static const struct { const char *name, *path, *below, *nested; } collections[] = {
    { "services", "/services", NULL, NULL },
    { "routes", "/routes", NULL, NULL },
    { "consumers", "/consumers", NULL, NULL },
    { "plugins", "/plugins", NULL, NULL },
    { "upstreams", "/upstreams", NULL, NULL },
    { "targets", NULL, "upstreams", "targets" },
    { "ca_certificates", "/ca_certificates", NULL, NULL },
    { "certificates", "/certificates", NULL, NULL },
    { "snis", "/snis", NULL, NULL },
    { "jwt_secrets", "/jwts", NULL, NULL },
    { "keyauth_credentials", "/key-auths", NULL, NULL },
    { "basicauth_credentials", "/basic-auths", NULL, NULL },
    { "acls", "/acls", NULL, NULL },
};
#define NCOLLECTIONS (sizeof(collections) / sizeof(collections[0]))

typedef struct import {
    const gw_ctl_server *target;
    gw_ctl_server source;
    json_t *document;
    json_t *schemas;  /* "routes", "plugins/cors": ours; null = not known here */
    json_t *left_out; /* what: how often */
} import;

/* Ours of that name; *schema NULL: we know none. Borrowed. */
static gw_ctl_exit find_schema(import *im, const json_t **schema, const char *name)
{
    char path[LONGEST_PATH];
    json_t *found = json_object_get(im->schemas, name);
    gw_ctl_exit rc = GW_CTL_DONE;

    if (found == NULL) {
        snprintf(path, sizeof(path), "/schemas/%s", name);
        rc = gw_ctl_call(&found, im->target, path, NULL, 1);
        if (rc == GW_CTL_DONE)
            json_object_set_new(im->schemas, name, found != NULL ? found : json_null());
    }
    *schema = json_is_object(json_object_get(im->schemas, name)) ? json_object_get(im->schemas, name) : NULL;
    return rc;
}

/* Names go into a path of ours. */
static int is_plain(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

    return *name != '\0' && strspn(name, plain) == strlen(name);
}

/* *schema: by which the row is to be read, NULL when we have none of its kind. */
static gw_ctl_exit schema_of_row(import *im, const json_t **schema, const char *collection, const json_t *row)
{
    const char *plugin = json_string_value(json_object_get(row, "name"));
    char name[LONGEST_PATH];

    *schema = NULL;
    if (strcmp(collection, "plugins") != 0)
        return find_schema(im, schema, collection);
    if (plugin == NULL || !is_plain(plugin))
        return GW_CTL_DONE;
    snprintf(name, sizeof(name), "plugins/%s", plugin);
    return find_schema(im, schema, name);
}

static gw_ctl_exit take_row(import *im, const char *collection, json_t *list, json_t *row)
{
    const char *plugin = json_string_value(json_object_get(row, "name"));
    const json_t *ttl = json_object_get(row, "ttl"), *schema;
    char what[LONGEST_PATH];
    gw_ctl_exit rc = schema_of_row(im, &schema, collection, row);

    if (rc != GW_CTL_DONE)
        return rc;
    if (schema == NULL) {
        snprintf(what, sizeof(what), "%s %s (not known here)", collection,
                 strcmp(collection, "plugins") == 0 && plugin != NULL ? plugin : "");
        gw_ctl_count(im->left_out, what);
        return GW_CTL_DONE;
    }
    row = json_deep_copy(row);
    if (strcmp(collection, "certificates") == 0)
        json_object_del(row, "snis"); /* they come as rows */
    gw_ctl_row_fit(row, schema, collection, im->left_out);
    if (json_is_integer(ttl))
        json_object_set(row, "ttl", (json_t *)ttl);
    json_array_append_new(list, row);
    return GW_CTL_DONE;
}

/* The path in a page's `next`, which may be a whole URL; NULL at the end. */
static const char *next_path(const json_t *page)
{
    const char *next = json_string_value(json_object_get(page, "next")), *host;

    if (next == NULL)
        return NULL;
    if ((host = strstr(next, "://")) != NULL)
        next = strchr(host + 3, '/');
    return next != NULL && *next == '/' ? next : NULL;
}

/* All pages that begin at `first`. What is not there (404) is empty. */
static gw_ctl_exit take_pages(import *im, const char *collection, json_t *list, const char *first)
{
    char path[LONGEST_PATH], again[LONGEST_PATH] = "", following[LONGEST_PATH];
    gw_ctl_exit rc = GW_CTL_DONE;
    const char *next = first;

    while (rc == GW_CTL_DONE && next != NULL) {
        json_t *page, *row;
        size_t i;

        snprintf(path, sizeof(path), "%s", next);
        if (strcmp(path, again) == 0) {
            gw_ctl_complain("%s%s: its pages have no end", im->source.url, path);
            return GW_CTL_FAILED;
        }
        snprintf(again, sizeof(again), "%s", path);
        rc = gw_ctl_call(&page, &im->source, path, NULL, 1);
        json_array_foreach (json_object_get(page, "data"), i, row)
            if (rc == GW_CTL_DONE)
                rc = take_row(im, collection, list, row);
        gw_ctl_progress("reading %s: %zu", collection, json_array_size(list));
        next = next_path(page);
        if (next != NULL) {
            snprintf(following, sizeof(following), "%s", next);
            next = following;
        }
        json_decref(page);
    }
    return rc;
}

static gw_ctl_exit take_nested(import *im, size_t which, json_t *list)
{
    char path[LONGEST_PATH];
    gw_ctl_exit rc = GW_CTL_DONE;
    json_t *parent;
    size_t i;

    json_array_foreach (json_object_get(im->document, collections[which].below), i, parent) {
        const char *id = json_string_value(json_object_get(parent, "id"));

        if (rc != GW_CTL_DONE || id == NULL || !is_plain(id))
            continue;
        snprintf(path, sizeof(path), "/%s/%s/%s" PAGE, collections[which].below, id, collections[which].nested);
        rc = take_pages(im, collections[which].name, list, path);
    }
    return rc;
}

static gw_ctl_exit take_collection(import *im, size_t which)
{
    char path[LONGEST_PATH];
    json_t *list = json_array();

    json_object_set_new(im->document, collections[which].name, list);
    if (collections[which].below != NULL)
        return take_nested(im, which, list);
    snprintf(path, sizeof(path), "%s" PAGE, collections[which].path);
    return take_pages(im, collections[which].name, list, path);
}

/* Empty collections say nothing, and one may be unknown here. */
static void drop_empty(json_t *document)
{
    const char *name;
    json_t *list;
    void *next;

    json_object_foreach_safe (document, next, name, list)
        if (json_is_array(list) && json_array_size(list) == 0)
            json_object_del(document, name);
}

static void tell_left_out(const import *im)
{
    const char *what;
    json_t *n;

    json_object_foreach (im->left_out, what, n)
        gw_ctl_complain("left out: %s (%lld times)", what, (long long)json_integer_value(n));
}

static gw_ctl_exit hand_over(const gw_ctl_options *options, const json_t *document)
{
    gw_ctl_body body = { "application/json", NULL, 0 };
    char *text = json_dumps(document, options->output != NULL ? JSON_INDENT(2) : JSON_COMPACT);
    gw_ctl_exit rc;

    if (text == NULL) {
        gw_ctl_complain("out of memory");
        return GW_CTL_FAILED;
    }
    body.bytes = text;
    body.len = strlen(text);
    rc = options->output != NULL ? gw_ctl_write(options->output, text, body.len) : gw_ctl_offer(options, &body);
    free(text);
    return rc;
}

gw_ctl_exit gw_ctl_import(const gw_ctl_options *options)
{
    import im = { .target = &options->server, .source = options->server };
    gw_ctl_exit rc = GW_CTL_DONE;
    char *url = strdup(options->args[0]);
    size_t i, len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
    im.source.url = url;
    im.source.user = NULL; /* ours are for us; --source-header says what the other side wants */
    im.source.headers = options->source_headers;
    im.source.nheaders = options->nsource_headers;
    im.document = json_pack("{s:s, s:b}", "_format_version", "3.0", "_transform", 0);
    im.schemas = json_object();
    im.left_out = json_object();
    for (i = 0; i < NCOLLECTIONS && rc == GW_CTL_DONE; i++)
        rc = take_collection(&im, i);
    gw_ctl_progress_end();
    if (rc == GW_CTL_DONE) {
        tell_left_out(&im);
        drop_empty(im.document);
        rc = hand_over(options, im.document);
    }
    json_decref(im.document);
    json_decref(im.schemas);
    json_decref(im.left_out);
    free(url);
    return rc;
}
