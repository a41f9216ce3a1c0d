/* SPDX-License-Identifier: Apache-2.0 */
/* jwt_token_test.c - tokens that must be refused while they are taken apart, claims that must hold, places searched. */
#include <apr_general.h>
#include <apr_strings.h>

#include "jwt_find.h"
#include "jwt_token.h"
#include "tap.h"
#include "text.h"

static apr_pool_t *pool;

#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define JSON_ERROR "Bad token; invalid JSON"
#define ALG_ERROR "Bad token; invalid alg"
#define CLAIMS_ERROR "Bad token; invalid claims"
#define SIGNATURE_ERROR "Bad token; invalid signature"

/* `item` so often in a list, which is a payload's only claim. */
static const char *list_of(const char *item, int n)
{
    apr_array_header_t *items = apr_array_make(pool, n, sizeof(char *));

    while (n-- > 0)
        APR_ARRAY_PUSH(items, const char *) = item;
    return apr_pstrcat(pool, "{\"a\":[", apr_array_pstrcat(pool, items, ','), "]}", NULL);
}

/* Three parts from plain texts; the signature is any bytes. */
static const char *token_of(const char *header, const char *payload)
{
    return apr_pstrcat(pool, gw_base64url_encode(header, strlen(header), pool), ".",
                       gw_base64url_encode(payload, strlen(payload), pool), ".AAAA", NULL);
}

static const char *nested(int depth)
{
    char *text = apr_palloc(pool, (apr_size_t)depth * 2 + 16);

    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', (size_t)depth);
    memset(text + 5 + depth, ']', (size_t)depth);
    memcpy(text + 5 + 2 * depth, "}", 2);
    return text;
}

static const struct { const char *header, *payload, *want, *why; } parsed[] = {
    { HS256, "{}", CLAIMS_ERROR, "an empty payload claims nothing" },
    { "{\"alg\":\"HS256\",\"iss\":\"a\"}", " { } ", CLAIMS_ERROR, "whatever the header says" },
    { HS256, "{\"iss\":\"a\"}", NULL, "an ordinary token" },
    { "{\"alg\":\"EdDSA\"}", "{\"a\":1}", NULL, "EdDSA is known" },
    { "{\"alg\":\"Ed25519\"}", "{\"a\":1}", NULL, "so is its full name (RFC 9864)" },
    { "{\"alg\":\"none\"}", "{}", ALG_ERROR, "alg none" },
    { "{\"alg\":\"None\"}", "{}", ALG_ERROR, "alg None" },
    { "{\"alg\":\"NONE\"}", "{}", ALG_ERROR, "alg NONE" },
    { "{\"alg\":\"nOnE\"}", "{}", ALG_ERROR, "alg nOnE" },
    { "{\"alg\":\"hs256\"}", "{}", ALG_ERROR, "names are exact" },
    { "{\"alg\":\"HS256 \"}", "{}", ALG_ERROR, "to the last blank" },
    { "{}", "{}", ALG_ERROR, "alg missing" },
    { "{\"alg\":null}", "{}", ALG_ERROR, "alg null" },
    { "{\"alg\":256}", "{}", ALG_ERROR, "alg a number" },
    { "{\"alg\":[\"HS256\"]}", "{}", ALG_ERROR, "alg in an array" },
    { "{\"alg\":\"HS256\",\"alg\":\"none\"}", "{}", JSON_ERROR, "alg twice" },
    { "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", "{}", JSON_ERROR, "crit unknown" },
    { "{\"alg\":\"HS256\",\"crit\":[]}", "{}", JSON_ERROR, "crit empty" },
    { "{\"alg\":\"HS256\",\"b64\":false}", "{}", JSON_ERROR, "b64 false" },
    { "{\"alg\":\"HS256\",\"b64\":true}", "{}", JSON_ERROR, "b64 at all" },
    { "[]", "{}", JSON_ERROR, "header is an array" },
    { "\"HS256\"", "{}", JSON_ERROR, "header is a string" },
    { "null", "{}", JSON_ERROR, "header is null" },
    { "", "{}", JSON_ERROR, "header empty" },
    { HS256, "", JSON_ERROR, "payload empty" },
    { HS256, "[1]", JSON_ERROR, "payload is an array" },
    { HS256, "1", JSON_ERROR, "payload is a number" },
    { HS256, "{\"iss\":\"a\",\"iss\":\"b\"}", JSON_ERROR, "a claim twice" },
    { HS256, "{\"iss\":\"a\"} ", NULL, "JSON may end in white space" },
    { HS256, "{\"iss\":\"a\"}x", JSON_ERROR, "but in nothing else" },
    { HS256, "{\"iss\":\"a\\u0000b\"}", JSON_ERROR, "NUL in a string" },
    { HS256, "{\"iss\":\"\xff\xfe\"}", JSON_ERROR, "invalid UTF-8" },
    { HS256, "{\"iss\":\"\xed\xa0\x80\"}", JSON_ERROR, "a surrogate in UTF-8" },
    { HS256, "{'iss':'a'}", JSON_ERROR, "no JSON" },
    { HS256, "{\"id\":18446744073709551615}", NULL, "an integer beyond 64 bits" },
    { HS256, "{\"id\":1e400}", JSON_ERROR, "a number beyond a double" },
};

/* Tokens that are wrong as text. */
static const struct { const char *token, *want, *why; } texts[] = {
    { "", JSON_ERROR, "nothing" },
    { "a", JSON_ERROR, "no dot" },
    { ".", JSON_ERROR, "one dot" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ", JSON_ERROR, "two parts" },
    { "..", JSON_ERROR, "three empty parts" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.", NULL, "an empty signature is parsed, and fails to verify" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAAA.AAAA", SIGNATURE_ERROR, "four parts" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAAA.AAAA.AAAA", SIGNATURE_ERROR, "five parts (JWE)" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ=.AAAA", JSON_ERROR, "padding" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAA=", SIGNATURE_ERROR, "padding in the signature" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AA+A", SIGNATURE_ERROR, "standard base64" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AA/A", SIGNATURE_ERROR, "standard base64" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AB", SIGNATURE_ERROR, "trailing bits that are not zero" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AA AA", SIGNATURE_ERROR, "a blank" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ\n.AAAA", JSON_ERROR, "a line feed" },
    { " eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAAA", JSON_ERROR, "a blank before" },
    { "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.A", SIGNATURE_ERROR, "one character over" },
    { "eyJhbGciOiJIUzI1NiJ9.e30.A", CLAIMS_ERROR, "no claims are told before a bad signature is" },
};

static const struct { const char *payload, *want, *why; } keys[] = {
    { "{\"iss\":\"a\"}", NULL, "in the payload" },
    { "{}", NULL, "in the header when the payload has none" },
    { "{\"iss\":\"\"}", "Invalid 'iss' in claims", "empty" },
    { "{\"iss\":1}", "Invalid 'iss' in claims", "a number" },
    { "{\"iss\":[\"a\"]}", "Invalid 'iss' in claims", "an array" },
    { "{\"iss\":{\"a\":1}}", "Invalid 'iss' in claims", "an object" },
    { "{\"iss\":null}", "Invalid 'iss' in claims", "null" },
};

#define NOW 1000
static const struct { const char *payload; int exp, nbf; double max; const char *want, *why; } claims[] = {
    { "{}", 0, 0, 0, NULL, "nothing asked" },
    { "{\"exp\":1}", 0, 0, 0, NULL, "an old exp that nobody asks for" },
    { "{\"exp\":1001}", 1, 0, 0, NULL, "exp ahead" },
    { "{\"exp\":1000}", 1, 0, 0, "{\"exp\":\"token expired\"}", "exp now" },
    { "{\"exp\":1000.5}", 1, 0, 0, NULL, "exp in half a second" },
    { "{}", 1, 0, 0, "{\"exp\":\"must be a number\"}", "exp absent" },
    { "{\"exp\":\"1001\"}", 1, 0, 0, "{\"exp\":\"must be a number\"}", "exp a string" },
    { "{\"nbf\":1000}", 0, 1, 0, NULL, "nbf now" },
    { "{\"nbf\":1001}", 0, 1, 0, "{\"nbf\":\"token not valid yet\"}", "nbf ahead" },
    { "{\"exp\":1,\"nbf\":9999}", 1, 1, 0, "{\"exp\":\"token expired\",\"nbf\":\"token not valid yet\"}", "both" },
    { "{\"exp\":1300}", 1, 0, 300, NULL, "exp just within the maximum" },
    { "{\"exp\":1301}", 1, 0, 300, "{\"exp\":\"exceeds maximum allowed expiration\"}", "exp beyond it" },
    { "{}", 0, 0, 300, "{\"exp\":\"exceeds maximum allowed expiration\"}", "no exp where there is a maximum" },
    { "{\"exp\":1e300}", 1, 0, 0, NULL, "a huge exp is ahead" },
    { "{\"exp\":18446744073709551615}", 1, 0, 0, NULL, "one beyond 64 bits, too" },
    { "{\"exp\":-18446744073709551615}", 1, 0, 0, "{\"exp\":\"token expired\"}", "or long ago" },
    { "{\"nbf\":18446744073709551615}", 0, 1, 0, "{\"nbf\":\"token not valid yet\"}", "nbf beyond 64 bits" },
    { "{\"id\":18446744073709551615,\"exp\":1001,\"nbf\":1000}", 1, 1, 300, NULL, "beside a number beyond 64 bits" },
    { "{\"id\":18446744073709551615,\"exp\":1000,\"nbf\":1000}", 1, 1, 300, "{\"exp\":\"token expired\"}",
      "where times are what they are" },
};

static const char *header_of(void *baton, const char *name)
{
    return strcmp(name, "authorization") == 0 ? baton : NULL;
}

static const struct { const char *query, *cookies, *header, *want; int n; const char *why; } places[] = {
    { NULL, NULL, NULL, NULL, 0, "nowhere" },
    { "jwt=a.b.c", NULL, NULL, "a.b.c", 1, "in the query" },
    { "x=1&jwt=a%2Eb.c", NULL, NULL, "a.b.c", 1, "percent-decoded" },
    { "jwt=", NULL, NULL, NULL, 0, "empty is absent" },
    { NULL, "x=1; jwt=a.b.c", NULL, "a.b.c", 1, "in a cookie" },
    { NULL, NULL, "Bearer a.b.c", "a.b.c", 1, "in the header" },
    { NULL, NULL, "bearer  a.b.c", "a.b.c", 1, "bearer in lower case, blanks" },
    { NULL, NULL, "BEARER a.b.c", NULL, 0, "but no other spelling" },
    { NULL, NULL, "Basic YTpi", NULL, 0, "another scheme" },
    { NULL, NULL, "Bearera.b.c", NULL, 0, "no blank" },
    { "jwt=a&jwt=b", NULL, NULL, "a", 2, "two in the query" },
    { "jwt=a", "jwt=a", "Bearer a", "a", 1, "the same everywhere counts once" },
    { "jwt=a", NULL, "Bearer b", "a", 2, "two places, two tokens" },
};

static void test_parsing(void)
{
    gw_jwt jwt;
    size_t i;
    const char *token;

    for (i = 0; i < COUNT(parsed); i++) {
        token = token_of(parsed[i].header, parsed[i].payload);
        is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), parsed[i].want, parsed[i].why);
    }
    for (i = 0; i < COUNT(texts); i++)
        is_str(gw_jwt_parse(&jwt, texts[i].token, strlen(texts[i].token), pool), texts[i].want, texts[i].why);
    token = token_of(HS256, nested(5000));
    is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), JSON_ERROR, "10,000 nested brackets");
    token = token_of(HS256, nested(33));
    is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), JSON_ERROR, "a little too deep");
    token = token_of(HS256, nested(20));
    is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), NULL, "deep, but not too deep");
    token = token_of(HS256, list_of("{}", 3950));
    is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), JSON_ERROR, "3,950 empty objects");
    token = token_of(HS256, list_of("1", 4000));
    is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), JSON_ERROR, "a list a little too long");
    token = token_of(HS256, list_of("1", 3999));
    is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), NULL, "long, but not too long");
    token = memset(apr_pcalloc(pool, 10001), '.', 10000);
    is_str(gw_jwt_parse(&jwt, token, 10000, pool), JSON_ERROR, "10,000 dots");
    token = token_of(HS256, apr_pstrcat(pool, "{\"iss\":\"", memset(apr_pcalloc(pool, 13001), 'a', 13000), "\"}", NULL));
    is_str(gw_jwt_parse(&jwt, token, strlen(token), pool), JSON_ERROR, "more than 16 KiB");
}

static void test_keys(void)
{
    json_t *header = json_pack("{s:s}", "iss", "from-header");
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        json_t *payload = json_loads(keys[i].payload, 0, NULL);
        const char *why;

        gw_jwt_key_claim(&why, header, payload, "iss", pool);
        is_str(why, keys[i].want, keys[i].why);
        json_decref(payload);
    }
    {
        json_t *none = json_object();
        const char *why, *key = gw_jwt_key_claim(&why, header, none, "iss", pool);

        is_str(key, "from-header", "the header's value is taken");
        gw_jwt_key_claim(&why, none, none, "kid", pool);
        is_str(why, "No mandatory 'kid' in claims", "in neither");
        json_decref(none);
    }
    json_decref(header);
}

static void test_claims(void)
{
    size_t i;

    for (i = 0; i < COUNT(claims); i++) {
        json_t *payload = gw_json_parse_foreign(claims[i].payload, strlen(claims[i].payload), 32, 100);
        gw_jwt_rules rules = { .verify_exp = claims[i].exp, .verify_nbf = claims[i].nbf,
                               .maximum_expiration_s = claims[i].max };

        is_str(gw_jwt_check_claims(payload, &rules, apr_time_from_sec(NOW), pool), claims[i].want, claims[i].why);
        json_decref(payload);
    }
}

static const char *const shops[] = { "shop", "till" };
static const gw_strings accepted = { .n = 2, .set = 1, .v = shops }, nothing = { .n = 0, .set = 1 }, any = { .n = 0 };

static const struct {
    const char *payload;
    const gw_strings *audience, *issuers;
    const char *want, *why;
} parties[] = {
    { "{\"aud\":\"shop\"}", &accepted, NULL, NULL, "one audience" },
    { "{\"aud\":\"Shop\"}", &accepted, NULL, "{\"aud\":\"not accepted\"}", "byte for byte" },
    { "{\"aud\":[\"bank\",\"till\"]}", &accepted, NULL, NULL, "one of several" },
    { "{\"aud\":[\"bank\",[\"till\"],7]}", &accepted, NULL, "{\"aud\":\"not accepted\"}", "none of several" },
    { "{\"aud\":[]}", &accepted, NULL, "{\"aud\":\"not accepted\"}", "an empty list" },
    { "{}", &accepted, NULL, "{\"aud\":\"not accepted\"}", "no audience" },
    { "{\"aud\":\"x\"}", &any, &any, NULL, "whoever is not asked for" },
    { "{\"aud\":\"x\"}", &nothing, NULL, "{\"aud\":\"not accepted\"}", "an empty set accepts nobody" },
    { "{\"iss\":\"till\"}", NULL, &accepted, NULL, "an issuer" },
    { "{\"iss\":[\"till\"]}", NULL, &accepted, "{\"iss\":\"not accepted\"}", "issuers are one" },
    { "{}", NULL, &accepted, "{\"iss\":\"not accepted\"}", "no issuer" },
    { "{\"exp\":1}", &accepted, &accepted,
      "{\"exp\":\"token expired\",\"aud\":\"not accepted\",\"iss\":\"not accepted\"}", "all that is wrong is told" },
};

static void test_parties(void)
{
    size_t i;

    for (i = 0; i < COUNT(parties); i++) {
        json_t *payload = json_loads(parties[i].payload, 0, NULL);
        gw_jwt_rules rules = { .verify_exp = json_object_get(payload, "exp") != NULL,
                               .audience = parties[i].audience, .issuers = parties[i].issuers };

        is_str(gw_jwt_check_claims(payload, &rules, apr_time_from_sec(NOW), pool), parties[i].want, parties[i].why);
        json_decref(payload);
    }
}

static void test_skew(void)
{
    static const struct { int exp, nbf; double skew; const char *want, *why; } rows[] = {
        { NOW - 10, NOW, 11, NULL, "expired within the leeway" },
        { NOW - 10, NOW, 10, "{\"exp\":\"token expired\"}", "at its end" },
        { NOW + 5, NOW + 10, 10, NULL, "not yet, within the leeway" },
        { NOW + 5, NOW + 11, 10, "{\"nbf\":\"token not valid yet\"}", "beyond it" },
        { NOW - 1, NOW, 0, "{\"exp\":\"token expired\"}", "none" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        json_t *payload = json_pack("{s:i, s:i}", "exp", rows[i].exp, "nbf", rows[i].nbf);
        gw_jwt_rules rules = { .verify_exp = 1, .verify_nbf = 1, .skew_s = rows[i].skew };

        is_str(gw_jwt_check_claims(payload, &rules, apr_time_from_sec(NOW), pool), rows[i].want, rows[i].why);
        json_decref(payload);
    }
}

static void test_places(void)
{
    static const char *const jwt_name[] = { "jwt" }, *const header_name[] = { "authorization" };
    gw_strings params = { 1, 1, jwt_name }, cookies = { 1, 1, jwt_name }, headers = { 1, 1, header_name };
    size_t i;

    for (i = 0; i < COUNT(places); i++) {
        gw_jwt_places in = { places[i].query, places[i].cookies, header_of, (void *)(apr_uintptr_t)places[i].header };
        int n;

        is_str(gw_jwt_find(&n, &in, &params, &cookies, &headers, pool), places[i].want, places[i].why);
        is_int(n, places[i].n, places[i].why);
    }
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_parsing();
    test_keys();
    test_claims();
    test_parties();
    test_skew();
    test_places();
    apr_pool_destroy(pool);
    return done();
}
