/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocations.c - what plugins may do with revocations (mod_gw.h): ask this child's set, and write a row.
 */
#include "child.h"

#include <apr_strings.h>
#include <http_log.h>

#include "entities.h"
#include "schema.h"

APLOG_USE_MODULE(gw);

int gw_is_revoked(request_rec *r, const gw_proof *proof)
{
    return gw_revocation_set_covers(gw_child_get()->revocations, proof, r->request_time);
}

static apr_status_t drop_json(void *json)
{
    json_decref(json);
    return APR_SUCCESS;
}

/* In p. */
static json_t *make_row(const gw_proof *proof, apr_time_t until, apr_pool_t *p)
{
    json_t *row = json_pack("{s:I, s:s*, s:s*}", "until", (json_int_t)apr_time_sec(until + APR_USEC_PER_SEC - 1), "jti",
                            proof->jti, "session", proof->session);

    if (row == NULL) /* not UTF-8 */
        return NULL;
    apr_pool_cleanup_register(p, row, drop_json, apr_pool_cleanup_null);
    if (proof->consumer_id != NULL)
        json_object_set_new(row, "consumer", json_pack("{s:s}", "id", proof->consumer_id));
    return row;
}

static apr_status_t write_row(const char **why, request_rec *r, json_t *row, apr_pool_t *p)
{
    const gw_error *err = NULL;
    gw_handle h;
    apr_status_t rv = gw_handle_open(&h, r->server, p);

    if (rv != APR_SUCCESS)
        return rv;
    if ((rv = gw_db_begin_write(h.db)) == APR_SUCCESS) {
        rv = gw_row_insert(&err, h.db, &gw_entity_revocations, row, p);
        if (rv == APR_SUCCESS)
            rv = gw_db_commit(h.db);
        else
            gw_db_rollback(h.db);
    }
    if (rv != APR_SUCCESS)
        *why = apr_pstrdup(p, err != NULL ? err->message : gw_db_why(h.db));
    gw_handle_close(&h, rv);
    return rv;
}

apr_status_t gw_revoke(request_rec *r, const gw_proof *proof, apr_time_t until)
{
    static apr_time_t told;
    json_t *row;
    const gw_error *err;
    const char *why = "not UTF-8";
    apr_status_t rv = APR_EINVAL;

    if (until <= apr_time_now()) /* it has ended of itself */
        return APR_SUCCESS;
    row = make_row(proof, until, r->pool);
    err = row != NULL ? gw_schema_process(gw_entity_revocations.schema, row, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE,
                                          apr_time_now(), r->pool)
                      : NULL;
    if (err != NULL)
        why = err->message;
    else if (row != NULL)
        rv = write_row(&why, r, row, r->pool);
    if (rv == APR_SUCCESS)
        gw_coherence_announce();
    else if (rv != APR_EAGAIN && gw_is_time_to_tell(&told, apr_time_from_sec(10)))
        ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, r, GWLOGNO(1680) "revocations: a row cannot be written: %s", why);
    return rv;
}
