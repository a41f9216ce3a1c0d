/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwks_test.c - which keys of a set are taken, and which of them a token may be checked with; with RFC 7517's, 7515's
 * and 8037's own keys where they have some.
 */
#include <apr_general.h>
#include <apr_strings.h>

#include "jwks.h"
#include "tap.h"

static apr_pool_t *pool;

/* RFC 7517 A.1, RFC 8037 A.2. */
#define N2048                                                                                                          \
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjh"     \
    "Mstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQv"     \
    "RL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKn"     \
    "qDKgw"
#define X256 "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define Y256 "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
#define X25519 "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

static const struct {
    const char *key; /* one member of "keys" */
    int n;           /* taken */
    const char *why;
} keys[] = {
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}", 1, "RSA of RFC 7517" },
    { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\",\"use\":\"sig\",\"kid\":\"1\"}", 1, "P-256 of RFC 7517" },
    { "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X25519 "\"}", 1, "Ed25519 of RFC 8037" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"key_ops\":[\"verify\"]}", 1, "key_ops with verify" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"alg\":\"PS512\"}", 1, "PSS" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"use\":\"enc\"}", 0, "a key for encryption" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"key_ops\":[\"encrypt\"]}", 0, "key_ops without verify" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"alg\":\"RSA-OAEP\"}", 0, "an algorithm for encryption" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"alg\":\"ES256\"}", 0, "an algorithm of another type" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"alg\":\"none\"}", 0, "none" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"alg\":\"HS256\"}", 0, "a shared secret's algorithm" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"d\":\"AQAB\"}", 0, "a private key" },
    { "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", 0, "a tiny modulus" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQ\"}", 0, "an exponent of 1" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"Ag\"}", 0, "an even exponent" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AAAAAAAAAAAB\"}", 0, "an exponent of 9 bytes" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB=\"}", 0, "padding" },
    { "{\"kty\":\"RSA\",\"n\":\"" N2048 "\"}", 0, "no exponent" },
    { "{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}", 0, "a number for text" },
    { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" X256 "\"}", 0, "a point that is not on the curve" },
    { "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", 0, "coordinates of another curve" },
    { "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", 0, "a curve that is not ours" },
    { "{\"kty\":\"EC\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", 0, "no curve" },
    { "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" X25519 "\"}", 0, "a curve for key agreement" },
    { "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" X25519 "\"}", 0, "Ed448 of 32 bytes" },
    { "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", 0, "a shared secret" },
    { "{\"kty\":\"rsa\",\"n\":\"" N2048 "\",\"e\":\"AQAB\"}", 0, "types are spelt one way" },
    { "{\"n\":\"" N2048 "\",\"e\":\"AQAB\"}", 0, "no type" },
    { "\"RSA\"", 0, "no object" },
    { "null", 0, "null" },
};

static const struct {
    const char *text, *why_not, *why;
} sets[] = {
    { "", "not JSON", "nothing" },
    { "<html></html>", "not JSON", "a page" },
    { "[]", "not a key set: there is no list of keys", "a list" },
    { "{\"keys\":{}}", "not a key set: there is no list of keys", "keys that are no list" },
    { "{\"keys\":[],\"keys\":[]}", "not JSON", "a member twice" },
    { "{\"keys\":[]}", "no public key for signatures among its keys", "an empty set" },
    { "{\"keys\":[]} x", "not JSON", "something behind it" },
};

#define RSA_ANY "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"kid\":\"rsa\"}"
#define EC_1 "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\",\"kid\":\"ec\"}"
#define EC_AGAIN "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\",\"kid\":\"again\"}"
#define PSS "{\"kty\":\"RSA\",\"n\":\"" N2048 "\",\"e\":\"AQAB\",\"alg\":\"PS256\",\"kid\":\"pss\"}"
#define ED "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X25519 "\",\"alg\":\"EdDSA\",\"kid\":\"ed\"}"
#define ED_NEW "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X25519 "\",\"alg\":\"Ed25519\",\"kid\":\"ed-new\"}"
#define SHARED_ID "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X25519 "\",\"kid\":\"rsa\"}"
#define SET "{\"keys\":[" RSA_ANY "," EC_1 "," EC_AGAIN "," PSS "," ED "," ED_NEW "," SHARED_ID "]}"

static const struct {
    const char *kid, *alg;
    gw_jwks_outcome want;
    const char *why;
} finds[] = {
    { "rsa", "RS256", GW_JWKS_FOUND, "by id; its type allows it" },
    { "rsa", "PS512", GW_JWKS_FOUND, "RSA without alg does both paddings" },
    { "rsa", "EdDSA", GW_JWKS_FOUND, "two keys of one id: the one that fits" },
    { "rsa", "ES256", GW_JWKS_OTHER_ALG, "neither fits" },
    { "pss", "PS256", GW_JWKS_FOUND, "its own algorithm" },
    { "pss", "RS256", GW_JWKS_OTHER_ALG, "and no other" },
    { "ec", "ES256", GW_JWKS_FOUND, "P-256" },
    { "ec", "ES384", GW_JWKS_OTHER_ALG, "is not P-384" },
    { "ed", "Ed25519", GW_JWKS_FOUND, "EdDSA covers its curves' names" },
    { "ed", "Ed448", GW_JWKS_OTHER_ALG, "if they are the key's" },
    { "ed-new", "EdDSA", GW_JWKS_FOUND, "and the other way round" },
    { "gone", "RS256", GW_JWKS_NO_KEY, "no such id" },
    { "", "RS256", GW_JWKS_NO_KEY, "an empty id is an id" },
    { NULL, "RS256", GW_JWKS_FOUND, "no id: one key fits" },
    { NULL, "ES256", GW_JWKS_NO_KEY, "no id: two fit" },
    { NULL, "ES512", GW_JWKS_NO_KEY, "no id: none fits" },
};

static void test_keys(void)
{
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        const char *text = apr_pstrcat(pool, "{\"keys\":[", keys[i].key, "]}", NULL), *why;
        gw_jwks *set = gw_jwks_parse(&why, text, strlen(text));

        is_int(set != NULL ? gw_jwks_count(set) : 0, keys[i].n, keys[i].why);
        gw_jwks_release(set);
        text = apr_pstrcat(pool, "{\"keys\":[", keys[i].key, "," RSA_ANY "]}", NULL);
        set = gw_jwks_parse(&why, text, strlen(text));
        is_int(set != NULL ? gw_jwks_count(set) : 0, keys[i].n + 1, "whatever it is, a good one beside it counts");
        gw_jwks_release(set);
    }
}

static void test_sets(void)
{
    const char *why, *text;
    char *many;
    gw_jwks *one, *other;
    size_t i;

    for (i = 0; i < COUNT(sets); i++) {
        gw_jwks_release(gw_jwks_parse(&why, sets[i].text, strlen(sets[i].text)));
        is_str(why, sets[i].why_not, sets[i].why);
    }
    many = apr_pstrdup(pool, "{\"keys\":[{}");
    for (i = 1; i < GW_JWKS_MAX_KEYS; i++)
        many = apr_pstrcat(pool, many, i == 50 ? "," RSA_ANY : ",{}", NULL);
    text = apr_pstrcat(pool, many, "]}", NULL);
    one = gw_jwks_parse(&why, text, strlen(text));
    is_int(one != NULL && gw_jwks_count(one) == 1, 1, "100 keys are not too many");
    gw_jwks_release(one);
    text = apr_pstrcat(pool, many, ",{}]}", NULL);
    gw_jwks_release(gw_jwks_parse(&why, text, strlen(text)));
    is_str(why, "more than 100 keys", "101 are");
    text = memset(apr_palloc(pool, GW_JWKS_MAX_BYTES + 1), ' ', GW_JWKS_MAX_BYTES + 1);
    gw_jwks_release(gw_jwks_parse(&why, text, GW_JWKS_MAX_BYTES + 1));
    is_str(why, "larger than 1 MiB", "so is more than 1 MiB");
    one = gw_jwks_parse(&why, SET, strlen(SET));
    other = gw_jwks_parse(&why, "{\"keys\":[" RSA_ANY "]}", strlen("{\"keys\":[" RSA_ANY "]}"));
    ok(gw_jwks_version(one) != gw_jwks_version(other) && gw_jwks_version(one) != 0, "another content, another version");
    gw_jwks_release(other);
    other = gw_jwks_parse(&why, SET, strlen(SET));
    ok(gw_jwks_version(one) == gw_jwks_version(other), "the same content, the same version");
    gw_jwks_release(other);
    gw_jwks_release(one);
}

static void test_finding(void)
{
    const char *why;
    gw_jwks *set = gw_jwks_parse(&why, SET, strlen(SET));
    size_t i;

    gw_jwks_retain(set);
    gw_jwks_release(set);
    for (i = 0; i < COUNT(finds); i++) {
        EVP_PKEY *key = NULL;
        gw_jwks_outcome got = gw_jwks_find(&key, set, finds[i].kid, gw_jws_alg_find(finds[i].alg));

        is_int(got, finds[i].want, finds[i].why);
        is_int(key != NULL, got == GW_JWKS_FOUND, "a key comes with that answer only");
    }
    gw_jwks_release(set);
}

/* RFC 7515 A.3: the token of the P-256 key there. */
static void test_vector(void)
{
    static const char input[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
                                "LmNvbS9pc19yb290Ijp0cnVlfQ";
    static const unsigned char signature[] = {
        14, 209, 33, 83, 121, 99, 108, 72, 60, 47, 127, 21, 88, 7, 212, 2, 163, 178, 40, 3, 58, 249, 124, 126, 23, 129,
        154, 195, 22, 158, 166, 101, 197, 10, 7, 211, 140, 60, 112, 229, 216, 241, 45, 175, 8, 74, 84, 128, 166, 101,
        144, 197, 242, 147, 80, 154, 143, 63, 127, 138, 131, 163, 84, 213
    };
    static const char text[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                               "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
    const char *why;
    gw_jwks *set = gw_jwks_parse(&why, text, strlen(text));
    EVP_PKEY *key = NULL;

    is_int(gw_jwks_find(&key, set, NULL, gw_jws_alg_find("ES256")), GW_JWKS_FOUND, "RFC 7515 A.3: the key");
    is_int(gw_jws_verify_key(gw_jws_alg_find("ES256"), key, input, strlen(input), signature, sizeof(signature)), 1,
           "RFC 7515 A.3: is that of its token");
    gw_jwks_release(set);
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_keys();
    test_sets();
    test_finding();
    test_vector();
    apr_pool_destroy(pool);
    apr_terminate();
    return done();
}
