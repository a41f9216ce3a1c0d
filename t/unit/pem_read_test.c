/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_read_test.c - what is taken for a certificate, a chain, a key, a pair, an authority; and rows made of them.
 */
#include "pem_read.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/err.h>

#include "certificate.h"
#include "tap.h"
#include "tls_made.h"

static apr_pool_t *pool;
static made a, b, rsa, weak, ca, old_ca;

static const char *read_certificates(const char *text, int want_chain, const char *why)
{
    STACK_OF(X509) *chain = NULL;
    X509 *leaf = NULL;
    const char *said = gw_pem_read_certificates(&leaf, &chain, text, strlen(text));

    if (want_chain >= 0)
        is_int(chain != NULL ? sk_X509_num(chain) : 0, want_chain, apr_pstrcat(pool, why, ": chain", NULL));
    is_int(ERR_peek_error() != 0, 0, apr_pstrcat(pool, why, ": no error is left in the queue", NULL));
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    return said;
}

static const char *read_key(const char *text)
{
    EVP_PKEY *key = NULL;
    const char *said = gw_pem_read_key(&key, text, strlen(text));

    EVP_PKEY_free(key);
    return said;
}

static void test_certificates(void)
{
    static const char none[] = "invalid certificate: no certificate in PEM format was found";
    static const char beside[] = "invalid certificate: it holds a private key, which belongs into the field of the key";
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const char *many = "";
    int i;

    is_str(read_certificates(a.cert, 0, "one"), NULL, "one certificate");
    is_str(read_certificates(apr_pstrcat(pool, "words\n", a.cert, "\n\n", b.cert, "words", NULL), 1, "words"), NULL,
           "a chain, and words around it");
    is_str(read_certificates("", -1, "nothing"), none, "nothing");
    is_str(read_certificates("hello", -1, "words"), none, "words");
    is_str(read_certificates(a.key, -1, "a key"), beside, "a key");
    is_str(read_certificates(apr_pstrcat(pool, a.cert, a.key, NULL), -1, "beside"), beside, "a key beside it");
    is_str(read_certificates(broken, -1, "broken"), "invalid certificate: it cannot be read", "what is none");
    is_str(read_certificates(apr_pstrcat(pool, a.cert, broken, NULL), -1, "behind"),
           "invalid certificate: a certificate of the chain cannot be read", "what is none behind one");
    is_str(read_certificates(apr_pstrmemdup(pool, a.cert, strlen(a.cert) / 2), -1, "half"),
           "invalid certificate: it cannot be read", "half of one");
    for (i = 0; i < GW_PEM_MAX_CHAIN; i++)
        many = apr_pstrcat(pool, many, a.cert, NULL);
    is_str(read_certificates(many, GW_PEM_MAX_CHAIN - 1, "many"), NULL, "as many as there may be");
    is_str(read_certificates(apr_pstrcat(pool, many, a.cert, NULL), -1, "more"),
           "invalid certificate: the chain is too long", "and one more");
}

static void test_keys(void)
{
    static const char none[] = "invalid key: no private key in PEM format was found";
    static const char locked[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";

    is_str(read_key(a.key), NULL, "an EC key");
    is_str(read_key(rsa.key), NULL, "an RSA key");
    is_str(read_key(a.cert), none, "a certificate");
    is_str(read_key(""), none, "nothing");
    is_str(read_key(locked), "invalid key: it is protected by a passphrase", "a passphrase");
}

static void test_authorities(void)
{
    const struct { const char *text, *want, *why; } rows[] = {
        { ca.cert, NULL, "an authority" },
        { a.cert, "certificate does not appear to be a CA because it is missing the \"CA\" basic constraint",
          "no authority" },
        { old_ca.cert, "certificate expired, \"Not After\" time is in the past", "past its time" },
        { apr_pstrcat(pool, ca.cert, ca.cert, NULL), "please submit only one certificate at a time", "two" },
    };
    size_t i;

    for (i = 0; i < COUNT(rows); i++)
        is_str(gw_pem_check_authority(rows[i].text, strlen(rows[i].text)), rows[i].want, rows[i].why);
}

static gw_certificate *make(const made *one, const made *key, const made *alt)
{
    json_t *row = json_pack("{s:s, s:s}", "cert", one->cert, "key", key->key);
    gw_certificate *certificate;

    if (alt != NULL) {
        json_object_set_new(row, "cert_alt", json_string(alt->cert));
        json_object_set_new(row, "key_alt", json_string(alt->key));
    }
    certificate = gw_certificate_make(row);
    json_decref(row);
    return certificate;
}

static void test_rows(void)
{
    gw_certificate *one = make(&a, &a, NULL), *again = make(&a, &a, NULL), *two = make(&rsa, &rsa, &a);
    gw_certificate *bad = make(&a, &b, NULL), *faint = make(&weak, &weak, NULL);
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    is_str(one->problem, NULL, "a pair can be shown");
    is_int(memcmp(one->mark, again->mark, sizeof(one->mark)), 0, "the same has the same mark");
    ok(memcmp(one->mark, two->mark, sizeof(one->mark)) != 0, "another has another");
    is_int(two->npairs, 2, "two pairs");
    is_str(bad->problem, "certificate does not match key", "another's key");
    ok(faint->problem != NULL, "a weak key");
    is_int(gw_certificate_use(ssl, two), 1, "it can be shown");
    is_int(gw_certificate_use(ssl, one), 1, "another takes its place");
    ok(X509_cmp(SSL_get_certificate(ssl), one->pairs[0].leaf) == 0, "it is what is shown");
    gw_certificate_release(gw_certificate_hold(one));
    gw_certificate_release(one);
    ok(SSL_get_certificate(ssl) != NULL, "a handshake outlives the row");
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    gw_certificate_release(again);
    gw_certificate_release(two);
    gw_certificate_release(bad);
    gw_certificate_release(faint);
    gw_certificate_release(NULL);
}

int main(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    a = make_pair("a", 0, 0, 30);
    b = make_pair("b", 0, 0, 30);
    rsa = make_pair("rsa", 2048, 0, 30);
    weak = make_pair("weak", 512, 0, 30);
    ca = make_pair("ca", 0, 1, 30);
    old_ca = make_pair("old", 0, 1, -1);
    test_certificates();
    test_keys();
    test_authorities();
    test_rows();
    drop_pair(&a);
    drop_pair(&b);
    drop_pair(&rsa);
    drop_pair(&weak);
    drop_pair(&ca);
    drop_pair(&old_ca);
    apr_pool_destroy(pool);
    return done();
}
