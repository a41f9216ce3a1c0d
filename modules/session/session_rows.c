/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_rows.c - storage=kong: a row for each session. A new row is committed before its cookie leaves and found by
 * whoever looks, so that it writes no event; renewals and deletions do, an operator's in the Admin API among them.
 * Expired rows are swept by core. Of a session that its cookie holds nothing is written before it ends: then it is
 * revoked.
 */
#include "session_visit.h"

#define TTL_MAX_S 100000000

const gw_entity gw_session_rows = {
    .api = GW_API_VERSION,
    .size = sizeof(gw_entity),
    .name = "sessions",
    .nested = "sessions",
    .owner = "session",
    .schema = &gw_session_row_schema,
    .placement = GW_CACHED,
    .lookup = "session_id",
    .has_ttl = 1,
    .is_quiet = 1,
    .is_runtime = 1,
    .is_server_made = 1,
    .conf_size = sizeof(gw_session_row),
};

/* Seconds that a session with these limits may live from now on, after a renewal; 0 = for ever. */
static apr_int64_t life_s(const gw_session_stamp *stamp, const gw_session_limits *limits, apr_time_t now)
{
    gw_session_stamp renewed = *stamp;
    apr_int64_t left;

    renewed.renewed = now;
    left = gw_session_left_s(&renewed, limits, GW_SESSION_ROLLING | GW_SESSION_ABSOLUTE, now);
    return left < 0 ? 0 : left + 2; /* rounded up, and a moment for the way */
}

/* The row lives as long as any cookie that leads to it may. */
static json_t *make_ttl(const gw_visit *v, const gw_session_stamp *reminder)
{
    apr_int64_t ttl = life_s(&v->stamp, &v->conf->limits, v->now), other;

    if (reminder != NULL && ttl > 0) {
        other = life_s(reminder, &v->conf->remember_limits, v->now);
        ttl = other == 0 || other > ttl ? other : ttl;
    }
    if (ttl == 0)
        return json_null();
    return json_integer(ttl < TTL_MAX_S ? ttl : TTL_MAX_S);
}

/* Null for a credential of nobody's. */
static json_t *make_consumer(const gw_visit *v)
{
    return *v->data.consumer_id != '\0' ? json_pack("{s:s}", "id", v->data.consumer_id) : json_null();
}

apr_status_t gw_session_row_add(const gw_visit *v, request_rec *r)
{
    json_t *row = json_pack("{s:o,s:s,s:s,s:i,s:I,s:o}", "consumer", make_consumer(v), "session_id", v->row_key, "data",
                            gw_session_row_seal(&v->conf->keys, v->stamp.id, &v->data, r->pool), "renewals", 0,
                            "renewed_ms", (json_int_t)apr_time_as_msec(v->stamp.renewed), "ttl",
                            make_ttl(v, v->conf->remember ? &v->stamp : NULL));
    apr_status_t rv = row != NULL ? gw_row_add(r, &gw_session_rows, row) : APR_EGENERAL;

    json_decref(row);
    return rv;
}

typedef struct renewal {
    gw_visit *v;
    const gw_session_stamp *reminder;
} renewal;

/* gw_row_edit_fn: the first request renews, the others find it done. */
static gw_row_fate renew_row(void *baton, json_t *row)
{
    renewal *job = baton;
    gw_visit *v = job->v;

    v->row_renewals = json_integer_value(json_object_get(row, "renewals"));
    v->row_renewed = apr_time_from_msec(json_integer_value(json_object_get(row, "renewed_ms")));
    if (v->row_renewals > (apr_int64_t)v->stamp.renewals)
        return GW_ROW_KEEP;
    v->row_renewals = (apr_int64_t)v->stamp.renewals + 1;
    v->row_renewed = v->now;
    json_object_set_new(row, "consumer", make_consumer(v)); /* rows of earlier versions lack it */
    json_object_set_new(row, "renewals", json_integer(v->row_renewals));
    json_object_set_new(row, "renewed_ms", json_integer(apr_time_as_msec(v->row_renewed)));
    json_object_set_new(row, "ttl", make_ttl(v, job->reminder));
    return GW_ROW_SAVE;
}

apr_status_t gw_session_row_renew(gw_visit *v, const gw_session_stamp *reminder, request_rec *r)
{
    renewal job = { .v = v, .reminder = reminder };

    return gw_row_edit(r, &gw_session_rows, "session_id", v->row_key, renew_row, &job);
}

static gw_row_fate delete_row(void *baton, json_t *row)
{
    (void)baton, (void)row;
    return GW_ROW_DELETE;
}

apr_status_t gw_session_row_delete(const char *row_key, request_rec *r)
{
    apr_status_t rv = gw_row_edit(r, &gw_session_rows, "session_id", row_key, delete_row, NULL);

    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/* A cookie that holds its data can only be forbidden. */
static apr_status_t forbid(const gw_visit *v, request_rec *r)
{
    const gw_proof proof = { .session = v->id_text };
    apr_time_t end = gw_session_last_end(&v->conf->limits, v->now), other;

    other = v->conf->remember ? gw_session_last_end(&v->conf->remember_limits, v->now) : end;
    return gw_revoke(r, &proof, other > end ? other : end);
}

apr_status_t gw_session_end(const gw_visit *v, request_rec *r)
{
    return v->conf->is_in_cookie ? forbid(v, r) : gw_session_row_delete(v->row_key, r);
}
