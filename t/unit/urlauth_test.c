/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urlauth_test.c - what url-auth may be told, what a request is known by, and whose token is good.
 */
#include "schema_tap.h"
#include "url_sign.h"
#include "url_token.h"
#include "arena.h"
#include "text.h"
#include <openssl/evp.h>

#define NOW_S APR_INT64_C(1700000000)

/* The config of this text; NULL and *why when it is refused. Never freed: tests end soon. */
static gw_urlauth_conf *configure(const char **why, const char *text)
{
    json_t *json = parse(text);
    gw_arena *arena = gw_arena_make(0);
    gw_urlauth_conf *conf = gw_arena_calloc(arena, sizeof(*conf));
    const gw_error *err = gw_schema_process(&gw_urlauth_conf_schema, json, NULL, GW_WRITE_INSERT, GW_UNKNOWN_REFUSE, NOW,
                                            pool);

    *why = err != NULL ? err->message : NULL;
    if (err == NULL) {
        gw_schema_compile(&gw_urlauth_conf_schema, json, conf, arena);
        *why = gw_urlauth_conf_prepare(conf, arena, pool);
    }
    json_decref(json);
    apr_pool_cleanup_register(pool, arena, (apr_status_t (*)(void *))(void *)gw_arena_destroy, apr_pool_cleanup_null);
    return *why == NULL ? conf : NULL;
}

static void check_config(void)
{
    const gw_urlauth_conf *conf;
    const char *why;

    conf = configure(&why, "{\"secret_key\":\"s\",\"redisHost\":\"r\",\"redisPort\":7,\"redisPwd\":\"p\","
                     "\"key_claim_name\":\"iss\",\"claims_to_verify\":[\"exp\"],\"service_map\":{\"b\":2,\"a\":10}}");
    if (!ok(conf != NULL, "the names of kong_jwt_url_auth"))
        return;
    is_str(conf->secret, "s", "secret_key");
    is_str(conf->redis.host, "r", "redisHost");
    is_int(conf->redis.port, 7, "redisPort");
    is_str(conf->redis.password, "p", "redisPwd");
    is_int(conf->nservices, 2, "services");
    is_str(conf->services[0].number, "10", "sorted by name");
    is_int((long long)conf->redis.timeout, 1000000, "a second for Redis");
    is_str(conf->alg->name, "HS256", "algorithm");
    ok(conf->needs_redis && !conf->lets_unlisted_pass, "defaults");
    ok(configure(&why, "{\"service_map\":{\"a\":0}}") == NULL, "no secret");
    is_str(why, "secret: required field missing", "and says so");
    ok(configure(&why, "{\"secret\":\"s\"}") == NULL, "no service_map");
    ok(configure(&why, "{\"secret\":\"s\",\"service_map\":{}}") == NULL, "an empty one");
    ok(configure(&why, "{\"secret\":\"s\",\"service_map\":{\"a\":-1}}") == NULL, "a negative number");
    ok(configure(&why, "{\"secret\":\"s\",\"service_map\":{\"a\":1},\"algorithm\":\"RS256\"}") == NULL, "keys of others");
    conf = configure(&why, "{\"consumer\":true,\"service_map\":{\"a\":0},\"redis_host\":null}");
    ok(conf != NULL && !conf->needs_redis, "consumers need no secret, and null is no Redis");
}

static void check_signs(void)
{
    static const struct { const char *service, *host, *path; int matched; const char *want, *why; } rows[] = {
        { "orders", "x.org", "/auth", 0, "5/auth", "by the service's name" },
        { "orders", "service_a.com", "/auth", 0, "5/auth", "which comes first" },
        { NULL, "service_a.com", "/", 0, "0/", "by host, without .com" },
        { "other", "SERVICE_A.COM", "/admin", 1, "0/admin", "in any case" },
        { NULL, "b.example.com", "/x", 0, "1/x", "by host, as it is" },
        { NULL, "service_a", "/x", 0, "0/x", "a host that has no .com" },
        { NULL, "service_a.org", "/x", 0, NULL, "another domain" },
        { NULL, "service_a.com.com", "/x", 0, NULL, "only one .com" },
        { NULL, ".com", "/x", 0, NULL, "no name at all" },
        { NULL, "x", "/a/test", 2, "7/test", "by path, with its slash" },
        { NULL, "x", "/a/test", 3, "7/test", "a route's path with a slash at its end" },
        { NULL, "x", "/a", 2, "7/", "the path itself" },
        { NULL, "x", "/a/", 2, "7/", "and with a slash" },
        { NULL, "x", "/bb/test", 3, "8/test", "by path, without its slash" },
        { NULL, "x", "/ab", 2, "7/b", "prefixes end anywhere; the upstream sees /b" },
        { NULL, "x", "/a/test", 0, NULL, "a path that is not the route's" },
        { NULL, "x", "/deep/er/test", 8, "9/test", "a path of two parts" },
        { NULL, NULL, "/a/b", 2, "7/b", "no host" },
        { "orders", NULL, "/v1/auth", 3, "5/auth", "the route's path is no part of it" },
        { "orders", NULL, "/v1auth", 3, "5/auth", "nor is one that ends in a word" },
    };
    const char *why;
    const gw_urlauth_conf *conf = configure(&why, "{\"secret\":\"s\",\"service_map\":{\"orders\":5,\"service_a\":0,"
                                            "\"b.example.com\":1,\"/a\":7,\"bb\":8,\"/deep/er\":9}}");

    for (size_t i = 0; i < COUNT(rows); i++) {
        gw_url_place place = { rows[i].service, rows[i].host, rows[i].path, (apr_size_t)rows[i].matched };

        is_str(gw_url_sign(&place, conf, pool), rows[i].want, rows[i].why);
    }
}

static const char *encode(const void *bytes, size_t len)
{
    return gw_base64url_encode(bytes, len, pool);
}

static const char *make_token(const char *header, const char *payload, const char *secret)
{
    const char *input = apr_pstrcat(pool, encode(header, strlen(header)), ".", encode(payload, strlen(payload)), NULL);
    unsigned char mac[64];
    size_t len = 0;

    EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, secret, strlen(secret), (const unsigned char *)input, strlen(input),
              mac, sizeof(mac), &len);
    return apr_pstrcat(pool, input, ".", encode(mac, len), NULL);
}

#define HS256 "{\"alg\":\"HS256\"}"
#define TIMES "\"nbf\":1699999000,\"exp\":1700001000"

static void check_tokens(void)
{
    static const struct { const char *header, *payload, *secret; gw_url_verdict want; const char *why; } rows[] = {
        { HS256, "{\"phone\":\"13\"," TIMES "}", "s3", GW_URL_PASS, "a good one" },
        { HS256, "{\"phone\":13," TIMES "}", "s3", GW_URL_PASS, "a phone that is a number" },
        { HS256, "{\"phone\":\"13\"," TIMES "}", "s4", GW_URL_UNKNOWN, "another secret" },
        { "{\"alg\":\"HS384\"}", "{\"phone\":\"13\"," TIMES "}", "s3", GW_URL_UNKNOWN, "an algorithm of its own" },
        { "{\"alg\":\"none\"}", "{\"phone\":\"13\"," TIMES "}", "s3", GW_URL_UNKNOWN, "none" },
        { HS256, "{" TIMES "}", "s3", GW_URL_UNKNOWN, "names nobody" },
        { HS256, "{\"phone\":\"\"," TIMES "}", "s3", GW_URL_UNKNOWN, "names nobody, either" },
        { HS256, "{\"phone\":[\"13\"]," TIMES "}", "s3", GW_URL_UNKNOWN, "names several" },
        { HS256, "{\"phone\":\"13\",\"nbf\":1699999000}", "s3", GW_URL_EXPIRED, "never ends" },
        { HS256, "{\"phone\":\"13\",\"exp\":1700001000}", "s3", GW_URL_EXPIRED, "never began" },
        { HS256, "{\"phone\":\"13\",\"nbf\":1,\"exp\":1700000000}", "s3", GW_URL_EXPIRED, "ends now" },
        { HS256, "{\"phone\":\"13\",\"nbf\":1700000001,\"exp\":1700001000}", "s3", GW_URL_EXPIRED, "begins later" },
        { HS256, "{\"phone\":\"13\",\"nbf\":1,\"exp\":1700259201}", "s3", GW_URL_EXPIRED, "ends too late" },
        { HS256, "{\"phone\":\"13\",\"nbf\":1,\"exp\":1700259200}", "s3", GW_URL_PASS, "just in time" },
        { HS256, "{\"phone\":\"13\",\"nbf\":1,\"exp\":\"1700001000\"}", "s3", GW_URL_EXPIRED, "a time that is a string" },
        { HS256, "[]", "s3", GW_URL_UNKNOWN, "no claims" },
    };
    const char *why;
    const gw_urlauth_conf *conf = configure(&why, "{\"secret\":\"s3\",\"service_map\":{\"a\":0}}");
    gw_url_token token;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text = make_token(rows[i].header, rows[i].payload, rows[i].secret);
        gw_url_verdict got = gw_url_token_judge(&token, text, conf, apr_time_from_sec(NOW_S), pool);

        is_int(got, rows[i].want, rows[i].why);
        if (got == GW_URL_PASS)
            is_str(token.phone, "13", "names who it is");
    }
    is_int(gw_url_token_judge(&token, "", conf, apr_time_from_sec(NOW_S), pool), GW_URL_UNKNOWN, "nothing");
    is_int(gw_url_token_judge(&token, "a.b.c", conf, apr_time_from_sec(NOW_S), pool), GW_URL_UNKNOWN, "no token");
}

static void check_words(void)
{
    static const struct { const char *header, *want; } rows[] = {
        { "Bearer abc", "abc" }, { "bearer abc", NULL }, { "Bearer", NULL }, { "Bearer ", NULL },
        { "Basic abc", NULL },   { NULL, NULL },         { "Bearer  x", " x" },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        is_str(gw_url_bearer(rows[i].header), rows[i].want, rows[i].header ? rows[i].header : "no header");
    is_str(gw_url_verdict_body(GW_URL_CONFLICT), "{\"code\":401,\"success\":false,\"data\":\"\",\"msg\":\"Token Conflict\"}",
           "what clients are told");
    is_int(gw_url_verdict_status(GW_URL_FORBIDDEN), 403, "and how");
}

int main(void)
{
    begin();
    check_config();
    check_signs();
    check_tokens();
    check_words();
    return end();
}
