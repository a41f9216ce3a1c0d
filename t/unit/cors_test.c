/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cors_test.c - which origins are admitted and what they are told; what may be configured.
 */
#include "cors_schema.h"
#include "schema_tap.h"

static gw_cors_conf *make_conf(const char *text, gw_arena *arena)
{
    json_t *config = parse(text);
    gw_cors_conf *conf = gw_arena_calloc(arena, sizeof(*conf));

    ok(gw_schema_process(&gw_cors_conf_schema, config, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW, pool) == NULL,
       text);
    gw_schema_compile(&gw_cors_conf_schema, config, conf, arena);
    gw_cors_conf_prepare(conf, arena, pool);
    json_decref(config);
    return conf;
}

static void check_origins(void)
{
    static const struct { const char *origins, *client, *want, *why; } rows[] = {
        { "null", NULL, "*", "nothing is configured" },
        { "[]", "http://a.com", "*", "an empty list is nothing" },
        { "[\"*\"]", "http://a.com", "*", "all" },
        { "[\"https://a.com\"]", NULL, "https://a.com", "one literal is told to whoever asks" },
        { "[\"https://a.com\"]", "https://b.com", "https://a.com", "and to whoever it is not" },
        { "[\"https://a.com\",\"https://b.com\"]", "https://b.com", "https://b.com", "one of two" },
        { "[\"https://a.com\",\"https://b.com\"]", "https://c.com", NULL, "none of two" },
        { "[\"https://a.com\",\"https://b.com\"]", NULL, NULL, "no origin is none of two" },
        { "[\"https://a.com\",\"https://b.com\"]", "http://b.com", NULL, "another scheme" },
        { "[\"https://a.com\",\"https://b.com\"]", "https://b.com:8443", NULL, "another port" },
        { "[\"https://a.com\",\"https://b.com\"]", "https://b.com:443", "https://b.com", "the scheme's own port" },
        { "[\"https://a.com:443\",\"http://b.com:80\"]", "https://a.com", "https://a.com", "configured with its port" },
        { "[\"https://a.com:443\",\"http://b.com:80\"]", "http://b.com", "http://b.com", "the other scheme's" },
        { "[\"https://a.com:80\",\"x\"]", "https://a.com", NULL, "80 is not https's port" },
        { "[\"https://A.com\",\"x\"]", "https://a.com", "https://a.com", "hosts have no case" },
        { "[\"a.com\",\"b.com\"]", "https://b.com:8443", "https://b.com:8443", "a host alone: any scheme and port" },
        { "[\"a.com\",\"b.com\"]", "https://x.b.com", NULL, "but no other host" },
        { "[\"a.com\",\"b.com\"]", "https://b.com@evil.com", NULL, "no user names" },
        { "[\"a.com\",\"b.com\"]", "http://b.com:80:80", NULL, "no two ports" },
        { "[\"a.com\",\"b.com\"]", "http://b.com:8o", NULL, "no port that is none" },
        { "[\".*\\\\.a\\\\.com\",\"b.com\"]", "http://evil.com:80:x.a.com", NULL, "nor a host behind it" },
        { "[\".*\\\\.a\\\\.com\",\"b.com\"]", "http://evil.com@x.a.com", NULL, "nor behind a user's name" },
        { "[\"file://\",\"b.com\"]", "file://", "file://", "an application's own" },
        { "[\"a.com\",\"b.com\"]", "null", NULL, "an opaque origin" },
        { "[\"null\",\"b.com\"]", "null", "null", "unless it is configured" },
        { "[\"https://.*\\\\.a\\\\.com\"]", "https://x.a.com", "https://x.a.com", "a regex" },
        { "[\"https://.*\\\\.a\\\\.com\"]", "https://x.a.com.evil.com", NULL, "over the whole, at its end" },
        { "[\"https://.*\\\\.a\\\\.com\"]", "xhttps://x.a.com", NULL, "and at its begin" },
        { "[\"^https://x\\\\.com$\"]", "https://x.com", "https://x.com", "a regex with anchors of its own" },
        { "[\"https://a\\\\.com|https://b\\\\.com\"]", "https://a.com.evil.com", NULL, "each branch is anchored" },
        { "[\"https://a\\\\.com|https://b\\\\.com\"]", "https://b.com", "https://b.com", "each branch counts" },
        { "[\".*\\\\.a\\\\.com\"]", "http://x.a.com:81", "http://x.a.com:81", "a regex without a colon: the host" },
        { "[\".*\\\\.a\\\\.com\"]", "http://evil.com/.a.com", NULL, "no paths" },
        { "[\"*\",\"https://a.com\"]", "https://c.com", "https://c.com", "all, among others" },
        { "[\"http://[::1]:80\",\"x\"]", "http://[::1]", "http://[::1]", "IPv6" },
        { "[\"https://(a+)+b\",\"x\"]", "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", NULL, "it ends in time" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_arena *arena = gw_arena_make(0);
        gw_cors_conf *conf = make_conf(apr_psprintf(pool, "{\"origins\":%s}", rows[i].origins), arena);

        is_str(gw_cors_origins_admit(conf->origins, rows[i].client, pool), rows[i].want, rows[i].why);
        gw_cors_conf_destroy(conf);
        gw_arena_destroy(arena);
    }
}

static void check_headers(void)
{
    gw_arena *arena = gw_arena_make(0);
    gw_cors_conf *conf = make_conf("{}", arena);

    is_str(conf->allow_methods, "GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT", "all methods");
    is_str(conf->allow_headers, NULL, "no headers");
    is_str(conf->max_age_text, NULL, "no age");
    gw_cors_conf_destroy(conf);
    conf = make_conf("{\"methods\":[\"GET\"],\"headers\":[\"A\",\"B\"],\"exposed_headers\":[\"C\"],\"max_age\":0}", arena);
    is_str(conf->allow_methods, "GET", "one method");
    is_str(conf->allow_headers, "A,B", "two headers");
    is_str(conf->expose_headers, "C", "one to read");
    is_str(conf->max_age_text, "0", "an age of nothing");
    gw_cors_conf_destroy(conf);
    conf = make_conf("{\"max_age\":3600}", arena);
    is_str(conf->max_age_text, "3600", "an hour");
    gw_cors_conf_destroy(conf);
    gw_arena_destroy(arena);
}

static void check_refusals(void)
{
    static const struct { const char *config, *tree; } rows[] = {
        { "{\"origins\":[\"https://(\"]}", "{\"origins\":[\"'https://(' is not a valid regex\"]}" },
        { "{\"origins\":[\"a.com\",\"**\"]}", "{\"origins\":[null,\"'**' is not a valid regex\"]}" },
        { "{\"methods\":[\"GRAB\"]}",
          "{\"methods\":[\"expected one of: GET, HEAD, PUT, PATCH, POST, DELETE, OPTIONS, TRACE, CONNECT\"]}" },
        { "{\"headers\":[\"a\\r\\nb\"]}", "{\"headers\":[\"must not contain control characters\"]}" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *config = parse(rows[i].config);
        const gw_error *err = gw_schema_process(&gw_cors_conf_schema, config, NULL, GW_WRITE_INSERT,
                                                GW_UNKNOWN_REFUSE, NOW, pool);

        is_json(err ? err->fields : NULL, rows[i].tree, rows[i].config);
        json_decref(config);
    }
}

int main(void)
{
    begin();
    check_origins();
    check_headers();
    check_refusals();
    return end();
}
