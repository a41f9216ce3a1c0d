/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crud_match.c - If-Match and If-None-Match of writes. Reads are told 304 where rows are shown (crud_rows.c).
 */
#include "crud_match.h"

#include "crud_rows.h"
#include "row_etag.h"

int gw_crud_check_match(admin_call *call, const gw_entity *entity, json_t *row)
{
    const char *etag;

    if (call->if_match == NULL && call->if_none_match == NULL)
        return 0;
    etag = row != NULL ? gw_etag_make(entity->schema, row, call->p) : NULL;
    if ((call->if_match == NULL || gw_etag_matches(call->if_match, etag, 0))
        && (call->if_none_match == NULL || !gw_etag_matches(call->if_none_match, etag, 1)))
        return 0;
    return row != NULL ? gw_crud_show(call, 412, entity, row) : gw_call_message(call, 412, "Precondition failed");
}
