/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_ids.c - ids that follow from what a row says: the same text has the same ids on every node.
 */
#include "decl_impl.h"

#include <stdlib.h>
#include <string.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "text.h"

#define NAMESPACE "fd02801f-0957-4a15-a55a-c8d9606f30b5"

/* A value as part of a key: text, or what a reference says: a name as it is, an id. */
static const char *part_of(const json_t *value)
{
    if (json_is_object(value))
        value = json_object_get(value, "id");
    return json_is_string(value) ? json_string_value(value) : "";
}

static const char *join_identity(const char *key, const gw_entity *entity, const json_t *row, apr_pool_t *p)
{
    int i;

    for (i = 0; entity->identity[i] != NULL; i++)
        key = apr_pstrcat(p, key, ":", part_of(json_object_get(row, entity->identity[i])), NULL);
    return key;
}

const char *decl_identity(const gw_entity *entity, const json_t *row, apr_pool_t *p)
{
    return entity->identity != NULL ? join_identity("", entity, row, p) : NULL;
}

/* The first unique field that has a value. */
static const char *find_unique(const gw_schema *schema, const json_t *row)
{
    const gw_field *field;

    for (field = schema->fields; field->name != NULL; field++)
        if ((field->flags & GW_UNIQUE) && json_is_string(json_object_get(row, field->name)))
            return json_string_value(json_object_get(row, field->name));
    return NULL;
}

/* Nothing names it: all that it says does. */
static const char *digest_row(const json_t *row, apr_pool_t *p)
{
    char *text = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
    const char *hash = gw_decl_hash(text != NULL ? text : "", text != NULL ? strlen(text) : 0, p);

    free(text);
    return hash;
}

static const char *lower(const char *uuid, apr_pool_t *p)
{
    char *copy = apr_pstrdup(p, uuid), *c;

    for (c = copy; *c != '\0'; c++)
        *c = apr_tolower(*c);
    return copy;
}

/* Rows that say the same and have no name are told apart by their order. */
static void make_unnamed(char id[37], decl_set *set, const json_t *row, apr_pool_t *p)
{
    const char *digest = digest_row(row, p);
    int n;

    gw_uuid_v5(id, set->space, apr_pstrcat(p, "*:", digest, NULL));
    for (n = 2; apr_hash_get(set->unnamed, id, APR_HASH_KEY_STRING) != NULL; n++)
        gw_uuid_v5(id, set->space, apr_psprintf(p, "*:%s:%d", digest, n));
    apr_hash_set(set->unnamed, apr_pstrdup(p, id), APR_HASH_KEY_STRING, set);
}

static void make_id(char id[37], decl_set *set, const json_t *row, apr_pool_t *p)
{
    const gw_entity *entity = set->entity;
    const char *key = decl_key_of(entity, row);

    if (entity->identity != NULL)
        key = join_identity(apr_pstrcat(p, entity->name, ":*", NULL), entity, row, p);
    else if (key == NULL)
        key = find_unique(entity->schema, row);
    if (key != NULL)
        gw_uuid_v5(id, set->space, key);
    else
        make_unnamed(id, set, row, p);
}

void decl_settle_space(decl_set *set)
{
    gw_uuid_v5(set->space, NAMESPACE, set->entity->name);
}

void decl_settle_id(gw_decl *decl, decl_entry *entry)
{
    const json_t *given = json_object_get(entry->row, "id");
    const char *text = json_string_value(given);
    char id[37];

    if (given == NULL || json_is_null(given)) {
        make_id(id, entry->set, entry->row, decl->p);
        json_object_set_new(entry->row, "id", json_string(id));
        entry->id = apr_pstrdup(decl->p, id);
        return;
    }
    entry->is_id_given = 1;
    if (text != NULL && gw_uuid_is(text)) {
        entry->id = lower(text, decl->p);
        return;
    }
    gw_uuid_make(id); /* the schema says what is wrong with it; children need something to hang on */
    entry->id = apr_pstrdup(decl->p, id);
}
