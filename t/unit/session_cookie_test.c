/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_cookie_test.c - keys, cookies and rows of sessions: what was sealed opens, and nothing else does.
 */
#include "session_cache.h"
#include "session_cookie.h"
#include "tap.h"
#include "text.h"

#include <apr_escape.h>
#include <apr_general.h>
#include <apr_strings.h>

DO_NOT_LOOK_FOR_LEAKS

#define CONSUMER "11111111-1111-4111-8111-111111111111"
#define CREDENTIAL "22222222-2222-4222-8222-222222222222"

static const gw_session_data alice = { CONSUMER, "keyauth_credentials", CREDENTIAL };

static gw_session_stamp make_stamp(int has_data)
{
    gw_session_stamp stamp = { .has_data = has_data != 0, .renewals = 3, .created = apr_time_from_msec(1700000000123),
                               .renewed = apr_time_from_msec(1700000100456),
                               .touched = apr_time_from_msec(1700000200789) };

    memset(stamp.id, 0xa5, sizeof(stamp.id));
    return stamp;
}

/* RFC 5869, appendix A.1 and A.3: extract, and the first 32 bytes of expand. */
static void test_hkdf(apr_pool_t *p)
{
    static const unsigned char salt[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    static const unsigned char info[] = { 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9 };
    unsigned char secret[22], root[GW_SESSION_KEY], key[GW_SESSION_KEY];

    memset(secret, 0x0b, sizeof(secret));
    gw_hkdf_extract(root, salt, sizeof(salt), secret, sizeof(secret));
    is_str(apr_pescape_hex(p, root, sizeof(root), 0), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
           "RFC 5869 A.1: extract");
    gw_hkdf_expand(key, root, info, sizeof(info));
    is_str(apr_pescape_hex(p, key, sizeof(key), 0), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
           "RFC 5869 A.1: expand");
    gw_hkdf_extract(root, "", 0, secret, sizeof(secret));
    gw_hkdf_expand(key, root, "", 0);
    is_str(apr_pescape_hex(p, key, sizeof(key), 0), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
           "RFC 5869 A.3: neither salt nor info");
}

static void test_round_trip(apr_pool_t *p)
{
    gw_session_keys keys;
    int has_data;

    gw_session_keys_make(&keys, "opensesame", "default");
    for (has_data = 0; has_data < 2; has_data++) {
        gw_session_stamp in = make_stamp(has_data), out;
        gw_session_data data = { "", "", "" };
        const char *value = gw_session_cookie_seal(&keys, &in, &alice, 7, p);
        const char *again = gw_session_cookie_seal(&keys, &in, &alice, 7, p);

        ok(gw_session_cookie_open(&out, &data, &keys, value, strlen(value), p), "what was sealed opens");
        ok(strcmp(value, again) != 0, "no two seals are the same");
        ok(memcmp(in.id, out.id, sizeof(in.id)) == 0, "the id");
        is_int(out.renewals, 3, "renewals");
        is_int(out.created, in.created, "created");
        is_int(out.renewed, in.renewed, "renewed");
        is_int(out.touched, in.touched, "touched");
        is_int(out.has_data, has_data, "the storage");
        is_int(out.is_reminder, 0, "no reminder");
        is_str(data.consumer_id, has_data ? CONSUMER : "", "data, or none");
        is_str(data.entity, has_data ? "keyauth_credentials" : "", "of which credential");
        is_str(data.credential_id, has_data ? CREDENTIAL : "", "data, or none");
        ok(strlen(value) < 512, "of decent size");
        ok(strstr(value, "11111111") == NULL, "data cannot be read");
    }
}

static int opens(const gw_session_keys *keys, const char *value, apr_size_t len, apr_pool_t *p)
{
    gw_session_stamp stamp;
    gw_session_data data;

    return gw_session_cookie_open(&stamp, &data, keys, value, len, p);
}

/* Each single bit of the bytes, each shorter length, and more of it. */
static void test_tampering(apr_pool_t *p)
{
    gw_session_keys keys;
    int has_data;

    gw_session_keys_make(&keys, "opensesame", "default");
    for (has_data = 0; has_data < 2; has_data++) {
        gw_session_stamp stamp = make_stamp(has_data);
        const char *value = gw_session_cookie_seal(&keys, &stamp, &alice, 7, p);
        apr_size_t len = strlen(value), i;
        unsigned char *bytes = apr_palloc(p, len);
        apr_ssize_t nbytes = gw_base64url_decode(bytes, value, len);
        int nopened = 0;
        apr_pool_t *ptemp;

        apr_pool_create(&ptemp, p);
        for (i = 0; i < (apr_size_t)nbytes * 8; i++) {
            const char *forged;

            bytes[i / 8] ^= (unsigned char)(1 << i % 8);
            forged = gw_base64url_encode(bytes, (apr_size_t)nbytes, ptemp);
            nopened += opens(&keys, forged, len, ptemp);
            bytes[i / 8] ^= (unsigned char)(1 << i % 8);
            apr_pool_clear(ptemp);
        }
        is_int(nopened, 0, "no bit can be flipped");
        for (i = 0; i < len; i++)
            nopened += opens(&keys, value, i, p);
        is_int(nopened, 0, "no part of it opens");
        is_int(opens(&keys, apr_pstrcat(p, value, "A", NULL), len + 1, p), 0, "nor more than it");
        is_int(opens(&keys, apr_pstrcat(p, value, value, NULL), 2 * len, p), 0, "nor twice the same");
        is_int(opens(&keys, apr_pstrcat(p, value, "=", NULL), len + 1, p), 0, "nor with padding");
        is_int(opens(&keys, value, len, p), 1, "but itself");
    }
}

static void test_other_keys(apr_pool_t *p)
{
    static const struct { const char *secret, *audience; int want; const char *why; } rows[] = {
        { "opensesame", "default", 1, "same secret, same audience" },
        { "opensesamf", "default", 0, "another secret" },
        { "", "default", 0, "an empty secret" },
        { "opensesame", "other", 0, "another audience" },
        { "opensesame", "", 0, "no audience" },
        { "opensesam", "edefault", 0, "the same bytes, cut elsewhere" },
    };
    gw_session_keys keys, other;
    gw_session_stamp stamp = make_stamp(1);
    const char *value, *row;
    gw_session_data data;
    char *audience = apr_palloc(p, 5001);
    size_t i;

    gw_session_keys_make(&keys, "opensesame", "default");
    value = gw_session_cookie_seal(&keys, &stamp, &alice, 7, p);
    row = gw_session_row_seal(&keys, stamp.id, &alice, p);
    for (i = 0; i < COUNT(rows); i++) {
        gw_session_keys_make(&other, rows[i].secret, rows[i].audience);
        is_int(opens(&other, value, strlen(value), p), rows[i].want, rows[i].why);
        is_int(gw_session_row_open(&data, &other, stamp.id, row, p), rows[i].want, rows[i].why);
        is_int(memcmp(keys.name, other.name, sizeof(keys.name)) == 0, rows[i].want, "the keys' name tells as well");
    }
    is_str(data.credential_id, CREDENTIAL, "what the good one opened");
    memset(audience, 'x', 5000);
    audience[5000] = '\0';
    gw_session_keys_make(&keys, "opensesame", audience);
    value = gw_session_cookie_seal(&keys, &stamp, &alice, 7, p);
    is_int(opens(&keys, value, strlen(value), p), 1, "a long audience");
    audience[4999] = 'y';
    is_int(opens(&keys, value, strlen(value), p), 0, "counts to its last byte");
}

static void test_rows(apr_pool_t *p)
{
    gw_session_keys keys;
    gw_session_stamp one = make_stamp(0), two = make_stamp(0);
    const char *row, *cookie;
    gw_session_data data;

    two.id[31] ^= 1;
    gw_session_keys_make(&keys, "opensesame", "default");
    row = gw_session_row_seal(&keys, one.id, &alice, p);
    ok(gw_session_row_open(&data, &keys, one.id, row, p), "a row opens");
    is_str(data.consumer_id, CONSUMER, "and says whose it is");
    ok(!gw_session_row_open(&data, &keys, two.id, row, p), "not for another session");
    ok(!gw_session_row_open(&data, &keys, one.id, "", p), "nothing is no row");
    ok(!gw_session_row_open(&data, &keys, one.id, apr_pstrndup(p, row, strlen(row) - 1), p), "nor is a part of one");
    one.has_data = 1;
    cookie = gw_session_cookie_seal(&keys, &one, &alice, 7, p);
    ok(!gw_session_row_open(&data, &keys, one.id, cookie, p), "a cookie is no row");
    is_int(opens(&keys, row, strlen(row), p), 0, "nor a row a cookie");
    ok(strcmp(gw_session_row_key(one.id, p), gw_session_row_key(two.id, p)) != 0, "each id has a key of its own");
    ok(strcmp(gw_session_row_key(one.id, p), gw_session_id_text(one.id, p)) != 0, "which does not tell the id");
    is_int((long long)strlen(gw_session_row_key(one.id, p)), 43, "32 bytes of it");
}

/* Name and value of a cookie, in bytes, on both sides of what a browser keeps. */
static void test_sizes(apr_pool_t *p)
{
    static const struct { int has_data; int over; int want; const char *why; } rows[] = {
        { 1, -1, 1, "data in the cookie: a byte less than browsers keep" },
        { 1, 0, 1, "data in the cookie: as many as they keep" },
        { 1, 1, 0, "data in the cookie: a byte more is no cookie" },
        { 0, -1, 1, "a row: a byte less" },
        { 0, 0, 1, "a row: as many" },
        { 0, 1, 0, "a row: a byte more is no cookie" },
    };
    gw_session_keys keys;
    size_t i;

    gw_session_keys_make(&keys, "opensesame", "default");
    for (i = 0; i < COUNT(rows); i++) {
        gw_session_stamp stamp = make_stamp(rows[i].has_data);
        size_t usual = strlen(gw_session_cookie_seal(&keys, &stamp, &alice, 7, p));
        size_t name_len = (size_t)(GW_SESSION_COOKIE_MAX + rows[i].over) - usual;
        const char *value = gw_session_cookie_seal(&keys, &stamp, &alice, name_len, p);

        is_int(value != NULL, rows[i].want, rows[i].why);
        ok(value == NULL || opens(&keys, value, strlen(value), p), "what is made opens");
    }
}

/* The same by the length of the data: base64 grows by 2, 1, 1 and so on; the longest that fits is not cut. */
static void test_data_sizes(apr_pool_t *p)
{
    gw_session_keys keys;
    gw_session_stamp stamp = make_stamp(1), out;
    gw_session_data big = alice, data = alice;
    char *text = apr_pcalloc(p, 5000);
    const char *value, *last = NULL;
    size_t len;

    gw_session_keys_make(&keys, "opensesame", "default");
    memset(text, 'i', 2700);
    big.credential_id = text;
    for (len = 2700; (value = gw_session_cookie_seal(&keys, &stamp, &big, 7, p)) != NULL; last = value)
        text[len++] = 'i';
    text[len - 1] = '\0';
    ok(last != NULL && strlen(last) + 7 <= GW_SESSION_COOKIE_MAX, "the longest name and value fit a browser");
    ok(last != NULL && strlen(last) + 7 > GW_SESSION_COOKIE_MAX - 4, "and a byte more of data would not");
    ok(last != NULL && gw_session_cookie_open(&out, &data, &keys, last, strlen(last), p), "it opens");
    is_str(data.credential_id, text, "with all of its data");
    stamp.has_data = 0;
    text[len - 1] = 'i';
    ok(gw_session_cookie_seal(&keys, &stamp, &big, 7, p) != NULL, "where a row is the storage, all of them are short");
}

/* What comes back is looked at up to that length, and no further. */
static void test_long_values(apr_pool_t *p)
{
    static const int lengths[] = { GW_SESSION_COOKIE_MAX - 1, GW_SESSION_COOKIE_MAX, GW_SESSION_COOKIE_MAX + 1,
                                   2 * GW_SESSION_COOKIE_MAX };
    gw_session_keys keys;
    char *text = apr_palloc(p, 2 * GW_SESSION_COOKIE_MAX + 1);
    size_t i;

    gw_session_keys_make(&keys, "opensesame", "default");
    memset(text, 'A', 2 * GW_SESSION_COOKIE_MAX);
    for (i = 0; i < COUNT(lengths); i++)
        is_int(opens(&keys, text, (size_t)lengths[i], p), 0, "a long value that is not ours");
}

static void test_find(apr_pool_t *p)
{
    static const struct { const char *header; int count; const char *value, *why; } rows[] = {
        { "session=abc", 1, "abc", "alone" },
        { "a=1; session=abc; b=2", 1, "abc", "among others" },
        { "a=1;session=abc;b=2", 1, "abc", "without blanks" },
        { "  session = abc  ;", 1, "abc", "blanks around are none of it" },
        { "session=", 1, "", "an empty one" },
        { "session", 0, NULL, "a bare name is none" },
        { "Session=abc", 0, NULL, "names are compared byte for byte" },
        { "xsession=abc", 0, NULL, "another name" },
        { "session2=abc", 0, NULL, "a longer name" },
        { "x=session=abc", 0, NULL, "within a value" },
        { "session=abc; session=def", 2, "abc", "two of them" },
        { "session=abc; session=abc", 2, "abc", "the same twice" },
        { "a; ;; =; session=x=y", 1, "x=y", "odd neighbours" },
        { "session=\"abc\"", 1, "\"abc\"", "quotes belong to the value" },
        { "", 0, NULL, "an empty header" },
        { NULL, 0, NULL, "no header" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *value = NULL;
        apr_size_t len = 0;

        is_int(gw_session_cookie_find(&value, &len, rows[i].header, "session"), rows[i].count, rows[i].why);
        is_str(value ? apr_pstrmemdup(p, value, len) : NULL, rows[i].value, rows[i].why);
    }
}

static void test_set_cookie(apr_pool_t *p)
{
    apr_time_t now = apr_time_from_sec(784111777);

    is_str(gw_session_set_cookie("session", "abc", "; Path=/; HttpOnly", 0, now, p), "session=abc; Path=/; HttpOnly",
           "until the browser ends");
    is_str(gw_session_set_cookie("remember", "abc", "; Path=/", 60, now, p),
           "remember=abc; Path=/; Expires=Sun, 06 Nov 1994 08:50:37 GMT; Max-Age=60", "a minute");
    is_str(gw_session_set_cookie("session", "", "; Path=/", -1, now, p),
           "session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0", "away with it");
}

static void test_cache(apr_pool_t *p)
{
    gw_session_cache *cache = gw_session_cache_make(100, p);
    gw_session_keys keys, other;
    gw_opened_cookie opened = { .stamp = make_stamp(0), .data = alice, .id_text = "id", .row_key = "row" };
    const gw_opened_cookie *found;
    apr_uint64_t ticket;

    gw_session_keys_make(&keys, "one", "default");
    gw_session_keys_make(&other, "two", "default");
    ok(gw_session_cache_get(&ticket, cache, &keys, "abc", 3, p) == NULL, "nothing at first");
    gw_session_cache_put(cache, &keys, "abc", 3, &opened, ticket);
    found = gw_session_cache_get(&ticket, cache, &keys, "abc", 3, p);
    ok(found != NULL && memcmp(found->stamp.id, opened.stamp.id, GW_SESSION_KEY) == 0, "what was put is found");
    is_str(found ? found->row_key : NULL, "row", "its row");
    is_str(found ? found->id_text : NULL, "id", "its id for people");
    is_str(found ? found->data.consumer_id : NULL, CONSUMER, "its consumer");
    is_str(found ? found->data.entity : NULL, "keyauth_credentials", "its kind of credential");
    is_str(found ? found->data.credential_id : NULL, CREDENTIAL, "its credential");
    ok(gw_session_cache_get(&ticket, cache, &other, "abc", 3, p) == NULL, "not under other keys");
    ok(gw_session_cache_get(&ticket, cache, &keys, "abcd", 4, p) == NULL, "nor for other bytes");
    ok(gw_session_cache_get(&ticket, cache, &keys, apr_pcalloc(p, 70000), 70000, p) == NULL, "nor for 70000 of them");
}

int main(void)
{
    static void (*const tests[])(apr_pool_t *) = { test_hkdf, test_round_trip, test_tampering, test_other_keys,
                                                   test_rows, test_sizes, test_data_sizes, test_long_values, test_find,
                                                   test_set_cookie, test_cache };
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(tests); i++)
        tests[i](p);
    return done();
}
