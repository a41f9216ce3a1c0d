/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_open.c - a cookie becomes a session, or does not: nothing that a client sends is an error here. Sealed by us,
 * within its times, with its row, its credential and its consumer, or there is no session.
 */
#include "session_visit.h"

#include <http_log.h>

extern GW_MODULE gw_session_module;
APLOG_USE_MODULE(gw_session);

/* Cookies that were found good; made in child_init. */
static gw_session_cache *cache;

void gw_session_open_init(apr_pool_t *pchild, server_rec *s)
{
    cache = gw_session_cache_make(gw_token_cache_entries(s), pchild);
}

static apr_status_t tell_none(request_rec *r, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, GWLOGNO(4800) "session: none: %s (route=%s)", why,
                  gw_route_for_log(r));
    gw_explain(r, "there is no session: %s", why);
    return APR_NOTFOUND;
}

/* ---- the row ---- */

/* The whole session is past its end, whatever the cookie says: then its row can go, and no clock brings it back. */
static int is_row_over(const gw_visit *v, const gw_session_row *row)
{
    gw_session_stamp stamp = v->stamp;

    stamp.renewed = apr_time_from_msec(row->renewed_ms);
    stamp.touched = v->now;
    return !v->conf->remember && gw_session_is_over(&stamp, &v->conf->limits, v->now);
}

/* A session whose cookie says that it is over. */
static void bury(const gw_visit *v, request_rec *r)
{
    const gw_credential *found;

    if (!v->conf->is_in_cookie && gw_credential_find(&found, r, &gw_session_rows, v->row_key) == APR_SUCCESS &&
        is_row_over(v, found->conf))
        gw_session_row_delete(v->row_key, r);
}

/* storage=kong: what the row says. */
static apr_status_t read_row(gw_visit *v, request_rec *r, const gw_opened_cookie *known)
{
    const gw_credential *found;
    const gw_session_row *row;
    apr_status_t rv = gw_credential_find(&found, r, &gw_session_rows, v->row_key);

    if (rv == APR_NOTFOUND)
        return tell_none(r, "it has no row");
    if (rv != APR_SUCCESS)
        return APR_EAGAIN;
    row = found->conf;
    if (known == NULL && !gw_session_row_open(&v->data, &v->conf->keys, v->stamp.id, row->data, r->pool))
        return tell_none(r, "its row is not ours");
    v->row_renewals = row->renewals;
    v->row_renewed = apr_time_from_msec(row->renewed_ms);
    switch (gw_session_stand(&v->stamp, v->row_renewals, v->row_renewed, v->conf->grace, v->now)) {
    case GW_SESSION_STALE:
        return tell_none(r, "its cookie is from before a renewal");
    case GW_SESSION_LATE:
        v->need = GW_VISIT_ADOPT;
        break;
    case GW_SESSION_CURRENT:
        break;
    }
    return APR_SUCCESS;
}

/* ---- a cookie ---- */

static void take_opened(gw_visit *v, const gw_opened_cookie *opened)
{
    v->stamp = opened->stamp;
    v->data = opened->data;
    v->id_text = opened->id_text;
    v->row_key = opened->row_key;
}

/* One cookie, by its seal and its storage alone. *known: the cache's entry, or NULL and *ticket. 0: it is none. */
static int unseal(gw_visit *v, const gw_opened_cookie **known, apr_uint64_t *ticket, request_rec *r, const char *value,
                  apr_size_t len)
{
    static const gw_session_data nobody = { "", "", "" };
    gw_opened_cookie opened = { .data = nobody };

    *ticket = 0;
    *known = cache != NULL ? gw_session_cache_get(ticket, cache, &v->conf->keys, value, len, r->pool) : NULL;
    if (*known == NULL) {
        if (!gw_session_cookie_open(&opened.stamp, &opened.data, &v->conf->keys, value, len, r->pool))
            return 0;
        opened.id_text = gw_session_id_text(opened.stamp.id, r->pool);
        opened.row_key = opened.stamp.has_data ? "" : gw_session_row_key(opened.stamp.id, r->pool);
    }
    take_opened(v, *known != NULL ? *known : &opened);
    return (int)v->stamp.has_data == v->conf->is_in_cookie;
}

static void remember_good(const gw_visit *v, const char *value, apr_size_t len, apr_uint64_t ticket)
{
    gw_opened_cookie opened = { .stamp = v->stamp, .data = v->data, .id_text = v->id_text,
                                .row_key = v->row_key };

    if (cache != NULL)
        gw_session_cache_put(cache, &v->conf->keys, value, len, &opened, ticket);
}

/* The one cookie of that name. Two of them: somebody else than we may have set one, and nobody can tell which. */
static int find_cookie(const char **value, apr_size_t *len, request_rec *r, const char *name)
{
    int count = gw_session_cookie_find(value, len, apr_table_get(r->headers_in, "Cookie"), name);

    if (count > 1)
        tell_none(r, "two cookies have its name");
    else if (count == 0)
        gw_explain(r, "there is no session: no cookie has its name");
    return count == 1;
}

static apr_status_t open_cookie(gw_visit *v, request_rec *r, const char *name, const gw_session_limits *limits,
                                int is_reminder)
{
    const gw_opened_cookie *known;
    const char *value;
    apr_size_t len;
    apr_uint64_t ticket;
    apr_status_t rv = APR_SUCCESS;

    if (!find_cookie(&value, &len, r, name))
        return APR_NOTFOUND;
    if (!unseal(v, &known, &ticket, r, value, len) || (int)v->stamp.is_reminder != is_reminder)
        return tell_none(r, "its cookie is not ours");
    if (gw_session_is_over(&v->stamp, limits, v->now)) {
        bury(v, r);
        return tell_none(r, "it is over");
    }
    if (!v->conf->is_in_cookie)
        rv = read_row(v, r, known);
    if (rv == APR_SUCCESS && known == NULL)
        remember_good(v, value, len, ticket);
    return rv;
}

/* ---- whose it is ---- */

static int is_revoked(const gw_visit *v, request_rec *r)
{
    const gw_proof proof = { .session = v->id_text,
                             .consumer_id = *v->data.consumer_id != '\0' ? v->data.consumer_id : NULL,
                             .issued_at = v->stamp.created };

    return gw_is_revoked(r, &proof);
}

/* A credential without a row (another module's own) stands as the session has it. */
static apr_status_t find_credential(const gw_credential **credential, const gw_visit *v, request_rec *r)
{
    gw_credential *own;

    if (*v->data.entity != '\0')
        return gw_credential_find_by_id(credential, r, v->data.entity, v->data.credential_id);
    own = apr_pcalloc(r->pool, sizeof(*own));
    own->id = v->data.credential_id;
    own->consumer_id = *v->data.consumer_id != '\0' ? v->data.consumer_id : NULL;
    *credential = own;
    return APR_SUCCESS;
}

static int is_of_consumer(const gw_credential *credential, const char *consumer_id)
{
    return strcmp(credential->consumer_id != NULL ? credential->consumer_id : "", consumer_id) == 0;
}

/* Who logged in must still be there, and so must what they logged in with. */
static apr_status_t find_owner(const gw_credential **credential, const gw_visit *v, request_rec *r)
{
    const gw_consumer *consumer;
    apr_status_t rv = find_credential(credential, v, r);

    if (rv == APR_SUCCESS && !is_of_consumer(*credential, v->data.consumer_id))
        rv = APR_NOTFOUND;
    if (rv == APR_SUCCESS && *v->data.consumer_id != '\0')
        rv = gw_consumer_find(&consumer, r, v->data.consumer_id);
    if (rv == APR_NOTFOUND) {
        gw_session_end(v, r); /* should they come back, it does not */
        return tell_none(r, "its credential or consumer is gone");
    }
    return rv == APR_SUCCESS ? rv : APR_EAGAIN;
}

/* ---- entry points ---- */

static void judge_age(gw_visit *v)
{
    if (v->need != GW_VISIT_NOTHING)
        return;
    if (gw_session_is_to_renew(&v->stamp, &v->conf->limits, v->now))
        v->need = GW_VISIT_RENEW;
    else if (gw_session_is_to_touch(&v->stamp, &v->conf->limits, v->now))
        v->need = GW_VISIT_TOUCH;
}

apr_status_t gw_session_open(const gw_credential **credential, gw_visit *v, request_rec *r)
{
    const gw_session_conf *conf = v->conf;
    apr_status_t rv = open_cookie(v, r, conf->cookie_name, &conf->limits, 0);
    int is_reminder = rv == APR_NOTFOUND && conf->remember;

    if (is_reminder) {
        v->need = GW_VISIT_NOTHING;
        rv = open_cookie(v, r, conf->remember_cookie_name, &conf->remember_limits, 1);
    }
    if (rv == APR_SUCCESS)
        rv = is_revoked(v, r) ? tell_none(r, "it is revoked") : find_owner(credential, v, r);
    if (rv != APR_SUCCESS)
        return rv;
    if (is_reminder)
        v->need = GW_VISIT_REVIVE;
    else
        judge_age(v);
    v->is_open = 1;
    return APR_SUCCESS;
}

int gw_session_open_reminder(gw_session_stamp *stamp, const gw_visit *v, request_rec *r)
{
    const gw_session_conf *conf = v->conf;
    gw_visit other = { .conf = conf, .now = v->now };
    const gw_opened_cookie *known;
    const char *value;
    apr_size_t len;
    apr_uint64_t ticket;

    if (!conf->remember || !find_cookie(&value, &len, r, conf->remember_cookie_name) ||
        !unseal(&other, &known, &ticket, r, value, len) || !other.stamp.is_reminder ||
        gw_session_is_over(&other.stamp, &conf->remember_limits, v->now) ||
        memcmp(other.stamp.id, v->stamp.id, GW_SESSION_KEY) != 0)
        return 0;
    *stamp = other.stamp;
    return 1;
}
