/* SPDX-License-Identifier: Apache-2.0 */
/* jwks.c - see jwks.h. One function per key type makes an EVP_PKEY of a JWK's members (RFC 7518 6, RFC 8037 2). */
#include "jwks.h"

#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "json_row.h"
#include "text.h"

#define MAX_DEPTH 16
#define MAX_NUMBER_BYTES 2048 /* RSA of 16384 bits */
#define MAX_EXPONENT_BYTES 8

typedef struct jwk {
    char *kid;             /* NULL: none */
    char *alg;             /* NULL: as the type says */
    EVP_PKEY *key;
} jwk;

struct gw_jwks {
    unsigned refs;
    apr_uint64_t version;
    int n;
    jwk keys[];
};

/* ---- keys ---- */

/* The bytes of a member, at most `max`; -1 when it is none. */
static apr_ssize_t get_bytes(unsigned char *out, apr_ssize_t max, const json_t *object, const char *name)
{
    const char *text = gw_json_text(object, name);
    apr_size_t len = text != NULL ? strlen(text) : 0;

    if (len == 0 || len > ((apr_size_t)max * 4 + 2) / 3)
        return -1;
    return gw_base64url_decode(out, text, len);
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY *key = NULL;

    if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1
        || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* Odd, above 1, and not so large that a check costs more than it should. */
static int is_exponent(const unsigned char *e, apr_ssize_t len)
{
    apr_uint64_t value = 0;

    for (apr_ssize_t i = 0; i < len; i++)
        value = value << 8 | e[i];
    return len > 0 && (value & 1) && value > 1;
}

static EVP_PKEY *make_rsa(const json_t *object)
{
    unsigned char n[MAX_NUMBER_BYTES + 3], e[MAX_EXPONENT_BYTES + 3];
    apr_ssize_t nlen = get_bytes(n, MAX_NUMBER_BYTES, object, "n");
    apr_ssize_t elen = get_bytes(e, MAX_EXPONENT_BYTES, object, "e");
    OSSL_PARAM_BLD *build;
    BIGNUM *bn, *be;
    EVP_PKEY *key = NULL;

    if (nlen <= 0 || elen > MAX_EXPONENT_BYTES || !is_exponent(e, elen))
        return NULL;
    build = OSSL_PARAM_BLD_new();
    bn = BN_bin2bn(n, (int)nlen, NULL);
    be = BN_bin2bn(e, (int)elen, NULL);
    if (build != NULL && bn != NULL && be != NULL && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn)
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, be))
        key = make_key("RSA", build);
    BN_free(bn);
    BN_free(be);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static const struct {
    const char *crv, *group;
    apr_ssize_t size; /* of a coordinate, bytes: always whole (RFC 7518 6.2.1.2) */
} curves[] = {
    { "P-256", "prime256v1", 32 },
    { "P-384", "secp384r1", 48 },
    { "P-521", "secp521r1", 66 },
};

static EVP_PKEY *make_point_key(const char *group, const unsigned char *point, size_t len)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;

    if (build != NULL && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0)
        && OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len))
        key = make_key("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static EVP_PKEY *make_ec(const json_t *object)
{
    const char *crv = gw_json_text(object, "crv");
    unsigned char point[1 + 2 * 66 + 3] = { 4 }; /* uncompressed */
    size_t i;

    for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        const apr_ssize_t size = curves[i].size;

        if (crv == NULL || strcmp(crv, curves[i].crv) != 0)
            continue;
        if (get_bytes(point + 1, size, object, "x") != size || get_bytes(point + 1 + size, size, object, "y") != size)
            return NULL;
        return make_point_key(curves[i].group, point, (size_t)(1 + 2 * size));
    }
    return NULL;
}

static EVP_PKEY *make_okp(const json_t *object)
{
    static const struct {
        const char *crv, *type;
        apr_ssize_t size;
    } edwards[] = { { "Ed25519", "ED25519", 32 }, { "Ed448", "ED448", 57 } };
    const char *crv = gw_json_text(object, "crv");
    unsigned char x[57 + 3];
    size_t i;

    for (i = 0; i < sizeof(edwards) / sizeof(edwards[0]); i++)
        if (crv != NULL && strcmp(crv, edwards[i].crv) == 0
            && get_bytes(x, edwards[i].size, object, "x") == edwards[i].size)
            return EVP_PKEY_new_raw_public_key_ex(NULL, edwards[i].type, NULL, x, (size_t)edwards[i].size);
    return NULL;
}

/* ---- a JWK ---- */

static const struct {
    const char *kty;
    EVP_PKEY *(*make)(const json_t *object);
} types[] = {
    { "RSA", make_rsa },
    { "EC", make_ec },
    { "OKP", make_okp },
};

static int is_for_signatures(const json_t *object)
{
    const char *use = gw_json_text(object, "use");
    const json_t *ops = json_object_get(object, "key_ops"), *op;
    size_t i;

    if (use != NULL && strcmp(use, "sig") != 0)
        return 0;
    if (!json_is_array(ops))
        return 1;
    json_array_foreach(ops, i, op)
        if (json_is_string(op) && strcmp(json_string_value(op), "verify") == 0)
            return 1;
    return 0;
}

/* Some algorithm of ours takes it. */
static int is_usable(EVP_PKEY *key, const char *name)
{
    const gw_jws_alg *alg = name != NULL ? gw_jws_alg_find(name) : NULL;
    int i;

    if (name != NULL)
        return alg != NULL && gw_jws_key_fits(key, alg);
    for (i = 0; gw_jws_alg_names[i] != NULL; i++)
        if (gw_jws_key_fits(key, gw_jws_alg_find(gw_jws_alg_names[i])))
            return 1;
    return 0;
}

static char *dup_or_null(const char *text)
{
    char *copy = text != NULL ? strdup(text) : NULL;

    if (text != NULL && copy == NULL)
        abort();
    return copy;
}

/* 0: no key for us. A key whose private half was published is nobody's any more. */
static int parse_jwk(jwk *out, const json_t *object)
{
    const char *kty = gw_json_text(object, "kty"), *alg = gw_json_text(object, "alg");
    EVP_PKEY *key = NULL;
    size_t i;

    if (kty == NULL || json_object_get(object, "d") != NULL || !is_for_signatures(object))
        return 0;
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(kty, types[i].kty) == 0)
            key = types[i].make(object);
    ERR_clear_error();
    if (key == NULL || !is_usable(key, alg)) {
        EVP_PKEY_free(key);
        return 0;
    }
    *out = (jwk){ dup_or_null(gw_json_text(object, "kid")), dup_or_null(alg), key };
    return 1;
}

/* ---- a set ---- */

static apr_uint64_t hash_text(const char *text, size_t len)
{
    unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
    apr_uint64_t hash;

    EVP_Digest(text, len, sum, NULL, EVP_sha256(), NULL);
    memcpy(&hash, sum, sizeof(hash));
    return hash | 1;
}

gw_jwks *gw_jwks_parse(const char **why, const char *text, size_t len)
{
    json_t *root = len <= GW_JWKS_MAX_BYTES ? gw_json_parse(text, len, MAX_DEPTH) : NULL;
    const json_t *keys = json_object_get(root, "keys"), *object;
    size_t i, n = json_array_size(keys);
    gw_jwks *set = NULL;

    *why = NULL;
    if (len > GW_JWKS_MAX_BYTES)
        *why = "larger than 1 MiB";
    else if (root == NULL)
        *why = "not JSON";
    else if (!json_is_array(keys))
        *why = "not a key set: there is no list of keys";
    else if (n > GW_JWKS_MAX_KEYS)
        *why = "more than 100 keys";
    if (*why == NULL) {
        if ((set = calloc(1, sizeof(*set) + n * sizeof(jwk))) == NULL)
            abort();
        set->refs = 1;
        set->version = hash_text(text, len);
        json_array_foreach(keys, i, object)
            set->n += parse_jwk(&set->keys[set->n], object);
        if (set->n == 0) {
            *why = "no public key for signatures among its keys";
            gw_jwks_release(set);
            set = NULL;
        }
    }
    json_decref(root);
    return set;
}

void gw_jwks_retain(gw_jwks *set)
{
    __atomic_add_fetch(&set->refs, 1, __ATOMIC_RELAXED);
}

void gw_jwks_release(gw_jwks *set)
{
    if (set == NULL || __atomic_sub_fetch(&set->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (int i = 0; i < set->n; i++) {
        free(set->keys[i].kid);
        free(set->keys[i].alg);
        EVP_PKEY_free(set->keys[i].key);
    }
    free(set);
}

apr_uint64_t gw_jwks_version(const gw_jwks *set)
{
    return set->version;
}

int gw_jwks_count(const gw_jwks *set)
{
    return set->n;
}

int gw_jwks_alg_covers(const char *allowed, const gw_jws_alg *alg)
{
    return strcmp(allowed, alg->name) == 0 || (strcmp(allowed, "EdDSA") == 0 && alg->family == GW_JWS_EDDSA);
}

static int takes(const jwk *k, const gw_jws_alg *alg)
{
    /* The general name in the token, a curve's in the key: the same thing said twice. */
    int is_named = k->alg == NULL || gw_jwks_alg_covers(k->alg, alg)
                   || (strcmp(alg->name, "EdDSA") == 0 && gw_jws_alg_find(k->alg)->family == GW_JWS_EDDSA);

    return is_named && gw_jws_key_fits(k->key, alg);
}

gw_jwks_outcome gw_jwks_find(EVP_PKEY **key, const gw_jwks *set, const char *kid, const gw_jws_alg *alg)
{
    gw_jwks_outcome outcome = GW_JWKS_NO_KEY;
    const jwk *found = NULL;
    int nfound = 0;

    for (int i = 0; i < set->n; i++) {
        const jwk *k = &set->keys[i];

        if (kid != NULL && (k->kid == NULL || strcmp(k->kid, kid) != 0))
            continue;
        if (!takes(k, alg)) {
            outcome = kid != NULL ? GW_JWKS_OTHER_ALG : outcome;
            continue;
        }
        if (nfound++ == 0)
            found = k;
    }
    if (found == NULL || (kid == NULL && nfound > 1))
        return outcome;
    *key = found->key;
    return GW_JWKS_FOUND;
}
