/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_read.h - certificates and private keys from PEM, and what is wrong with those that are none. Pure; threads: any.
 * Messages are static texts or in p, and never hold a byte of what was read.
 */
#ifndef GW_TLS_PEM_READ_H
#define GW_TLS_PEM_READ_H

#include <apr_pools.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define GW_PEM_MAX_CHAIN 16     /* certificates in one text */
#define GW_PEM_MAX_BYTES 131072 /* of a text in a row */

/* The certificates of a text, in their order: the first is the leaf, the others lead to its authority. NULL and
 * *leaf, *chain (new; *chain NULL when the leaf is alone), or why not; then both are untouched. A text that holds a
 * private key beside them is refused: it would be shown to whoever may see certificates. */
const char *gw_pem_read_certificates(X509 **leaf, STACK_OF(X509) **chain, const char *text, size_t len);
/* The private key of a text, without passphrase; the same answers. */
const char *gw_pem_read_key(EVP_PKEY **key, const char *text, size_t len);
/* 1 when the key is the certificate's own. */
int gw_pem_is_pair(const X509 *leaf, const EVP_PKEY *key);
/* What a certificate that others are to be trusted by must be: one, an authority's, and not past its time. NULL, or
 * what it is not. */
const char *gw_pem_check_authority(const char *text, size_t len);
/* SHA-256 of the certificate, 64 lower-case hex digits. */
void gw_pem_digest(char out[65], const X509 *certificate);

#endif
