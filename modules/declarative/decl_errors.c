/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_errors.c - what is wrong with a document: as a tree in its own shape, as one sentence, as a flat list for
 * programs, as lines for people.
 */
#include "decl_impl.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"

static int is_entry_bad(const decl_entry *entry)
{
    return entry->fields != NULL || entry->messages != NULL || entry->collision != NULL;
}

int decl_is_bad(const gw_decl *decl)
{
    const decl_entry *entry;
    const decl_set *set;

    if (json_object_size(decl->tree) > 0)
        return 1;
    for (set = decl->sets; set != NULL; set = set->next)
        for (entry = set->first; entry != NULL; entry = entry->next)
            if (is_entry_bad(entry))
                return 1;
    return 0;
}

/* ---- the tree ---- */

static json_t *member(json_t *object, const char *key, json_t *(*make)(void))
{
    json_t *value = json_object_get(object, key);

    if (value == NULL) {
        value = make();
        json_object_set_new(object, key, value);
    }
    return value;
}

/* Room for position `index` of a list; what is between stays null. */
static void widen(json_t *list, int index)
{
    while (json_array_size(list) <= (size_t)index)
        json_array_append_new(list, json_null());
}

/* The list that mirrors the one in which the entry stands; NULL when something else is told there already. */
static json_t *list_of(json_t *root, const decl_entry *entry);

static json_t *node_of(json_t *root, const decl_entry *entry)
{
    json_t *list = list_of(root, entry);
    json_t *node;

    if (!json_is_array(list))
        return NULL;
    widen(list, entry->index);
    node = json_array_get(list, (size_t)entry->index);
    if (!json_is_null(node))
        return node;
    node = json_object();
    json_array_set_new(list, (size_t)entry->index, node);
    return node;
}

static json_t *list_of(json_t *root, const decl_entry *entry)
{
    json_t *node = entry->parent != NULL ? node_of(root, entry->parent) : root;

    return json_is_object(node) ? member(node, entry->set->entity->name, json_array) : NULL;
}

static void put_entry(json_t *root, json_t *named, const decl_entry *entry)
{
    const char *name = entry->set->entity->name, *label;
    json_t *node, *list;

    if (entry->fields != NULL) {
        node = node_of(root, entry);
        if (json_is_object(node))
            json_object_update(node, entry->fields);
    }
    if (entry->collision != NULL && entry->collision_key != NULL) {
        json_object_set_new(member(named, name, json_object), entry->collision_key, json_string(entry->collision));
    }
    else if (entry->collision != NULL && entry->fields == NULL) {
        list = list_of(root, entry);
        if (json_is_array(list)) {
            widen(list, entry->index);
            json_array_set_new(list, (size_t)entry->index, json_string(entry->collision));
        }
    }
    if (entry->messages == NULL)
        return;
    label = decl_key_of(entry->set->entity, entry->given);
    if (label == NULL)
        label = json_string_value(json_object_get(entry->given, "id"));
    if (label == NULL)
        label = entry->id;
    json_object_set(member(named, name, json_object), label, entry->messages);
}

/* What is told by name beside what is told by place: then places are named, too, from "1". */
static void join_named(json_t *tree, json_t *named)
{
    const char *name;
    json_t *by_name, *by_place, *value;
    size_t i;
    char place[24];

    json_object_foreach (named, name, by_name) {
        by_place = json_object_get(tree, name);
        json_array_foreach (by_place, i, value) {
            apr_snprintf(place, sizeof(place), "%" APR_SIZE_T_FMT, i + 1);
            if (!json_is_null(value))
                json_object_set(by_name, place, value);
        }
        json_object_set(tree, name, by_name);
    }
}

static json_t *make_tree(const gw_decl *decl)
{
    json_t *tree = json_deep_copy(decl->tree), *named = json_object();
    const decl_entry *entry;
    const decl_set *set;

    for (set = decl->sets; set != NULL; set = set->next)
        for (entry = set->first; entry != NULL; entry = entry->next)
            if (is_entry_bad(entry))
                put_entry(tree, named, entry);
    join_named(tree, named);
    json_decref(named);
    return tree;
}

/* ---- the sentence ---- */

static int cmp_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int is_word(const char *s)
{
    return *s != '\0' && !(*s >= '0' && *s <= '9')
           && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(s);
}

static const char *join(const apr_array_header_t *parts, apr_pool_t *p)
{
    return apr_pstrcat(p, "{", parts->nelts > 0 ? apr_array_pstrcat(p, parts, ',') : "", "}", NULL);
}

static const char *quote(const json_t *text, apr_pool_t *p)
{
    char *dumped = json_dumps(text, JSON_ENCODE_ANY);
    const char *copy = apr_pstrdup(p, dumped != NULL ? dumped : "\"\"");

    free(dumped);
    return copy;
}

/* "{services={{host="required field missing"}}}": in p. */
static const char *format_errors(const json_t *tree, apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, 4, sizeof(const char *));
    size_t n = json_object_size(tree), i = 0, holes = 0;
    const char **names = apr_palloc(p, (n + 1) * sizeof(*names)), *name;
    json_t *value;

    if (!json_is_object(tree) && !json_is_array(tree))
        return quote(tree, p);
    json_array_foreach ((json_t *)tree, i, value) {
        if (json_is_null(value)) {
            holes++;
            continue;
        }
        name = holes > 0 ? apr_psprintf(p, "[%" APR_SIZE_T_FMT "]=", i + 1) : "";
        APR_ARRAY_PUSH(parts, const char *) = apr_pstrcat(p, name, format_errors(value, p), NULL);
    }
    i = 0;
    json_object_foreach ((json_t *)tree, name, value)
        names[i++] = name;
    qsort(names, n, sizeof(*names), cmp_names);
    for (i = 0; i < n; i++)
        APR_ARRAY_PUSH(parts, const char *) =
            apr_psprintf(p, is_word(names[i]) ? "%s=%s" : "[\"%s\"]=%s", names[i],
                         format_errors(json_object_get(tree, names[i]), p));
    return join(parts, p);
}

const gw_error *decl_error(const gw_decl *decl)
{
    gw_error *err = apr_pcalloc(decl->p, sizeof(*err));

    err->code = GW_E_DECLARATIVE;
    err->fields = gw_json_keep(make_tree(decl), decl->p);
    err->message = apr_pstrcat(decl->p, "declarative config is invalid: ", format_errors(err->fields, decl->p),
                               NULL);
    return err;
}
