/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_keys_test.c - every algorithm signs and verifies with a key made here; every key that does not belong to an
 * algorithm is refused; signatures that are nearly right are not right.
 */
#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "jws.h"
#include "tap.h"

static apr_pool_t *pool;
static const char input[] = "eyJhbGciOiJ4In0.e30";

typedef struct made_key {
    const char *name;
    EVP_PKEY *key;
} made_key;

enum { RSA_2048, RSA_1024, P256, P384, P521, K256, ED25519, ED448, NKEYS };
static made_key keys[NKEYS];

static const struct { const char *alg; int key; } pairs[] = {
    { "RS256", RSA_2048 }, { "RS384", RSA_2048 }, { "RS512", RSA_2048 }, { "PS256", RSA_2048 }, { "PS384", RSA_2048 },
    { "PS512", RSA_2048 }, { "ES256", P256 },     { "ES384", P384 },     { "ES512", P521 },     { "EdDSA", ED25519 },
    { "EdDSA", ED448 },    { "Ed25519", ED25519 },{ "Ed448", ED448 },
};

static void make_keys(void)
{
    keys[RSA_2048] = (made_key){ "RSA 2048", EVP_RSA_gen(2048) };
    keys[RSA_1024] = (made_key){ "RSA 1024", EVP_RSA_gen(1024) };
    keys[P256] = (made_key){ "P-256", EVP_EC_gen("P-256") };
    keys[P384] = (made_key){ "P-384", EVP_EC_gen("P-384") };
    keys[P521] = (made_key){ "P-521", EVP_EC_gen("P-521") };
    keys[K256] = (made_key){ "secp256k1", EVP_EC_gen("secp256k1") };
    keys[ED25519] = (made_key){ "Ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };
    keys[ED448] = (made_key){ "Ed448", EVP_PKEY_Q_keygen(NULL, NULL, "ED448") };
}

/* A signature as the JOSE world writes it; `salt` is for PSS. */
static unsigned char *sign(size_t *len, const gw_jws_alg *alg, EVP_PKEY *key, int salt)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx;
    unsigned char *out = apr_palloc(pool, 1024);

    *len = 1024;
    EVP_DigestSignInit_ex(ctx, &pctx, alg->digest, NULL, NULL, key, NULL);
    if (alg->family == GW_JWS_PSS) {
        EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt);
    }
    EVP_DigestSign(ctx, out, len, (const unsigned char *)input, strlen(input));
    EVP_MD_CTX_free(ctx);
    if (alg->family == GW_JWS_ECDSA) {
        const unsigned char *der = out;
        ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)*len);
        unsigned char *raw = apr_palloc(pool, alg->signature_bytes);
        int half = (int)alg->signature_bytes / 2;

        BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, half);
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, half);
        ECDSA_SIG_free(sig);
        *len = alg->signature_bytes;
        return raw;
    }
    return out;
}

static int verifies(const gw_jws_alg *alg, EVP_PKEY *key, const unsigned char *sig, size_t len)
{
    return gw_jws_verify_key(alg, key, input, strlen(input), sig, len);
}

static void test_pair(const gw_jws_alg *alg, int which)
{
    size_t len, i;
    EVP_PKEY *key = keys[which].key;
    unsigned char *sig = sign(&len, alg, key, RSA_PSS_SALTLEN_DIGEST), *wrong = apr_pcalloc(pool, len + 1);
    const char *name = apr_psprintf(pool, "%s with %s", alg->name, keys[which].name);

    memcpy(wrong, sig, len);
    ok(verifies(alg, key, sig, len), name);
    for (i = 0; i < len; i += len / 3) {
        wrong[i] ^= 1;
        ok(!verifies(alg, key, wrong, len), apr_psprintf(pool, "%s: a bit flipped at %d", name, (int)i));
        wrong[i] ^= 1;
    }
    ok(!verifies(alg, key, sig, len - 1), apr_psprintf(pool, "%s: a byte short", name));
    ok(!verifies(alg, key, wrong, len + 1), apr_psprintf(pool, "%s: a byte long", name));
    ok(!verifies(alg, key, sig, 0), apr_psprintf(pool, "%s: no signature", name));
    memset(wrong, 0, len);
    ok(!verifies(alg, key, wrong, len), apr_psprintf(pool, "%s: all zero", name));
    memset(wrong, 0xff, len);
    ok(!verifies(alg, key, wrong, len), apr_psprintf(pool, "%s: all ones (r, s, S beyond the order)", name));
}

/* Which key fits which algorithm: exactly the pairs above. */
static void test_fit(void)
{
    size_t a, k, i;

    for (a = 0; gw_jws_alg_names[a] != NULL; a++) {
        const gw_jws_alg *alg = gw_jws_alg_find(gw_jws_alg_names[a]);

        for (k = 0; k < NKEYS; k++) {
            int want = 0;

            for (i = 0; i < COUNT(pairs); i++)
                want |= strcmp(pairs[i].alg, alg->name) == 0 && pairs[i].key == (int)k;
            is_int(gw_jws_key_fits(keys[k].key, alg), want,
                   apr_psprintf(pool, "%s %s %s", keys[k].name, want ? "fits" : "does not fit", alg->name));
        }
    }
}

static const char *pem_of(EVP_PKEY *key, int is_private)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text;
    long len;

    if (is_private)
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    else
        PEM_write_bio_PUBKEY(bio, key);
    len = BIO_get_mem_data(bio, &data);
    text = apr_pstrmemdup(pool, data, (apr_size_t)len);
    BIO_free(bio);
    return text;
}

static void test_parsing(void)
{
    size_t i;

    for (i = 0; i < NKEYS; i++) {
        const char *public = pem_of(keys[i].key, 0), *private = pem_of(keys[i].key, 1);
        EVP_PKEY *key = gw_jws_key_parse(public, strlen(public));

        ok(key != NULL && EVP_PKEY_eq(key, keys[i].key) == 1, apr_psprintf(pool, "%s: public PEM", keys[i].name));
        EVP_PKEY_free(key);
        ok(gw_jws_key_parse(private, strlen(private)) == NULL,
           apr_psprintf(pool, "%s: a private key is refused", keys[i].name));
        ok(gw_jws_key_parse(public, strlen(public) / 2) == NULL, apr_psprintf(pool, "%s: half of it", keys[i].name));
    }
    ok(gw_jws_key_parse("", 0) == NULL, "nothing is no key");
    ok(gw_jws_key_parse("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", 53) == NULL, "an empty PEM is no key");
}

/* Confusions: the public key's text as an HMAC secret, PSS salts, DER where raw bytes belong. */
static void test_confusions(void)
{
    const gw_jws_alg *hs = gw_jws_alg_find("HS256"), *rs = gw_jws_alg_find("RS256"), *ps = gw_jws_alg_find("PS256");
    const gw_jws_alg *es = gw_jws_alg_find("ES256"), *ed = gw_jws_alg_find("EdDSA");
    const char *pem = pem_of(keys[RSA_2048].key, 0);
    unsigned char mac[32], *sig, *der;
    size_t len, mac_len;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    static const int salts[] = { 0, 20, 31, 33, 222 };
    size_t i;

    EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, pem, strlen(pem), (const unsigned char *)input, strlen(input), mac,
              sizeof(mac), &mac_len);
    ok(!verifies(rs, keys[RSA_2048].key, mac, mac_len), "an HMAC under the public PEM is no RS256 signature");
    ok(gw_jws_verify_hmac(hs, pem, strlen(pem), input, strlen(input), mac, mac_len), "though it is a good HMAC");
    ok(!gw_jws_verify_hmac(rs, pem, strlen(pem), input, strlen(input), mac, mac_len), "RS256 is no HMAC");
    ok(!gw_jws_verify_hmac(hs, "", 0, input, strlen(input), mac, mac_len), "an empty secret verifies nothing");
    ok(!gw_jws_verify_hmac(hs, pem, strlen(pem), input, strlen(input), mac, 31), "a truncated HMAC is wrong");
    for (i = 0; i < COUNT(salts); i++) {
        sig = sign(&len, ps, keys[RSA_2048].key, salts[i]);
        ok(!verifies(ps, keys[RSA_2048].key, sig, len), apr_psprintf(pool, "a PSS salt of %d bytes", salts[i]));
    }
    sig = sign(&len, rs, keys[RSA_2048].key, 0);
    ok(!verifies(ps, keys[RSA_2048].key, sig, len), "PKCS1 v1.5 is not PSS");
    len = 1024;
    der = apr_palloc(pool, len);
    EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, keys[P256].key, NULL);
    EVP_DigestSign(ctx, der, &len, (const unsigned char *)input, strlen(input));
    EVP_MD_CTX_free(ctx);
    ok(!verifies(es, keys[P256].key, der, len), "ES256 in DER");
    sig = sign(&len, ed, keys[ED25519].key, 0);
    sig[len - 1] |= 0xe0;
    ok(!verifies(ed, keys[ED25519].key, sig, len), "a non-canonical Ed25519 S");
}

int main(void)
{
    size_t i;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    make_keys();
    for (i = 0; i < COUNT(pairs); i++)
        test_pair(gw_jws_alg_find(pairs[i].alg), pairs[i].key);
    test_fit();
    test_parsing();
    test_confusions();
    for (i = 0; i < NKEYS; i++)
        EVP_PKEY_free(keys[i].key);
    apr_pool_destroy(pool);
    return done();
}
