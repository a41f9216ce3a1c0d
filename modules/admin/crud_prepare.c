/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_prepare.c - what stands between a decoded body and its schema, and between its schema and the store.
 */
#include "crud_prepare.h"

#include <string.h>

#include "crud_foreign.h"
#include "crud_plugins.h"
#include "schema.h"

/* A record whose schema depends on the row (a plugin's config) is read by the stored row's other fields. */
static void coerce_body(const gw_entity *entity, json_t *body, const json_t *old, apr_pool_t *p)
{
    const char *key_field = entity->schema->key_field;
    json_t *stored = key_field != NULL ? json_object_get(old, key_field) : NULL;
    int is_lent = stored != NULL && json_object_get(body, key_field) == NULL;

    if (is_lent)
        json_object_set(body, key_field, stored);
    gw_schema_coerce(entity->schema, body, p);
    if (is_lent)
        json_object_del(body, key_field);
}

int gw_crud_prepare_body(admin_call *call, const gw_entity *entity, json_t *body, const json_t *old)
{
    if (call->is_form)
        coerce_body(entity, body, old, call->p);
    if (strcmp(entity->name, "plugins") == 0)
        gw_crud_warn_plugin(call, body);
    return gw_crud_resolve_references(call, entity, body);
}

static const struct {
    const char *entity;
    int (*check)(admin_call *call, const json_t *row);
} checks[] = {
    { "plugins", gw_crud_check_plugin },
};

int gw_crud_check_row(admin_call *call, const gw_entity *entity, const json_t *row)
{
    size_t i;

    for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        if (strcmp(checks[i].entity, entity->name) == 0)
            return checks[i].check(call, row);
    return 0;
}

int gw_crud_transform(admin_call *call, const gw_entity *entity, json_t *row, const json_t *old)
{
    const gw_error *err = entity->transform != NULL ? entity->transform(row, old, call->p) : NULL;

    return err != NULL ? gw_call_refuse(call, err) : 0;
}
