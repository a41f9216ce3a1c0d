/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_call.h - one call of the Admin API between httpd and the rows: what was asked, what is answered.
 *
 * Functions of this room that can end a call return the HTTP status of the answer that they left in the call, or 0
 * to go on. Thread: the request's. Everything lives in call->p.
 */
#ifndef GW_ADMIN_CALL_H
#define GW_ADMIN_CALL_H

#include "entity_path.h"
#include "accept_body.h"
#include "growing.h"
#include "gw_admin_api.h"

#define GW_JSON_TYPE "application/json; charset=utf-8"

typedef struct admin_call {
    /* what was asked; read-only after the handler filled it in */
    apr_pool_t *p;
    server_rec *s;
    const gw_admin_conf *conf;
    apr_time_t now;
    gw_path_target target;
    unsigned method;                 /* GW_GET ... */
    json_t *body;                    /* of POST, PUT, PATCH: an object, borrowed from p; may be changed */
    int is_form;                     /* its strings want coercion */
    gw_body_kind body_kind;          /* endpoints that take documents: the body as it came, instead */
    const char *content_type;
    const char *bytes;
    apr_size_t len;
    const apr_array_header_t *query; /* of gw_form_pair */
    const char *if_match;            /* headers of that name, or NULL */
    const char *if_none_match;
    const char *who;                 /* asks, for the audit; NULL = nobody knows */
    const char *from;                /* the client's address */
    const char *base_url;            /* scheme and authority as the client sees us */
    const char *method_name;
    const char *path;                /* as asked for, without secrets */
    int *takes_much;                 /* to be set: memory is to go back to the system after this call */
    request_rec *r;                  /* for /debug/explain, which makes another of it */
    gw_db *db;                       /* NULL where none is needed */

    /* what is answered */
    json_t *answer;                  /* borrowed from p; NULL = no body */
    const char *text;                /* plain text instead: a literal */
    gw_growing *grown;               /* a large text instead: httpd takes it over */
    const char *text_type;           /* of both; NULL = text/plain */
    int retry_after_s;               /* 0 = not told */
    const char *etag;                /* of the one row that is answered, or NULL */
    apr_array_header_t *warnings;    /* of const char *, for X-Gw-Warning */
    int is_written;                  /* something was committed */
    apr_status_t outcome;            /* for gw_admin_close: APR_EAGAIN when the database is away */
    int is_lost;                     /* another writer was in the way: the same again may go well */
    const char *failure;             /* what went wrong inside, for the log; NULL = nothing */
} admin_call;

/* Answer with `body` (steals the reference). Returns status. */
int gw_call_answer(admin_call *call, int status, json_t *body);
int gw_call_message(admin_call *call, int status, const char *text);
int gw_call_not_found(admin_call *call);
int gw_call_refuse(admin_call *call, const gw_error *err);
/* What the store said, other than APR_SUCCESS: `err` where it refused. */
int gw_call_fail(admin_call *call, apr_status_t rv, const gw_error *err);
/* Run `run`, and again from the start while it leaves the call lost, a few times. `run` leaves nothing behind but what
 * it committed and what is answered. */
int gw_call_run(admin_call *call, int (*run)(admin_call *call));
void gw_call_warn(admin_call *call, const char *text);
/* The value of a query parameter, NULL when it is not given. Borrowed. */
const char *gw_call_query(const admin_call *call, const char *name);
/* Is a parameter's value (NULL: not given) text that a row could hold? */
int gw_call_is_text(const char *value);
/* The `size` parameter of lists, 100 when it is not given. 0, or code 9. */
int gw_call_size(admin_call *call, int *size);

#endif
