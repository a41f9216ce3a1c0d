/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_cookie.h - what stands in a session's cookie, and in its row: sealed, so that only we can write it. Pure.
 *
 * A session is born at login with an id that never was, and keeps it until it ends. What a renewal changes is the
 * number of renewals: a cookie of an earlier number is good for a short while only.
 *
 *   cookie = base64url(head | nonce | ciphertext | tag)
 *   head   = format 1 | flags 1 | renewals 4 | created 8 | renewed 8 | touched 8 | id 32    (big endian, milliseconds)
 *
 * The ciphertext is the session's data where the cookie is its storage, and empty where a row is.
 */
#ifndef GW_SESSION_COOKIE_H
#define GW_SESSION_COOKIE_H

#include <apr_time.h>

#include "session_crypto.h"

#define GW_SESSION_COOKIE_MAX 4096 /* bytes of name and value; browsers keep no more */

/* Times are whole milliseconds. */
typedef struct gw_session_stamp {
    unsigned char id[GW_SESSION_KEY];
    unsigned has_data : 1;    /* storage=cookie */
    unsigned is_reminder : 1; /* the second, lasting cookie of `remember` */
    apr_uint32_t renewals;
    apr_time_t created;       /* login; of a session opened by a reminder: that moment */
    apr_time_t renewed;       /* the last renewal, or created */
    apr_time_t touched;       /* the last time that the cookie was sent to the client */
} gw_session_stamp;

/* Whose session it is; ids of rows. */
typedef struct gw_session_data {
    const char *consumer_id;   /* "" = a credential of nobody's */
    const char *entity;        /* of the credential; "" = one without a row */
    const char *credential_id;
} gw_session_data;

/* A cookie's value; in p. NULL: longer than GW_SESSION_COOKIE_MAX. `data` is used where the stamp says has_data. */
const char *gw_session_cookie_seal(const gw_session_keys *keys, const gw_session_stamp *stamp,
                                   const gw_session_data *data, apr_size_t name_len, apr_pool_t *p);
/* 1: sealed with these keys; *data is set where the stamp says has_data, in p. 0: anything else. */
int gw_session_cookie_open(gw_session_stamp *stamp, gw_session_data *data, const gw_session_keys *keys,
                           const char *value, apr_size_t len, apr_pool_t *p);

/* The data of a session with a row, as the row keeps it; in p. */
const char *gw_session_row_seal(const gw_session_keys *keys, const unsigned char id[GW_SESSION_KEY],
                                const gw_session_data *data, apr_pool_t *p);
int gw_session_row_open(gw_session_data *data, const gw_session_keys *keys, const unsigned char id[GW_SESSION_KEY],
                        const char *text, apr_pool_t *p);
/* What a row is found by: a digest of the id, so that rows open no session; base64url, in p. */
const char *gw_session_row_key(const unsigned char id[GW_SESSION_KEY], apr_pool_t *p);
/* The id as people see it; base64url, in p. */
const char *gw_session_id_text(const unsigned char id[GW_SESSION_KEY], apr_pool_t *p);

/* How often a Cookie header (may be NULL) holds a cookie of that name; *value (borrowed) and *len are the first one's,
 * without blanks around it. */
int gw_session_cookie_find(const char **value, apr_size_t *len, const char *header, const char *name);

/* A Set-Cookie header's value. `attributes`: "; Path=/..." as gw_session_attributes made it. lasting_s: seconds that
 * the browser keeps it, 0 = while it runs, -1 = it is to go. In p. */
const char *gw_session_set_cookie(const char *name, const char *value, const char *attributes, apr_int64_t lasting_s,
                                  apr_time_t now, apr_pool_t *p);

#endif
