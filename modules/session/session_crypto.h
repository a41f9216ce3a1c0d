/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_crypto.h - the keys of sessions and what is done with them. Pure; threads: any.
 *
 *   secret --extract--> root --expand(purpose, session id, audience)--> a key of this session, for this purpose
 *
 * So a text sealed under another secret, for another audience, of another session or for another purpose never opens,
 * and no key sees many messages (RFC 5869; AES-256-GCM with random nonces).
 */
#ifndef GW_SESSION_CRYPTO_H
#define GW_SESSION_CRYPTO_H

#include <apr_pools.h>

#define GW_SESSION_KEY 32  /* bytes of keys and of session ids */
#define GW_SESSION_SEAL 28 /* bytes that sealing adds: nonce, tag */

/* Of one secret and audience. Made once, read-only afterwards. */
typedef struct gw_session_keys {
    unsigned char root[GW_SESSION_KEY];
    unsigned char name[16]; /* tells these keys from all others, without telling them */
    const char *audience;   /* borrowed */
} gw_session_keys;

typedef enum gw_session_purpose { GW_SESSION_FOR_COOKIE = 1, GW_SESSION_FOR_ROW = 2 } gw_session_purpose;

void gw_session_keys_make(gw_session_keys *keys, const char *secret, const char *audience);

/* out = nonce, ciphertext, tag: len + GW_SESSION_SEAL bytes. `head` is authenticated and not encrypted. */
void gw_session_seal(unsigned char *out, const gw_session_keys *keys, gw_session_purpose purpose,
                     const unsigned char id[GW_SESSION_KEY], const void *head, apr_size_t head_len, const void *text,
                     apr_size_t len);
/* 1 and `out` holds len - GW_SESSION_SEAL bytes, or 0: not sealed so; `out` is then of no meaning. */
int gw_session_unseal(unsigned char *out, const gw_session_keys *keys, gw_session_purpose purpose,
                      const unsigned char id[GW_SESSION_KEY], const void *head, apr_size_t head_len,
                      const unsigned char *sealed, apr_size_t len);

/* RFC 5869 with SHA-256, for outputs of one hash's length. */
void gw_hkdf_extract(unsigned char root[GW_SESSION_KEY], const void *salt, apr_size_t salt_len, const void *secret,
                     apr_size_t len);
void gw_hkdf_expand(unsigned char key[GW_SESSION_KEY], const unsigned char root[GW_SESSION_KEY], const void *info,
                    apr_size_t len);
void gw_session_digest(unsigned char out[GW_SESSION_KEY], const void *bytes, apr_size_t len); /* SHA-256 */

#endif
