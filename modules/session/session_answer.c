/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_answer.c - what a session writes: Set-Cookie when one begins, is renewed, touched or ended, and the headers
 * that tell of it. A row is committed before its cookie leaves.
 */
#include "session_visit.h"

#include <apr_strings.h>
#include <http_log.h>

#include "text.h"

extern GW_MODULE gw_session_module;
APLOG_USE_MODULE(gw_session);

/* ---- cookies ---- */

static const char *make_cookie(const gw_visit *v, request_rec *r, const gw_session_stamp *stamp, const char *name,
                               apr_int64_t lasting_s)
{
    const char *value = gw_session_cookie_seal(&v->conf->keys, stamp, &v->data, strlen(name), r->pool);

    if (value != NULL)
        return gw_session_set_cookie(name, value, v->conf->attributes, lasting_s, v->now, r->pool);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, GWLOGNO(4801) "session: none: its cookie would be longer than %d bytes",
                  GW_SESSION_COOKIE_MAX);
    return NULL;
}

/* reminder: NULL = it stays as the browser has it. */
static void make_cookies(gw_visit *v, request_rec *r, const gw_session_stamp *reminder)
{
    const gw_session_conf *conf = v->conf;

    v->cookie = make_cookie(v, r, &v->stamp, conf->cookie_name, 0);
    if (reminder != NULL)
        v->reminder = make_cookie(v, r, reminder, conf->remember_cookie_name, conf->remember_for_s);
}

static void clear_cookies(gw_visit *v, request_rec *r)
{
    const gw_session_conf *conf = v->conf;

    v->cookie = gw_session_set_cookie(conf->cookie_name, "", conf->attributes, -1, v->now, r->pool);
    if (conf->remember)
        v->reminder = gw_session_set_cookie(conf->remember_cookie_name, "", conf->attributes, -1, v->now, r->pool);
}

/* ---- beginning and going on ---- */

/* Always a new id: one that a client came with never becomes anybody's session. */
static void begin(gw_visit *v, request_rec *r, const gw_credential *credential)
{
    const gw_session_conf *conf = v->conf;
    gw_visit fresh = { .conf = conf, .now = v->now };
    gw_session_stamp reminder;

    gw_random_bytes(fresh.stamp.id, sizeof(fresh.stamp.id));
    fresh.stamp.has_data = conf->is_in_cookie != 0;
    fresh.stamp.created = fresh.stamp.renewed = fresh.stamp.touched = v->now;
    fresh.data.consumer_id = credential->consumer_id != NULL ? credential->consumer_id : "";
    fresh.data.entity = credential->entity != NULL ? credential->entity->name : "";
    fresh.data.credential_id = credential->id;
    fresh.id_text = gw_session_id_text(fresh.stamp.id, r->pool);
    fresh.row_key = gw_session_row_key(fresh.stamp.id, r->pool);
    reminder = fresh.stamp;
    reminder.is_reminder = 1;
    make_cookies(&fresh, r, conf->remember ? &reminder : NULL);
    v->is_open = 0;
    if (fresh.cookie == NULL || (!conf->is_in_cookie && gw_session_row_add(&fresh, r) != APR_SUCCESS))
        return; /* the answer goes out all the same; who wants to know finds it in the log */
    *v = fresh;
    v->is_open = 1;
}

/* The next number: made here, or by a request that was quicker. 0: there is none. */
static int find_number(gw_visit *v, request_rec *r, const gw_session_stamp *reminder)
{
    if (v->need == GW_VISIT_ADOPT)
        return 1;
    if (!v->conf->is_in_cookie)
        return gw_session_row_renew(v, reminder, r) == APR_SUCCESS &&
               v->row_renewals == (apr_int64_t)v->stamp.renewals + 1;
    v->row_renewals = (apr_int64_t)v->stamp.renewals + 1;
    v->row_renewed = v->now;
    return 1;
}

static void set_number(gw_session_stamp *stamp, const gw_visit *v)
{
    stamp->renewals = (apr_uint32_t)v->row_renewals;
    stamp->renewed = v->row_renewed;
    stamp->touched = v->now;
}

static void renew(gw_visit *v, request_rec *r)
{
    gw_session_stamp reminder = v->stamp;
    int has_reminder = v->need == GW_VISIT_REVIVE;

    if (has_reminder) {
        v->stamp.is_reminder = 0;
        v->stamp.created = v->now;
    }
    else
        has_reminder = gw_session_open_reminder(&reminder, v, r);
    if (!find_number(v, r, has_reminder ? &reminder : NULL))
        return;
    set_number(&v->stamp, v);
    set_number(&reminder, v);
    make_cookies(v, r, has_reminder ? &reminder : NULL);
}

static int is_same(const gw_visit *v, const gw_credential *credential)
{
    return strcmp(v->data.credential_id, credential->id) == 0 &&
           strcmp(v->data.entity, credential->entity != NULL ? credential->entity->name : "") == 0 &&
           strcmp(v->data.consumer_id, credential->consumer_id != NULL ? credential->consumer_id : "") == 0;
}

static void settle(gw_visit *v, request_rec *r)
{
    const gw_credential *credential = gw_request_credential(r);

    if (v->is_ended)
        clear_cookies(v, r);
    else if (credential != NULL && !(v->is_open && is_same(v, credential)))
        begin(v, r, credential);
    else if (v->is_open && v->need == GW_VISIT_TOUCH) {
        v->stamp.touched = v->now;
        make_cookies(v, r, NULL);
    }
    else if (v->is_open && v->need != GW_VISIT_NOTHING)
        renew(v, r);
}

/* ---- telling ---- */

static const char *left_text(const gw_visit *v, request_rec *r, int which)
{
    apr_int64_t left = gw_session_left_s(&v->stamp, &v->conf->limits, which, v->now);

    return left < 0 ? NULL : apr_psprintf(r->pool, "%" APR_INT64_T_FMT, left);
}

static const char *subject_of(request_rec *r)
{
    const gw_consumer *consumer = gw_request_consumer(r);

    if (consumer == NULL)
        return NULL;
    return consumer->username != NULL ? consumer->username
                                      : consumer->custom_id != NULL ? consumer->custom_id : consumer->id;
}

/* NULL: there is nothing to tell. */
static const char *tell(const gw_visit *v, request_rec *r, int what)
{
    if (!v->is_open)
        return NULL;
    switch (what) {
    case GW_SESSION_TELL_ID:
        return v->id_text;
    case GW_SESSION_TELL_AUDIENCE:
        return v->conf->audience;
    case GW_SESSION_TELL_SUBJECT:
        return subject_of(r);
    case GW_SESSION_TELL_IDLING:
        return left_text(v, r, GW_SESSION_IDLING);
    case GW_SESSION_TELL_ROLLING:
        return left_text(v, r, GW_SESSION_ROLLING);
    case GW_SESSION_TELL_ABSOLUTE:
        return left_text(v, r, GW_SESSION_ABSOLUTE);
    default:
        return left_text(v, r, GW_SESSION_IDLING | GW_SESSION_ROLLING | GW_SESSION_ABSOLUTE);
    }
}

/* ---- entry points ---- */

void gw_session_answer(gw_visit *v, request_rec *r)
{
    int i;

    if (!v->is_settled) {
        settle(v, r);
        v->is_settled = 1;
    }
    if (v->cookie != NULL)
        apr_table_addn(r->headers_out, "Set-Cookie", v->cookie);
    if (v->reminder != NULL)
        apr_table_addn(r->headers_out, "Set-Cookie", v->reminder);
    for (i = 0; v->conf->response_told != 0 && i < GW_SESSION_NTOLD; i++) {
        const char *value = v->conf->response_told & 1u << i ? tell(v, r, i) : NULL;

        if (value != NULL)
            apr_table_setn(r->headers_out, gw_session_header_names[i], value);
    }
}

/* Without a session the client's own words are taken away all the same. */
void gw_session_tell_upstream(const gw_visit *v, request_rec *r)
{
    int i;

    for (i = 0; v->conf->request_told != 0 && i < GW_SESSION_NTOLD; i++)
        if (v->conf->request_told & 1u << i)
            gw_upstream_header(r, gw_session_header_names[i], tell(v, r, i));
}
