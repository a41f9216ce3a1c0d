/* SPDX-License-Identifier: Apache-2.0 */
/* certificate.c - see certificate.h. */
#include "certificate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "pem_read.h"

static const char *read_pair(gw_key_pair *pair, const json_t *cert, const json_t *key)
{
    const char *why;

    if (!json_is_string(cert) || !json_is_string(key))
        return "it has no certificate or no key";
    why = gw_pem_read_certificates(&pair->leaf, &pair->chain, json_string_value(cert), json_string_length(cert));
    if (why == NULL)
        why = gw_pem_read_key(&pair->key, json_string_value(key), json_string_length(key));
    if (why == NULL && !gw_pem_is_pair(pair->leaf, pair->key))
        why = "certificate does not match key";
    return why;
}

/* Does OpenSSL, as this machine configures it, take the pairs? It looks at the strength of keys and signatures. */
static const char *try_out(const gw_certificate *certificate)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;
    int is_good = ssl != NULL && gw_certificate_use(ssl, certificate);

    SSL_free(ssl);
    SSL_CTX_free(ctx);
    return is_good ? NULL : "OpenSSL refuses it here: its key or a signature is too weak, or of a kind that TLS does "
                            "not know";
}

static void digest_pairs(gw_certificate *certificate)
{
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    char hex[65];
    int i, k;

    if (sum == NULL || !EVP_DigestInit_ex(sum, EVP_sha256(), NULL))
        abort(); /* out of memory, as APR has it */
    for (i = 0; i < certificate->npairs; i++) {
        gw_pem_digest(hex, certificate->pairs[i].leaf);
        EVP_DigestUpdate(sum, hex, sizeof(hex));
        for (k = 0; k < sk_X509_num(certificate->pairs[i].chain); k++) {
            gw_pem_digest(hex, sk_X509_value(certificate->pairs[i].chain, k));
            EVP_DigestUpdate(sum, hex, sizeof(hex));
        }
        EVP_DigestUpdate(sum, "", 1);
    }
    EVP_DigestFinal_ex(sum, certificate->mark, NULL);
    EVP_MD_CTX_free(sum);
}

gw_certificate *gw_certificate_make(const json_t *row)
{
    gw_certificate *made = calloc(1, sizeof(*made));
    const json_t *alt = json_object_get(row, "cert_alt");

    if (made == NULL)
        abort();
    made->refs = 1;
    made->npairs = json_is_string(alt) ? 2 : 1;
    made->problem = read_pair(&made->pairs[0], json_object_get(row, "cert"), json_object_get(row, "key"));
    if (made->problem == NULL && made->npairs == 2)
        made->problem = read_pair(&made->pairs[1], alt, json_object_get(row, "key_alt"));
    if (made->problem == NULL)
        made->problem = try_out(made);
    if (made->problem == NULL)
        digest_pairs(made);
    return made;
}

gw_certificate *gw_certificate_hold(gw_certificate *certificate)
{
    __atomic_add_fetch(&certificate->refs, 1, __ATOMIC_RELAXED);
    return certificate;
}

void gw_certificate_release(gw_certificate *certificate)
{
    int i;

    if (certificate == NULL || __atomic_sub_fetch(&certificate->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (i = 0; i < certificate->npairs; i++) {
        X509_free(certificate->pairs[i].leaf);
        sk_X509_pop_free(certificate->pairs[i].chain, X509_free);
        EVP_PKEY_free(certificate->pairs[i].key);
    }
    free(certificate);
}

int gw_certificate_is_same(const gw_certificate *a, const gw_certificate *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->problem == b->problem && memcmp(a->mark, b->mark, sizeof(a->mark)) == 0;
}

int gw_certificate_use(SSL *ssl, const gw_certificate *certificate)
{
    int i;

    SSL_certs_clear(ssl);
    for (i = 0; i < certificate->npairs; i++) {
        const gw_key_pair *pair = &certificate->pairs[i];

        if (SSL_use_cert_and_key(ssl, pair->leaf, pair->key, pair->chain, 1) != 1) {
            ERR_clear_error();
            return 0;
        }
    }
    return 1;
}
