/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pem.c - bytes as certificates, as a key, as an authority, and as both halves of a row. Nothing leaks, and a row
 * is either usable or says why not.
 */
#include "certificate.h"
#include "fuzz.h"
#include "pem_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    STACK_OF(X509) *chain = NULL;
    gw_certificate *certificate;
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL;
    json_t *row;
    char digest[65];

    if (gw_pem_read_certificates(&leaf, &chain, text, len) == NULL)
        gw_pem_digest(digest, leaf);
    if (gw_pem_read_key(&key, text, len) == NULL && leaf != NULL)
        gw_pem_is_pair(leaf, key);
    gw_pem_check_authority(text, len);
    EVP_PKEY_free(key);
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    row = json_object();
    json_object_set_new(row, "cert", json_stringn_nocheck(text, len));
    json_object_set_new(row, "key", json_stringn_nocheck(text, len));
    certificate = gw_certificate_make(row);
    if (certificate->problem == NULL && certificate->pairs[0].key == NULL)
        abort();
    gw_certificate_release(certificate);
    json_decref(row);
    return 0;
}
