/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_prune.c - what goes must not be what stays refers to: a text may name rows that only the database holds, and by
 * not holding them take them away. Asked before anything is written, of the text and the plan alone.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"

typedef struct pruning {
    apr_hash_t *gone; /* "entity:id" to its gw_decl_step */
    apr_pool_t *p;
} pruning;

/* Ids are in lower case on both sides: rows were checked, and their schemas spell ids so. */
static const char *make_slot(const char *entity, const char *id, apr_pool_t *p)
{
    return apr_pstrcat(p, entity, ":", id, NULL);
}

static void learn_gone(pruning *to, const gw_decl_plan *plan)
{
    int i;

    to->gone = apr_hash_make(to->p);
    for (i = 0; i < plan->steps->nelts; i++) {
        const gw_decl_step *step = &APR_ARRAY_IDX(plan->steps, i, gw_decl_step);

        if (step->kind == GW_DECL_DELETE)
            apr_hash_set(to->gone, make_slot(step->entity->name, step->id, to->p), APR_HASH_KEY_STRING, step);
    }
}

/* The words and the code of a refused DELETE, and which rows they are about. */
static const gw_error *refuse(const decl_entry *by, const gw_decl_step *gone, apr_pool_t *p)
{
    const char *referrer = by->set->entity->name, *referred = gone->entity->name;
    const char *label = decl_key_of(by->set->entity, by->row);
    gw_error *err = apr_palloc(p, sizeof(*err));

    err->code = GW_E_FOREIGN_KEY;
    err->message = apr_psprintf(p, "an existing '%s' entity references this '%s' entity (%s of %s refers to %s, which "
                                "the configuration does not hold)", referrer, referred,
                                label != NULL ? label : by->id, referrer, gone->label != NULL ? gone->label : gone->id);
    err->fields = gw_json_keep(json_pack("{s:s, s:{s:s, s:s?}, s:{s:s, s:s?}}", "@referenced_by", referrer, referrer,
                                         "id", by->id, "name", label, referred, "id", gone->id, "name", gone->label),
                               p);
    return err;
}

static const gw_error *check_id(const pruning *pr, const decl_entry *by, const char *entity, const json_t *id,
                                apr_pool_t *ptemp)
{
    const gw_decl_step *gone = NULL;

    if (json_is_string(id))
        gone = apr_hash_get(pr->gone, make_slot(entity, json_string_value(id), ptemp), APR_HASH_KEY_STRING);
    return gone != NULL ? refuse(by, gone, pr->p) : NULL;
}

static const gw_error *check_list(const pruning *pr, const decl_entry *by, const gw_field *field, apr_pool_t *ptemp)
{
    const json_t *list = json_object_get(by->row, field->name), *id;
    const gw_error *err = NULL;
    size_t i;

    if ((field->flags & GW_CHILDREN) || field->element->reference == NULL)
        return NULL;
    for (i = 0; err == NULL && (id = json_array_get(list, i)) != NULL; i++)
        err = check_id(pr, by, field->element->reference, id, ptemp);
    return err;
}

static const gw_error *check_entry(const pruning *pr, const decl_entry *by, apr_pool_t *ptemp)
{
    const gw_field *field;
    const gw_error *err = NULL;

    for (field = by->set->entity->schema->fields; err == NULL && field->name != NULL; field++) {
        if (field->type == GW_T_FOREIGN)
            err = check_id(pr, by, field->reference,
                           json_object_get(json_object_get(by->row, field->name), "id"), ptemp);
        else if (field->type == GW_T_ARRAY || field->type == GW_T_SET)
            err = check_list(pr, by, field, ptemp);
    }
    return err;
}

const gw_error *gw_decl_check_prune(const gw_decl *decl, const gw_decl_plan *plan, apr_pool_t *p)
{
    pruning pr = { .p = p };
    const gw_error *err = NULL;
    const decl_entry *entry;
    const decl_set *set;
    apr_pool_t *ptemp;

    learn_gone(&pr, plan);
    if (apr_hash_count(pr.gone) == 0)
        return NULL;
    apr_pool_create(&ptemp, p);
    for (set = decl->sets; set != NULL && err == NULL; set = set->next)
        for (entry = set->first; entry != NULL && err == NULL; entry = entry->next) {
            err = check_entry(&pr, entry, ptemp);
            apr_pool_clear(ptemp);
        }
    apr_pool_destroy(ptemp);
    return err;
}
