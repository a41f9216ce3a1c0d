/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_schema.c - what may be configured and stored for jwt, once. Keys are checked against their algorithm's family
 * when they are written, so that requests meet only usable ones.
 */
#include "jwt_schema.h"

#include <string.h>
#include <strings.h>
#include <apr_strings.h>

#include "arena.h"
#include "text.h"

static const gw_field any_string = { .type = GW_T_STRING };
static const gw_field header_name = { .type = GW_T_STRING, .check = gw_check_header_name };

/* Headers that frame the request, or that are the gateway's own word. */
static const char *check_free_header(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    static const char *const taken[] = { "host", "connection", "content-length", "transfer-encoding", "upgrade", "te",
                                         "trailer", "keep-alive", "expect", "proxy-connection", "proxy",
                                         "x-anonymous-consumer", NULL };
    static const char *const families[] = { "x-consumer-", "x-credential-", "x-authenticated-", "x-forwarded-", NULL };
    const char *name = json_string_value(value), *bad = gw_check_header_name(value, field, p);
    int i;

    for (i = 0; bad == NULL && taken[i] != NULL; i++)
        if (strcasecmp(name, taken[i]) == 0)
            bad = apr_psprintf(p, "cannot be set: %s", name);
    for (i = 0; bad == NULL && families[i] != NULL; i++)
        if (strncasecmp(name, families[i], strlen(families[i])) == 0)
            bad = apr_psprintf(p, "cannot be set: %s", name);
    return bad;
}

static const gw_field free_header = { .type = GW_T_STRING, .check = check_free_header };
static const char *const registered_claims[] = { "exp", "nbf", NULL };
static const gw_field claim_name = { .type = GW_T_STRING, .one_of = registered_claims };

static const gw_field conf_fields[] = {
    { .name = "uri_param_names", .type = GW_T_SET, .element = &any_string, .dflt = "[\"jwt\"]",
      .flags = GW_COMMA_LIST, .at = GW_AT(gw_jwt_conf, uri_param_names),
      .help = "query parameters that may carry the token" },
    { .name = "cookie_names", .type = GW_T_SET, .element = &any_string, .dflt = "[]", .flags = GW_COMMA_LIST,
      .at = GW_AT(gw_jwt_conf, cookie_names), .help = "cookies that may carry the token" },
    { .name = "key_claim_name", .type = GW_T_STRING, .dflt = "\"iss\"", .at = GW_AT(gw_jwt_conf, key_claim_name),
      .help = "the claim (or header member) that names the credential by its key" },
    { .name = "secret_is_base64", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "false",
      .at = GW_AT(gw_jwt_conf, secret_is_base64),
      .help = "credentials hold their secret in base64; public keys are PEM all the same" },
    { .name = "claims_to_verify", .type = GW_T_SET, .element = &claim_name, .flags = GW_COMMA_LIST,
      .at = GW_AT(gw_jwt_conf, claims_to_verify), .help = "registered claims that must hold" },
    { .name = "anonymous", .type = GW_T_STRING, .at = GW_AT(gw_jwt_conf, anonymous),
      .help = "id or username of the consumer that asks when authentication fails" },
    { .name = "run_on_preflight", .type = GW_T_BOOLEAN, .flags = GW_REQUIRED, .dflt = "true",
      .at = GW_AT(gw_jwt_conf, run_on_preflight), .help = "ask OPTIONS requests for a token too" },
    { .name = "maximum_expiration", .type = GW_T_NUMBER, .dflt = "0", GW_BETWEEN(0, 31536000),
      .at = GW_AT(gw_jwt_conf, maximum_expiration), .help = "longest accepted time to exp, seconds; 0 = any" },
    { .name = "header_names", .type = GW_T_SET, .element = &header_name, .dflt = "[\"authorization\"]",
      .flags = GW_COMMA_LIST, .at = GW_AT(gw_jwt_conf, header_names),
      .help = "headers that may carry \"Bearer TOKEN\"" },
    { .name = "realm", .type = GW_T_STRING, .dflt = "\"service\"", .check = gw_check_one_line,
      .at = GW_AT(gw_jwt_conf, realm), .help = "realm of the WWW-Authenticate challenge" },
    { .name = "audience", .type = GW_T_SET, .element = &any_string, .flags = GW_COMMA_LIST,
      .at = GW_AT(gw_jwt_conf, audience), .help = "aud must be, or hold, one of these" },
    { .name = "issuers", .type = GW_T_SET, .element = &any_string, .flags = GW_COMMA_LIST,
      .at = GW_AT(gw_jwt_conf, issuers), .help = "iss must be one of these" },
    { .name = "clock_skew", .type = GW_T_INTEGER, .dflt = "0", GW_BETWEEN(0, 300),
      .at = GW_AT(gw_jwt_conf, clock_skew), .help = "seconds by which exp and nbf may be off" },
    { .name = "claims_to_headers", .type = GW_T_MAP, .keys = &any_string, .element = &free_header,
      .at = GW_AT(gw_jwt_conf, claims_to_headers_json),
      .help = "claims that the upstream is told of, and in which headers; the client's own copies are removed" },
    { .name = NULL }
};

static const gw_field above_zero = { .type = GW_T_NUMBER, .gt = 0, .has_gt = 1 };
static const gw_field with_exp = { .type = GW_T_SET, .element = &claim_name, .flags = GW_REQUIRED, .contains = "exp" };

static const gw_rule conf_rules[] = {
    { .kind = GW_CONDITIONAL, .if_field = "config.maximum_expiration", .if_match = &above_zero,
      .then_field = "config.claims_to_verify", .then_match = &with_exp },
    { .fields = { NULL } }
};

const gw_schema gw_jwt_conf_schema = {
    .name = "jwt", .fields = conf_fields, .rules = conf_rules, .help = "JSON Web Tokens, signed by a credential's key"
};

static const char *check_key(const json_t *value, const char *alg)
{
    EVP_PKEY *key = gw_jws_key_parse(json_string_value(value), json_string_length(value));
    int fits = key != NULL && gw_jws_key_fits(key, gw_jws_alg_find(alg));

    EVP_PKEY_free(key);
    return fits ? NULL : "invalid key";
}

/* One check per family; a family's size of hash makes no difference to the key. */
#define KEY_CHECK(name, alg)                                                                                           \
    static const char *name(const json_t *value, const gw_field *field, apr_pool_t *p)                                 \
    {                                                                                                                  \
        (void)field;                                                                                                   \
        (void)p;                                                                                                       \
        return check_key(value, alg);                                                                                  \
    }
KEY_CHECK(check_rsa_key, "RS256")
KEY_CHECK(check_pss_key, "PS256")
KEY_CHECK(check_p256_key, "ES256")
KEY_CHECK(check_p384_key, "ES384")
KEY_CHECK(check_p521_key, "ES512")
KEY_CHECK(check_edwards_key, "EdDSA")
KEY_CHECK(check_ed25519_key, "Ed25519")
KEY_CHECK(check_ed448_key, "Ed448")

static const char *check_jwks_uri(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *bad = gw_check_url(value, field, p), *url = json_string_value(value);

    if (bad != NULL)
        return bad;
    if (strncasecmp(url, "https://", 8) != 0)
        return "must be an https URL";
    /* it is shown, and logged when the issuer is down */
    return memchr(url + 8, '@', strcspn(url + 8, "/?#")) != NULL ? "must not hold a user or password" : NULL;
}

static const char *check_jwks(const json_t *value, const gw_field *field, apr_pool_t *p)
{
    const char *why;

    (void)field;
    gw_jwks_release(gw_jwks_parse(&why, json_string_value(value), json_string_length(value)));
    return why != NULL ? apr_pstrcat(p, "invalid key set: ", why, NULL) : NULL;
}

#define ALGORITHMS "[\"RS256\",\"PS256\",\"ES256\",\"EdDSA\"]"

static const char *default_algorithms(const json_t *row)
{
    return json_is_string(json_object_get(row, "jwks_uri")) || json_is_string(json_object_get(row, "jwks")) ? ALGORITHMS
                                                                                                         : NULL;
}

/* The shared secrets' ones come first. */
static const gw_field public_algorithm = { .type = GW_T_STRING, .one_of = gw_jws_alg_names + 3 };

static const gw_field secret_fields[] = {
    GW_FIELD_ID,
    GW_FIELD_CREATED_AT,
    { .name = "consumer", .type = GW_T_FOREIGN, .reference = "consumers", .flags = GW_REQUIRED | GW_CASCADE,
      .help = "whose credential it is" },
    { .name = "key", .type = GW_T_STRING, .flags = GW_AUTO | GW_UNIQUE, .generate = gw_generate_key,
      .at = GW_AT(gw_jwt_secret, key), .help = "what the token's key claim says" },
    { .name = "secret", .type = GW_T_STRING, .flags = GW_AUTO | GW_SECRET, .generate = gw_generate_key,
      .at = GW_AT(gw_jwt_secret, secret), .help = "the shared secret of HS256, HS384, HS512" },
    { .name = "rsa_public_key", .type = GW_T_STRING, .at = GW_AT(gw_jwt_secret, rsa_public_key),
      .help = "the public key, PEM, of all other algorithms" },
    { .name = "algorithm", .type = GW_T_STRING, .dflt = "\"HS256\"", .one_of = gw_jws_alg_names,
      .at = GW_AT(gw_jwt_secret, algorithm), .help = "how tokens are signed" },
    { .name = "jwks_uri", .type = GW_T_STRING, .check = check_jwks_uri, .at = GW_AT(gw_jwt_secret, jwks_uri),
      .help = "where the issuer publishes its keys, https; secret, rsa_public_key and algorithm are then unused" },
    { .name = "jwks", .type = GW_T_STRING, .check = check_jwks, .at = GW_AT(gw_jwt_secret, jwks_json),
      .help = "the issuer's keys themselves, a JSON Web Key Set as text" },
    { .name = "algorithms", .type = GW_T_SET, .element = &public_algorithm, .flags = GW_COMMA_LIST,
      .dflt_for = default_algorithms, .at = GW_AT(gw_jwt_secret, algorithms),
      .help = "with a key set: how tokens may be signed" },
    GW_FIELD_TAGS,
    { .name = NULL }
};

#define KEY_RULE(id, check_fn, ...)                                                                                    \
    static const char *const id##_algs[] = { __VA_ARGS__, NULL };                                                      \
    static const gw_field id##_alg = { .type = GW_T_STRING, .one_of = id##_algs };                                     \
    static const gw_field id##_key = { .type = GW_T_STRING, .flags = GW_REQUIRED, .check = check_fn };
KEY_RULE(rsa, check_rsa_key, "RS256", "RS384", "RS512")
KEY_RULE(pss, check_pss_key, "PS256", "PS384", "PS512")
KEY_RULE(p256, check_p256_key, "ES256")
KEY_RULE(p384, check_p384_key, "ES384")
KEY_RULE(p521, check_p521_key, "ES512")
KEY_RULE(edwards, check_edwards_key, "EdDSA")
KEY_RULE(ed25519, check_ed25519_key, "Ed25519")
KEY_RULE(ed448, check_ed448_key, "Ed448")

#define WHEN(id)                                                                                                       \
    { .kind = GW_CONDITIONAL, .if_field = "algorithm", .if_match = &id##_alg, .then_field = "rsa_public_key",          \
      .then_match = &id##_key, .unless = { "jwks_uri", "jwks" } }

static const gw_rule secret_rules[] = {
    { .kind = GW_MUTUALLY_EXCLUSIVE, .fields = { "jwks_uri", "jwks" } },
    WHEN(rsa), WHEN(pss), WHEN(p256), WHEN(p384), WHEN(p521), WHEN(edwards), WHEN(ed25519), WHEN(ed448),
    { .fields = { NULL } }
};

const gw_schema gw_jwt_secret_schema = {
    .name = "jwt_secrets", .fields = secret_fields, .rules = secret_rules, .help = "keys that sign a consumer's tokens"
};

static int has_string(const gw_strings *list, const char *s)
{
    int i;

    for (i = 0; i < list->n; i++)
        if (strcmp(list->v[i], s) == 0)
            return 1;
    return 0;
}

static void list_claim_headers(gw_jwt_conf *conf, gw_arena *arena)
{
    json_t *map = conf->claims_to_headers_json != NULL ? json_loads(conf->claims_to_headers_json, 0, NULL) : NULL;
    gw_jwt_claim_header *list = gw_arena_calloc(arena, (json_object_size(map) + 1) * sizeof(*list));
    const char *claim;
    json_t *header;

    conf->claim_headers = list;
    json_object_foreach(map, claim, header) {
        list->claim = gw_arena_strdup(arena, claim);
        list++->header = gw_arena_strdup(arena, json_string_value(header));
        conf->nclaim_headers++;
    }
    json_decref(map);
}

const char *gw_jwt_conf_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    gw_jwt_conf *conf = vconf;
    const char *realm = gw_quoted_string(conf->realm != NULL ? conf->realm : "service", ptemp);
    const char *challenge = apr_pstrcat(ptemp, "Bearer realm=", realm, NULL);

    if (conf->key_claim_name == NULL) /* cleared: null means the default */
        conf->key_claim_name = "iss";
    list_claim_headers(conf, arena);
    conf->verify_exp = has_string(&conf->claims_to_verify, "exp");
    conf->verify_nbf = has_string(&conf->claims_to_verify, "nbf");
    conf->challenge = gw_arena_strdup(arena, challenge);
    conf->challenge_invalid = gw_arena_strdup(arena, apr_pstrcat(ptemp, challenge, ", error=\"invalid_token\"", NULL));
    return NULL;
}

/* A key that does not parse (one that was stored by somebody else) is left NULL: no token is good under it. */
const char *gw_jwt_secret_prepare(void *vconf, gw_arena *arena, apr_pool_t *ptemp)
{
    static const char *const usual[] = { "RS256", "PS256", "ES256", "EdDSA" };
    gw_jwt_secret *secret = vconf;
    const char *why;

    (void)arena;
    (void)ptemp;
    if (secret->algorithms.n == 0)
        secret->algorithms = (gw_strings){ .n = 4, .set = 1, .v = usual };
    if (secret->jwks_json != NULL
        && (secret->jwks = gw_jwks_parse(&why, secret->jwks_json, strlen(secret->jwks_json))) == NULL)
        return "jwks: no key set";
    secret->alg = gw_jws_alg_find(secret->algorithm != NULL ? secret->algorithm : "HS256");
    if (secret->alg == NULL)
        return "algorithm: no such algorithm";
    if (secret->alg->family != GW_JWS_HMAC && secret->rsa_public_key != NULL)
        secret->public_key = gw_jws_key_parse(secret->rsa_public_key, strlen(secret->rsa_public_key));
    return NULL;
}

void gw_jwt_secret_destroy(void *vconf)
{
    gw_jwt_secret *secret = vconf;

    EVP_PKEY_free(secret->public_key);
    gw_jwks_release(secret->jwks);
}
