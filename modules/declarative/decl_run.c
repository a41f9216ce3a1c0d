/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decl_run.c - a plan becomes rows, in an order in which nothing is ever in its own way: of changed rows that are
 * referred to, the names that change are parked, and what they no longer refer to is let go; then goes what goes,
 * children before parents; changed rows that nobody refers to go and come again. So run-time rows that hang on a row
 * which stays never notice.
 */
#include "decl_impl.h"

#include <string.h>
#include <apr_strings.h>

#include "json_pool.h"
#include "schema.h"

#define MANY_STEPS 1000 /* beyond, readers are told to read everything */

typedef struct run {
    gw_db *db;
    const gw_decl_plan *plan;
    const gw_error *err;
    apr_pool_t *p, *ptemp; /* the latter is cleared after each step */
} run;

typedef apr_status_t step_fn(run *r, const gw_decl_step *step);
/* The row of a step that many are written of at once; NULL: it is none of these. */
typedef json_t *pick_fn(const gw_decl_step *step);
typedef apr_status_t many_fn(const gw_error **err, gw_db *db, const gw_entity *entity, json_t *const *rows, int nrows,
                             apr_pool_t *p);

/* Rows of one entity that come one after the other. */
typedef struct gathering {
    many_fn *write;
    const gw_entity *entity;
    apr_array_header_t *rows; /* of json_t * */
} gathering;

static int is_referred_to(const gw_entity *entity)
{
    const apr_array_header_t *all = gw_registry_all();
    int i;

    for (i = 0; i < all->nelts; i++)
        if (gw_schema_link(APR_ARRAY_IDX(all, i, const gw_entity *)->schema, entity->name) != NULL)
            return 1;
    return 0;
}

static apr_status_t judge(run *r, apr_status_t rv, const gw_error *err)
{
    if (rv == APR_EGENERAL && err != NULL)
        r->err = gw_error_dup(err, r->p); /* it outlives the step's pool */
    return rv;
}

/* It goes and comes again, and need not be done one by one. */
static int is_made_anew(const gw_decl_step *step)
{
    return step->kind == GW_DECL_UPDATE && !is_referred_to(step->entity);
}

static json_t *gone_row(const gw_decl_step *step)
{
    return step->kind == GW_DECL_DELETE ? step->old : NULL;
}

static json_t *replaced_row(const gw_decl_step *step)
{
    return is_made_anew(step) ? step->old : NULL;
}

static json_t *new_row(const gw_decl_step *step)
{
    return step->kind == GW_DECL_CREATE || is_made_anew(step) ? step->row : NULL;
}

/* What stands for a value that another row may want, or that keeps a row from going; NULL: it may stay. */
static json_t *stand_in(run *r, const gw_decl_step *step, const gw_field *field)
{
    const json_t *was = json_object_get(step->old, field->name);

    if (json_is_null(was) || json_equal(was, json_object_get(step->row, field->name)))
        return NULL;
    if (field->type == GW_T_FOREIGN)
        return field->flags & GW_REQUIRED ? NULL : json_null();
    if ((field->flags & GW_UNIQUE) && field->type == GW_T_STRING)
        return json_string(apr_pstrcat(r->ptemp, "parked-", step->id, NULL));
    return NULL;
}

static apr_status_t park(run *r, const gw_decl_step *step)
{
    const gw_field *field;
    const gw_error *err = NULL;
    json_t *parked = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (!is_referred_to(step->entity))
        return APR_SUCCESS;
    for (field = step->entity->schema->fields; field->name != NULL; field++) {
        json_t *value = stand_in(r, step, field);

        if (value == NULL)
            continue;
        if (parked == NULL)
            parked = json_deep_copy(step->old);
        json_object_set_new(parked, field->name, value);
    }
    if (parked != NULL)
        rv = gw_row_update(&err, r->db, step->entity, step->old, parked, r->ptemp);
    json_decref(parked);
    return rv == APR_NOTFOUND ? APR_SUCCESS : judge(r, rv, err); /* somebody else deleted it: nothing is in the way */
}

/* A row that somebody else deleted since it was compared is made again. */
static apr_status_t update_row(run *r, const gw_error **err, const gw_decl_step *step)
{
    apr_status_t rv = gw_row_update(err, r->db, step->entity, step->old, step->row, r->ptemp);

    return rv == APR_NOTFOUND ? gw_row_insert(err, r->db, step->entity, step->row, r->ptemp) : rv;
}

static apr_status_t change_row(run *r, const gw_decl_step *step)
{
    const gw_error *err = NULL;
    apr_status_t rv = update_row(r, &err, step);

    return judge(r, rv, err);
}

/* Write what was gathered. */
static apr_status_t flush(run *r, gathering *g)
{
    const gw_error *err = NULL;
    apr_status_t rv = APR_SUCCESS;

    if (g->rows->nelts > 0)
        rv = g->write(&err, r->db, g->entity, (json_t *const *)g->rows->elts, g->rows->nelts, r->ptemp);
    apr_array_clear(g->rows);
    return judge(r, rv, err);
}

/* Through the steps, forwards (by 1) or backwards (by -1): rows that are picked are written as many as come one after
 * the other; `one` (NULL = nothing) is done for the updates that are not, in between. */
static apr_status_t walk(run *r, int by, pick_fn *pick, many_fn *write, step_fn *one)
{
    const apr_array_header_t *steps = r->plan->steps;
    gathering g = { .write = write, .rows = apr_array_make(r->p, 64, sizeof(json_t *)) };
    apr_status_t rv = APR_SUCCESS;
    int i, n;

    for (n = 0, i = by > 0 ? 0 : steps->nelts - 1; n < steps->nelts && rv == APR_SUCCESS; n++, i += by) {
        const gw_decl_step *step = &APR_ARRAY_IDX(steps, i, gw_decl_step);
        json_t *row = pick != NULL ? pick(step) : NULL;
        const int is_for_one = row == NULL && one != NULL && step->kind == GW_DECL_UPDATE;

        if (g.entity != step->entity || is_for_one)
            rv = flush(r, &g);
        g.entity = step->entity;
        if (row != NULL)
            APR_ARRAY_PUSH(g.rows, json_t *) = row;
        else if (rv == APR_SUCCESS && is_for_one)
            rv = one(r, step);
        apr_pool_clear(r->ptemp);
    }
    return rv == APR_SUCCESS ? flush(r, &g) : rv;
}

apr_status_t gw_decl_run(const gw_error **err, gw_db *db, const gw_decl_plan *plan, apr_pool_t *p)
{
    run r = { .db = db, .plan = plan, .p = p };
    apr_status_t rv;

    apr_pool_create(&r.ptemp, p);
    if (plan->steps->nelts > MANY_STEPS)
        gw_db_mute(db);
    rv = walk(&r, 1, NULL, NULL, park);
    if (rv == APR_SUCCESS)
        rv = walk(&r, -1, gone_row, gw_rows_delete_known, NULL);
    if (rv == APR_SUCCESS)
        rv = walk(&r, -1, replaced_row, gw_rows_delete_known, NULL);
    if (rv == APR_SUCCESS)
        rv = walk(&r, 1, new_row, gw_rows_insert, change_row);
    if (rv == APR_SUCCESS && plan->steps->nelts > MANY_STEPS)
        rv = gw_store_announce_all(db);
    apr_pool_destroy(r.ptemp);
    if (rv != APR_SUCCESS)
        *err = r.err;
    return rv;
}

/* ---- for clients ---- */

static json_t *member(json_t *object, const char *key, json_t *(*make)(void))
{
    json_t *value = json_object_get(object, key);

    if (value == NULL) {
        value = make();
        json_object_set_new(object, key, value);
    }
    return value;
}

static json_t *show_changes(const gw_decl_step *step)
{
    json_t *old = gw_schema_mask(step->entity->schema, step->old);
    json_t *row = gw_schema_mask(step->entity->schema, step->row);
    json_t *changes = json_object();
    const gw_field *field;

    for (field = step->entity->schema->fields; field->name != NULL; field++) {
        json_t *from = json_object_get(old, field->name), *to = json_object_get(row, field->name);

        if (from == NULL || to == NULL || (field->flags & (GW_ALWAYS_NEW | GW_CHILDREN))
            || json_equal(json_object_get(step->old, field->name), json_object_get(step->row, field->name)))
            continue;
        json_object_set_new(changes, field->name, json_pack("{s:O, s:O}", "from", from, "to", to));
    }
    json_decref(old);
    json_decref(row);
    return changes;
}

json_t *gw_decl_plan_show(const gw_decl_plan *plan, apr_pool_t *p)
{
    static const char *const kinds[] = {
        [GW_DECL_CREATE] = "create", [GW_DECL_UPDATE] = "update", [GW_DECL_DELETE] = "delete"
    };
    json_t *out = json_pack("{s:{}, s:{}, s:{}, s:O}", "create", "update", "delete", "unchanged", plan->unchanged);
    int i;

    (void)p;
    for (i = 0; i < plan->steps->nelts; i++) {
        const gw_decl_step *step = &APR_ARRAY_IDX(plan->steps, i, gw_decl_step);
        json_t *list = member(json_object_get(out, kinds[step->kind]), step->entity->name, json_array);
        json_t *shown = json_pack("{s:s, s:s?}", "id", step->id, "name", step->label);

        if (step->kind == GW_DECL_UPDATE)
            json_object_set_new(shown, "changes", show_changes(step));
        json_array_append_new(list, shown);
    }
    return out;
}
