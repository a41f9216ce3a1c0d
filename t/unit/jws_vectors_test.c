/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jws_vectors_test.c - the signature layer against public vectors (Wycheproof). Skipped where they are absent.
 * Their payloads are no claims, so the parts are decoded here as jwt_token.c does and only the layer is judged.
 */
#include <stdlib.h>
#include <apr_general.h>

#include "jwk.h"
#include "jws.h"
#include "tap.h"

typedef struct group_key {
    EVP_PKEY *key;
    unsigned char *secret;
    apr_ssize_t secret_len;
    const char *alg; /* NULL: the JWK names none */
} group_key;

static int decodes(unsigned char **out, apr_ssize_t *len, const char *text, size_t text_len, apr_pool_t *p)
{
    *out = apr_palloc(p, text_len + 1);
    *len = gw_base64url_decode(*out, text, text_len);
    return *len >= 0;
}

/* The header's algorithm, when it is the one that the key is for. */
static const gw_jws_alg *agreed_alg(const unsigned char *header, apr_ssize_t len, const group_key *key)
{
    json_t *json = gw_json_parse((const char *)header, (apr_size_t)len, 32);
    const char *name = json_string_value(json_object_get(json, "alg"));
    const gw_jws_alg *alg = NULL;

    if (name != NULL && json_object_get(json, "crit") == NULL && (key->alg == NULL || strcmp(name, key->alg) == 0))
        alg = gw_jws_alg_find(name);
    json_decref(json);
    return alg;
}

static int accepts(const char *token, const group_key *key, apr_pool_t *p)
{
    gw_jws_parts parts;
    unsigned char *header, *payload, *signature;
    apr_ssize_t header_len, payload_len, signature_len;
    const gw_jws_alg *alg;

    if (!gw_jws_split(&parts, token, strlen(token))
        || !decodes(&header, &header_len, parts.header, parts.header_len, p)
        || !decodes(&payload, &payload_len, parts.payload, parts.payload_len, p)
        || !decodes(&signature, &signature_len, parts.signature, parts.signature_len, p)
        || (alg = agreed_alg(header, header_len, key)) == NULL)
        return 0;
    if (key->secret != NULL)
        return gw_jws_verify_hmac(alg, key->secret, (size_t)key->secret_len, token, parts.signed_len, signature,
                                  (size_t)signature_len);
    return key->key != NULL
           && gw_jws_verify_key(alg, key->key, token, parts.signed_len, signature, (size_t)signature_len);
}

/* Where the vectors as published do not say what they mean, and what we hold instead. */
static const struct { int id; int want; const char *alg, *why; } mended[] = {
    { 346, 1, "PS384", "RFC 7520 figure 20 is PS384; the JWK beside it says PS256" },
    { 350, 1, "PS384", "the same" },
    { 367, 1, NULL, "lost its padding in publication: byte for byte the good token of this group" },
    { 370, 1, NULL, "the same" },
    { 372, 0, NULL, "marked valid for lenient parsers: '?' is not base64url, and we are strict" },
    { 373, 0, NULL, "the same" },
};

/* A JWK that says it is not for signatures is no key for us (RFC 7517 4.2, 4.3). */
static int is_for_signatures(const json_t *jwk)
{
    const char *use = json_string_value(json_object_get(jwk, "use"));
    const json_t *ops = json_object_get(jwk, "key_ops"), *op;
    size_t i;

    if (use != NULL && strcmp(use, "sig") != 0)
        return 0;
    if (ops == NULL)
        return 1;
    json_array_foreach(ops, i, op)
        if (strstr(json_string_value(op), "verify") != NULL) /* one vector writes "sign, verify" as one word */
            return 1;
    return 0;
}

static void run_group(const json_t *group, apr_pool_t *p)
{
    const json_t *jwk = json_object_get(group, "public"), *test;
    group_key key = { NULL, NULL, 0, NULL };
    size_t i;

    if (jwk == NULL)
        jwk = json_object_get(group, "private");
    key.alg = json_string_value(json_object_get(jwk, "alg"));
    if (key.alg != NULL && strcmp(key.alg, "ES521") == 0)
        key.alg = "ES512"; /* the vectors' own slip: there is no ES521 */
    if (is_for_signatures(jwk)) {
        if (strcmp(json_string_value(json_object_get(jwk, "kty")), "oct") == 0)
            key.secret = jwk_bytes(&key.secret_len, jwk, "k", p);
        else
            key.key = jwk_public_key(jwk, p);
    }
    json_array_foreach(json_object_get(group, "tests"), i, test) {
        const char *token = json_string_value(json_object_get(test, "jws"));
        int id = (int)json_integer_value(json_object_get(test, "tcId"));
        int want = strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;
        group_key with = key;
        char name[160];
        size_t m;

        for (m = 0; m < COUNT(mended); m++)
            if (mended[m].id == id) {
                want = mended[m].want;
                with.alg = mended[m].alg ? mended[m].alg : key.alg;
            }

        apr_snprintf(name, sizeof(name), "%d %s", id,
                     json_string_value(json_object_get(test, "comment")));
        is_int(token != NULL && accepts(token, &with, p), want, name);
    }
    EVP_PKEY_free(key.key);
}

int main(void)
{
    const char *top = getenv("GW_TEST_SRCDIR");
    json_t *all, *group;
    apr_pool_t *p;
    size_t i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    all = json_load_file(apr_pstrcat(p, top ? top : ".", "/../shared/vectors/wycheproof_json_web_signature_test.json", NULL),
                         0, NULL);
    if (all == NULL) {
        skip_all("vectors not found");
        return 0;
    }
    json_array_foreach(json_object_get(all, "testGroups"), i, group)
        run_group(group, p);
    json_decref(all);
    apr_pool_destroy(p);
    return done();
}
