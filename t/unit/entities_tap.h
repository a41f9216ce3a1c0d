/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entities_tap.h - tables of bodies for one entity: {the way they come, body, fields of the error or NULL, what the
 * row then holds, why}.
 */
#ifndef GW_T_ENTITIES_TAP_H
#define GW_T_ENTITIES_TAP_H

#include "schema_tap.h"
#include "entities.h"

#define ID "0855b320-0dd2-547d-891d-601e9b38647f"

typedef enum body_kind { JSON, FORM } body_kind;

typedef struct entity_case {
    body_kind kind;
    schema_case c;
} entity_case;

__attribute__((unused)) static void run_entity_cases(const gw_entity *entity, const entity_case *cases, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (cases[i].kind == FORM)
            run_form(entity->schema, &cases[i].c);
        else
            run_case(entity->schema, &cases[i].c, GW_WRITE_INSERT);
    }
}

/* A PATCH of `old`, both JSON text. */
__attribute__((unused)) static void run_patch(const gw_entity *entity, const char *old_body, const schema_case *c)
{
    json_t *old = parse(old_body), *patch = parse(c->body), *row = NULL;
    const gw_error *err = gw_schema_process(entity->schema, old, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);

    is_str(err != NULL ? err->message : NULL, NULL, old_body);
    err = gw_schema_patch(&row, entity->schema, patch, old, GW_UNKNOWN_REFUSE, NOW, pool);
    if (c->fields != NULL)
        is_json(err != NULL ? err->fields : NULL, c->fields, c->why);
    else
        has_json(row, c->holds, c->why);
    json_decref(row);
    json_decref(patch);
    json_decref(old);
}

/* What clients see of a row made of this body. */
__attribute__((unused)) static void is_shown(const gw_entity *entity, const char *body, const char *want, const char *why)
{
    json_t *row = parse(body), *shown;
    const gw_error *err = gw_schema_process(entity->schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool);

    is_str(err != NULL ? err->message : NULL, NULL, body);
    shown = gw_schema_show(entity->schema, row);
    is_str(dump(shown), want, why);
    json_decref(shown);
    json_decref(row);
}

#endif
