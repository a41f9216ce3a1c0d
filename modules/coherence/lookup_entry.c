/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup_entry.c - see lookup_entry.h.
 */
#include "lookup_entry.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>

#include "arena.h"
#include "coherence.h"
#include "json_row.h"
#include "model_make.h"
#include "plan.h"
#include "registry.h"
#include "schema.h"

#define ALIGNMENTS 48 /* what they may take between the parts of an entry */

/* The rows of one entity that came with a consumer. */
typedef struct companion {
    const gw_entity *entity;
    int n;
    const void **rows; /* compiled */
    struct companion *next;
} companion;

typedef struct consumer_part {
    gw_consumer row; /* first: entry_of casts back */
    int nrows;
    int nunusable;   /* rows of it that cannot be run: only their ids and scope are set */
    gw_plugin_row **rows;
    companion *companions;
} consumer_part;

/* Requests hold &of.consumer.row or &of.credential. What each of them reads comes first, and the texts follow in the
 * same allocation: with many consumers in use every line of memory is waited for. */
struct gw_lookup_entry {
    union {
        gw_credential credential;
        consumer_part consumer;
    } of;
    apr_time_t over; /* 0 = never */
    unsigned refs;
    int is_consumer;
    gw_arena *arena;
    gw_plugin_row *unusable; /* of a consumer */
    apr_size_t rows_bytes;   /* of a consumer */
};

static const gw_lookup_entry *entry_of(const gw_consumer *consumer)
{
    return (const gw_lookup_entry *)consumer;
}

static const char *dup_text(gw_arena *arena, const char *text)
{
    return text != NULL ? gw_arena_strdup(arena, text) : NULL;
}

/* The room that a row's texts take. */
static size_t count_text(const json_t *row)
{
    const json_t *value;
    const char *name;
    size_t i, n = json_is_string(row) ? json_string_length(row) + 1 : 0;

    json_object_foreach((json_t *)row, name, value)
        n += count_text(value);
    json_array_foreach(row, i, value)
        n += count_text(value);
    return n;
}

static gw_lookup_entry *make_entry(size_t room)
{
    gw_arena *arena = gw_arena_make(sizeof(gw_lookup_entry) + room);
    gw_lookup_entry *entry = gw_arena_calloc(arena, sizeof(*entry));

    entry->arena = arena;
    entry->refs = 1;
    return entry;
}

/* Another number for another content. What the clock changes (ttl) is no change of the row. */
static apr_uint64_t hash_row(const json_t *row)
{
    json_t *same = json_copy((json_t *)row);
    unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
    apr_uint64_t version;
    char *text;

    json_object_del(same, "ttl");
    if ((text = json_dumps(same, JSON_COMPACT | JSON_SORT_KEYS)) != NULL)
        EVP_Digest(text, strlen(text), sum, NULL, EVP_sha256(), NULL);
    free(text);
    json_decref(same);
    memcpy(&version, sum, sizeof(version));
    return version;
}

/* The seconds that remain are rounded up by the store; nothing is served past its end, so one is taken off. */
static apr_time_t find_end(const gw_entity *entity, const json_t *row, apr_time_t fetched)
{
    const json_t *ttl = json_object_get(row, "ttl");

    if (!entity->has_ttl || !json_is_number(ttl))
        return 0;
    return fetched + apr_time_from_sec((apr_time_t)json_number_value(ttl) - 1);
}

gw_lookup_entry *gw_lookup_entry_credential(const char **why, const gw_entity *entity, const json_t *row,
                                            apr_time_t fetched, apr_pool_t *p)
{
    const char *key = gw_json_text(row, entity->lookup ? entity->lookup : "id"), *err;
    gw_lookup_entry *entry = make_entry(entity->conf_size + count_text(row) + (key ? strlen(key) : 0) + ALIGNMENTS);
    gw_credential *credential = &entry->of.credential;
    void *conf;

    *credential = (gw_credential){
        .consumer_id = dup_text(entry->arena, gw_json_foreign_id(row, "consumer")),
        .id = dup_text(entry->arena, gw_json_text(row, "id")),
        .key = dup_text(entry->arena, key),
        .version = hash_row(row),
        .entity = entity,
    };
    credential->conf = conf = gw_arena_calloc(entry->arena, entity->conf_size > 0 ? entity->conf_size : 1);
    gw_schema_compile(entity->schema, row, conf, entry->arena);
    if (entity->prepare != NULL && (err = entity->prepare(conf, entry->arena, p)) != NULL) {
        *why = apr_pstrdup(p, err);
        if (entity->destroy != NULL)
            entity->destroy(conf);
        gw_arena_destroy(entry->arena);
        return NULL;
    }
    entry->over = find_end(entity, row, fetched);
    return entry;
}

static void note_unusable(gw_lookup_entry *entry, const json_t *row)
{
    gw_plugin_row *noted = &entry->unusable[entry->of.consumer.nunusable++];

    noted->enabled = 1;
    noted->protocols = GW_PROTO_IN_REACH;
    noted->route_id = dup_text(entry->arena, gw_json_foreign_id(row, "route"));
    noted->service_id = dup_text(entry->arena, gw_json_foreign_id(row, "service"));
    noted->scope = (noted->route_id ? GW_SCOPE_ROUTE : 0u) | (noted->service_id ? GW_SCOPE_SERVICE : 0u);
}

static void take_plugin_rows(gw_lookup_entry *entry, const json_t *rows)
{
    const apr_array_header_t *plugins = gw_plugins_by_priority();
    consumer_part *consumer = &entry->of.consumer;
    size_t n = json_array_size(rows);

    if (n > 0)
        consumer->rows = gw_arena_calloc(entry->arena, n * sizeof(*consumer->rows));
    for (size_t i = 0; i < n; i++) {
        const json_t *stored = json_array_get(rows, i);
        gw_plugin_row *row = gw_plugin_row_compile(stored, (const gw_plugin *const *)plugins->elts, plugins->nelts);

        if (row == NULL) {
            if (entry->unusable == NULL)
                entry->unusable = gw_arena_calloc(entry->arena, n * sizeof(*entry->unusable));
            if (gw_plugin_row_is_in_force(stored))
                note_unusable(entry, stored);
            continue;
        }
        consumer->rows[consumer->nrows++] = row;
        entry->rows_bytes += gw_arena_bytes(row->arena);
    }
}

static void take_companions(gw_lookup_entry *entry, const gw_entity *entity, const json_t *rows)
{
    companion *taken = gw_arena_calloc(entry->arena, sizeof(*taken));

    taken->entity = entity;
    taken->n = (int)json_array_size(rows);
    taken->rows = gw_arena_calloc(entry->arena, ((size_t)taken->n + 1) * sizeof(*taken->rows));
    for (int i = 0; i < taken->n; i++) {
        void *row = gw_arena_calloc(entry->arena, entity->conf_size > 0 ? entity->conf_size : 1);

        gw_schema_compile(entity->schema, json_array_get(rows, (size_t)i), row, entry->arena);
        taken->rows[i] = row;
    }
    taken->next = entry->of.consumer.companions;
    entry->of.consumer.companions = taken;
}

gw_lookup_entry *gw_lookup_entry_consumer(const json_t *loaded, apr_pool_t *p)
{
    const apr_array_header_t *entities = gw_registry_all();
    const json_t *row = json_object_get(loaded, "consumer");
    gw_lookup_entry *entry = make_entry(count_text(row) + ALIGNMENTS);

    (void)p;
    entry->is_consumer = 1;
    entry->of.consumer.row = (gw_consumer){
        .id = dup_text(entry->arena, gw_json_text(row, "id")),
        .username = dup_text(entry->arena, gw_json_text(row, "username")),
        .custom_id = dup_text(entry->arena, gw_json_text(row, "custom_id")),
    };
    take_plugin_rows(entry, json_object_get(loaded, "plugins"));
    for (int i = 0; i < entities->nelts; i++) {
        const gw_entity *entity = APR_ARRAY_IDX(entities, i, const gw_entity *);

        if (entity->with_consumer)
            take_companions(entry, entity, json_object_get(loaded, entity->name));
    }
    return entry;
}

void gw_lookup_entry_retain(void *value)
{
    gw_lookup_entry *entry = value;

    __atomic_add_fetch(&entry->refs, 1, __ATOMIC_RELAXED);
}

void gw_lookup_entry_release(void *value)
{
    gw_lookup_entry *entry = value;

    if (__atomic_sub_fetch(&entry->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    if (entry->is_consumer) {
        for (int i = 0; i < entry->of.consumer.nrows; i++)
            gw_plugin_row_release(entry->of.consumer.rows[i]);
    } else if (entry->of.credential.entity->destroy != NULL) {
        entry->of.credential.entity->destroy((void *)entry->of.credential.conf);
    }
    gw_arena_destroy(entry->arena);
}

const gw_credential *gw_lookup_entry_get_credential(const gw_lookup_entry *entry)
{
    return &entry->of.credential;
}

const gw_consumer *gw_lookup_entry_get_consumer(const gw_lookup_entry *entry)
{
    return &entry->of.consumer.row;
}

const char *gw_lookup_entry_id(const gw_lookup_entry *entry)
{
    return entry->is_consumer ? entry->of.consumer.row.id : entry->of.credential.id;
}

apr_size_t gw_lookup_entry_bytes(const gw_lookup_entry *entry)
{
    return gw_arena_bytes(entry->arena) + entry->rows_bytes;
}

int gw_lookup_entry_is_over(const gw_lookup_entry *entry, apr_time_t now)
{
    return entry->over != 0 && now >= entry->over;
}

const gw_plugin_row *gw_consumer_plugin_row(const gw_consumer *consumer, int plugin_index, const gw_route *route,
                                            const gw_service *service, const gw_plugin_row *base)
{
    const consumer_part *part = &entry_of(consumer)->of.consumer;

    return gw_plan_pick((const gw_plugin_row *const *)part->rows, part->nrows, plugin_index, route, service, base);
}

int gw_consumer_is_unusable(const gw_consumer *consumer, const gw_route *route, const gw_service *service)
{
    const gw_lookup_entry *entry = entry_of(consumer);

    for (int i = 0; i < entry->of.consumer.nunusable; i++)
        if (gw_plugin_row_fits(&entry->unusable[i], route, service))
            return 1;
    return 0;
}

const void *const *gw_consumer_rows(int *n, const gw_consumer *consumer, const gw_entity *entity)
{
    const companion *found = entry_of(consumer)->of.consumer.companions;

    while (found != NULL && found->entity != entity)
        found = found->next;
    *n = found != NULL ? found->n : 0;
    return found != NULL ? (const void *const *)found->rows : NULL;
}
