/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_rules_test.c - how long sessions live, what is renewed when, both sets of parameter names, logout.
 */
#include "arena.h"
#include "many_values.h"
#include "schema.h"
#include "session_life.h"
#include "session_logout.h"
#include "session_schema.h"
#include "tap.h"

#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

#define S(n) ((apr_time_t)((n) * 1000.0) * 1000)
#define BASE S(1700000000)

static gw_session_stamp stamp_of(double created, double renewed, double touched)
{
    return (gw_session_stamp){ .created = BASE + S(created), .renewed = BASE + S(renewed),
                               .touched = BASE + S(touched) };
}

static void test_end(apr_pool_t *p)
{
    static const struct {
        double rolling, idling, absolute, created, renewed, touched, now;
        int want;
        const char *why;
    } rows[] = {
        { 3600, 900, 86400, 0, 0, 0, 0, 0, "new" },
        { 3600, 900, 86400, 0, 0, 0, 900, 0, "idle as long as it may" },
        { 3600, 900, 86400, 0, 0, 0, 900.1, 1, "idle for too long" },
        { 3600, 900, 86400, 0, 0, 3000, 3600, 0, "rolled as long as it may" },
        { 3600, 900, 86400, 0, 0, 3500, 3600.1, 1, "not renewed in time" },
        { 3600, 900, 86400, 0, 86000, 86300, 86400, 0, "renewed up to the absolute end" },
        { 3600, 900, 86400, 0, 86000, 86300, 86400.1, 1, "which no renewal moves" },
        { 0, 900, 86400, 0, 0, 4000, 4100, 0, "no rolling limit" },
        { 3600, 0, 86400, 0, 0, 0, 3500, 0, "no idling limit" },
        { 3600, 900, 0, 0, 200000, 200000, 200100, 0, "no absolute limit" },
        { 0, 0, 0, 0, 0, 0, 1e9, 0, "no limit at all" },
        { 3600, 900, 86400, 500, 500, 500, 0, 0, "made in the future: the clock was set back" },
    };
    size_t i;

    (void)p;
    for (i = 0; i < COUNT(rows); i++) {
        gw_session_limits limits = { S(rows[i].rolling), S(rows[i].idling), S(rows[i].absolute), -1, 0 };
        gw_session_stamp stamp = stamp_of(rows[i].created, rows[i].renewed, rows[i].touched);

        is_int(gw_session_is_over(&stamp, &limits, BASE + S(rows[i].now)), rows[i].want, rows[i].why);
    }
}

static void test_renewal(apr_pool_t *p)
{
    static const struct { double rolling, renew, now; int want; const char *why; } rows[] = {
        { 100, -1, 75, 0, "three quarters have gone" },
        { 100, -1, 75.1, 1, "more than three quarters" },
        { 0, -1, 1e6, 0, "what does not roll is not renewed" },
        { 3600, 600, 2999, 0, "cookie_renew: 601 seconds remain of 600" },
        { 3600, 600, 3001, 1, "cookie_renew: 599 seconds remain" },
        { 3600, 600, 2800, 0, "cookie_renew replaces the rule of three quarters" },
        { 3600, 0, 3599, 0, "cookie_renew=0: never" },
        { 60, 600, 0, 0, "cookie_renew above the lifetime: not at once" },
        { 60, 600, 1, 1, "but as soon as any time has gone" },
    };
    size_t i;

    (void)p;
    for (i = 0; i < COUNT(rows); i++) {
        gw_session_limits limits = { .rolling = S(rows[i].rolling), .renew = rows[i].renew < 0 ? -1 : S(rows[i].renew) };
        gw_session_stamp stamp = stamp_of(0, 0, 0);

        is_int(gw_session_is_to_renew(&stamp, &limits, BASE + S(rows[i].now)), rows[i].want, rows[i].why);
    }
}

/* A cookie is good for the grace after a renewal, so that the next one may not come before. */
static void test_rest(apr_pool_t *p)
{
    static const struct { apr_uint32_t renewals; double rolling, renew, rest, now; int want; const char *why; } rows[] = {
        { 0, 60, 600, 10, 1, 1, "the first renewal need not wait for any before it" },
        { 1, 60, 600, 10, 10, 0, "nobody falls two numbers behind within the grace" },
        { 1, 60, 600, 10, 10.1, 1, "then it is time" },
        { 1, 60, 6, 10, 54.1, 1, "less than cookie_renew remains: longer ago than that anyway" },
        { 7, 100, -1, 10, 75.1, 1, "so it is with a quarter" },
        { 1, 60, 600, 0, 0.1, 1, "no grace, no rest" },
    };
    size_t i;

    (void)p;
    for (i = 0; i < COUNT(rows); i++) {
        gw_session_limits limits = { .rolling = S(rows[i].rolling), .renew = rows[i].renew < 0 ? -1 : S(rows[i].renew),
                                     .rest = S(rows[i].rest) };
        gw_session_stamp stamp = stamp_of(0, 0, 0);

        stamp.renewals = rows[i].renewals;
        is_int(gw_session_is_to_renew(&stamp, &limits, BASE + S(rows[i].now)), rows[i].want, rows[i].why);
    }
}

static void test_touch(apr_pool_t *p)
{
    static const struct { double idling, now; int want; const char *why; } rows[] = {
        { 900, 60, 0, "a minute" },
        { 900, 60.1, 1, "more than a minute" },
        { 40, 10, 0, "a quarter of a short limit" },
        { 40, 10.1, 1, "more than a quarter: it must not end between two touches" },
        { 0, 1e6, 0, "no limit, nothing to put off" },
    };
    size_t i;

    (void)p;
    for (i = 0; i < COUNT(rows); i++) {
        gw_session_limits limits = { .idling = S(rows[i].idling) };
        gw_session_stamp stamp = stamp_of(0, 0, 0);

        is_int(gw_session_is_to_touch(&stamp, &limits, BASE + S(rows[i].now)), rows[i].want, rows[i].why);
    }
}

static void test_left(apr_pool_t *p)
{
    const gw_session_limits limits = { S(100), S(30), S(1000), -1, 0 }, none = { 0, 0, 0, -1, 0 };
    const int all = GW_SESSION_ROLLING | GW_SESSION_IDLING | GW_SESSION_ABSOLUTE;
    gw_session_stamp stamp = stamp_of(0, 10, 20);

    (void)p;
    is_int(gw_session_left_s(&stamp, &limits, GW_SESSION_ROLLING, BASE + S(25)), 85, "rolling");
    is_int(gw_session_left_s(&stamp, &limits, GW_SESSION_IDLING, BASE + S(25)), 25, "idling");
    is_int(gw_session_left_s(&stamp, &limits, GW_SESSION_ABSOLUTE, BASE + S(25)), 975, "absolute");
    is_int(gw_session_left_s(&stamp, &limits, all, BASE + S(25)), 25, "the shortest");
    is_int(gw_session_left_s(&stamp, &limits, all, BASE + S(500)), 0, "never less than none");
    is_int(gw_session_left_s(&stamp, &none, all, BASE), -1, "no limit");
    is_int(gw_session_last_end(&limits, BASE), BASE + S(1000), "what is forbidden now is so until the absolute end");
    is_int(gw_session_last_end(&(gw_session_limits){ S(100), 0, 0, -1, 0 }, BASE), BASE + S(100), "or the rolling one");
    ok(gw_session_last_end(&none, BASE) > BASE + S(3e9), "or for ever");
}

static void test_standing(apr_pool_t *p)
{
    static const struct { apr_uint32_t cookie; int row; double now; gw_session_standing want; const char *why; } rows[] = {
        { 2, 2, 500, GW_SESSION_CURRENT, "the same number" },
        { 3, 2, 500, GW_SESSION_CURRENT, "a cookie that is ahead of what this child knows" },
        { 1, 2, 10, GW_SESSION_LATE, "renewed ten seconds ago" },
        { 1, 2, 10.1, GW_SESSION_STALE, "renewed longer ago than the grace lasts" },
        { 0, 2, 1, GW_SESSION_STALE, "two renewals behind" },
    };
    size_t i;

    (void)p;
    for (i = 0; i < COUNT(rows); i++) {
        gw_session_stamp stamp = { .renewals = rows[i].cookie };

        is_int(gw_session_stand(&stamp, rows[i].row, BASE, S(10), BASE + S(rows[i].now)), rows[i].want, rows[i].why);
    }
}

static json_t *process(const char **why, const char *sent, apr_pool_t *p)
{
    json_t *config = json_loads(sent, 0, NULL);
    const gw_error *err;

    err = gw_schema_process(&gw_session_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, 0, p);
    *why = err != NULL ? err->message : NULL;
    return config;
}

/* Names of the first version are taken and shown by the present ones. */
static void test_names(apr_pool_t *p)
{
    static const struct { const char *sent, *field, *want; } rows[] = {
        { "{}", "rolling_timeout", "3600" },
        { "{}", "idling_timeout", "900" },
        { "{}", "absolute_timeout", "86400" },
        { "{}", "stale_ttl", "10" },
        { "{}", "cookie_renew", "null" },
        { "{}", "cookie_same_site", "\"Strict\"" },
        { "{}", "logout_methods", "[\"POST\", \"DELETE\"]" },
        { "{\"cookie_lifetime\":60}", "rolling_timeout", "60" },
        { "{\"cookie_lifetime\":60,\"rolling_timeout\":70}", "rolling_timeout", "60" },
        { "{\"cookie_lifetime\":null}", "rolling_timeout", "3600" },
        { "{\"cookie_renew\":600}", "cookie_renew", "600" },
        { "{\"cookie_idletime\":5}", "idling_timeout", "5" },
        { "{\"cookie_idletime\":null}", "idling_timeout", "0" },
        { "{\"cookie_discard\":3}", "stale_ttl", "3" },
        { "{\"cookie_samesite\":\"Lax\"}", "cookie_same_site", "\"Lax\"" },
        { "{\"cookie_samesite\":\"off\"}", "cookie_same_site", "\"Lax\"" },
        { "{\"cookie_httponly\":false}", "cookie_http_only", "false" },
        { "{\"cookie_persistent\":true}", "remember", "true" },
    };
    const char *why;
    json_t *config;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        char *got;

        config = process(&why, rows[i].sent, p);
        got = json_dumps(json_object_get(config, rows[i].field), JSON_ENCODE_ANY);
        is_str(why, NULL, rows[i].sent);
        is_str(got, rows[i].want, rows[i].field);
        free(got);
        json_decref(config);
    }
    config = process(&why, "{}", p);
    is_int((long long)strlen(json_string_value(json_object_get(config, "secret"))), 44, "a secret is made");
    json_decref(config);
}

static void test_refusals(apr_pool_t *p)
{
    static const struct { const char *sent, *want; } rows[] = {
        { "{\"cookie_lifetime\":\"x\"}", "schema violation (cookie_lifetime: expected a number)" },
        { "{\"cookie_samesite\":\"Default\"}", "schema violation (cookie_samesite: expected one of: Strict, Lax, None, off)" },
        { "{\"cookie_same_site\":\"off\"}", "schema violation (cookie_same_site: expected one of: Strict, Lax, None, Default)" },
        { "{\"storage\":\"redis\"}", "schema violation (storage: expected one of: cookie, kong)" },
        { "{\"logout_methods\":[\"PUT\"]}", "schema violation (logout_methods: expected one of: GET, POST, DELETE)" },
        { "{\"cookie_path\":\"x\"}", "schema violation (cookie_path: must start with: /)" },
        { "{\"cookie_path\":\"/; HttpOnly\"}", "schema violation (cookie_path: must be printable ASCII without blanks, semicolons and commas)" },
        { "{\"cookie_domain\":\"a;b\"}", "schema violation (cookie_domain: must be printable ASCII without blanks, semicolons and commas)" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *why;
        json_t *config = process(&why, rows[i].sent, p);

        if (why != NULL && strstr(rows[i].want, "logout_methods") != NULL)
            ok(strstr(why, "logout_methods") != NULL, rows[i].sent);
        else
            is_str(why, rows[i].want, rows[i].sent);
        json_decref(config);
    }
}

static void test_prepare(apr_pool_t *p)
{
    static const struct { const char *sent, *want; } rows[] = {
        { "{}", "; Path=/; SameSite=Strict; Secure; HttpOnly" },
        { "{\"cookie_secure\":false}", "; Path=/; SameSite=Strict; HttpOnly" },
        { "{\"cookie_domain\":\"example.com\",\"cookie_path\":\"/a\",\"cookie_same_site\":\"Default\"}",
          "; Domain=example.com; Path=/a; Secure; HttpOnly" },
        { "{\"cookie_httponly\":false,\"cookie_samesite\":\"None\"}", "; Path=/; SameSite=None; Secure" },
    };
    gw_arena *arena = gw_arena_make(0);
    gw_session_conf *conf;
    const char *why;
    json_t *config;
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        config = process(&why, rows[i].sent, p);
        conf = gw_arena_calloc(arena, sizeof(*conf));
        gw_schema_compile(&gw_session_conf_schema, config, conf, arena);
        is_str(gw_session_conf_prepare(conf, arena, p), NULL, rows[i].sent);
        is_str(conf->attributes, rows[i].want, "attributes, in their order");
        json_decref(config);
    }
    config = process(&why, "{\"remember\":true,\"remember_cookie_name\":\"session\",\"response_headers\":[\"id\"],"
                           "\"cookie_renew\":0,\"storage\":\"kong\"}", p);
    conf = gw_arena_calloc(arena, sizeof(*conf));
    gw_schema_compile(&gw_session_conf_schema, config, conf, arena);
    is_str(gw_session_conf_prepare(conf, arena, p), "remember_cookie_name: must differ from cookie_name",
           "two cookies of one name would be none");
    conf->remember = 0;
    is_str(gw_session_conf_prepare(conf, arena, p), NULL, "unless there is only one");
    is_int(conf->limits.renew, 0, "cookie_renew=0 was given");
    is_int(conf->is_in_cookie, 0, "storage");
    is_int(conf->response_told, 1 << GW_SESSION_TELL_ID, "headers");
    ok(gw_session_is_logout_method(conf, "POST") && gw_session_is_logout_method(conf, "DELETE"), "methods of a logout");
    ok(!gw_session_is_logout_method(conf, "GET") && !gw_session_is_logout_method(conf, "post"), "and others");
    json_decref(config);
    gw_arena_destroy(arena);
}

static void test_logout(apr_pool_t *p)
{
    static const struct { const char *type, *body; int want; const char *why; } rows[] = {
        { "application/x-www-form-urlencoded", "a=1&session_logout=true", 1, "a form" },
        { "application/x-www-form-urlencoded", "session_logout", 1, "whatever its value" },
        { "application/x-www-form-urlencoded; charset=utf-8", "session%5flogout=", 1, "however it is written" },
        { "application/x-www-form-urlencoded", "xsession_logout=1", 0, "another field" },
        { "application/json", "{\"session_logout\":false}", 1, "JSON" },
        { "application/json", "{\"a\":{\"session_logout\":true}}", 0, "not at the top" },
        { "application/json", "[\"session_logout\"]", 0, "no object" },
        { "application/json", "{\"session_logout\":true", 0, "garbled" },
        { "application/json", "{\"id\":18446744073709551615,\"session_logout\":1}", 1, "beside a large integer" },
        { "multipart/form-data; boundary=b",
          "--b\r\nContent-Disposition: form-data; name=\"session_logout\"\r\n\r\n1\r\n--b--\r\n", 1, "multipart" },
        { "multipart/form-data; boundary=b",
          "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nsession_logout\r\n--b--\r\n", 0, "another part" },
        { "text/plain", "session_logout=1", 0, "text has no fields" },
        { NULL, "session_logout=1", 0, "nor has what has no type" },
        { "application/json", "", 0, "nothing" },
    };
    const char *body;
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        is_int(gw_logout_is_in_body(rows[i].type, rows[i].body, strlen(rows[i].body), "session_logout", p),
               rows[i].want, rows[i].why);
    body = object_of_values("\"session_logout\":1", GW_JSON_BODY_VALUES, p);
    is_int(gw_logout_is_in_body("application/json", body, strlen(body), "session_logout", p), 1, "among many values");
    body = object_of_values("\"session_logout\":1", GW_JSON_BODY_VALUES + 1, p);
    is_int(gw_logout_is_in_body("application/json", body, strlen(body), "session_logout", p), 0, "among too many");
    is_int(gw_logout_is_in_query("a=1&session_logout=0", "session_logout", p), 1, "in a query string");
    is_int(gw_logout_is_in_query("session_logout", "session_logout", p), 1, "bare");
    is_int(gw_logout_is_in_query("a=session_logout", "session_logout", p), 0, "as a value");
    is_int(gw_logout_is_in_query(NULL, "session_logout", p), 0, "no query string");
}

int main(void)
{
    static void (*const tests[])(apr_pool_t *) = { test_end, test_renewal, test_rest, test_touch, test_left,
                                                   test_standing, test_names, test_refusals, test_prepare, test_logout };
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 0; i < COUNT(tests); i++)
        tests[i](p);
    apr_pool_destroy(p);
    return done();
}
