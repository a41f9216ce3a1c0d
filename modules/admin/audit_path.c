/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_path.c - a path names a row by its entity's endpoint key, below a parent by its nested key, too; either may be
 * what must not be told.
 */
#include "audit_path.h"

#include <apr_strings.h>
#include <string.h>

#include "json_pool.h"
#include "schema.h"

static int is_secret(const gw_entity *entity, const char *name)
{
    const gw_field *field = entity != NULL && name != NULL ? gw_schema_field(entity->schema, name) : NULL;

    return field != NULL && (field->flags & (GW_SECRET | GW_WRITE_ONLY)) != 0;
}

static int names_by_secret(const gw_entity *entity, int is_id)
{
    if (entity == NULL || is_id)
        return 0;
    return is_secret(entity, entity->endpoint_key) || is_secret(entity, entity->nested_key);
}

/* The segment, from 0, that is to be hidden; -1 for none. */
static int find_secret(const gw_path_target *target)
{
    switch (target->kind) {
    case GW_PATH_ITEM:
    case GW_PATH_LINK:
        return names_by_secret(target->entity, target->key_is_id) ? 1 : -1;
    case GW_PATH_NESTED:
        return names_by_secret(target->parent, target->parent_key_is_id) ? 1 : -1;
    case GW_PATH_NESTED_ITEM:
        return names_by_secret(target->entity, target->key_is_id) ? 3 : -1;
    default:
        return -1;
    }
}

const char *gw_audit_path(const char *path, const gw_path_target *target, apr_pool_t *p)
{
    const char *text = gw_text_printable(path, strlen(path), p), *at = text, *end;
    int n = find_secret(target);

    if (n < 0)
        return text;
    for (at++; n > 0; n--)
        at += strcspn(at, "/") + 1;
    end = at + strcspn(at, "/");
    return apr_pstrcat(p, apr_pstrmemdup(p, text, (apr_size_t)(at - text)), "***", end, NULL);
}
