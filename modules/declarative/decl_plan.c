/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_plan.c - entries against stored rows, one entity after the other, parents first: what is new, what changed, what
 * goes. Stored rows are read in pages and kept only where they change.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"
#include "schema.h"

#define ROWS_A_PAGE 500

typedef struct comparison {
    gw_db *db;
    gw_decl *decl;
    gw_decl_mode mode;
    gw_decl_plan *plan;
    const gw_error *err;
    apr_pool_t *p;
} comparison;

/* How stored rows of one entity are recognised beside their ids. */
typedef struct recognition {
    decl_set *set;
    apr_hash_t *by_unique;   /* "field:value" */
    apr_hash_t *by_identity;
} recognition;

static const char *label_of(const gw_entity *entity, const json_t *row, apr_pool_t *p)
{
    const char *label = decl_key_of(entity, row);

    if (label == NULL)
        label = json_string_value(json_object_get(row, "name"));
    return label != NULL ? apr_pstrdup(p, label) : NULL;
}

static gw_decl_step *add_step(comparison *c, gw_decl_step_kind kind, const gw_entity *entity, const char *id)
{
    gw_decl_step *step = apr_array_push(c->plan->steps);

    *step = (gw_decl_step){ .kind = kind, .entity = entity, .id = apr_pstrdup(c->p, id) };
    return step;
}

/* References to entries whose ids were settled by stored rows. */
static void settle_refs(decl_entry *entry)
{
    const decl_ref *ref;

    for (ref = entry->refs; ref != NULL; ref = ref->next)
        if (ref->target != NULL)
            json_object_set_new(entry->row, ref->field->name, json_pack("{s:s}", "id", ref->target->id));
}

/* What is kept of it: a password's hash, an old name's present one. NULL or what refused it. */
static const gw_error *settle_row(const gw_decl *decl, decl_entry *entry, apr_pool_t *p)
{
    const gw_entity *entity = entry->set->entity;
    const gw_error *err = NULL;

    settle_refs(entry);
    if (decl->transforms && entity->transform != NULL)
        err = entity->transform(entry->row, NULL, p);
    if (err == NULL && entity->on_write != NULL)
        err = entity->on_write(entry->row, NULL, p);
    return err;
}

static const char *unique_slot(const gw_field *field, const json_t *row, apr_pool_t *p)
{
    const char *value = json_string_value(json_object_get(row, field->name));

    return value != NULL ? apr_pstrcat(p, field->name, ":", value, NULL) : NULL;
}

static void learn(recognition *known, decl_entry *entry, apr_pool_t *p)
{
    const gw_field *field;
    const char *slot;

    for (field = known->set->entity->schema->fields; field->name != NULL; field++)
        if ((field->flags & GW_UNIQUE) && (slot = unique_slot(field, entry->row, p)) != NULL)
            apr_hash_set(known->by_unique, slot, APR_HASH_KEY_STRING, entry);
    if ((slot = decl_identity(known->set->entity, entry->row, p)) != NULL)
        apr_hash_set(known->by_identity, slot, APR_HASH_KEY_STRING, entry);
}

/* An entry that left its id to us, and is not recognised yet. */
static decl_entry *free_entry(decl_entry *entry)
{
    return entry != NULL && !entry->is_id_given && entry->old == NULL ? entry : NULL;
}

static decl_entry *recognise(const recognition *known, const json_t *old, gw_decl_mode mode, apr_pool_t *ptemp)
{
    const char *slot, *id = json_string_value(json_object_get(old, "id"));
    decl_entry *entry = apr_hash_get(known->set->by_id, id, APR_HASH_KEY_STRING);
    const gw_field *field;

    if ((entry != NULL && entry->old == NULL) || mode == GW_DECL_REPLACE)
        return entry;
    for (field = known->set->entity->schema->fields; field->name != NULL; field++) {
        if (!(field->flags & GW_UNIQUE) || (slot = unique_slot(field, old, ptemp)) == NULL)
            continue;
        if ((entry = free_entry(apr_hash_get(known->by_unique, slot, APR_HASH_KEY_STRING))) != NULL)
            return entry;
    }
    slot = decl_identity(known->set->entity, old, ptemp);
    return slot != NULL ? free_entry(apr_hash_get(known->by_identity, slot, APR_HASH_KEY_STRING)) : NULL;
}

static void count_unchanged(comparison *c, const gw_entity *entity)
{
    json_int_t n = json_integer_value(json_object_get(c->plan->unchanged, entity->name));

    json_object_set_new(c->plan->unchanged, entity->name, json_integer(n + 1));
}

/* Keep a value as long as the plan. Borrowed from then on. */
static json_t *keep(comparison *c, json_t *value)
{
    return gw_json_keep(json_incref(value), c->p);
}

static void meet(comparison *c, const recognition *known, json_t *old, apr_pool_t *ptemp)
{
    const gw_entity *entity = known->set->entity;
    const char *id = json_string_value(json_object_get(old, "id"));
    decl_entry *entry = recognise(known, old, c->mode, ptemp);
    gw_decl_step *step;

    if (entry == NULL) {
        if (c->mode == GW_DECL_UPSERT)
            return;
        step = add_step(c, GW_DECL_DELETE, entity, id);
        step->label = label_of(entity, old, c->p);
        step->old = keep(c, old);
        return;
    }
    entry->id = apr_pstrdup(c->decl->p, id);
    json_object_set_new(entry->row, "id", json_string(id));
    decl_carry_over(entry->absent, entry->row, old, ptemp);
    entry->old = json_true(); /* recognised: the row itself is kept only where it changes */
    if (decl_is_same(entity, entry->row, old)) {
        count_unchanged(c, entity);
        return;
    }
    step = add_step(c, GW_DECL_UPDATE, entity, id);
    step->label = label_of(entity, entry->row, c->p);
    step->row = keep(c, entry->row);
    step->old = keep(c, old);
}

static apr_status_t meet_all(comparison *c, const recognition *known)
{
    gw_page page = { .size = ROWS_A_PAGE };
    char after[64] = "";
    const char *next;
    apr_pool_t *ptemp;
    apr_status_t rv = APR_SUCCESS;

    apr_pool_create(&ptemp, c->p);
    do {
        json_t *rows = NULL, *old;
        size_t i;

        rv = gw_row_page(&rows, &next, c->db, known->set->entity, &page, ptemp);
        if (rv != APR_SUCCESS)
            break;
        json_array_foreach (rows, i, old)
            meet(c, known, old, ptemp);
        json_decref(rows);
        apr_cpystrn(after, next != NULL ? next : "", sizeof(after));
        page.after_id = after;
        apr_pool_clear(ptemp);
    } while (after[0] != '\0');
    apr_pool_destroy(ptemp);
    return rv;
}

static apr_status_t compare_set(comparison *c, decl_set *set)
{
    recognition known = { set, apr_hash_make(c->p), apr_hash_make(c->p) };
    decl_entry *entry;
    int is_there = 0;
    apr_status_t rv = gw_store_has_table(&is_there, c->db, set->entity, c->p);

    if (rv == APR_SUCCESS && !is_there) /* that entity alone is out of order */
        return set->first != NULL ? APR_ENOTIMPL : APR_SUCCESS;
    if (rv != APR_SUCCESS)
        return rv;
    for (entry = set->first; entry != NULL; entry = entry->next) {
        if ((c->err = settle_row(c->decl, entry, c->p)) != NULL)
            return APR_EGENERAL;
        learn(&known, entry, c->p);
    }
    rv = meet_all(c, &known);
    for (entry = set->first; entry != NULL && rv == APR_SUCCESS; entry = entry->next) {
        gw_decl_step *step;

        if (entry->old != NULL)
            continue;
        step = add_step(c, GW_DECL_CREATE, set->entity, entry->id);
        step->label = label_of(set->entity, entry->row, c->p);
        step->row = keep(c, entry->row);
    }
    return rv;
}

apr_status_t gw_decl_compare(gw_decl_plan **plan, const gw_error **err, gw_db *db, gw_decl *decl, gw_decl_mode mode,
                             apr_pool_t *p)
{
    comparison c = { .db = db, .decl = decl, .mode = mode, .p = p };
    apr_status_t rv = APR_SUCCESS;
    decl_set *set;

    c.plan = apr_pcalloc(p, sizeof(*c.plan));
    c.plan->steps = apr_array_make(p, 64, sizeof(gw_decl_step));
    c.plan->unchanged = gw_json_keep(json_object(), p);
    gw_db_expect_much(db);
    for (set = decl->sets; set != NULL && rv == APR_SUCCESS; set = set->next)
        rv = compare_set(&c, set);
    if (rv == APR_SUCCESS)
        *plan = c.plan;
    else
        *err = c.err;
    return rv;
}
