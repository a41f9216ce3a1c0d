/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_made.h - certificates and keys made by a test itself, as PEM.
 */
#ifndef GW_T_TLS_MADE_H
#define GW_T_TLS_MADE_H

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

typedef struct made {
    char *cert, *key; /* malloc'ed */
} made;

__attribute__((unused)) static char *text_of(BIO *bio)
{
    char *bytes, *text;
    long len = BIO_get_mem_data(bio, &bytes);

    text = calloc(1, (size_t)len + 1);
    memcpy(text, bytes, (size_t)len);
    BIO_free(bio);
    return text;
}

__attribute__((unused)) static void add_constraint(X509 *x, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, value);

    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
}

/* Self-signed. bits: of an RSA key, 0 = P-256. days: until its end, may be negative. */
__attribute__((unused)) static made make_pair(const char *name, unsigned bits, int is_authority, int days)
{
    EVP_PKEY *key = bits > 0 ? EVP_RSA_gen(bits) : EVP_EC_gen("P-256");
    X509 *x = X509_new();
    BIO *cert = BIO_new(BIO_s_mem()), *pem = BIO_new(BIO_s_mem());
    made out;

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -86400L * 30);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400L * days);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key);
    add_constraint(x, is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    X509_sign(x, key, EVP_sha256());
    PEM_write_bio_X509(cert, x);
    PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
    out.cert = text_of(cert);
    out.key = text_of(pem);
    X509_free(x);
    EVP_PKEY_free(key);
    return out;
}

__attribute__((unused)) static void drop_pair(made *pair)
{
    free(pair->cert);
    free(pair->key);
}

#endif
