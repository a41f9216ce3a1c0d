/* SPDX-License-Identifier: Apache-2.0 */
/*
 * basicauth_test.c - headers of basic-auth, its field tables, what becomes of a password that is written, and which
 * pairs are remembered.
 */
#include "basic_header.h"
#include "basicauth_schema.h"
#include "password.h"
#include "schema.h"
#include "tap.h"
#include "verified_pairs.h"

#include <stdlib.h>
#include <apr_general.h>
#include <apr_strings.h>

DO_NOT_LOOK_FOR_LEAKS

static void test_headers(apr_pool_t *p)
{
    static const struct { const char *header, *username, *password, *why; } rows[] = {
        { "Basic YWxpY2U6c2VjcmV0", "alice", "secret", "name and password" },
        { "bAsIc YWxpY2U6c2VjcmV0", "alice", "secret", "the scheme in any case" },
        { "  Basic \t YWxpY2U6c2VjcmV0  ", "alice", "secret", "blanks around" },
        { "Basic YTpiOmM=", "a", "b:c", "a password with a colon" },
        { "Basic YTo=", "a", "", "an empty password" },
        { "Basic YTo", "a", "", "no padding" },
        { "Basic YTrDvz8_", "a", "\xc3\xbf??", "the alphabet of base64url" },
        { "Basic Og==", NULL, NULL, "no name" },
        { "Basic OmI=", NULL, NULL, "a password alone" },
        { "Basic YWxpY2U=", NULL, NULL, "no colon" },
        { "Basic", NULL, NULL, "nothing" },
        { "Basic ", NULL, NULL, "nothing but a blank" },
        { "BasicYWxpY2U6c2VjcmV0", NULL, NULL, "no blank" },
        { "Bearer YWxpY2U6c2VjcmV0", NULL, NULL, "another scheme" },
        { "Basic YWxpY2U6c2VjcmV0 x", NULL, NULL, "a second word" },
        { "Basic YWxpY2U6c2VjcmV0, Basic YTpi", NULL, NULL, "two headers joined" },
        { "Basic !!!!", NULL, NULL, "no base64" },
        { "Basic YQBiOmM=", NULL, NULL, "a NUL in the name" },
        { "Basic YTpiAGM=", NULL, NULL, "a NUL in the password" },
        { "", NULL, NULL, "an empty header" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_basic_pair pair = { NULL, NULL };

        is_int(gw_basic_parse(&pair, rows[i].header, p), rows[i].username != NULL, rows[i].why);
        is_str(pair.username, rows[i].username, rows[i].why);
        is_str(pair.password, rows[i].password, rows[i].why);
    }
}

static void test_conf(apr_pool_t *p)
{
    json_t *config = json_object();
    gw_arena *arena = gw_arena_make(256);
    gw_basicauth_conf conf = { 0 };
    char *shown;

    ok(gw_schema_process(&gw_basicauth_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, 0, p) == NULL,
       "nothing need be configured");
    shown = json_dumps(config, JSON_COMPACT);
    is_str(shown, "{\"anonymous\":null,\"hide_credentials\":false,\"realm\":\"service\"}", "defaults");
    gw_schema_compile(&gw_basicauth_conf_schema, config, &conf, arena);
    ok(gw_basicauth_conf_prepare(&conf, arena, p) == NULL, "compiled");
    is_str(conf.challenge, "Basic realm=\"service\"", "challenge");
    free(shown);
    json_decref(config);
    config = json_pack("{s:s}", "realm", "two\r\nlines");
    ok(gw_schema_process(&gw_basicauth_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, 0, p) != NULL,
       "a realm is one line");
    json_decref(config);
    gw_arena_destroy(arena);
}

static json_t *row_of(const char *password, const char *consumer_id)
{
    return json_pack("{s:s, s:s, s:{s:s}}", "username", "alice", "password", password, "consumer", "id", consumer_id);
}

static const char *password_of(const json_t *row)
{
    return json_string_value(json_object_get(row, "password"));
}

static void test_transform(apr_pool_t *p)
{
    json_t *old = row_of("secret", "one"), *row;
    const gw_error *err;

    ok(gw_basicauth_transform(old, NULL, p) == NULL, "a new row");
    ok(strncmp(password_of(old), "$y$", 3) == 0, "its password is hashed");

    row = row_of(password_of(old), "one");
    ok(gw_basicauth_transform(row, old, p) == NULL, "the hash given back");
    is_str(password_of(row), password_of(old), "stays what it is");
    json_decref(row);

    row = row_of("secret", "one");
    ok(gw_basicauth_transform(row, old, p) == NULL, "the password again");
    ok(strncmp(password_of(row), "$y$", 3) == 0 && strcmp(password_of(row), password_of(old)) != 0,
       "gets another salt");
    json_decref(row);

    row = row_of(password_of(old), "two");
    err = gw_basicauth_transform(row, old, p);
    ok(err != NULL && err->code == GW_E_SCHEMA, "another consumer without a password");
    is_str(err != NULL ? err->message : NULL,
           "schema violation (all or none of these fields must be set: 'password', 'consumer.id')", "is told so");
    json_decref(row);

    row = row_of("secret", "two");
    ok(gw_basicauth_transform(row, old, p) == NULL, "another consumer with one");
    json_decref(row);

    row = row_of(password_of(old), "one");
    ok(gw_basicauth_transform(row, NULL, p) == NULL && strcmp(password_of(row), password_of(old)) != 0,
       "in a new row the text of a hash is a password like any other");
    json_decref(row);
    json_decref(old);
}

static void test_pairs(apr_pool_t *p)
{
    static gw_verified_pairs *pairs, *others;
    gw_pair_mark mark, other;
    char *text = apr_pcalloc(p, 1001);

    memset(text, 'x', 1000);
    pairs = gw_verified_pairs_make(100, 1000, p);
    others = gw_verified_pairs_make(100, 1000, p);
    gw_pair_mark_make(&mark, pairs, "id", 7, "secret");
    ok(!gw_verified_pairs_has(pairs, &mark, 1), "not known at first");
    gw_verified_pairs_put(pairs, &mark, 1);
    ok(gw_verified_pairs_has(pairs, &mark, 2), "known");
    ok(!gw_verified_pairs_has(pairs, &mark, 1002), "for its time");
    gw_verified_pairs_put(pairs, &mark, 1002);
    ok(gw_verified_pairs_has(pairs, &mark, 1003), "and anew");

    gw_pair_mark_make(&other, pairs, "id", 7, "Secret");
    ok(!gw_verified_pairs_has(pairs, &other, 1003), "another password");
    gw_pair_mark_make(&other, pairs, "id", 8, "secret");
    ok(!gw_verified_pairs_has(pairs, &other, 1003), "a row that changed");
    gw_pair_mark_make(&other, pairs, "ids", 7, "ecret");
    ok(!gw_verified_pairs_has(pairs, &other, 1003), "the same letters parted elsewhere");
    gw_pair_mark_make(&other, others, "id", 7, "secret");
    ok(memcmp(&mark, &other, sizeof(mark)) != 0, "another process has other marks");

    gw_pair_mark_make(&mark, pairs, "id", 7, text);
    gw_verified_pairs_put(pairs, &mark, 1);
    text[999] = 'y';
    gw_pair_mark_make(&other, pairs, "id", 7, text);
    ok(gw_verified_pairs_has(pairs, &mark, 1) && !gw_verified_pairs_has(pairs, &other, 1), "long passwords to their end");
}

int main(void)
{
    static apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    test_headers(p);
    test_conf(p);
    test_transform(p);
    test_pairs(p);
    return done();
}
