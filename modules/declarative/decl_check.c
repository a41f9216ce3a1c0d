/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_check.c - each entry against its schema, all entries against each other.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

#include "json_row.h"
#include "schema.h"

#define MAX_TTL_S 100000000

static void put_fault(decl_entry *entry, const char *key, const char *message)
{
    if (entry->fields == NULL)
        entry->fields = json_object();
    json_object_set_new(entry->fields, key, json_string(message));
}

/* The schema knows no ttl. */
static void take_ttl(decl_entry *entry)
{
    json_t *ttl = entry->set->entity->has_ttl ? json_object_get(entry->row, "ttl") : NULL;

    if (ttl == NULL)
        return;
    entry->ttl = json_object_get(entry->given, "ttl");
    if (!json_is_null(ttl)
        && (!json_is_integer(ttl) || json_integer_value(ttl) < 0 || json_integer_value(ttl) > MAX_TTL_S))
        put_fault(entry, "ttl", "must be an integer between 0 and 100000000");
    json_object_del(entry->row, "ttl");
}

/* Times that the text gives stay, also those that are otherwise made anew at each write. */
static void restore_given(decl_entry *entry)
{
    const gw_field *field;

    for (field = entry->set->entity->schema->fields; field->name != NULL; field++) {
        json_t *given = json_object_get(entry->given, field->name);

        if ((field->flags & GW_ALWAYS_NEW) && json_is_number(given))
            json_object_set(entry->row, field->name, given);
    }
}

/* A row that stays as it was stored may hold what clients may not write: the time of its end, a key's digest. */
static void check_entry(gw_decl *decl, decl_entry *entry, apr_pool_t *ptemp)
{
    const gw_entity *entity = entry->set->entity;
    const gw_error *err;

    decl_modernise(decl, entry);
    take_ttl(entry);
    entry->absent = decl_absent_fields(entity->schema, entry->row, decl->p);
    err = gw_schema_process(entity->schema, entry->row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, decl->now, ptemp);
    if (err != NULL) {
        if (entry->fields == NULL)
            entry->fields = json_object();
        json_object_update_missing(entry->fields, err->fields);
        return;
    }
    restore_given(entry);
    if (entry->ttl != NULL && json_integer_value(entry->ttl) > 0)
        json_object_set(entry->row, "ttl", entry->ttl);
    else if (entity->has_ttl)
        json_object_set_new(entry->row, "ttl", json_null());
}

/* Old names of references ("service_id") were expanded by the schema, so they are followed here. */
static void check_late_refs(gw_decl *decl, decl_entry *entry)
{
    const gw_field *field;
    const decl_ref *ref;

    for (field = entry->set->entity->schema->fields; field->name != NULL; field++) {
        const char *id = gw_json_foreign_id(entry->row, field->name);
        const decl_set *set;

        if (field->type != GW_T_FOREIGN || id == NULL)
            continue;
        for (ref = entry->refs; ref != NULL && ref->field != field; ref = ref->next)
            ;
        if (ref != NULL || entry->messages != NULL)
            continue;
        set = decl_set_find(decl, field->reference);
        if (set != NULL && apr_hash_get(set->by_id, id, APR_HASH_KEY_STRING) != NULL)
            continue;
        decl_note_dangling(decl, entry, field, id);
    }
}

/* ---- uniqueness ---- */

static void check_unique_field(gw_decl *decl, decl_set *set, const gw_field *field)
{
    apr_hash_t *seen = apr_hash_make(decl->p);
    decl_entry *entry;

    for (entry = set->first; entry != NULL; entry = entry->next) {
        const char *value = json_string_value(json_object_get(entry->row, field->name));

        if (value == NULL || entry->fields != NULL)
            continue;
        if (apr_hash_get(seen, value, APR_HASH_KEY_STRING) == NULL) {
            apr_hash_set(seen, value, APR_HASH_KEY_STRING, entry);
            continue;
        }
        if (entry->collision != NULL)
            continue;
        decl_collide(decl, entry, field->name, value);
        entry->collision_key = decl_key_of(set->entity, entry->row);
    }
}

static const char *join_names(const char *const *names, apr_pool_t *p)
{
    const char *all = names[0];
    int i;

    for (i = 1; names[i] != NULL; i++)
        all = apr_pstrcat(p, all, ", ", names[i], NULL);
    return all;
}

static void check_identities(gw_decl *decl, decl_set *set)
{
    apr_hash_t *seen = apr_hash_make(decl->p);
    decl_entry *entry;

    if (set->entity->identity == NULL)
        return;
    for (entry = set->first; entry != NULL; entry = entry->next) {
        const char *key = decl_identity(set->entity, entry->row, decl->p);

        if (apr_hash_get(seen, key, APR_HASH_KEY_STRING) == NULL)
            apr_hash_set(seen, key, APR_HASH_KEY_STRING, entry);
        else if (entry->collision == NULL && entry->messages == NULL)
            entry->collision = apr_psprintf(decl->p,
                                            "uniqueness violation: '%s' entity with the same %s already declared",
                                            set->entity->name, join_names(set->entity->identity, decl->p));
    }
}

static void check_set(gw_decl *decl, decl_set *set)
{
    const gw_field *field;

    for (field = set->entity->schema->fields; field->name != NULL; field++)
        if ((field->flags & GW_UNIQUE) && field->type == GW_T_STRING)
            check_unique_field(decl, set, field);
    check_identities(decl, set);
}

void decl_check(gw_decl *decl)
{
    decl_entry *entry;
    decl_set *set;
    apr_pool_t *ptemp;

    apr_pool_create(&ptemp, decl->p);
    for (set = decl->sets; set != NULL; set = set->next) {
        for (entry = set->first; entry != NULL; entry = entry->next) {
            check_entry(decl, entry, ptemp);
            check_late_refs(decl, entry);
            apr_pool_clear(ptemp);
        }
        check_set(decl, set);
    }
    decl_check_protocols(decl);
    apr_pool_destroy(ptemp);
}
