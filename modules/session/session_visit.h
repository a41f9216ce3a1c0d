/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_visit.h - what one request has to do with sessions: opened in check_authn, settled when the answer begins.
 * Shared by the files of this room that know httpd.
 *
 *   mod_gw_session.c  wiring, logout        session_open.c    a cookie becomes a session, or does not
 *   session_rows.c    what is written      session_answer.c  cookies and headers of the answer
 */
#ifndef GW_SESSION_VISIT_H
#define GW_SESSION_VISIT_H

#include "mod_gw.h"
#include "session_cache.h"
#include "session_schema.h"

/* What the client's cookie needs. */
typedef enum gw_visit_need {
    GW_VISIT_NOTHING,
    GW_VISIT_TOUCH,  /* the same number, a new time */
    GW_VISIT_ADOPT,  /* another request has renewed it meanwhile: what that one got */
    GW_VISIT_RENEW,
    GW_VISIT_REVIVE  /* the session is over, its reminder opens it again */
} gw_visit_need;

/* One for each request that session is configured for; lives in r->request_config, in r->pool. */
typedef struct gw_visit {
    const gw_session_conf *conf;
    apr_time_t now;           /* the same for all that this request decides; whole milliseconds */
    int is_open;              /* there is a session: the members below are set */
    int is_ended;             /* there was one, until this request logged out */
    gw_session_stamp stamp;
    gw_session_data data;
    const char *id_text;      /* the id as people see it */
    const char *row_key;      /* storage=kong */
    apr_int64_t row_renewals; /* of the row, for GW_VISIT_ADOPT */
    apr_time_t row_renewed;
    gw_visit_need need;

    int is_settled;           /* the cookies below are final */
    const char *cookie, *reminder; /* values of Set-Cookie; NULL = none */
} gw_visit;

/* ---- session_open.c ---- */
/* child_init. */
void gw_session_open_init(apr_pool_t *pchild, server_rec *s);
/* Find and judge the session of r. APR_SUCCESS: v->is_open, and *credential (held by r) is whose it is. APR_NOTFOUND:
 * there is none. APR_EAGAIN: that cannot be known now. */
apr_status_t gw_session_open(const gw_credential **credential, gw_visit *v, request_rec *r);
/* The reminder that came with this session's cookie. 1: *stamp is set. */
int gw_session_open_reminder(gw_session_stamp *stamp, const gw_visit *v, request_rec *r);

/* ---- session_rows.c ---- */
extern const gw_entity gw_session_rows;
/* A row for v's session, committed. */
apr_status_t gw_session_row_add(const gw_visit *v, request_rec *r);
/* Make it the next renewal; another request may have been quicker. Then v's row_renewals and row_renewed are the row's.
 * `reminder`: NULL or the stamp of the reminder, whose life the row's covers as well. */
apr_status_t gw_session_row_renew(gw_visit *v, const gw_session_stamp *reminder, request_rec *r);
/* APR_SUCCESS when there is no such row any more. */
apr_status_t gw_session_row_delete(const char *row_key, request_rec *r);
/* End v's session for good, wherever its cookies were copied to: its row goes; without one its id is revoked for as
 * long as it might be good. */
apr_status_t gw_session_end(const gw_visit *v, request_rec *r);

/* ---- session_answer.c ---- */
/* When the answer begins: make, renew or end the cookie, tell what is to be told. */
void gw_session_answer(gw_visit *v, request_rec *r);
/* Before it goes upstream. */
void gw_session_tell_upstream(const gw_visit *v, request_rec *r);

#endif
