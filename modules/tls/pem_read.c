/* SPDX-License-Identifier: Apache-2.0 */
/* pem_read.c - see pem_read.h. OpenSSL reads; its queue of errors is left as it was found: empty. */
#include "pem_read.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <apr_escape.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define BEGINS_KEY "PRIVATE KEY-----"
#define BEGINS_CERTIFICATE "-----BEGIN CERTIFICATE-----"

static BIO *open_text(const char *text, size_t len)
{
    return len <= INT_MAX ? BIO_new_mem_buf(text, (int)len) : NULL;
}

/* Nobody is asked for a passphrase. */
static int refuse_passphrase(char *buffer, int size, int is_writing, void *asked)
{
    (void)buffer, (void)size, (void)is_writing;
    *(int *)asked = 1;
    return -1;
}

static const char *find(const char *text, size_t len, const char *word)
{
    const size_t n = strlen(word);
    const char *at = text, *end = text + len;

    while ((at = memchr(at, word[0], (size_t)(end - at))) != NULL) {
        if ((size_t)(end - at) < n)
            return NULL;
        if (memcmp(at, word, n) == 0)
            return at;
        at++;
    }
    return NULL;
}

/* The last error is "there are no more": what ends every text. */
static int is_at_end(void)
{
    unsigned long error = ERR_peek_last_error();

    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* Certificates behind the first one. */
static const char *read_chain(STACK_OF(X509) **chain, BIO *bio)
{
    STACK_OF(X509) *all = NULL;
    X509 *next;
    const char *why = NULL;

    while (why == NULL && (next = PEM_read_bio_X509(bio, NULL, refuse_passphrase, &(int){ 0 })) != NULL) {
        if (all == NULL)
            all = sk_X509_new_null();
        if (sk_X509_num(all) + 2 > GW_PEM_MAX_CHAIN)
            why = "invalid certificate: the chain is too long";
        if (why != NULL || all == NULL || !sk_X509_push(all, next))
            X509_free(next);
    }
    if (why == NULL && !is_at_end())
        why = "invalid certificate: a certificate of the chain cannot be read";
    if (why == NULL)
        *chain = all;
    else
        sk_X509_pop_free(all, X509_free);
    return why;
}

const char *gw_pem_read_certificates(X509 **leaf, STACK_OF(X509) **chain, const char *text, size_t len)
{
    BIO *bio;
    X509 *first;
    const char *why = NULL;

    if (find(text, len, BEGINS_KEY) != NULL)
        return "invalid certificate: it holds a private key, which belongs into the field of the key";
    bio = open_text(text, len);
    ERR_clear_error();
    first = bio != NULL ? PEM_read_bio_X509(bio, NULL, refuse_passphrase, &(int){ 0 }) : NULL;
    if (first == NULL)
        why = is_at_end() ? "invalid certificate: no certificate in PEM format was found"
                          : "invalid certificate: it cannot be read";
    else
        why = read_chain(chain, bio);
    if (why == NULL)
        *leaf = first;
    else
        X509_free(first);
    ERR_clear_error();
    BIO_free(bio);
    return why;
}

const char *gw_pem_read_key(EVP_PKEY **key, const char *text, size_t len)
{
    BIO *bio = open_text(text, len);
    EVP_PKEY *read;
    int is_asked = 0;

    ERR_clear_error();
    read = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &is_asked) : NULL;
    ERR_clear_error();
    BIO_free(bio);
    if (read != NULL) {
        *key = read;
        return NULL;
    }
    if (is_asked || find(text, len, "ENCRYPTED PRIVATE KEY-----") != NULL)
        return "invalid key: it is protected by a passphrase";
    return "invalid key: no private key in PEM format was found";
}

int gw_pem_is_pair(const X509 *leaf, const EVP_PKEY *key)
{
    int is_pair = X509_check_private_key(leaf, key) == 1;

    ERR_clear_error();
    return is_pair;
}

const char *gw_pem_check_authority(const char *text, size_t len)
{
    STACK_OF(X509) *chain = NULL;
    X509 *leaf = NULL;
    const char *first, *why;

    first = find(text, len, BEGINS_CERTIFICATE);
    if (first != NULL && find(first + 1, len - (size_t)(first + 1 - text), BEGINS_CERTIFICATE) != NULL)
        return "please submit only one certificate at a time";
    if ((why = gw_pem_read_certificates(&leaf, &chain, text, len)) != NULL)
        return why;
    if (chain != NULL)
        why = "please submit only one certificate at a time";
    else if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0)
        why = "certificate expired, \"Not After\" time is in the past";
    else if (!(X509_get_extension_flags(leaf) & EXFLAG_BCONS) || !(X509_get_extension_flags(leaf) & EXFLAG_CA))
        why = "certificate does not appear to be a CA because it is missing the \"CA\" basic constraint";
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    ERR_clear_error();
    return why;
}

void gw_pem_digest(char out[65], const X509 *certificate)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int n = 0;

    if (!X509_digest(certificate, EVP_sha256(), hash, &n) || n != 32)
        abort(); /* out of memory, as APR has it */
    apr_escape_hex(out, hash, n, 0, NULL);
}
