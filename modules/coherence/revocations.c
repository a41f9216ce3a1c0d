/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocations.c - what plugins may do with revocations (mod_gw.h): ask this child's set, and write a row.
 */
#include "child.h"

#include "entities.h"
#include "json_pool.h"

int gw_is_revoked(request_rec *r, const gw_proof *proof)
{
    return gw_revocation_set_covers(gw_child_get()->revocations, proof, r->request_time);
}

/* In p. */
static json_t *make_row(const gw_proof *proof, apr_time_t until, apr_pool_t *p)
{
    json_t *row = json_pack("{s:I, s:s*, s:s*}", "until", (json_int_t)apr_time_sec(until + APR_USEC_PER_SEC - 1), "jti",
                            proof->jti, "session", proof->session);

    if (row == NULL) /* not UTF-8 */
        return NULL;
    gw_json_keep(row, p);
    if (proof->consumer_id != NULL)
        json_object_set_new(row, "consumer", json_pack("{s:s}", "id", proof->consumer_id));
    return row;
}

apr_status_t gw_revoke(request_rec *r, const gw_proof *proof, apr_time_t until)
{
    json_t *row;

    if (until <= apr_time_now()) /* it has ended of itself */
        return APR_SUCCESS;
    row = make_row(proof, until, r->pool);
    return row != NULL ? gw_row_add(r, &gw_entity_revocations, row) : APR_EINVAL;
}
