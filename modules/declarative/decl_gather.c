/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_gather.c - walks the document: top-level keys, collections, what is nested in their rows. Rows come out flat.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"
#include "schema.h"

/* Collections of the reference that have no counterpart here: taken while they are empty. */
static const char *const foreign_collections[] = {
    "vaults", "key_sets", "keys", "hmacauth_credentials", "oauth2_credentials", "oauth2_tokens",
    "oauth2_authorization_codes", "consumer_groups", "workspaces", "parameters", NULL
};

static void refuse(gw_decl *decl, const char *key, const char *message)
{
    json_object_set_new(decl->tree, key, json_string(message));
}

void decl_warn(gw_decl *decl, const char *text)
{
    int i;

    for (i = 0; i < decl->warnings->nelts; i++)
        if (strcmp(APR_ARRAY_IDX(decl->warnings, i, const char *), text) == 0)
            return;
    APR_ARRAY_PUSH(decl->warnings, const char *) = text;
}

decl_set *decl_set_find(const gw_decl *decl, const char *name)
{
    decl_set *set;

    for (set = decl->sets; set != NULL; set = set->next)
        if (strcmp(set->entity->name, name) == 0)
            return set;
    return NULL;
}

const char *decl_key_of(const gw_entity *entity, const json_t *object)
{
    return entity->endpoint_key != NULL ? json_string_value(json_object_get(object, entity->endpoint_key)) : NULL;
}

/* ---- entries ---- */

static int is_comment(const char *key)
{
    return strcmp(key, "_comment") == 0 || strcmp(key, "_ignore") == 0;
}

/* A short name of an object gives way to rows of the same name; so do lists of children. */
static int has_field(const gw_schema *schema, const char *name, const json_t *value)
{
    const gw_field *field;
    const gw_shorthand *s;

    for (field = schema->fields; field->name != NULL; field++)
        if (strcmp(field->name, name) == 0)
            return !(field->flags & GW_CHILDREN);
    for (s = schema->shorthands; s != NULL && s->field.name != NULL; s++)
        if (strcmp(s->field.name, name) == 0)
            return !json_is_object(json_array_get(value, 0));
    return 0;
}

/* The set that a member of a row of `parent` nests; NULL: an ordinary field, or nothing known. */
static decl_set *find_nested(const gw_field **field, const gw_decl *decl, const gw_entity *parent, const char *name,
                             const json_t *value)
{
    decl_set *set = has_field(parent->schema, name, value) ? NULL : decl_set_find(decl, name);

    if (set == NULL || (*field = gw_schema_link(set->entity->schema, parent->name)) == NULL)
        return NULL;
    return set;
}

static void add_entry(gw_decl *decl, decl_set *set, const json_t *given, int index, decl_entry *parent,
                      const gw_field *parent_field);

static void put_fault(decl_entry *entry, const char *key, json_t *fault)
{
    if (entry->fields == NULL)
        entry->fields = json_object();
    json_object_set_new(entry->fields, key, fault);
}

static json_t *entries_fault(size_t index, size_t n)
{
    json_t *list = json_array();

    while (json_array_size(list) < index && json_array_size(list) < n)
        json_array_append_new(list, json_null());
    json_array_append_new(list, json_string("expected a record"));
    return list;
}

/* A nested row that has a key may be given as that alone: `snis: [a.example.com]`. */
static int is_entry(const json_t *value, const decl_set *set, const decl_entry *parent)
{
    return json_is_object(value) || (json_is_string(value) && parent != NULL && set->entity->endpoint_key != NULL);
}

/* Borrowed from the document, or kept by the decl. */
static const json_t *as_object(gw_decl *decl, const decl_set *set, const json_t *value)
{
    if (json_is_object(value))
        return value;
    return gw_json_keep(json_pack("{s:O}", set->entity->endpoint_key, value), decl->p);
}

/* NULL, or what is wrong with the list itself. New reference. */
static json_t *add_list(gw_decl *decl, decl_set *set, const json_t *list, decl_entry *parent, const gw_field *field)
{
    size_t i;

    if (json_is_null(list))
        return NULL;
    if (!json_is_array(list))
        return json_string("expected an array");
    for (i = 0; i < json_array_size(list); i++)
        if (!is_entry(json_array_get(list, i), set, parent))
            return entries_fault(i, json_array_size(list));
    for (i = 0; i < json_array_size(list); i++)
        add_entry(decl, set, as_object(decl, set, json_array_get(list, i)), (int)i, parent, field);
    return NULL;
}

/* What is nested leaves the row and becomes entries of its own, after this one has its id. */
static void split_row(gw_decl *decl, decl_entry *entry)
{
    const char *key;
    json_t *value, *fault;
    const gw_field *field;
    decl_set *set;

    json_object_foreach ((json_t *)entry->given, key, value) {
        if (is_comment(key))
            continue;
        if (find_nested(&field, decl, entry->set->entity, key, value) == NULL)
            json_object_set_new_nocheck(entry->row, key, json_deep_copy(value));
    }
    if (entry->parent != NULL)
        json_object_set_new(entry->row, entry->parent_field->name, json_pack("{s:s}", "id", entry->parent->id));
    decl_settle_id(decl, entry);
    json_object_foreach ((json_t *)entry->given, key, value) {
        if (is_comment(key) || (set = find_nested(&field, decl, entry->set->entity, key, value)) == NULL)
            continue;
        if ((fault = add_list(decl, set, value, entry, field)) != NULL)
            put_fault(entry, key, fault);
    }
}

static apr_status_t drop_entry(void *data)
{
    decl_entry *entry = data;

    json_decref(entry->row);
    json_decref(entry->fields);
    json_decref(entry->messages);
    json_decref(entry->old);
    return APR_SUCCESS;
}

static void add_entry(gw_decl *decl, decl_set *set, const json_t *given, int index, decl_entry *parent,
                      const gw_field *parent_field)
{
    decl_entry *entry = apr_pcalloc(decl->p, sizeof(*entry));

    entry->set = set;
    entry->given = given;
    entry->index = index;
    entry->parent = parent;
    entry->parent_field = parent_field;
    entry->row = json_object();
    apr_pool_cleanup_register(decl->p, entry, drop_entry, apr_pool_cleanup_null);
    if (set->last != NULL)
        set->last->next = entry;
    else
        set->first = entry;
    set->last = entry;
    set->n++;
    split_row(decl, entry);
}

/* ---- top-level keys ---- */

static void take_version(gw_decl *decl, const json_t *value)
{
    static const char *const known[] = { "1.1", "2.1", "3.0" };
    const char *text = json_string_value(value);
    char number[16] = "";
    size_t i;

    if (value == NULL) {
        decl_warn(decl, "_format_version is missing: 3.0 is assumed");
        return;
    }
    if (json_is_number(value)) {
        apr_snprintf(number, sizeof(number), "%.1f", json_number_value(value));
        text = number;
        decl_warn(decl, "_format_version is a number: quote it");
    }
    if (text == NULL) {
        refuse(decl, "_format_version", "expected a string");
        return;
    }
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(text, known[i]) == 0) {
            decl->is_old_format = i < 2;
            return;
        }
    refuse(decl, "_format_version", "expected one of: 1.1, 2.1, 3.0");
}

static void take_transform(gw_decl *decl, const json_t *value)
{
    if (json_is_boolean(value))
        decl->transforms = json_is_true(value);
    else if (!json_is_null(value))
        refuse(decl, "_transform", "expected a boolean");
}

static void take_unknown(gw_decl *decl, const char *key, const json_t *value)
{
    int i;

    for (i = 0; foreign_collections[i] != NULL; i++)
        if (strcmp(key, foreign_collections[i]) == 0 && (json_is_null(value) || json_is_array(value))
            && json_array_size(value) == 0)
            return;
    refuse(decl, key, "unknown field");
}

static void take_member(gw_decl *decl, const char *key, const json_t *value)
{
    decl_set *set = decl_set_find(decl, key);
    json_t *fault;

    if (set != NULL) {
        if ((fault = add_list(decl, set, value, NULL, NULL)) != NULL)
            json_object_set_new(decl->tree, key, fault);
    }
    else if (strcmp(key, "_transform") == 0) {
        take_transform(decl, value);
    }
    else if (strcmp(key, "_comment") == 0) {
        if (!json_is_string(value) && !json_is_null(value))
            refuse(decl, key, "expected a string");
    }
    else if (strcmp(key, "_ignore") == 0) {
        if (!json_is_array(value) && !json_is_null(value))
            refuse(decl, key, "expected an array");
    }
    else if (strcmp(key, "_workspace") == 0) {
        if (!json_is_string(value) || strcmp(json_string_value(value), "default") != 0)
            refuse(decl, key, "expected one of: default");
    }
    else if (strcmp(key, "_format_version") != 0) {
        take_unknown(decl, key, value);
    }
}

static void make_sets(gw_decl *decl)
{
    const apr_array_header_t *all = gw_registry_all();
    decl_set **end = &decl->sets;
    int i;

    for (i = 0; i < all->nelts; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(all, i, const gw_entity *);
        decl_set *set;

        if (entity->is_runtime)
            continue;
        set = apr_pcalloc(decl->p, sizeof(*set));
        set->entity = entity;
        decl_settle_space(set);
        set->by_id = apr_hash_make(decl->p);
        set->by_key = apr_hash_make(decl->p);
        set->unnamed = apr_hash_make(decl->p);
        *end = set;
        end = &set->next;
    }
}

void decl_gather(gw_decl *decl)
{
    const char *key;
    json_t *value;

    make_sets(decl);
    take_version(decl, json_object_get(decl->document, "_format_version"));
    json_object_foreach ((json_t *)decl->document, key, value)
        take_member(decl, key, value);
}
