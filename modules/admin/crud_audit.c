/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_audit.c - one entry for each row that a call writes, without its secrets. Rows that go with their parent have
 * none of their own: the parent's tells.
 */
#include "crud_audit.h"

#include <apr_strings.h>
#include <string.h>

#include "crud_rows.h"
#include "json_pool.h"
#include "schema.h"

#define MAX_ROW_BYTES 65536 /* larger ones are not kept whole */

/* What may be kept of a row. */
static json_t *make_record(const gw_entity *entity, const json_t *row, apr_pool_t *p)
{
    json_t *shown;
    size_t nbytes;

    if (row == NULL)
        return NULL;
    shown = gw_json_keep(gw_schema_mask(entity->schema, row), p);
    if (entity->has_ttl && json_object_get(row, "ttl") != NULL)
        json_object_set(shown, "ttl", json_object_get(row, "ttl"));
    nbytes = json_dumpb(shown, NULL, 0, JSON_COMPACT);
    if (nbytes <= MAX_ROW_BYTES)
        return shown;
    return gw_json_keep(json_pack("{s:s, s:I}", "id", gw_row_id(row), "omitted_bytes", (json_int_t)nbytes), p);
}

int gw_crud_audit(admin_call *call, const gw_entity *entity, const json_t *before, const json_t *after)
{
    const gw_audit_entry entry = {
        .who = call->who, .from = call->from, .method = call->method_name, .path = call->path,
        .entity = entity->name, .entity_id = gw_row_id(after != NULL ? after : before),
        .before = make_record(entity, before, call->p), .after = make_record(entity, after, call->p),
    };
    apr_status_t rv;

    if (!call->conf->keeps_audit)
        return 0;
    rv = gw_audit_add(call->db, &entry, call->p);
    return rv == APR_SUCCESS ? 0 : gw_call_fail(call, rv, NULL);
}
