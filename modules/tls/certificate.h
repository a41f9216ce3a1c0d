/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.h - a row of certificates as OpenSSL's objects: parsed once, when it comes, shown to whoever shakes
 * hands, without reading anything again. Pure; immutable once made, counted references, threads: any.
 */
#ifndef GW_TLS_CERTIFICATE_H
#define GW_TLS_CERTIFICATE_H

#include <jansson.h>
#include <openssl/ssl.h>

#define GW_CERTIFICATE_MARK 32 /* bytes */

typedef struct gw_key_pair {
    X509 *leaf;
    STACK_OF(X509) *chain; /* NULL = none */
    EVP_PKEY *key;
} gw_key_pair;

typedef struct gw_certificate {
    const char *problem;   /* why it cannot be shown to anybody, static; NULL = it can */
    int npairs;
    gw_key_pair pairs[2];  /* with an alternative: of another kind of key */
    unsigned char mark[GW_CERTIFICATE_MARK]; /* SHA-256 over all certificates: others have another */
    unsigned refs;         /* atomic */
} gw_certificate;

/* From `cert`, `key`, `cert_alt`, `key_alt` of a row. Never NULL; one reference is the caller's. */
gw_certificate *gw_certificate_make(const json_t *row);
gw_certificate *gw_certificate_hold(gw_certificate *certificate);
void gw_certificate_release(gw_certificate *certificate); /* NULL is fine */
/* Is the same shown, whichever of two is? NULL is the same as NULL. */
int gw_certificate_is_same(const gw_certificate *a, const gw_certificate *b);
/* Show it, and nothing else, in this handshake; OpenSSL chooses the pair that the other side can verify. 1, or 0 when
 * OpenSSL refuses it. Not for one with a problem. */
int gw_certificate_use(SSL *ssl, const gw_certificate *certificate);

#endif
