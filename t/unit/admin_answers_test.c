/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Admin API says: the error catalogue, offsets, tag filters, units, warnings, and whom it talks to.
 */
#include "byte_units.h"
#include "error_render.h"
#include "json_pool.h"
#include "origin_check.h"
#include "page_offset.h"
#include "row_warnings.h"
#include "tag_filter.h"
#include "text.h"
#include "tap.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <stdlib.h>

#define U "0a0a0a0a-0000-4000-8000-00000000000a"

static const struct { gw_error_code code; const char *message, *fields; int status; const char *want,
*why; } errors[] = {
    { GW_E_PRIMARY_KEY_INVALID, "m", "{\"id\":\"e\"}", 400,
      "{\"code\":1,\"fields\":{\"id\":\"e\"},\"message\":\"m\",\"name\":\"invalid primary key\"}", "code 1" },
    { GW_E_SCHEMA, "m", "{\"a\":\"e\"}", 400,
      "{\"code\":2,\"fields\":{\"a\":\"e\"},\"message\":\"m\",\"name\":\"schema violation\"}", "code 2" },
    { GW_E_PRIMARY_KEY, "m", "{\"id\":\"e\"}", 400,
      "{\"code\":3,\"fields\":{\"id\":\"e\"},\"message\":\"m\",\"name\":\"primary key violation\"}", "code 3 is 400" },
    { GW_E_FOREIGN_KEY, "m", "{}", 400,
      "{\"code\":4,\"fields\":{},\"message\":\"m\",\"name\":\"foreign key violation\"}", "code 4" },
    { GW_E_UNIQUE, "m", "{\"a\":null}", 409,
      "{\"code\":5,\"fields\":{\"a\":null},\"message\":\"m\",\"name\":\"unique constraint violation\"}", "code 5" },
    { GW_E_NOT_FOUND, "m", "{}", 404, "{\"code\":6,\"fields\":{},\"message\":\"m\",\"name\":\"not found\"}", "code 6" },
    { GW_E_OFFSET, "m", NULL, 400, "{\"code\":7,\"message\":\"m\",\"name\":\"invalid offset\"}", "code 7" },
    { GW_E_DATABASE, "the password is x", NULL, 500, "{\"message\":\"An unexpected error occurred\"}",
      "code 8 tells nothing" },
    { GW_E_SIZE, "m", NULL, 400, "{\"code\":9,\"message\":\"m\",\"name\":\"invalid size\"}", "code 9" },
    { GW_E_OPTIONS, "m", "{\"tags\":\"e\"}", 400,
      "{\"code\":11,\"message\":\"m\",\"name\":\"invalid options\",\"options\":{\"tags\":\"e\"}}",
      "code 11 has options" },
    { GW_E_UNSUPPORTED, "m", NULL, 405, "{\"code\":12,\"message\":\"m\",\"name\":\"operation unsupported\"}",
      "code 12" },
    { GW_E_FOREIGN_UNRESOLVED, "m", "{}", 400,
      "{\"code\":13,\"fields\":{},\"message\":\"m\",\"name\":\"foreign keys unresolved\"}", "code 13" },
    { GW_E_DECLARATIVE, "m", "{}", 400,
      "{\"code\":14,\"fields\":{},\"message\":\"m\",\"name\":\"invalid declarative configuration\"}", "code 14" },
    { GW_E_UNAVAILABLE, "m", NULL, 503,
      "{\"message\":\"Service unavailable: the database is away; nothing was written\"}", "away" },
};

static void is_json(json_t *got, const char *want, const char *why)
{
    char *text = json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

    is_str(text, want, why);
    free(text);
    json_decref(got);
}

static void check_errors(apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < COUNT(errors); i++) {
        json_t *fields = errors[i].fields != NULL ? json_loads(errors[i].fields, 0, NULL) : NULL;
        const gw_error *err = gw_error_make(errors[i].code, errors[i].message, fields, p);
        int status = 0;

        is_json(gw_error_render(&status, err, p), errors[i].want, errors[i].why);
        is_int(status, errors[i].status, errors[i].why);
    }
    is_json(gw_invalid_unique_render("name", "bad", p),
    "{\"code\":10,\"message\":\"bad\",\"name\":\"invalid unique name\"}", "code 10");
    is_json(gw_message_render("a\xff\"", p), "{\"message\":\"a\xef\xbf\xbd\\\"\"}", "bytes that are no text");
}

static const struct { const char *offset, *want, *why; } offsets[] = {
    { "WyIwYTBhMGEwYS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMGEiXQ", NULL, "our own" },
    { "WyIwYTBhMGEwYS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMGEiXQ==", NULL, "with padding" },
    { "x", "'x' is not a valid offset: bad base64 encoding", "too short for base64" },
    { "!!!!", "'!!!!' is not a valid offset: bad base64 encoding", "no base64" },
    { "", "'' is not a valid offset: bad base64 encoding", "empty" },
    { "aGVsbG8", "'aGVsbG8' is not a valid offset: bad json encoding", "base64 of something else" },
    { "WyJ4Il0", "'WyJ4Il0' is not a valid offset: bad json encoding", "no uuid" },
    { "WzEse31d", "'WzEse31d' is not a valid offset: bad json encoding", "another list" },
};

static void check_offsets(apr_pool_t *p)
{
    char *lengthy = apr_palloc(p, 1000001);
    const char *id = NULL;
    size_t i;

    is_str(gw_offset_format(U, p), offsets[0].offset, "formatted without padding");
    is_str(gw_offset_parse(&id, gw_offset_format("0A0A0A0A-0000-4000-8000-00000000000A", p), p), NULL, "in capitals");
    is_str(id, U, "is the same place");
    for (i = 0; i < COUNT(offsets); i++) {
        id = NULL;
        is_str(gw_offset_parse(&id, offsets[i].offset, p), offsets[i].want, offsets[i].why);
        is_str(id, offsets[i].want == NULL ? U : NULL, offsets[i].why);
    }
    memset(lengthy, 'A', 1000000);
    lengthy[1000000] = '\0';
    ok(gw_offset_parse(&id, lengthy, p) != NULL, "a megabyte");
}

static const struct { const char *text; apr_int64_t want; const char *why; } number_offsets[] = {
    { "[\"1\"]", 1, "the first" },
    { "[\"999999999999999999\"]", APR_INT64_C(999999999999999999), "a large one" },
    { "[\"9999999999999999999\"]", 0, "more than 64 bits hold" },
    { "[\"0\"]", 0, "none" },
    { "[\"-1\"]", 0, "below none" },
    { "[\"\"]", 0, "no digits" },
    { "[\"1 \"]", 0, "white space" },
    { "[\"1\"]x", 0, "something behind it" },
    { "[1]", 0, "no string" },
    { "[\"1", 0, "half of it" },
    { "[]", 0, "an empty list" },
};

static void check_number_offsets(apr_pool_t *p)
{
    apr_int64_t number;
    size_t i;

    is_str(gw_number_offset_parse(&number, gw_number_offset_format(123, p), p), NULL, "our own");
    is_int(number, 123, "comes back");
    ok(gw_number_offset_parse(&number, "!!", p) != NULL, "no base64");
    ok(gw_number_offset_parse(&number, "", p) != NULL, "empty");
    for (i = 0; i < sizeof(number_offsets) / sizeof(number_offsets[0]); i++) {
        const char *text = number_offsets[i].text;
        const char *why = gw_number_offset_parse(&number, gw_base64url_encode(text, strlen(text), p), p);

        is_int(why == NULL, number_offsets[i].want > 0, number_offsets[i].why);
        is_int(why == NULL ? number : 0, number_offsets[i].want, number_offsets[i].why);
    }
}

static const struct { const char *offset, *want, *why; } tag_offsets[] = {
    { "WyJhIiwieCIsInQiXQ", "'WyJhIiwieCIsInQiXQ' is not a valid offset: bad json encoding", "no uuid" },
    { "WyIwYTBhMGEwYS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMGEiXQ",
      "'WyIwYTBhMGEwYS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMGEiXQ' is not a valid offset: bad json encoding",
      "an offset of another list" },
    { "WzEsMiwzXQ", "'WzEsMiwzXQ' is not a valid offset: bad json encoding", "no strings" },
    { "e30", "'e30' is not a valid offset: bad json encoding", "no list" },
    { "", "'' is not a valid offset: bad base64 encoding", "empty" },
    { "!!", "'!!' is not a valid offset: bad base64 encoding", "no base64" },
};

static void check_tag_offsets(apr_pool_t *p)
{
    const gw_tag_offset last = { "consumers", U, "gr\xc3\xbcn \"" };
    gw_tag_offset read = { NULL };
    size_t i;

    is_str(gw_tag_offset_parse(&read, gw_tag_offset_format(&last, p), p), NULL, "a tag's offset is read back");
    is_str(read.entity, last.entity, "its entity");
    is_str(read.id, last.id, "its id");
    is_str(read.tag, last.tag, "its tag");
    for (i = 0; i < COUNT(tag_offsets); i++)
        is_str(gw_tag_offset_parse(&read, tag_offsets[i].offset, p), tag_offsets[i].want, tag_offsets[i].why);
}

static const struct { const char *text, *error; int any, n; const char *why; } filters[] = {
    { "a", NULL, 0, 1, "one tag" },
    { "a,b", NULL, 0, 2, "all of two" },
    { "a/b/c", NULL, 1, 3, "any of three" },
    { "a b,\xc3\xa4", NULL, 0, 2, "blanks and UTF-8" },
    { "a,b,c,d,e", NULL, 0, 5, "five" },
    { "a,b,c,d,e,f", "cannot query more than 5 tags", 0, 0, "six" },
    { "a/b/c/d/e/f", "cannot query more than 5 tags", 0, 0, "any of six" },
    { "a,b/c", "invalid filter syntax", 0, 0, "both" },
    { "a,,b", "invalid filter syntax", 0, 0, "an empty one" },
    { ",a", "invalid filter syntax", 0, 0, "an empty first" },
    { "a,", "invalid filter syntax", 0, 0, "an empty last" },
    { "a\tb", "invalid filter syntax", 0, 0, "a control character" },
    { "a\x7f", "invalid filter syntax", 0, 0, "DEL" },
    { "\xff", "invalid filter syntax", 0, 0, "no UTF-8" },
    { "", "cannot be null", 0, 0, "empty" },
};

static void check_filters(apr_pool_t *p)
{
    size_t i;

    for (i = 0; i < COUNT(filters); i++) {
        gw_tag_filter filter = { .tags = NULL };
        int n = 0;

        is_str(gw_tag_filter_parse(&filter, filters[i].text, strlen(filters[i].text), p), filters[i].error, filters[i].why);
        while (filter.tags != NULL && filter.tags[n] != NULL)
            n++;
        is_int(n, filters[i].n, filters[i].why);
        is_int(filter.is_any, filters[i].any, filters[i].why);
    }
    is_str(gw_tag_filter_parse(&(gw_tag_filter){ .tags = NULL }, "a\0b", 3, p), "invalid filter syntax", "NUL");
}

static const struct { const char *unit, *scale; double bytes; const char *want, *why; } units[] = {
    { NULL, NULL, 136315, "\"0.13 MiB\"", "MiB and two digits by default" },
    { "k", "0", 2048, "\"2 KiB\"", "KiB without digits" },
    { "G", "3", 1610612736, "\"1.500 GiB\"", "capitals" },
    { "b", NULL, 4096, "4096", "bytes are a number" },
    { "m", "x", 1048576, "\"1.00 MiB\"", "a scale that is no number" },
    { "m", "99", 1048576, "\"1.0000000000 MiB\"", "a scale beyond reason" },
};

static void check_units(apr_pool_t *p)
{
    gw_byte_unit unit;
    size_t i;

    for (i = 0; i < COUNT(units); i++) {
        ok(gw_byte_unit_parse(&unit, units[i].unit, units[i].scale, p) == NULL, units[i].why);
        is_json(gw_bytes_format(&unit, units[i].bytes, p), units[i].want, units[i].why);
    }
    is_str(gw_byte_unit_parse(&unit, "V", NULL, p), "invalid unit 'V' (expected 'k/K', 'm/M', or 'g/G')", "a bad unit");
    ok(gw_byte_unit_parse(&unit, "", NULL, p) != NULL, "an empty unit");
    ok(gw_byte_unit_parse(&unit, "kb", NULL, p) != NULL, "two letters");
}

static const struct { const char *entity, *row; int n; const char *why; } warned[] = {
    { "routes", "{\"path_handling\":\"v0\",\"protocols\":[\"http\",\"https\"]}", 0, "an ordinary route" },
    { "routes", "{\"path_handling\":\"v1\",\"protocols\":[\"http\"]}", 1, "path_handling v1" },
    { "routes", "{\"path_handling\":\"v1\",\"protocols\":[\"grpc\"]}", 2, "two at once" },
    { "services", "{\"protocol\":\"tcp\"}", 1, "a service of another protocol" },
    { "services", "{\"protocol\":\"https\",\"path_handling\":\"v1\"}", 0, "fields of other entities" },
    { "plugins", "{\"protocols\":[\"grpc\",\"http\"]}", 0, "plugins say grpc by default" },
    { "upstreams", "{\"algorithm\":\"latency\",\"use_srv_name\":true}", 2, "upstreams" },
    { "jwt_secrets", "{\"algorithm\":\"HS256\",\"rsa_public_key\":\"PEM\"}", 1, "a public key for HS256" },
    { "jwt_secrets", "{\"algorithm\":\"HS256\",\"rsa_public_key\":null}", 0, "HS256 without one" },
    { "jwt_secrets", "{\"algorithm\":\"RS256\",\"rsa_public_key\":\"PEM\"}", 0, "a public key for RS256" },
    { "upstreams", "{\"algorithm\":\"round-robin\",\"use_srv_name\":false}", 0, "an ordinary upstream" },
};

static void check_warnings(void)
{
    size_t i;

    for (i = 0; i < COUNT(warned); i++) {
        json_t *row = json_loads(warned[i].row, 0, NULL);
        int at = 0, n = 0;

        while (gw_row_warning(warned[i].entity, row, &at) != NULL)
            n++;
        is_int(n, warned[i].n, warned[i].why);
        json_decref(row);
    }
}

static const struct { const char *host; int want; const char *why; } hosts[] = {
    { NULL, 1, "no Host" },
    { "127.0.0.1", 1, "an IPv4 address" },
    { "::1", 1, "an IPv6 address" },
    { "[::1]", 1, "in brackets" },
    { "localhost", 1, "localhost" },
    { "localhost.", 1, "with a dot" },
    { "gateway", 1, "a single label" },
    { "node1.example.com", 1, "the machine's name" },
    { "NODE1.example.com.", 1, "in capitals, with a dot" },
    { "admin.example.com", 1, "the server's name" },
    { "listed.example.com", 1, "one of the list" },
    { "evil.example.com", 0, "a stranger" },
    { "127.0.0.1.evil.com", 0, "an address as a prefix" },
    { "1.2.3", 0, "half an address" },
    { "x:y", 0, "nonsense" },
    { "", 0, "empty" },
};

static const struct { const char *origin, *site, *scheme, *host; int want; const char *why; } origins[] = {
    { NULL, NULL, "http", "a:8001", GW_ORIGIN_NONE, "curl" },
    { "http://a:8001", NULL, "http", "a:8001", GW_ORIGIN_TRUSTED, "the same origin" },
    { "http://A:8001", NULL, "http", "a:8001", GW_ORIGIN_TRUSTED, "case" },
    { "http://a", NULL, "http", "a:80", GW_ORIGIN_TRUSTED, "the scheme's own port" },
    { "https://a:443", NULL, "https", "a", GW_ORIGIN_TRUSTED, "and of TLS" },
    { "https://a:8001", NULL, "http", "a:8001", GW_ORIGIN_REFUSED, "another scheme" },
    { "http://a:8002", NULL, "http", "a:8001", GW_ORIGIN_REFUSED, "another port" },
    { "http://b:8001", NULL, "http", "a:8001", GW_ORIGIN_REFUSED, "another host" },
    { "http://a:8001.evil", NULL, "http", "a:8001", GW_ORIGIN_REFUSED, "a longer one" },
    { "http://a:8001:80", NULL, "http", "a:8001", GW_ORIGIN_REFUSED, "one with two ports" },
    { "null", NULL, "http", "a:8001", GW_ORIGIN_REFUSED, "a sandboxed page" },
    { "https://ui.example.com", "cross-site", "http", "a:8001", GW_ORIGIN_TRUSTED, "one of the list" },
    { "https://ui.example.com.evil", NULL, "http", "a:8001", GW_ORIGIN_REFUSED, "one that begins like it" },
    { NULL, "none", "http", "a:8001", GW_ORIGIN_NONE, "typed into the address bar" },
    { "http://evil.example", "none", "http", "a:8001", GW_ORIGIN_REFUSED, "nobody types an Origin" },
    { NULL, "same-origin", "http", "a:8001", GW_ORIGIN_NONE, "our own page reads" },
    { "https://public.example.com", "same-origin", "http", "a:8001", GW_ORIGIN_TRUSTED, "our own page behind a proxy" },
    { NULL, "cross-site", "http", "a:8001", GW_ORIGIN_REFUSED, "an image or a link elsewhere" },
    { NULL, "same-site", "http", "a:8001", GW_ORIGIN_REFUSED, "a neighbour's port" },
    { "http://a:8001", "cross-site", "http", "a:8001", GW_ORIGIN_REFUSED, "the browser knows better" },
    { NULL, "gibberish", "http", "a:8001", GW_ORIGIN_REFUSED, "a word we do not know" },
};

static void check_callers(apr_pool_t *p)
{
    apr_array_header_t *listed = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *allowed = apr_array_make(p, 1, sizeof(const char *));
    size_t i;

    APR_ARRAY_PUSH(listed, const char *) = "listed.example.com";
    APR_ARRAY_PUSH(allowed, const char *) = "https://ui.example.com";
    for (i = 0; i < COUNT(hosts); i++)
        is_int(gw_host_is_known(hosts[i].host, "node1.example.com", "admin.example.com", listed), hosts[i].want,
               hosts[i].why);
    ok(!gw_host_is_known("a.b", NULL, NULL, NULL), "nothing is known");
    for (i = 0; i < COUNT(origins); i++) {
        gw_origin_facts facts = { origins[i].origin, origins[i].site, origins[i].scheme, origins[i].host, allowed };

        is_int(gw_origin_judge(&facts), origins[i].want, origins[i].why);
    }
}

int main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    check_errors(p);
    check_number_offsets(p);
    check_tag_offsets(p);
    check_offsets(p);
    check_filters(p);
    check_units(p);
    check_warnings();
    check_callers(p);
    apr_pool_destroy(p);
    return done();
}
