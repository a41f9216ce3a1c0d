/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_refs.c - names become ids: rows of the document first, then (where there is a database) stored ones. The order
 * in the document is irrelevant, so all entries are indexed before the first reference is followed. Two entries of the
 * same id or name are noted here, too.
 */
#include "decl_impl.h"

#include <stdlib.h>
#include <string.h>
#include <apr_strings.h>

#define NOWHERE "00000000-0000-0000-0000-000000000000"

void decl_collide(gw_decl *decl, decl_entry *entry, const char *what, const char *value)
{
    if (entry->collision == NULL)
        entry->collision = apr_psprintf(decl->p,
                                        "uniqueness violation: '%s' entity with %s set to '%s' already declared",
                                        entry->set->entity->name, what, value);
}

void decl_note_dangling(gw_decl *decl, decl_entry *entry, const gw_field *field, const char *key)
{
    const char *message = apr_psprintf(decl->p, "invalid reference '%s: %s' (no such entry in '%s')", field->name, key,
                                       field->reference);

    if (entry->messages == NULL)
        entry->messages = json_array();
    json_array_append_new(entry->messages, json_string(message));
}

static void index_set(gw_decl *decl, decl_set *set)
{
    decl_entry *entry;

    for (entry = set->first; entry != NULL; entry = entry->next) {
        const char *key = decl_key_of(set->entity, entry->row);

        if (apr_hash_get(set->by_id, entry->id, APR_HASH_KEY_STRING) == NULL)
            apr_hash_set(set->by_id, entry->id, APR_HASH_KEY_STRING, entry);
        else if (key == NULL || apr_hash_get(set->by_key, key, APR_HASH_KEY_STRING) == NULL)
            decl_collide(decl, entry, "primary key", entry->id);
        if (key == NULL)
            continue;
        if (apr_hash_get(set->by_key, key, APR_HASH_KEY_STRING) == NULL)
            apr_hash_set(set->by_key, key, APR_HASH_KEY_STRING, entry);
        else
            decl_collide(decl, entry, set->entity->endpoint_key, key);
    }
}

/* The stored row's id, remembered: many rows refer to the same one. */
static const char *find_stored(gw_decl *decl, const gw_entity *entity, const char *key)
{
    const char *slot, *id;

    if (decl->find == NULL || decl->find_rv != APR_SUCCESS)
        return NULL;
    slot = apr_pstrcat(decl->p, entity->name, ":", key, NULL);
    if ((id = apr_hash_get(decl->found, slot, APR_HASH_KEY_STRING)) == NULL) {
        id = decl->find(decl->baton, &decl->find_rv, entity, key, decl->p);
        apr_hash_set(decl->found, slot, APR_HASH_KEY_STRING, id != NULL ? id : "");
    }
    return id != NULL && *id != '\0' ? id : NULL;
}

/* What a reference names its row by: "name", {"id": ...}, {"name": ...}; NULL for anything else. */
static const char *key_of_reference(const json_t *value, const gw_entity *parent)
{
    const json_t *id = json_object_get(value, "id");

    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_string(id))
        return json_string_value(id);
    return id == NULL ? decl_key_of(parent, value) : NULL;
}

static void refuse(gw_decl *decl, decl_entry *entry, const gw_field *field, const json_t *value)
{
    char *dumped = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *text = json_is_string(value) ? json_string_value(value) : dumped != NULL ? dumped : "?";

    decl_note_dangling(decl, entry, field, text);
    free(dumped);
    json_object_set_new(entry->row, field->name, json_pack("{s:s}", "id", NOWHERE));
}

static void add_ref(gw_decl *decl, decl_entry *entry, const gw_field *field, decl_entry *target)
{
    decl_ref *ref = apr_pcalloc(decl->p, sizeof(*ref));

    ref->field = field;
    ref->target = target;
    ref->next = entry->refs;
    entry->refs = ref;
}

static decl_entry *find_entry(const decl_set *set, const char *key)
{
    decl_entry *entry = apr_hash_get(set->by_key, key, APR_HASH_KEY_STRING);

    return entry != NULL ? entry : apr_hash_get(set->by_id, key, APR_HASH_KEY_STRING);
}

static void resolve_field(gw_decl *decl, decl_entry *entry, const gw_field *field)
{
    json_t *value = json_object_get(entry->row, field->name);
    const gw_entity *parent = gw_registry_find(field->reference);
    decl_set *set;
    decl_entry *target;
    const char *key, *id;

    if (entry->parent != NULL && field == entry->parent_field) {
        add_ref(decl, entry, field, entry->parent);
        return;
    }
    if (value == NULL || json_is_null(value))
        return;
    if (parent == NULL || (set = decl_set_find(decl, parent->name)) == NULL) { /* of a module that is not loaded */
        refuse(decl, entry, field, value);
        return;
    }
    if ((key = key_of_reference(value, parent)) == NULL) {
        if (json_is_object(value) || json_is_string(value))
            refuse(decl, entry, field, value);
        return; /* the schema says what is wrong */
    }
    target = find_entry(set, key);
    id = target != NULL ? target->id : find_stored(decl, parent, key);
    if (id == NULL) {
        refuse(decl, entry, field, value);
        return;
    }
    json_object_set_new(entry->row, field->name, json_pack("{s:s}", "id", id));
    add_ref(decl, entry, field, target);
}

void decl_resolve(gw_decl *decl)
{
    const gw_field *field;
    decl_entry *entry;
    decl_set *set;

    for (set = decl->sets; set != NULL; set = set->next)
        index_set(decl, set);
    for (set = decl->sets; set != NULL; set = set->next)
        for (entry = set->first; entry != NULL; entry = entry->next)
            for (field = set->entity->schema->fields; field->name != NULL; field++)
                if (field->type == GW_T_FOREIGN)
                    resolve_field(decl, entry, field);
}
