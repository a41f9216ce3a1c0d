/* SPDX-License-Identifier: Apache-2.0 */
/* session_cookie.c - bytes of cookies and rows; see session_cookie.h. */
#include "session_cookie.h"

#include <stdlib.h>
#include <string.h>
#include <apr_date.h>
#include <apr_strings.h>
#include <jansson.h>

#include "text.h"

#define FORMAT 1
#define HAS_DATA 1
#define IS_REMINDER 2
#define HEAD_BYTES (1 + 1 + 4 + 3 * 8 + GW_SESSION_KEY)
#define TEXT_MAX GW_SESSION_COOKIE_MAX
#define DATA_DEPTH 1

/* ---- head ---- */

static unsigned char *put_number(unsigned char *at, apr_uint64_t number, int bytes)
{
    int i;

    for (i = bytes; i-- > 0; number >>= 8)
        at[i] = (unsigned char)number;
    return at + bytes;
}

static const unsigned char *get_number(apr_uint64_t *number, const unsigned char *at, int bytes)
{
    *number = 0;
    while (bytes-- > 0)
        *number = *number << 8 | *at++;
    return at;
}

static void write_head(unsigned char head[HEAD_BYTES], const gw_session_stamp *stamp)
{
    unsigned char *at = head;

    *at++ = FORMAT;
    *at++ = (unsigned char)((stamp->has_data ? HAS_DATA : 0) | (stamp->is_reminder ? IS_REMINDER : 0));
    at = put_number(at, stamp->renewals, 4);
    at = put_number(at, (apr_uint64_t)apr_time_as_msec(stamp->created), 8);
    at = put_number(at, (apr_uint64_t)apr_time_as_msec(stamp->renewed), 8);
    at = put_number(at, (apr_uint64_t)apr_time_as_msec(stamp->touched), 8);
    memcpy(at, stamp->id, GW_SESSION_KEY);
}

static const unsigned char *read_time(apr_time_t *time, const unsigned char *at)
{
    apr_uint64_t ms;

    at = get_number(&ms, at, 8);
    *time = (apr_time_t)(ms > APR_INT64_MAX / 1000 ? APR_INT64_MAX : ms * 1000);
    return at;
}

/* 0: no head of ours. */
static int read_head(gw_session_stamp *stamp, const unsigned char *head)
{
    const unsigned char *at = head + 2;
    apr_uint64_t renewals;

    if (head[0] != FORMAT || (head[1] & ~(HAS_DATA | IS_REMINDER)) != 0)
        return 0;
    stamp->has_data = (head[1] & HAS_DATA) != 0;
    stamp->is_reminder = (head[1] & IS_REMINDER) != 0;
    at = get_number(&renewals, at, 4);
    stamp->renewals = (apr_uint32_t)renewals;
    at = read_time(&stamp->created, at);
    at = read_time(&stamp->renewed, at);
    at = read_time(&stamp->touched, at);
    memcpy(stamp->id, at, GW_SESSION_KEY);
    return 1;
}

/* ---- data ---- */

static char *write_data(const gw_session_data *data)
{
    json_t *list = json_pack("[s,s,s]", data->consumer_id, data->entity, data->credential_id);
    char *text = list != NULL ? json_dumps(list, JSON_COMPACT) : NULL;

    json_decref(list);
    return text;
}

static int read_data(gw_session_data *data, const char *text, apr_size_t len, apr_pool_t *p)
{
    json_t *list = gw_json_parse(text, len, DATA_DEPTH);
    const char *consumer_id, *entity, *credential_id;
    int is_good = list != NULL && json_unpack(list, "[s,s,s!]", &consumer_id, &entity, &credential_id) == 0;

    if (is_good) {
        data->consumer_id = apr_pstrdup(p, consumer_id);
        data->entity = apr_pstrdup(p, entity);
        data->credential_id = apr_pstrdup(p, credential_id);
    }
    json_decref(list);
    return is_good;
}

/* ---- cookies ---- */

const char *gw_session_cookie_seal(const gw_session_keys *keys, const gw_session_stamp *stamp,
                                   const gw_session_data *data, apr_size_t name_len, apr_pool_t *p)
{
    char *text = stamp->has_data ? write_data(data) : NULL;
    apr_size_t text_len = text != NULL ? strlen(text) : 0, len = HEAD_BYTES + text_len + GW_SESSION_SEAL;
    const char *value = NULL;

    if ((len * 4 + 2) / 3 + name_len <= GW_SESSION_COOKIE_MAX && (text != NULL || !stamp->has_data)) {
        unsigned char *bytes = apr_palloc(p, len);

        write_head(bytes, stamp);
        gw_session_seal(bytes + HEAD_BYTES, keys, GW_SESSION_FOR_COOKIE, stamp->id, bytes, HEAD_BYTES,
                        text != NULL ? text : "", text_len);
        value = gw_base64url_encode(bytes, len, p);
    }
    free(text);
    return value;
}

int gw_session_cookie_open(gw_session_stamp *stamp, gw_session_data *data, const gw_session_keys *keys,
                           const char *value, apr_size_t len, apr_pool_t *p)
{
    unsigned char bytes[TEXT_MAX], text[TEXT_MAX];
    apr_ssize_t nbytes;

    if (len > GW_SESSION_COOKIE_MAX)
        return 0;
    nbytes = gw_base64url_decode(bytes, value, len);
    if (nbytes < HEAD_BYTES + GW_SESSION_SEAL || !read_head(stamp, bytes) ||
        !gw_session_unseal(text, keys, GW_SESSION_FOR_COOKIE, stamp->id, bytes, HEAD_BYTES, bytes + HEAD_BYTES,
                           (apr_size_t)nbytes - HEAD_BYTES))
        return 0;
    nbytes -= HEAD_BYTES + GW_SESSION_SEAL;
    return stamp->has_data ? read_data(data, (const char *)text, (apr_size_t)nbytes, p) : nbytes == 0;
}

int gw_session_cookie_find(const char **value, apr_size_t *len, const char *header, const char *name)
{
    apr_size_t name_len = strlen(name);
    int count = 0;

    while (header != NULL && *header != '\0') {
        const char *at = header + strspn(header, " \t"), *end = at + strcspn(at, ";"), *next = *end ? end + 1 : end;

        if (strncmp(at, name, name_len) == 0 && at[name_len + strspn(at + name_len, " \t")] == '=') {
            at += name_len + strspn(at + name_len, " \t") + 1;
            at += strspn(at, " \t");
            while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
            if (count++ == 0) {
                *value = at;
                *len = end > at ? (apr_size_t)(end - at) : 0;
            }
        }
        header = next;
    }
    return count;
}

static const char *date_of(apr_time_t time, apr_pool_t *p)
{
    char *text = apr_palloc(p, APR_RFC822_DATE_LEN);

    apr_rfc822_date(text, time);
    return text;
}

const char *gw_session_set_cookie(const char *name, const char *value, const char *attributes, apr_int64_t lasting_s,
                                  apr_time_t now, apr_pool_t *p)
{
    const char *cookie = apr_pstrcat(p, name, "=", value, attributes, NULL);

    if (lasting_s == 0)
        return cookie;
    if (lasting_s < 0)
        return apr_pstrcat(p, cookie, "; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0", NULL);
    return apr_psprintf(p, "%s; Expires=%s; Max-Age=%" APR_INT64_T_FMT, cookie,
                        date_of(now + apr_time_from_sec(lasting_s), p), lasting_s);
}

/* ---- rows ---- */

const char *gw_session_row_key(const unsigned char id[GW_SESSION_KEY], apr_pool_t *p)
{
    unsigned char digest[GW_SESSION_KEY];

    gw_session_digest(digest, id, GW_SESSION_KEY);
    return gw_base64url_encode(digest, sizeof(digest), p);
}

const char *gw_session_id_text(const unsigned char id[GW_SESSION_KEY], apr_pool_t *p)
{
    return gw_base64url_encode(id, GW_SESSION_KEY, p);
}

const char *gw_session_row_seal(const gw_session_keys *keys, const unsigned char id[GW_SESSION_KEY],
                                const gw_session_data *data, apr_pool_t *p)
{
    char *text = write_data(data);
    apr_size_t len = text != NULL ? strlen(text) : 0;
    unsigned char *sealed;

    if (text == NULL)
        return NULL;
    sealed = apr_palloc(p, len + GW_SESSION_SEAL);
    gw_session_seal(sealed, keys, GW_SESSION_FOR_ROW, id, "", 0, text, len);
    free(text);
    return gw_base64url_encode(sealed, len + GW_SESSION_SEAL, p);
}

int gw_session_row_open(gw_session_data *data, const gw_session_keys *keys, const unsigned char id[GW_SESSION_KEY],
                        const char *text, apr_pool_t *p)
{
    apr_size_t len = strlen(text);
    unsigned char *sealed = apr_palloc(p, len + 1), *plain = apr_palloc(p, len + 1);
    apr_ssize_t nbytes = gw_base64url_decode(sealed, text, len);

    return nbytes >= GW_SESSION_SEAL &&
           gw_session_unseal(plain, keys, GW_SESSION_FOR_ROW, id, "", 0, sealed, (apr_size_t)nbytes) &&
           read_data(data, (const char *)plain, (apr_size_t)nbytes - GW_SESSION_SEAL, p);
}
